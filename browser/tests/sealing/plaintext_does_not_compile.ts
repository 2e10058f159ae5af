/**
 * Not run: compiled. Each line under an expectation must be an error, or the check fails.
 */

import { deposit } from "../../src/intake/deposit.js"
import type { Mailbox, Network } from "../../src/intake/deposit.js"
import type { FilledForm } from "../../src/intake/report.js"
import { sealBytes } from "../../src/sealing/seal.js"
import type { SealedReport, SealedStream } from "../../src/sealing/seal.js"
import type { HybridRecipient } from "../../src/sealing/recipients.js"

declare const plaintext: Uint8Array<ArrayBuffer>
declare const filled: FilledForm
declare const file: ReadableStream<Uint8Array>
declare const mailbox: Mailbox
declare const network: Network
declare const desk: HybridRecipient

export async function sealedReportsCompile(): Promise<void> {
    await deposit(await sealBytes(plaintext, [desk]), mailbox, network)
}

export async function plaintextDoesNot(): Promise<void> {
    // @ts-expect-error bytes that nobody sealed
    await deposit(plaintext, mailbox, network)
    // @ts-expect-error what a person typed
    await deposit(filled, mailbox, network)
    // @ts-expect-error its text as JSON
    await deposit(JSON.stringify(filled), mailbox, network)
    // @ts-expect-error a sealing that has not ended
    await deposit(sealBytes(plaintext, [desk]), mailbox, network)
}

// @ts-expect-error a copy is made of bytes, and bytes are plaintext
export const copied: SealedReport = new Uint8Array(await sealBytes(plaintext, [desk]))

// @ts-expect-error a file as it is read
export const stream: SealedStream = file

// @ts-expect-error text is no recipient until it has been parsed
export const unparsed: Promise<SealedReport> = sealBytes(plaintext, ["age1pq1"])

/**
 * Not run: compiled. Each line under an expectation must be an error, or the check fails.
 */

import { sealBlob, sealBytes } from "../../src/sealing/seal.js"
import type { SealedBlob, SealedReport, SealedStream } from "../../src/sealing/seal.js"
import type { HybridRecipient } from "../../src/sealing/recipients.js"
import { Upload } from "../../src/sending/upload.js"
import type { Door } from "../../src/sending/upload.js"
import type { FilledForm } from "../../src/vocabulary/filled_form.js"

declare const plaintext: Uint8Array<ArrayBuffer>
declare const filled: FilledForm
declare const file: ReadableStream<Uint8Array>
declare const door: Door
declare const photo: File
declare const breathe: () => Promise<void>
declare const desk: HybridRecipient

export async function sealedFilesCompile(): Promise<Upload> {
    return new Upload(await sealBlob(photo, [desk], null, breathe), door)
}

export function plaintextDoesNot(): readonly Upload[] {
    return [
        // @ts-expect-error a photo that nobody sealed
        new Upload(photo, door),
        // @ts-expect-error bytes that nobody sealed
        new Upload(new Blob([plaintext]), door),
        // @ts-expect-error what a person typed
        new Upload(filled, door),
        // @ts-expect-error a sealing that has not ended
        new Upload(sealBlob(photo, [desk], null, breathe), door),
    ]
}

// @ts-expect-error a blob around sealed bytes may hold others too
export const around: SealedBlob = new Blob([await sealBytes(plaintext, [desk])])

// @ts-expect-error a copy is made of bytes, and bytes are plaintext
export const copied: SealedReport = new Uint8Array(await sealBytes(plaintext, [desk]))

// @ts-expect-error a file as it is read
export const stream: SealedStream = file

// @ts-expect-error text is no recipient until it has been parsed
export const unparsed: Promise<SealedReport> = sealBytes(plaintext, ["age1pq1"])

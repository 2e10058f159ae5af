/**
 * Sealing: content in, padded envelope out (twin: sealing/seal.py).
 *
 * The library encrypts to nobody without a word, and lets post-quantum and classic recipients
 * mix, which would make the envelope as weak as the classic one. Both are refused here.
 */

import { Encrypter } from "age-encryption"

import { SafelightError } from "../errors.js"
import { TAG_SIZE, Tagging } from "./message_tag.js"
import { FILE_SIZES, PADDED_SIZES, pad, padStream, smallestFit } from "./padding.js"
import type { Fit } from "./padding.js"
import type { HybridRecipient, Recipient } from "./recipients.js"

export class SealError extends SafelightError {
    override readonly name = "SealError"
}

/** As in sealing/seal.py; the smallest envelope has room for no more. */
export const MOST_RECIPIENTS = 16

declare const sealed: unique symbol
/** An envelope around a report. Only `sealBytes` makes one, so plaintext cannot be deposited. */
export type SealedReport = Uint8Array<ArrayBuffer> & { readonly [sealed]: true }
/** An envelope that is still being sealed. Only `sealStream` makes one. */
export type SealedStream = ReadableStream<Uint8Array> & { readonly [sealed]: true }

/** A sealed file or text that waits to be sent. Only `sealBlob` makes one. */
export type SealedBlob = Blob & { readonly [sealed]: true }

/** Seal `content` to every one of `recipients`; the envelope has one of `PADDED_SIZES`. */
export async function sealBytes(
    content: Uint8Array,
    recipients: readonly Recipient[],
): Promise<SealedReport> {
    const encrypter = encrypterFor(recipients)
    const { padded, size } = fit(content.length, recipients.length, PADDED_SIZES)
    const envelope = await usable(encrypter.encrypt(pad(content, padded)))
    if (envelope.length !== size) throw wrongSize(size, envelope.length)
    return envelope as SealedReport
}

/**
 * Seal a file as it is read, in constant memory. `length` is its size in bytes, and the stream
 * fails if the source turns out longer or shorter. Returns the envelope's size with it.
 */
export async function sealStream(
    source: ReadableStream<Uint8Array>,
    length: number,
    recipients: readonly Recipient[],
): Promise<{ readonly envelope: SealedStream; readonly size: number }> {
    const encrypter = encrypterFor(recipients)
    const { padded, size } = fit(length, recipients.length, FILE_SIZES)
    const envelope = await usable(encrypter.encrypt(padStream(source, length, padded)))
    if (envelope.size(padded) !== size) throw wrongSize(size, envelope.size(padded))
    return { envelope: envelope as ReadableStream<Uint8Array> as SealedStream, size }
}

/** Sealed pieces are handed to the browser in blobs of this size, which it may keep off its heap. */
const GATHERED = 1024 * 1024
const PIECE = 64 * 1024
/** How long the page may be deaf: milliseconds. */
const SLICE = 25

/**
 * Seal a file or a text that the browser holds, without holding it whole. `messageKey`: the tag
 * of what follows a report goes behind the content; null for the report. `breathe` lets the page
 * show what changed and hear the person; it is called often.
 */
export async function sealBlob(
    content: Blob,
    recipients: readonly Recipient[],
    messageKey: Uint8Array | null,
    breathe: () => Promise<void>,
): Promise<SealedBlob> {
    const tagging = messageKey === null ? null : new Tagging(messageKey)
    const length = content.size + (tagging === null ? 0 : TAG_SIZE)
    const { envelope, size } = await sealStream(read(content, tagging), length, recipients)
    const reader = envelope.getReader()
    const blobs: Blob[] = []
    let gathered: Uint8Array<ArrayBuffer>[] = []
    let bytes = 0
    let since = performance.now()
    for (;;) {
        const { done, value } = await reader.read()
        if (value !== undefined) {
            gathered.push(value as Uint8Array<ArrayBuffer>)
            bytes += value.length
        }
        if (done || bytes >= GATHERED) {
            blobs.push(new Blob(gathered))
            gathered = []
            bytes = 0
        }
        if (done) break
        if (performance.now() - since > SLICE) {
            await breathe()
            since = performance.now()
        }
    }
    const whole = new Blob(blobs)
    if (whole.size !== size) throw wrongSize(size, whole.size)
    return whole as SealedBlob
}

/** The content in pieces, each read when it is wanted, and the tag behind it. */
function read(content: Blob, tagging: Tagging | null): ReadableStream<Uint8Array> {
    let from = 0
    return new ReadableStream<Uint8Array>(
        {
            async pull(controller) {
                if (from < content.size) {
                    const blob = content.slice(from, from + PIECE)
                    const piece = new Uint8Array(await blob.arrayBuffer())
                    tagging?.update(piece)
                    controller.enqueue(piece)
                    from += PIECE
                }
                if (from >= content.size) {
                    if (tagging !== null) controller.enqueue(tagging.tag())
                    controller.close()
                }
            },
        },
        { highWaterMark: 0 },
    )
}

// C2SP age.md: the version line, a stanza for each recipient, the MAC line; then a nonce.
const VERSION_LINE = "age-encryption.org/v1\n".length
const HYBRID_STANZA = "-> mlkem768x25519 ".length + base64Size(1120) + 1 + base64Size(32) + 1
const MAC_LINE = "--- ".length + base64Size(32) + 1
const NONCE = 16

function base64Size(bytes: number): number {
    return Math.ceil((bytes * 4) / 3)
}

function fit(content: number, recipients: number, sizes: readonly number[]): Fit {
    const overhead = VERSION_LINE + recipients * HYBRID_STANZA + MAC_LINE + NONCE
    const found = smallestFit(content, overhead, sizes)
    if (found === null) {
        throw new SealError(
            `${String(content)} bytes do not fit the largest envelope, ${String(sizes.at(-1))} bytes; ` +
                "send less at once",
        )
    }
    return found
}

// Well-formed text may still hold a key that nothing can be sealed to.
async function usable<Envelope>(sealing: Promise<Envelope>): Promise<Envelope> {
    try {
        return await sealing
    } catch {
        throw new SealError("a recipient's key is not usable; get a roster without it")
    }
}

function encrypterFor(recipients: readonly Recipient[]): Encrypter {
    const encrypter = new Encrypter()
    for (const recipient of checkedRecipients(recipients)) encrypter.addRecipient(recipient.text)
    return encrypter
}

function checkedRecipients(recipients: readonly Recipient[]): readonly HybridRecipient[] {
    const hybrid = recipients.filter((recipient) => recipient.kind === "hybrid")
    if (recipients.length === 0) {
        throw new SealError("no recipient: what is sealed to nobody is lost; get a current roster")
    }
    if (recipients.length > MOST_RECIPIENTS) {
        throw new SealError(
            `${String(recipients.length)} recipients; an envelope has room for ${String(MOST_RECIPIENTS)}`,
        )
    }
    if (hybrid.length !== recipients.length) {
        throw new SealError(
            `${String(recipients.length - hybrid.length)} of ${String(recipients.length)} recipients ` +
                "are not post-quantum (age1pq1…); get a roster in which all are",
        )
    }
    return hybrid
}

function wrongSize(expected: number, got: number): SealError {
    return new SealError(
        `the envelope would be ${String(got)} bytes instead of ${String(expected)}`,
    )
}

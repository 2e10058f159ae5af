/**
 * Opening an envelope with an identity: the shared vectors now, replies to a receipt later.
 * The page that sends reports does not load this (twin: sealing/opening.py).
 */

import { Decrypter } from "age-encryption"

import { SafelightError } from "../errors.js"
import { unpad, unpadStream } from "./padding.js"

/** Where opening failed, in the words of the shared vectors. */
export type OpeningProblem = "header" | "no-match" | "header-mac" | "payload"

export class OpeningError extends SafelightError {
    override readonly name = "OpeningError"

    constructor(
        readonly problem: OpeningProblem,
        message: string,
    ) {
        super(message)
    }
}

export interface Keys {
    /** `AGE-SECRET-KEY-PQ-1…`, and `AGE-SECRET-KEY-1…` where the browser has X25519 in WebCrypto. */
    readonly identities: readonly string[]
    /** The age format's passphrases. Safelight seals to none; the vectors have them. */
    readonly passphrases?: readonly string[]
}

/** The content of a padded envelope. Throws `PaddingError` when it opens but is not padded. */
export async function openBytes(sealed: Uint8Array, keys: Keys): Promise<Uint8Array> {
    return unpad(await openUnpadded(sealed, keys))
}

/** The content of any age file, as `age` itself would open it. */
export async function openUnpadded(sealed: Uint8Array, keys: Keys): Promise<Uint8Array> {
    const content = await openStream(pieces(sealed), keys, { padded: false })
    // Not by a Response: browsers put their own error in place of the one that says what failed.
    const reader = content.getReader()
    const opened = new Uint8Array(sealed.length)
    let length = 0
    for (;;) {
        const { done, value } = await reader.read()
        if (done) return opened.slice(0, length)
        opened.set(value, length)
        length += value.length
    }
}

/**
 * Open in constant memory. What comes out is authentic, but only when the stream ends without
 * an error is it also complete.
 */
export async function openStream(
    sealed: ReadableStream<Uint8Array>,
    keys: Keys,
    { padded }: { readonly padded: boolean },
): Promise<ReadableStream<Uint8Array>> {
    const decrypter = new Decrypter()
    for (const identity of keys.identities) decrypter.addIdentity(identity)
    for (const passphrase of keys.passphrases ?? []) decrypter.addPassphrase(passphrase)
    let content: ReadableStream<Uint8Array>
    try {
        content = await decrypter.decrypt(
            sealed.pipeThrough(smallPieces()).pipeThrough(macChecked()),
        )
    } catch (reason) {
        throw headerError(reason)
    }
    content = withPayloadErrors(content)
    return padded ? content.pipeThrough(unpadStream()) : content
}

// The pinned library tells its failures apart by message only; tests hold all of them.
function headerError(reason: unknown): OpeningError {
    if (reason instanceof OpeningError) return reason
    const message = reason instanceof Error ? reason.message : ""
    if (message.startsWith("no identity matched")) {
        return new OpeningError(
            "no-match",
            "sealed to none of these keys; try the key of that time",
        )
    }
    if (message === "invalid header HMAC") {
        return new OpeningError(
            "header-mac",
            "the header was changed after sealing; ask for the file again",
        )
    }
    return notAHeader()
}

function notAHeader(): OpeningError {
    return new OpeningError("header", "expected the header of an age file; ask for the file again")
}

function withPayloadErrors(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = content.getReader()
    return new ReadableStream<Uint8Array>(
        {
            async pull(controller) {
                let next
                try {
                    next = await reader.read()
                } catch {
                    throw new OpeningError(
                        "payload",
                        "the file is cut off or changed; ask for it again",
                    )
                }
                if (next.done) controller.close()
                else controller.enqueue(next.value)
            },
            cancel: (reason) => reader.cancel(reason),
        },
        { highWaterMark: 0 },
    )
}

const PIECE = 64 * 1024
/** As in sealing/header.py: room for 16 post-quantum recipients and more. */
const LARGEST_HEADER = 64 * 1024

/**
 * No piece longer than a chunk. Otherwise one piece holds several chunks, and when the second
 * is damaged the first, already opened, is dropped with it.
 */
function smallPieces(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
            for (let from = 0; from < piece.length; from += PIECE) {
                controller.enqueue(piece.subarray(from, from + PIECE))
            }
        },
    })
}

const NEWLINE = 0x0a

/**
 * The same bytes, once their header has been seen to end in time and with a MAC of 32 bytes. The
 * library reads on without bound, and compares a MAC of any length, so that it would report a
 * malformed one as a wrong one.
 */
function macChecked(): TransformStream<Uint8Array, Uint8Array> {
    let seen = 0
    let line = ""
    let ended = false
    return new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
            for (let at = 0; at < piece.length && !ended; at += 1) {
                seen += 1
                if (seen > LARGEST_HEADER) throw notAHeader()
                line += String.fromCharCode(piece[at] ?? 0)
                if (piece[at] !== NEWLINE) continue
                ended = line.startsWith("---")
                if (ended && !/^--- [A-Za-z0-9+/]{43}\n$/.test(line)) throw notAHeader()
                line = ""
            }
            controller.enqueue(piece)
        },
    })
}

function pieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
        start(controller) {
            controller.enqueue(bytes)
            controller.close()
        },
    })
}

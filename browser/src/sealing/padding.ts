/**
 * Padding: an envelope's length says one of a few sizes and nothing finer (twin: sealing/padding.py).
 *
 * Inside the plaintext: content, then 0x80, then zeros (ISO/IEC 7816-4), so that it can be
 * removed without knowing the content's length.
 */

import { SafelightError } from "../errors.js"

export class PaddingError extends SafelightError {
    override readonly name = "PaddingError"
}

const KIB = 1024
const MIB = 1024 * KIB

// Four sizes only, so that an envelope's length says "text" or "with photos" and nothing
// finer. Adding one makes reporters easier to tell apart.
export const PADDED_SIZES: readonly number[] = [32 * KIB, 256 * KIB, 2 * MIB, 16 * MIB]
/** Files that travel by hand may be larger; doubling from there on. */
export const FILE_SIZES: readonly number[] = [
    ...PADDED_SIZES,
    ...[32, 64, 128, 256, 512, 1024].map((n) => n * MIB),
]

const MARKER = 0x80
const PIECE = 64 * KIB
// C2SP age.md, "Payload": chunks of 64 KiB, each with a tag.
const CHUNK = 64 * KIB
const TAG = 16

/** Plaintext bytes in `sealed` bytes of payload; 0 if no plaintext gives exactly that length. */
function plaintextSize(sealed: number): number {
    const last = sealed % (CHUNK + TAG)
    // A file's last chunk is not empty.
    if (sealed <= TAG || (last > 0 && last <= TAG)) return 0
    return sealed - TAG * Math.ceil(sealed / (CHUNK + TAG))
}

export interface Fit {
    /** The whole envelope, in bytes. */
    readonly size: number
    /** Content with its padding, in bytes. */
    readonly padded: number
}

/**
 * The smallest of `sizes` that holds `content` bytes, the padding's marker and `overhead` bytes of
 * header and nonce. Null if none does.
 */
export function smallestFit(
    content: number,
    overhead: number,
    sizes: readonly number[],
): Fit | null {
    for (const size of sizes) {
        const padded = plaintextSize(size - overhead)
        if (content + 1 <= padded) return { size, padded }
    }
    return null
}

/** `content` padded to `total` bytes, at least one more than it has. */
export function pad(content: Uint8Array, total: number): Uint8Array<ArrayBuffer> {
    if (content.length >= total) {
        throw new PaddingError(
            `${String(content.length)} bytes leave no room for padding in ${String(total)}`,
        )
    }
    const padded = new Uint8Array(total)
    padded.set(content)
    padded[content.length] = MARKER
    return padded
}

export function unpad(padded: Uint8Array): Uint8Array {
    const marker = lastNonZero(padded)
    if (padded[marker] !== MARKER) throw notPadded()
    return padded.subarray(0, marker)
}

function lastNonZero(bytes: Uint8Array): number {
    let at = bytes.length - 1
    while (at >= 0 && bytes[at] === 0) at -= 1
    return at
}

/** As `pad`, for content of exactly `length` bytes that comes in pieces. */
export function padStream(
    content: ReadableStream<Uint8Array>,
    length: number,
    total: number,
): ReadableStream<Uint8Array> {
    const reader = content.getReader()
    let read = 0
    let padding = 0

    /** The next piece of content, or null after the last. */
    async function nextContent(): Promise<Uint8Array | null> {
        if (padding > 0) return null
        const { done, value } = await reader.read()
        read += done ? 0 : value.length
        if (read > length || (done && read < length)) {
            await reader.cancel()
            throw lengthChanged(length)
        }
        return done ? null : value
    }

    function nextPadding(): Uint8Array {
        const piece = new Uint8Array(Math.min(PIECE, total - length - padding))
        if (padding === 0) piece[0] = MARKER
        padding += piece.length
        return piece
    }

    return new ReadableStream<Uint8Array>({
        // One piece for each pull: padding may be half a gigabyte and must not be queued.
        async pull(controller) {
            controller.enqueue((await nextContent()) ?? nextPadding())
            if (length + padding === total) controller.close()
        },
        cancel: (reason) => reader.cancel(reason),
    })
}

/** As `unpad`, in pieces; fails at the end when no padding stood there. */
export function unpadStream(): TransformStream<Uint8Array, Uint8Array> {
    // A marker is held back, with the zeros after it: perhaps the padding, perhaps content.
    let held: { zeros: number } | null = null

    function passOn(controller: TransformStreamDefaultController<Uint8Array>): void {
        if (held === null) return
        controller.enqueue(Uint8Array.of(MARKER))
        for (let left = held.zeros; left > 0; left -= PIECE) {
            controller.enqueue(new Uint8Array(Math.min(PIECE, left)))
        }
        held = null
    }

    return new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
            const last = lastNonZero(piece)
            if (last < 0 && held !== null) {
                held.zeros += piece.length
                return
            }
            passOn(controller)
            if (piece[last] !== MARKER) {
                controller.enqueue(piece)
                return
            }
            if (last > 0) controller.enqueue(piece.subarray(0, last))
            held = { zeros: piece.length - last - 1 }
        },
        flush() {
            if (held === null) throw notPadded()
        },
    })
}

function notPadded(): PaddingError {
    return new PaddingError("the content ends without padding; it was not sealed as an envelope is")
}

function lengthChanged(length: number): PaddingError {
    return new PaddingError(
        `the file no longer has ${String(length)} bytes; choose it again and leave it unchanged meanwhile`,
    )
}

/**
 * Sealed messages and commits have a few lengths only. ts-mls pads to 256 bytes and no further, so
 * the length of every longer message would show.
 */

import { encodePrivateMessageContent } from "ts-mls/privateMessage.js"
import type { PrivateMessageContent } from "ts-mls/privateMessage.js"

import { NotAllowed } from "./problems.js"

/** Bytes of a sealed message, whole. */
export const MESSAGE_SIZES: readonly number[] = [512, 1024, 4096, 8192]
/** Of a commit: updates of a circle of 25 are 2 kB, or 30 kB with post-quantum keys. */
export const COMMIT_SIZES: readonly number[] = [2048, 4096, 8192, 16384, 32768, 65536, 98304]
export const WELCOME_SIZES: readonly number[] = [
    4096, 8192, 16384, 32768, 65536, 98304, 131072, 163840,
]

// MLSMessage 4, group id 17, epoch 8, content type 1, sender data 29; RFC 9420, section 6.3.
const AROUND = 59
const TAG = 16

/** How much of the AEAD's plaintext there must be for `content` to come out as one of `sizes`. */
export function paddedContent(
    content: PrivateMessageContent,
    authenticatedData: Uint8Array,
    sizes: readonly number[],
): number {
    const unpadded = encodePrivateMessageContent({ kind: "alwaysPad", paddingLength: 0 })(content)
    const around = AROUND + 1 + authenticatedData.length + TAG
    unpadded.fill(0)
    for (const size of sizes) {
        // The length before the ciphertext has 2 bytes below 16,384 and 4 from there on.
        const lengths = size - around - 2 + TAG < 16384 ? 2 : 4
        const room = size - around - lengths
        if (unpadded.length <= room) return room
    }
    const most = String(sizes.at(-1) ?? 0)
    throw new NotAllowed(`sealed, this is longer than ${most} bytes; send it in parts`)
}

/** The smallest of `sizes` that takes so many bytes. */
export function fitting(length: number, sizes: readonly number[]): number {
    const size = sizes.find((fits) => fits >= length)
    if (size === undefined) throw new NotAllowed("a welcome longer than the server takes")
    return size
}

/**
 * A picture that was reported. What was franked holds the hash of the whole and its first piece;
 * bytes with that hash are the picture, wherever they come from.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { hex, joined } from "../mls/bytes.js"
import { NotAllowed, Unreadable } from "../mls/problems.js"
import { IMAGE_PIECE, messageId, parsedFranked } from "../room/content.js"
import type { Frame } from "../room/content.js"

/** What follows the first piece. */
export function restOf(picture: Uint8Array): Uint8Array {
    return picture.subarray(IMAGE_PIECE)
}

/**
 * The bytes that were franked, from this keeper's own device or from the report; null for what is
 * no picture, and where neither has them. `rest`: what the reporter sent beside the content.
 */
export function reportedPicture(
    content: Uint8Array,
    rest: Uint8Array | null,
    sender: string,
    own: (id: string) => Uint8Array | undefined,
): Uint8Array | null {
    const frame = frankedFrame(content)
    if (frame?.kind !== "image" || frame.index !== 0) return null
    const whole = [own(messageId(sender, frame.nonce)), joined(frame.piece, rest ?? NOTHING)]
    return whole.find((bytes) => bytes !== undefined && isThis(bytes, frame.digest)) ?? null
}

const NOTHING = new Uint8Array(0)

function isThis(bytes: Uint8Array, digest: string): boolean {
    return hex(sha256(bytes)) === digest
}

function frankedFrame(content: Uint8Array): Frame | null {
    try {
        return parsedFranked(content)
    } catch (error) {
        // Another version's, or nonsense: its verdict says what it is worth.
        if (error instanceof Unreadable || error instanceof NotAllowed) return null
        throw error
    }
}

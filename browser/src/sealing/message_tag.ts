/**
 * The tag behind a later message or file: only who has the receipt can make one
 * (twin: sealing/message_tag.py; docs/spec/mailbox.md, "Whose message it is").
 */

import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"

export const TAG_SIZE = 32

/** Makes the tag of content that comes in pieces. */
export class Tagging {
    readonly #digest = sha256.create()

    constructor(readonly messageKey: Uint8Array) {}

    update(piece: Uint8Array): void {
        this.#digest.update(piece)
    }

    /** Over the digest, so that content of any length is read once. */
    tag(): Uint8Array {
        return hmac(sha256, this.messageKey, this.#digest.digest())
    }
}

/** Content with its tag behind it: what is sealed. */
export function tagged(content: Uint8Array, messageKey: Uint8Array): Uint8Array<ArrayBuffer> {
    const tagging = new Tagging(messageKey)
    tagging.update(content)
    const whole = new Uint8Array(content.length + TAG_SIZE)
    whole.set(content)
    whole.set(tagging.tag(), content.length)
    return whole
}

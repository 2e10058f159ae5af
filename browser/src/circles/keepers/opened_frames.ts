/** Opening frames (`boxed.ts`), and messages from their parts. */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"

import { Reader, hex, joined } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import type { Suite } from "../mls/suites.js"
import { BOXED_SLOTS, ID, KEY, KINDS, MOST_FRAMES, TAG } from "./boxed.js"
import { contextOf, frameLength, slotLength } from "./boxed.js"
import type { BoxedIn, Piece } from "./boxed.js"

/**
 * What a frame holds for the owner of this box secret; null if nothing.
 *
 * Throws `Unreadable` for what is no frame, or holds what its own sender broke.
 */
export async function openedFrame(
    untrusted: Uint8Array,
    boxSecret: Uint8Array,
    where: BoxedIn,
): Promise<Piece | null> {
    const { suite } = where
    if (untrusted.length !== frameLength(suite)) {
        throw new Unreadable(`a frame: expected ${String(frameLength(suite))} bytes, got others`)
    }
    const context = contextOf(where)
    const secret = await suite.hpke.importPrivateKey(boxSecret)
    const length = slotLength(suite)
    const encLength = length - KEY - TAG
    const head = untrusted.subarray(0, BOXED_SLOTS * length)
    for (let slot = 0; slot < BOXED_SLOTS; slot += 1) {
        const sealed = head.subarray(slot * length, (slot + 1) * length)
        const key = await keyIn(suite, secret, sealed, encLength, context)
        if (key === null) continue
        return pieceIn(key, joined(context, head), untrusted.subarray(head.length))
    }
    return null
}

async function keyIn(
    suite: Suite,
    secret: Awaited<ReturnType<Suite["hpke"]["importPrivateKey"]>>,
    sealed: Uint8Array,
    encLength: number,
    context: Uint8Array,
): Promise<Uint8Array | null> {
    const [enc, ct] = [sealed.slice(0, encLength), sealed.slice(encLength)]
    try {
        return await suite.hpke.open(secret, enc, ct, context)
    } catch (error) {
        if (error instanceof Unreadable) return null // for somebody else
        throw error
    }
}

function pieceIn(key: Uint8Array, aad: Uint8Array, body: Uint8Array): Piece | null {
    const read = new Reader(decrypted(key, aad, body), "a frame")
    const kind = KINDS[read.byte()]
    const id = hex(read.take(ID))
    const [part, parts, length] = [read.byte(), read.byte(), read.uint16()]
    // A later version may know more kinds.
    if (kind === undefined || kind === "nothing") return null
    if (parts < 1 || parts > MOST_FRAMES || part >= parts) throw read.problem("a part of a whole")
    return { kind, id, part, parts, data: read.take(length) }
}

function decrypted(key: Uint8Array, aad: Uint8Array, body: Uint8Array): Uint8Array {
    try {
        return xchacha20poly1305(key, new Uint8Array(24), aad).decrypt(body)
    } catch {
        throw new Unreadable("a frame: expected a body of its own key, got another")
    }
}

/** Puts messages together from their parts, whatever order they come in. */
export class Pieces {
    readonly #waiting = new Map<string, Map<number, Piece>>()

    constructor(private readonly most = 64) {}

    /** The whole data, once all parts have come; null before. Parts of one sender only. */
    take(sender: string, piece: Piece): Uint8Array | null {
        const name = `${sender} ${piece.kind} ${piece.id} ${String(piece.parts)}`
        const parts = this.#waiting.get(name) ?? new Map<number, Piece>()
        parts.set(piece.part, piece)
        if (parts.size < piece.parts) {
            // Whoever begins and never ends would fill a keeper's memory.
            if (!this.#waiting.has(name) && this.#waiting.size >= this.most) this.#forgetOne()
            this.#waiting.set(name, parts)
            return null
        }
        this.#waiting.delete(name)
        return joined(
            ...[...parts.values()].sort((a, b) => a.part - b.part).map(({ data }) => data),
        )
    }

    #forgetOne(): void {
        const [oldest] = this.#waiting.keys()
        if (oldest !== undefined) this.#waiting.delete(oldest)
    }
}

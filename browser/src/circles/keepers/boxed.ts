/**
 * Frames that some members can open and others cannot tell apart (docs/spec/circles-moderation.md).
 *
 * A report, an answer to one, keepers' secrets and an invitation to a new room all travel as one:
 * five slots with a key, each sealed to somebody's box key, and one body. Slots that nobody
 * needs are sealed to a key that is thrown away, as random bytes can be told from ML-KEM's. A
 * frame with nothing in it looks the same; every client sends one now and then.
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { randomBytes } from "@noble/hashes/utils.js"

import { SafelightError } from "../../errors.js"
import { ascii, hex, joined, unhex } from "../mls/bytes.js"
import { MOST_KEEPERS } from "../mls/settings.js"
import { CLASSIC } from "../mls/suites.js"
import type { Suite } from "../mls/suites.js"

/** To at most so many members at once: to every keeper. */
export const BOXED_SLOTS = MOST_KEEPERS
/** So many frames for one message, each at its own time if need be. */
export const MOST_FRAMES = 16

export const KEY = 32
export const TAG = 16
export const ID = 16
// With what stands around it, exactly a message of 4,096 or 8,192 bytes.
const FRAME_CLASSIC = 3_700
const FRAME_POST_QUANTUM = 7_600
const ENC_CLASSIC = 32
const ENC_POST_QUANTUM = 1_120
/** Kind, id, part, parts, length. */
const HEAD = 1 + ID + 1 + 1 + 2

/** The order is that of the bytes on the wire: only ever append. */
export const KINDS = ["nothing", "report", "answer", "secrets", "invitation", "shift"] as const
export type BoxedKind = (typeof KINDS)[number]

export class BoxedError extends SafelightError {
    override readonly name = "BoxedError"
}

/** Where a frame is sealed and by whom: it opens nowhere else and in nobody else's name. */
export interface BoxedIn {
    readonly suite: Suite
    /** 16 bytes. */
    readonly circle: Uint8Array
    /** Member id of the sender, 32 hex digits; what MLS says, not what a frame says. */
    readonly sender: string
}

/** One part of a message, as a frame brought it. */
export interface Piece {
    readonly kind: BoxedKind
    /** 32 hex digits: the same in all parts of one message. */
    readonly id: string
    readonly part: number
    readonly parts: number
    readonly data: Uint8Array
}

export function frameLength(suite: Suite): number {
    return suite.name === CLASSIC ? FRAME_CLASSIC : FRAME_POST_QUANTUM
}

export function slotLength(suite: Suite): number {
    return (suite.name === CLASSIC ? ENC_CLASSIC : ENC_POST_QUANTUM) + KEY + TAG
}

/** Bytes that one frame carries. */
export function roomInFrame(suite: Suite): number {
    return frameLength(suite) - BOXED_SLOTS * slotLength(suite) - TAG - HEAD
}

/** A frame for nobody, as every client sends one about once a day. */
export function coverFrame(where: BoxedIn): Promise<Uint8Array> {
    return frame(where, [], { kind: "nothing", id: drawnId(), part: 0, parts: 1, data: none })
}

const none = new Uint8Array(0)

export function drawnId(): string {
    return hex(randomBytes(ID))
}

/**
 * The frames of one message to 1 to 5 members. The same `id` again is the same message: a
 * receiver takes it in once. Throws `BoxedError` where it does not fit.
 */
export async function boxedFrames(
    where: BoxedIn,
    boxKeys: readonly Uint8Array[],
    message: { readonly kind: BoxedKind; readonly id: string; readonly data: Uint8Array },
): Promise<readonly Uint8Array[]> {
    if (boxKeys.length < 1 || boxKeys.length > BOXED_SLOTS) {
        throw new BoxedError(
            `expected 1 to ${String(BOXED_SLOTS)} members to seal to, got ${String(boxKeys.length)}`,
        )
    }
    const each = roomInFrame(where.suite)
    const parts = Math.max(1, Math.ceil(message.data.length / each))
    if (parts > MOST_FRAMES) {
        throw new BoxedError(
            `expected at most ${String(each * MOST_FRAMES)} bytes, got ${String(message.data.length)}; ` +
                "choose fewer messages",
        )
    }
    const frames: Uint8Array[] = []
    for (let part = 0; part < parts; part += 1) {
        const data = message.data.subarray(part * each, (part + 1) * each)
        frames.push(await frame(where, boxKeys, { ...message, part, parts, data }))
    }
    return frames
}

async function frame(where: BoxedIn, boxKeys: readonly Uint8Array[], piece: Piece) {
    const { suite } = where
    const key = randomBytes(KEY)
    const context = contextOf(where)
    const slots: Uint8Array[] = []
    for (let slot = 0; slot < BOXED_SLOTS; slot += 1) {
        const boxKey = boxKeys[slot]
        const to =
            boxKey === undefined
                ? (await suite.hpke.generateKeyPair()).publicKey
                : await suite.hpke.importPublicKey(boxKey)
        const { enc, ct } = await suite.hpke.seal(
            to,
            boxKey === undefined ? randomBytes(KEY) : key,
            context,
        )
        slots.push(joined(enc, ct))
    }
    shuffle(slots)
    const plain = new Uint8Array(HEAD + roomInFrame(suite))
    plain.set([KINDS.indexOf(piece.kind)])
    plain.set(unhex(piece.id), 1)
    plain.set([piece.part, piece.parts, piece.data.length >> 8, piece.data.length & 255], 1 + ID)
    plain.set(piece.data, HEAD)
    // One key for one body, so the nonce may be fixed. The slots are bound to it.
    const head = joined(...slots)
    const body = xchacha20poly1305(key, new Uint8Array(24), joined(context, head)).encrypt(plain)
    return joined(head, body)
}

export function contextOf({ circle, sender }: BoxedIn): Uint8Array {
    return joined(ascii("safelight boxed v1\0"), circle, unhex(sender))
}

// Who is first in the list of keepers must not be first in every frame.
function shuffle(slots: Uint8Array[]): void {
    for (let last = slots.length - 1; last > 0; last -= 1) {
        const [draw = 0] = crypto.getRandomValues(new Uint32Array(1))
        const other = draw % (last + 1) // the bias of 5 in 2^32 says nothing
        const [a, b] = [slots[last], slots[other]]
        if (a !== undefined && b !== undefined) [slots[last], slots[other]] = [b, a]
    }
}

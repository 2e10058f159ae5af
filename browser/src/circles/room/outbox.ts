/**
 * What is to be sent: kept as a frame first, sealed and kept again, then sent. After a crash the
 * same bytes go out again; nothing is sealed twice under one key. What the end of an epoch
 * overtook is sealed anew, with the same nonce, so that it counts once.
 */

import { hex, unhex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import { seenOf } from "./chain.js"
import { encodedFrame, frankedPart } from "./content.js"
import type { SentFrame } from "./content.js"
import type { Draft } from "./draft.js"
import type { Franking } from "./franking.js"
import { readBack } from "./rows.js"
import type { Waiting } from "./rows.js"

/** `id`: of the message that it brings; "" for what is not shown. */
export function enqueue(draft: Draft, frame: SentFrame, id: string): void {
    const number = draft.kept.place.next
    draft.place({ next: number + 1 })
    const item: Waiting = { number, frame: frameText(frame), id, sealed: "", epoch: -1, seq: 0 }
    draft.waiting(item)
}

/** Sealed for the epoch of now, in the draft; the same again if it was already. */
export async function sealedWaiting(
    draft: Draft,
    item: Waiting,
    group: Group,
    franking: Franking | null,
): Promise<Waiting> {
    if (item.sealed !== "" && item.epoch === group.epoch) return item
    const frame = withProof(frameBack(item.frame), group, franking)
    const seen = seenOf(draft.kept.place.chain)
    const { group: next, sealed, spent } = await group.seal(encodedFrame(frame, seen))
    const ready: Waiting = { ...item, sealed: hex(sealed), epoch: group.epoch, seq: 0 }
    draft.ratcheted(next, spent)
    draft.waiting(ready)
    return ready
}

function withProof(frame: SentFrame, group: Group, franking: Franking | null): SentFrame {
    const key = group.settings.franking
    const provable = frame.kind === "text" || (frame.kind === "image" && frame.index === 0)
    if (!provable || key === "" || franking === null) return frame
    const proof = franking.frank(
        frankedPart(frame),
        {
            circle: group.circle,
            epoch: group.epoch,
            sender: group.me.signatureKey,
            franking: unhex(key),
        },
        group.signatureSecret,
    )
    return { ...frame, proof }
}

const BYTES = ["proof", "piece", "body"]

function frameText(frame: SentFrame): string {
    const fields = Object.entries(frame).map(([key, value]: [string, unknown]) => [
        key,
        value instanceof Uint8Array ? hex(value) : value,
    ])
    return JSON.stringify(Object.fromEntries(fields))
}

/** What `frameText` made. */
function frameBack(text: string): SentFrame {
    const fields = readBack(new TextEncoder().encode(text)) as Record<string, unknown>
    const back = Object.entries(fields).map(([key, value]) => [
        key,
        BYTES.includes(key) && typeof value === "string" ? unhex(value) : value,
    ])
    return Object.fromEntries(back) as SentFrame
}

/** A room as its rows say, after a start or a crash. */

import type { Judging } from "../mls/group_steps.js"
import { Unreadable } from "../mls/problems.js"
import { pieceOf } from "./draft.js"
import type { Kept } from "./draft.js"
import { knownAgain } from "./last_known.js"
import type { LastKnown } from "./last_known.js"
import { LAST, MESSAGE, OUTBOX, PART, PENDING, PIECE, PLACE, WELCOME, readBack } from "./rows.js"
import type {
    KeptMessage,
    KeptWelcome,
    PartRow,
    Pending,
    Place,
    RoomRows,
    Waiting,
} from "./rows.js"

export interface Loaded {
    readonly kept: Kept
    /** Of a room that this device is in no more. */
    readonly last: LastKnown | null
}

/** null: the store has no such room. */
export async function loaded(rows: RoomRows, judging: Judging): Promise<Loaded | null> {
    const place = await rows.get(PLACE)
    if (place === undefined) return null
    const pending = await rows.get(PENDING)
    const last = await rows.get(LAST)
    const group = await rows.group(judging)
    if (group === null && last === undefined) {
        throw new Unreadable("a kept room: its keys are missing; come in anew")
    }
    const messages = (await listed(rows, MESSAGE)) as KeptMessage[]
    const kept: Kept = {
        group,
        place: readBack(place) as Place,
        messages: new Map(messages.map((message) => [message.id, message])),
        pieces: await pieces(rows),
        outbox: (await listed(rows, OUTBOX)) as Waiting[],
        pending: pending === undefined ? null : (readBack(pending) as Pending),
        parts: (await listed(rows, PART)) as PartRow[],
        welcomes: (await listed(rows, WELCOME)) as KeptWelcome[],
    }
    return { kept, last: last === undefined ? null : knownAgain(readBack(last)) }
}

async function listed(rows: RoomRows, kind: string): Promise<unknown[]> {
    return (await rows.all(kind)).map(readBack)
}

async function pieces(rows: RoomRows): Promise<Map<string, Map<number, Uint8Array>>> {
    const found = new Map<string, Map<number, Uint8Array>>()
    for (const key of await rows.keys(PIECE)) {
        const bytes = await rows.get(key)
        const [id, number] = pieceOf(key)
        if (bytes !== undefined) found.set(id, new Map(found.get(id)).set(number, bytes))
    }
    return found
}

/** What a room shows, from what it has kept. */

import type { Member } from "../mls/member.js"
import { assembled } from "./draft.js"
import type { Kept } from "./draft.js"
import { daysAfter } from "./keeping_messages.js"
import type { LastKnown } from "./last_known.js"
import type { KeptMessage, KeptWarning } from "./rows.js"
import type { RoomState, Shown, Warning } from "./room_state.js"

const UNHEARD_AFTER_DAYS = 2

export function shownState(
    kept: Kept,
    last: LastKnown,
    stopped: boolean,
    today: string,
): RoomState {
    const { place, group } = kept
    const { members, me, settings } = last
    const byId = new Map(members.map((member) => [member.id, member]))
    // Before the log was read today, silence may be this device's own.
    const listened = group !== null && place.read === today
    const silent = ({ id }: Member): boolean =>
        id !== me.id && daysAfter(place.heard[id] ?? today, UNHEARD_AFTER_DAYS) <= today
    return Object.freeze({
        name: settings.name,
        members,
        me,
        keeper: group !== null && settings.keepers.includes(me.id),
        settings,
        epoch: last.epoch,
        shown: [...kept.messages.values()]
            .sort((a, b) => a.order - b.order)
            .map((message) => shownMessage(message, kept, byId, me)),
        safetyCode: last.safetyCode,
        warnings: place.warnings.map((warning) => shownWarning(warning, byId)),
        leaving: members.filter(({ id }) => place.leaving.includes(id)),
        unheard: listened ? members.filter(silent) : [],
        closed: settings.closed,
        burned: place.burned,
        removed: place.removed,
        stopped,
    })
}

function shownMessage(
    message: KeptMessage,
    kept: Kept,
    byId: ReadonlyMap<string, Member>,
    me: Member,
): Shown {
    const image = message.kind === "image" ? assembled(kept, message.id) : undefined
    const mine = message.from === me.id
    return Object.freeze({
        id: message.id,
        from: message.again ? null : (byId.get(message.from) ?? null),
        name: message.name,
        mine: mine && !message.again,
        kind: message.kind,
        ...(message.kind === "text" ? { text: message.text } : {}),
        ...(image === undefined ? {} : { image }),
        ...(message.replyTo === "" ? {} : { replyTo: message.replyTo }),
        reactions: byEmoji(message.reactions),
        day: message.day,
        vanishes: message.saved ? "" : message.vanishes,
        saved: message.saved,
        again: message.again,
        unproven: message.unproven,
        state: message.state,
    })
}

function byEmoji(reactions: Readonly<Record<string, string>>): ReadonlyMap<string, string[]> {
    const found = new Map<string, string[]>()
    for (const [id, emoji] of Object.entries(reactions)) {
        found.set(emoji, [...(found.get(emoji) ?? []), id])
    }
    return found
}

function shownWarning({ kind, seq, by, day }: KeptWarning, byId: ReadonlyMap<string, Member>) {
    return Object.freeze<Warning>({ kind, seq, by: byId.get(by) ?? null, day })
}

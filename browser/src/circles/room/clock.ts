/**
 * After a clock that was a year ahead, or at 1970 without a battery: otherwise messages would
 * vanish never, or at once, and keys not be renewed for a year.
 */

import type { Draft } from "./draft.js"
import { daysAfter } from "./keeping_messages.js"
import type { KeptMessage } from "./rows.js"

/** No circle is older. */
const FIRST_DAY = "2026-01-01"
/** Nothing is planned further ahead. */
const AHEAD_HOURS = 10 * 24
const DAY_MS = 24 * 60 * 60 * 1000

export function clockSetRight(
    draft: Draft,
    { today, hour }: { readonly today: string; readonly hour: number },
): void {
    if (today < FIRST_DAY) return
    const wrong = (day: string): boolean => day > today || day < FIRST_DAY
    const { place, messages, parts } = draft.kept
    for (const message of messages.values()) {
        if (wrong(message.came)) draft.message(cameToday(message, today))
    }
    for (const part of parts) {
        if (!wrong(part.day)) continue
        draft.dropPart(part.seq)
        draft.part({ ...part, day: today })
    }
    for (const [id, day] of Object.entries(place.heard)) {
        if (wrong(day)) draft.place({ heard: { ...draft.kept.place.heard, [id]: today } })
    }
    if (Math.max(place.heartbeat, place.renewal) > hour + AHEAD_HOURS) {
        draft.place({ heartbeat: hour, renewal: hour })
    }
}

/**
 * Where the server's clock is more than a day off, somebody's is wrong. It is said of no member and
 * changes nothing: what others signed is judged by no clock.
 */
export function clockCompared(draft: Draft, server: number | undefined, now: Date): void {
    if (server === undefined) return
    const { warnings } = draft.kept.place
    if (Math.abs(server - now.getTime()) > DAY_MS) {
        draft.warn("clock-differs", 0, "", now.toISOString().slice(0, 10))
    } else if (warnings.some(({ kind }) => kind === "clock-differs")) {
        draft.place({ warnings: warnings.filter(({ kind }) => kind !== "clock-differs") })
    }
}

/** It stays as many days as it would have. */
function cameToday(message: KeptMessage, today: string): KeptMessage {
    const days = Math.round((Date.parse(message.vanishes) - Date.parse(message.came)) / DAY_MS)
    return { ...message, came: today, vanishes: daysAfter(today, days) }
}

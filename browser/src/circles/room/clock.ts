/**
 * A device's clock can be wrong for a while: a year ahead, or at 1970 after its battery was empty.
 * What was dated by such a clock would vanish never, or at once; keys would not be renewed for a
 * year. So once the clock is right again, what it cannot have been is dated anew.
 */

import type { Draft } from "./draft.js"
import { daysAfter } from "./keeping_messages.js"
import type { KeptMessage } from "./rows.js"

/** No circle is older. Before it a clock is wrong, and nothing is judged by it. */
const FIRST_DAY = "2026-01-01"
/** No sign of life, and no renewing of keys, is planned further ahead than this (`room_log.ts`). */
const HEARTBEAT_WITHIN_HOURS = 36
const RENEWAL_WITHIN_HOURS = 10 * 24
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
    if (Object.values(place.heard).some(wrong)) {
        const heard = Object.entries(place.heard).map(([id, day]) => [id, wrong(day) ? today : day])
        draft.place({ heard: Object.fromEntries(heard) as Record<string, string> })
    }
    if (place.heartbeat > hour + HEARTBEAT_WITHIN_HOURS) draft.place({ heartbeat: hour })
    if (place.renewal > hour + RENEWAL_WITHIN_HOURS) draft.place({ renewal: hour })
}

/** It stays as many days as it would have. */
function cameToday(message: KeptMessage, today: string): KeptMessage {
    const days = Math.round((Date.parse(message.vanishes) - Date.parse(message.came)) / DAY_MS)
    return { ...message, came: today, vanishes: daysAfter(today, days) }
}

/** Choices of time, which move with the calendar (twin: Question.offered of vocabulary/questions.py). */

import type { Day } from "../sealing/day.js"
import type { Code } from "./data.js"

/** The newest half-years, then whole years before them; newest first. */
export function periods(today: Day, halfYears: number, earlierYears: number): readonly Code[] {
    if (halfYears === 0) return []
    const newest = Number(today.slice(0, 4)) * 2 + (Number(today.slice(5, 7)) > 6 ? 1 : 0)
    const halves = Array.from({ length: halfYears }, (_, back) => newest - back)
    const oldest = Math.floor((newest - halfYears + 1) / 2)
    return [
        ...halves.map((half) => halfYear(Math.floor(half / 2), half % 2 === 0)),
        ...Array.from({ length: earlierYears }, (_, back) => wholeYear(oldest - 1 - back)),
    ]
}

function halfYear(year: number, first: boolean): Code {
    const english = first ? "January–June" : "July–December"
    const russian = first ? "январь–июнь" : "июль–декабрь"
    return [
        `${String(year)}-H${first ? "1" : "2"}`,
        `${english} ${String(year)}`,
        `${russian} ${String(year)}`,
    ]
}

function wholeYear(year: number): Code {
    return [String(year), String(year), `${String(year)} год`]
}

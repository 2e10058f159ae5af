/** What to do when a life is in danger, and whom to turn to: from the signed rules, to be drawn. */

import type { CirclesPolicy, EscalationStep, HelpEntry } from "./policy.js"

export type Language = "ru" | "en"

/** One step in one language, in the order in which the organisation wrote them. */
export interface ShownStep {
    readonly code: string
    readonly name: string
    readonly told: string
    readonly decides: string
    readonly do: string
    readonly withinMinutes: number
}

export function escalationSteps(policy: CirclesPolicy, language: Language): readonly ShownStep[] {
    return policy.escalation.map((step: EscalationStep) => ({
        code: step.code,
        name: step.name[language],
        told: step.told[language],
        decides: step.decides[language],
        do: step.do[language],
        withinMinutes: step.within_minutes,
    }))
}

export function helpEntries(policy: CirclesPolicy, language: Language): readonly HelpEntry[] {
    return policy.help[language]
}

/**
 * How the help button opens a sealed letter to the organisation: an address of the same site.
 *
 * Nothing of the room is in it, and nothing may be: the letter is written in a page of its own
 * that knows neither the room nor the name in it. Open it in place of the room, with
 * `referrerPolicy: "no-referrer"`; the room itself has no address of its own to leak.
 */
export function letterAddress(language: Language): string {
    return `/${language}/3`
}

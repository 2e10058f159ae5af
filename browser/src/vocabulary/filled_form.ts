/** From the fields of a form to answers and consent (twin: vocabulary/filled_form.py). */

import { SafelightError } from "../errors.js"
import type { Day } from "../sealing/day.js"
import { ReportTooLargeError } from "./report.js"
import { cleanedText } from "./text.js"

/** What the page says about its form, so that the script needs no list of questions. */
export interface FormRules {
    readonly id: string
    readonly version: string
    readonly kinds: Readonly<Record<string, "text" | "one" | "many" | "consent">>
    /** Question → `question=code code`: asked only of somebody who chose one of the codes there. */
    readonly conditions: Readonly<Record<string, string>>
    /** The most characters of a text. */
    readonly longest: Readonly<Record<string, number>>
    /** For how many years one may consent, and what holds without a choice. */
    readonly years: readonly number[]
    readonly suggestedYears: number
}

/** Names and values in the order of the form. */
export type Fields = readonly (readonly [string, string])[]

/** Only the questions that were answered and are asked of somebody with these answers. */
export interface FilledForm {
    readonly form: { readonly id: string; readonly version: string }
    readonly language: string
    /** By question id: a text or one code, or several codes. */
    readonly answers: Readonly<Record<string, string | readonly string[]>>
    /** Each purpose that was ticked, and the last day it holds. */
    readonly consent: Readonly<Record<string, Day>>
}

/** The form has another choice than those it offers. */
export class FormError extends SafelightError {
    override readonly name = "FormError"
}

export const CONSENT_FOR = "consent_for"

export function filledForm(
    fields: Fields,
    rules: FormRules,
    { language, today }: { readonly language: string; readonly today: Day },
): FilledForm {
    const answers: Record<string, string | readonly string[]> = {}
    let purposes: readonly string[] = []
    for (const [id, kind] of Object.entries(rules.kinds)) {
        const given = fields
            .filter(([name, value]) => name === id && value.trim() !== "")
            .map(([, value]) => value)
        if (kind === "consent") purposes = given
        else if (kind === "many") answers[id] = given
        else if (kind === "one") answers[id] = given[0] ?? ""
        else answers[id] = textOf(id, given[0] ?? "", rules.longest[id] ?? Infinity)
    }
    const answered = Object.fromEntries(
        Object.entries(answers).filter(([, answer]) => answer.length > 0),
    )
    const asked = Object.fromEntries(
        Object.entries(answered).filter(([id]) => isAsked(id, answered, rules)),
    )
    const form = { id: rules.id, version: rules.version }
    return { form, language, answers: asked, consent: consentOf(purposes, fields, rules, today) }
}

/** Whether a question is asked of somebody with these answers. */
export function isAsked(
    id: string,
    answers: Readonly<Record<string, string | readonly string[]>>,
    { conditions }: Pick<FormRules, "conditions">,
): boolean {
    const condition = conditions[id]
    if (condition === undefined) return true
    const [question = "", codes = ""] = condition.split("=")
    const answer = answers[question] ?? []
    const chosen = typeof answer === "string" ? [answer] : answer
    return codes.split(" ").some((code) => chosen.includes(code))
}

function textOf(id: string, typed: string, longest: number): string {
    const text = cleanedText(typed)
    const length = Array.from(text).length
    if (length > longest) {
        throw new ReportTooLargeError(
            `${id}: ${String(length)} characters, at most ${String(longest)}`,
            id,
        )
    }
    return text
}

function consentOf(
    purposes: readonly string[],
    fields: Fields,
    rules: FormRules,
    today: Day,
): Readonly<Record<string, Day>> {
    if (purposes.length === 0) return {}
    const chosen =
        fields.find(([name]) => name === CONSENT_FOR)?.[1] ?? rules.suggestedYears.toString()
    const years = rules.years.find((offered) => offered.toString() === chosen)
    if (years === undefined) {
        throw new FormError("consent_for: expected one of its choices, got another; choose again")
    }
    const last = lastDay(today, years)
    return Object.fromEntries(purposes.map((purpose) => [purpose, last]))
}

/** The day so many years after `written`; 29 February ends on 28. */
export function lastDay(written: Day, years: number): Day {
    const year = (Number(written.slice(0, 4)) + years).toString()
    const day = `${year}${written.slice(4)}`
    const exists = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
    return (exists ? day : `${year}-02-28`) as Day
}

/** What `safelight pocket build` put into the file (twin: intake/pocket/questions.py). */

import { SafelightError } from "../errors.js"
import { isObject, parsedJson } from "../sealing/json.js"
import type { Language } from "../sealing/word_list.js"

/** English, Russian. */
export type Pair = readonly [string, string]

export interface Question {
    readonly id: string
    readonly kind: "one" | "many" | "text" | "consent"
    readonly label: Pair
    readonly help?: Pair
    readonly part?: Pair
    /** "question=code code", as in the pages of the server. */
    readonly only_if?: string
    readonly longest?: number
    readonly half_years?: number
    readonly earlier_years?: number
    readonly years?: readonly (readonly [number, string, string])[]
    readonly suggested_years?: number
    /** How many of the codes, from the first, come in the alphabet of the language. */
    readonly alphabetic?: number
    readonly codes?: readonly Code[]
}

/** A code and its labels. */
export type Code = readonly [string, string, string]

export interface QuestionSet {
    readonly id: string
    readonly version: string
    readonly title: Pair
    readonly questions: readonly Question[]
}

export interface PocketData {
    /** The root's public key, 64 hex digits. */
    readonly root: string
    /** As it was signed. */
    readonly roster: string
    readonly forms: readonly QuestionSet[]
}

export class PocketDataError extends SafelightError {
    override readonly name = "PocketDataError"
}

/** The data in the file's own text; only a cut-off or changed file has other. */
export function parsedData(untrusted: string): PocketData {
    const found = parsedJson(untrusted)
    if (
        isObject(found) &&
        typeof found["root"] === "string" &&
        typeof found["roster"] === "string" &&
        Array.isArray(found["forms"])
    ) {
        return found as unknown as PocketData
    }
    throw new PocketDataError("expected the form's data; get the file again from its origin")
}

export function inLanguage([english, russian]: Pair, language: Language): string {
    return language === "ru" ? russian : english
}

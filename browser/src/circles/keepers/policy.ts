/** The rules of circles as the organisation's root key signed them (twin: circles/policy.py). */

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { hex } from "@scure/base"

import { SafelightError } from "../../errors.js"
import { dayOf } from "../../sealing/day.js"
import type { Day } from "../../sealing/day.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import { StatementError, verifiedPayload } from "../../sealing/statement.js"
import type { StatementProblem } from "../../sealing/statement.js"

export const POLICY_TYPE = "application/vnd.safelight.circles+json"

export type PolicyProblem = StatementProblem | "rolled-back"

export class PolicyError extends SafelightError {
    override readonly name = "PolicyError"

    constructor(
        readonly problem: PolicyProblem,
        message: string,
    ) {
        super(message)
    }
}

export interface Wording {
    readonly ru: string
    readonly en: string
}

/** `counsellors`: whether those whom a desk vouches for may enter, also found, or neither. */
export interface AgeBand {
    readonly code: string
    readonly name: Wording
    readonly youngest: number
    readonly oldest: number
    /** Codes of the bands whose people may enter a room of this one. */
    readonly enter: readonly string[]
    readonly found: readonly string[]
    readonly counsellors: "none" | "enter" | "found"
    readonly images: boolean
    /** After so many days at the latest everything vanishes. */
    readonly days: number
}

export interface CounsellorRules {
    /** Desks of the roster that may vouch for counsellors. */
    readonly desks: readonly string[]
    readonly duties: readonly Wording[]
    readonly block_minutes: number
    readonly week_minutes: number
    readonly break_minutes: number
}

/** What somebody sees, who is told, who decides, within how many minutes, and what is done. */
export interface EscalationStep {
    readonly code: string
    readonly name: Wording
    readonly told: Wording
    readonly decides: Wording
    readonly do: Wording
    readonly within_minutes: number
}

/** Plain text in one language; nothing becomes a link. */
export interface HelpEntry {
    readonly name: string
    readonly what: string
    readonly how: string
}

export interface CirclesPolicy {
    readonly version: number
    readonly issued: Day
    /** The last day on which rooms are founded under these rules. */
    readonly expires: Day
    readonly about_ages: Wording
    readonly bands: readonly AgeBand[]
    readonly keepers: { readonly duties: readonly Wording[]; readonly answer_minutes: number }
    readonly counsellors: CounsellorRules
    readonly escalation: readonly EscalationStep[]
    readonly help: { readonly ru: readonly HelpEntry[]; readonly en: readonly HelpEntry[] }
    /** SHA-256 of what was signed, 64 hex digits: stands in a room's settings. */
    readonly hash: string
}

/** What a device knows beforehand. `lastSeenVersion`: null on the first visit. */
export interface PolicyTrust {
    readonly rootHex: string
    readonly lastSeenVersion: number | null
}

// Longest that a statement may allow, whoever signed it (safelight/circles/policy_parts.py).
const LONGEST_BLOCK = 120
const LONGEST_WEEK = 720
const SHORTEST_BREAK = 30
const MOST_DAYS = 30
const OF_AGE = 18

/** The rules that the root key signed, newer than or the same as those known; throws `PolicyError`. */
export function verifiedPolicy(
    untrusted: string,
    { rootHex, lastSeenVersion }: PolicyTrust,
): CirclesPolicy {
    const payload = signedPayload(untrusted, rootHex)
    const policy = parsedPolicy(payload)
    if (lastSeenVersion !== null && policy.version < lastSeenVersion) {
        throw new PolicyError(
            "rolled-back",
            `rules ${String(policy.version)} are older than ${String(lastSeenVersion)}, known here; ` +
                "somebody may be replaying them, so the known ones stay",
        )
    }
    return policy
}

function signedPayload(untrusted: string, rootHex: string): Uint8Array {
    if (!/^[0-9a-f]{64}$/.test(rootHex)) throw malformed("the root key as 64 hex digits")
    try {
        return verifiedPayload(untrusted, POLICY_TYPE, hex.decode(rootHex))
    } catch (error) {
        if (error instanceof StatementError) throw new PolicyError(error.problem, error.message)
        throw error
    }
}

// What follows is signed: it guards against mistakes, and keeps bounds that nobody may sign away.
function parsedPolicy(payload: Uint8Array): CirclesPolicy {
    const found = parsedJson(new TextDecoder().decode(payload))
    if (!isObject(found)) throw malformed("an object")
    const bands = list(found["bands"], 8, parsedBand)
    if (bands.length === 0) throw malformed("a band")
    const issued = day(found["issued"])
    const expires = day(found["expires"])
    if (expires < issued) throw malformed("rules that expire after they were issued")
    const policy: CirclesPolicy = {
        version: number(found["version"], 1, Number.MAX_SAFE_INTEGER),
        issued,
        expires,
        about_ages: wording(found["about_ages"]),
        bands: checkedBands(bands),
        keepers: parsedKeepers(found["keepers"]),
        counsellors: parsedCounsellors(found["counsellors"]),
        escalation: list(found["escalation"], 20, parsedStep),
        help: parsedHelp(found["help"]),
        hash: bytesToHex(sha256(payload)),
    }
    return Object.freeze(policy)
}

function checkedBands(bands: readonly AgeBand[]): readonly AgeBand[] {
    const minors = new Set(bands.filter(isOfMinors).map((band) => band.code))
    const known = new Set(bands.map((band) => band.code))
    if (known.size !== bands.length) throw malformed("a code of its own for each band")
    for (const band of bands) {
        if (![...band.enter, ...band.found].every((code) => known.has(code))) {
            throw malformed("bands that name bands of these rules")
        }
        if (!band.found.every((code) => band.enter.includes(code))) {
            throw malformed("those who found a room to be let into it")
        }
        // No signature lets grown-ups into rooms of minors as anything but counsellors.
        if (minors.has(band.code) && !band.enter.every((code) => minors.has(code))) {
            throw malformed("rooms of minors for minors only")
        }
    }
    return bands
}

export function isOfMinors(band: AgeBand): boolean {
    return band.youngest < OF_AGE
}

function parsedBand(untrusted: unknown): AgeBand {
    const band = object(untrusted)
    const counsellors = band["counsellors"]
    if (counsellors !== "none" && counsellors !== "enter" && counsellors !== "found") {
        throw malformed("counsellors to be none, enter or found")
    }
    if (typeof band["images"] !== "boolean") throw malformed("images to be true or false")
    const youngest = number(band["youngest"], 1, 120)
    const oldest = number(band["oldest"], youngest, 120)
    if (youngest < OF_AGE && oldest >= OF_AGE) throw malformed("minors and grown-ups apart")
    return Object.freeze({
        code: code(band["code"]),
        name: wording(band["name"]),
        youngest,
        oldest,
        enter: list(band["enter"], 8, code),
        found: list(band["found"], 8, code),
        counsellors,
        images: band["images"],
        days: number(band["days"], 1, MOST_DAYS),
    })
}

function parsedKeepers(untrusted: unknown): CirclesPolicy["keepers"] {
    const keepers = object(untrusted)
    return Object.freeze({
        duties: list(keepers["duties"], 20, wording),
        answer_minutes: number(keepers["answer_minutes"], 1, 20160),
    })
}

function parsedCounsellors(untrusted: unknown): CounsellorRules {
    const rules = object(untrusted)
    const block = number(rules["block_minutes"], 1, LONGEST_BLOCK)
    return Object.freeze({
        desks: list(rules["desks"], 16, (desk) => text(desk, /^[a-z0-9-]{1,32}$/)),
        duties: list(rules["duties"], 20, wording),
        block_minutes: block,
        week_minutes: number(rules["week_minutes"], block, LONGEST_WEEK),
        break_minutes: number(rules["break_minutes"], SHORTEST_BREAK, 1440),
    })
}

function parsedStep(untrusted: unknown): EscalationStep {
    const step = object(untrusted)
    return Object.freeze({
        code: text(step["code"], /^[a-z][a-z0-9-]{1,31}$/),
        name: wording(step["name"]),
        told: wording(step["told"]),
        decides: wording(step["decides"]),
        do: wording(step["do"]),
        within_minutes: number(step["within_minutes"], 1, 20160),
    })
}

function parsedHelp(untrusted: unknown): CirclesPolicy["help"] {
    const help = object(untrusted)
    return Object.freeze({
        ru: list(help["ru"], 20, parsedEntry),
        en: list(help["en"], 20, parsedEntry),
    })
}

function parsedEntry(untrusted: unknown): HelpEntry {
    const entry = object(untrusted)
    return Object.freeze({
        name: line(entry["name"]),
        what: line(entry["what"]),
        how: line(entry["how"]),
    })
}

function object(untrusted: unknown): Readonly<Record<string, unknown>> {
    if (!isObject(untrusted)) throw malformed("objects where the rules have objects")
    return untrusted
}

function list<T>(untrusted: unknown, most: number, each: (one: unknown) => T): readonly T[] {
    if (!Array.isArray(untrusted) || untrusted.length > most) {
        throw malformed(`lists of at most ${String(most)}`)
    }
    return Object.freeze(untrusted.map((one: unknown) => each(one)))
}

function wording(untrusted: unknown): Wording {
    const both = object(untrusted)
    return Object.freeze({ ru: line(both["ru"]), en: line(both["en"]) })
}

function line(untrusted: unknown): string {
    return text(untrusted, /^[^\p{Cc}\p{Cf}\p{Cs}]{1,300}$/u)
}

function code(untrusted: unknown): string {
    return text(untrusted, /^[a-z0-9][a-z0-9-]{0,15}$/)
}

function text(untrusted: unknown, form: RegExp): string {
    if (typeof untrusted === "string" && form.test(untrusted)) return untrusted
    throw malformed("texts in the form that the specification gives")
}

function number(untrusted: unknown, least: number, most: number): number {
    if (typeof untrusted === "number" && Number.isSafeInteger(untrusted)) {
        if (least <= untrusted && untrusted <= most) return untrusted
    }
    throw malformed(`whole numbers from ${String(least)} to ${String(most)}`)
}

function day(untrusted: unknown): Day {
    const written = text(untrusted, /^\d{4}-\d{2}-\d{2}$/)
    const time = new Date(`${written}T00:00:00Z`)
    if (Number.isNaN(time.getTime()) || dayOf(time) !== written) throw malformed("real days")
    return dayOf(time)
}

function malformed(expected: string): PolicyError {
    return new PolicyError(
        "malformed",
        `the rules of circles need ${expected}; ask the organisation for corrected ones`,
    )
}

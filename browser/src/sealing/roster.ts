/** Who reports are sealed to: desk recipients with their validity, signed by the offline root key. */

import { hex } from "@scure/base"

import { SafelightError } from "../errors.js"
import { dayOf } from "./day.js"
import type { Day } from "./day.js"
import { isObject, parsedJson } from "./json.js"
import { parseRecipient, RecipientError } from "./recipients.js"
import type { HybridRecipient } from "./recipients.js"
import { MOST_RECIPIENTS } from "./seal.js"
import { StatementError, verifiedPayload } from "./statement.js"
import type { StatementProblem } from "./statement.js"

export const ROSTER_TYPE = "application/vnd.safelight.roster+json"

/** Why a roster was refused, in the words of the shared vectors. */
export type RosterProblem =
    StatementProblem | "recipient" | "duplicate" | "expired" | "rolled-back" | "no-usable-desk"

export class RosterError extends SafelightError {
    override readonly name = "RosterError"

    constructor(
        readonly problem: RosterProblem,
        message: string,
    ) {
        super(message)
    }
}

// Desks that have left may stay listed, so that people can see when they did.
const MOST_DESKS = 64

/** One desk. Days are inclusive, in UTC. */
export interface RosterDesk {
    readonly name: string
    readonly recipient: HybridRecipient
    readonly verifyKeyHex: string
    readonly validFrom: Day
    readonly validUntil: Day
}

export class Roster {
    constructor(
        readonly version: number,
        readonly issued: Day,
        readonly expires: Day,
        readonly desks: readonly RosterDesk[],
    ) {
        Object.freeze(this)
    }

    usableDesks(today: Day): readonly RosterDesk[] {
        return this.desks.filter((desk) => desk.validFrom <= today && today <= desk.validUntil)
    }

    /** What to seal to on `today`; throws rather than return nobody. */
    recipients(today: Day): readonly HybridRecipient[] {
        if (today > this.expires) {
            throw new RosterError(
                "expired",
                `expired on ${this.expires}, today is ${today}; get the current roster`,
            )
        }
        const usable = this.usableDesks(today)
        if (usable.length === 0) {
            throw new RosterError(
                "no-usable-desk",
                `no usable desk on ${today}: nobody could open what is sealed; get the current roster`,
            )
        }
        if (usable.length > MOST_RECIPIENTS) {
            throw new RosterError(
                "malformed",
                `${String(usable.length)} usable desks; an envelope has room for ${String(MOST_RECIPIENTS)}`,
            )
        }
        return usable.map((desk) => desk.recipient)
    }
}

/** What the reader of a roster knows beforehand. */
export interface RosterTrust {
    /** The root's Ed25519 public key as 64 hex digits. */
    readonly rootHex: string
    readonly today: Day
    /** Null where nothing may be remembered between visits, as on the form's page. */
    readonly lastSeenVersion: number | null
}

/** The roster that the root signed, if reports may be sealed to it today; throws `RosterError`. */
export function verifiedRoster(
    untrusted: string,
    { rootHex, today, lastSeenVersion }: RosterTrust,
): Roster {
    const roster = parsedRoster(signedPayload(untrusted, rootHex))
    if (lastSeenVersion !== null && roster.version < lastSeenVersion) {
        throw new RosterError(
            "rolled-back",
            `version ${String(roster.version)} is older than ${String(lastSeenVersion)}, seen before; ` +
                "somebody may be replaying it, so get the current roster from another place",
        )
    }
    roster.recipients(today)
    return roster
}

function signedPayload(untrusted: string, rootHex: string): string {
    const digits = rootHex.trim().toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(digits)) {
        throw new RosterError(
            "malformed",
            "expected the root key as 64 hex digits; load the page again",
        )
    }
    try {
        return new TextDecoder().decode(verifiedPayload(untrusted, ROSTER_TYPE, hex.decode(digits)))
    } catch (error) {
        if (error instanceof StatementError) throw new RosterError(error.problem, error.message)
        throw error
    }
}

// What follows is signed: it guards against the keeper's mistakes rather than an attacker.
function parsedRoster(payload: string): Roster {
    const found = parsedJson(payload)
    if (!isObject(found)) throw malformed("an object")
    const { version, desks } = found
    if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) {
        throw malformed("a version, counted from 1")
    }
    if (!Array.isArray(desks) || desks.length > MOST_DESKS) {
        throw malformed(`a list of at most ${String(MOST_DESKS)} desks`)
    }
    const issued = parsedDay(found["issued"])
    const expires = parsedDay(found["expires"])
    if (expires < issued) throw malformed("it to expire after it was issued")
    const parsed = desks.map(parsedDesk)
    // One recipient under two names would count one desk as two when envelopes are acknowledged.
    for (const values of [
        parsed.map((desk) => desk.name),
        parsed.map((desk) => desk.recipient.text),
        parsed.map((desk) => desk.verifyKeyHex),
    ]) {
        if (new Set(values).size !== values.length) {
            throw malformed("a name and keys of its own for every desk", "duplicate")
        }
    }
    return new Roster(version, issued, expires, Object.freeze(parsed))
}

function parsedDesk(untrusted: unknown): RosterDesk {
    if (!isObject(untrusted)) throw malformed("desks as objects")
    const name = textOf(untrusted["name"], /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/)
    const verifyKeyHex = textOf(untrusted["verify_key"], /^[0-9a-f]{64}$/)
    const validFrom = parsedDay(untrusted["valid_from"])
    const validUntil = parsedDay(untrusted["valid_until"])
    if (validUntil < validFrom) throw malformed("a desk to be valid from a day before the last")
    const recipient = hybridRecipient(textOf(untrusted["recipient"], /^age1/))
    return Object.freeze({ name, recipient, verifyKeyHex, validFrom, validUntil })
}

function hybridRecipient(untrusted: string): HybridRecipient {
    try {
        const recipient = parseRecipient(untrusted)
        if (recipient.kind === "hybrid") return recipient
    } catch (error) {
        if (!(error instanceof RecipientError)) throw error
    }
    throw malformed("post-quantum recipients, age1pq1…", "recipient")
}

function parsedDay(untrusted: unknown): Day {
    const day = textOf(untrusted, /^\d{4}-\d{2}-\d{2}$/)
    const time = new Date(`${day}T00:00:00Z`)
    // 30 February would become a day in March.
    if (Number.isNaN(time.getTime()) || dayOf(time) !== day) throw malformed("days as YYYY-MM-DD")
    return dayOf(time)
}

function textOf(untrusted: unknown, form: RegExp): string {
    if (typeof untrusted === "string" && form.test(untrusted)) return untrusted
    throw malformed("desks with name, recipient, verify_key, valid_from and valid_until")
}

function malformed(expected: string, problem: RosterProblem = "malformed"): RosterError {
    return new RosterError(
        problem,
        `a roster needs ${expected}; ask its keeper for a corrected one`,
    )
}

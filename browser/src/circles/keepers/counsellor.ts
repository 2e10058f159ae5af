/**
 * Counsellors: known by a pseudonym that a desk vouches for, in rooms of any age that allow it.
 *
 * The desk signs a statement (pseudonym, key, last day); the counsellor's device makes a card of it
 * for one member id in one room. Everybody checks the card against the roster and the rules.
 * The pseudonym and its key are the same in every room: that is what a counsellor gives up.
 */

import { ed25519 } from "@noble/curves/ed25519.js"
import { hex as hexCoder } from "@scure/base"

import { SafelightError } from "../../errors.js"
import { dayOf } from "../../sealing/day.js"
import type { Day } from "../../sealing/day.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import type { Roster } from "../../sealing/roster.js"
import { StatementError, verifiedPayload } from "../../sealing/statement.js"
import { Reader, ascii, joined, long, unhex } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import type { CirclesPolicy } from "./policy.js"

export const COUNSELLOR_TYPE = "application/vnd.safelight.counsellor+json"
const LONGEST_CARD = 2_000

export type CounsellorProblem = "malformed" | "nobody-vouches" | "expired" | "another-member"

export class CounsellorError extends SafelightError {
    override readonly name = "CounsellorError"

    constructor(
        readonly problem: CounsellorProblem,
        message: string,
    ) {
        super(message)
    }
}

/** What a desk vouches for. Days are inclusive, UTC. */
export interface Counsellor {
    readonly pseudonym: string
    /** 64 hex digits: the key that signs cards and shifts. */
    readonly key: string
    readonly validUntil: Day
    /** The desk of the roster that signed. */
    readonly desk: string
}

/** By whom and until when somebody may be vouched for. */
export interface Vouching {
    readonly roster: Roster
    readonly policy: CirclesPolicy
    readonly today: Day
}

/** The statement, if a desk that the rules name signed it and it holds today. */
export function verifiedCounsellor(untrusted: string, vouching: Vouching): Counsellor {
    const { roster, policy, today } = vouching
    const desks = roster
        .usableDesks(today)
        .filter(({ name }) => policy.counsellors.desks.includes(name))
    for (const desk of desks) {
        const payload = signedBy(untrusted, hexCoder.decode(desk.verifyKeyHex))
        if (payload === null) continue
        const found = parsedCounsellor(payload, desk.name)
        if (today > found.validUntil) {
            throw new CounsellorError(
                "expired",
                `expected a statement that holds today, got one until ${found.validUntil}; ask the desk for a new one`,
            )
        }
        return found
    }
    throw new CounsellorError(
        "nobody-vouches",
        "expected a statement by a desk that may vouch for counsellors, got another",
    )
}

function signedBy(untrusted: string, key: Uint8Array): Uint8Array | null {
    try {
        return verifiedPayload(untrusted, COUNSELLOR_TYPE, key)
    } catch (error) {
        if (!(error instanceof StatementError)) throw error
        if (error.problem === "signature") return null
        throw malformed()
    }
}

function parsedCounsellor(payload: Uint8Array, desk: string): Counsellor {
    const found = parsedJson(new TextDecoder().decode(payload))
    if (!isObject(found)) throw malformed()
    const { pseudonym, key, valid_until: written } = found
    if (typeof pseudonym !== "string" || !/^[^\p{Cc}\p{Cf}\p{Cs}]{1,40}$/u.test(pseudonym)) {
        throw malformed()
    }
    if (typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key)) throw malformed()
    if (typeof written !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(written)) throw malformed()
    const time = new Date(`${written}T00:00:00Z`)
    if (Number.isNaN(time.getTime()) || dayOf(time) !== written) throw malformed()
    return Object.freeze({ pseudonym, key, validUntil: dayOf(time), desk })
}

/** Which member of which room a card is for. */
export interface CardOf {
    /** 16 bytes. */
    readonly circle: Uint8Array
    /** 32 hex digits. */
    readonly member: string
}

/** What a counsellor sends into a room, and again whenever somebody comes in. */
export function counsellorCard(statement: string, secret: Uint8Array, of: CardOf): Uint8Array {
    return joined(
        long(new TextEncoder().encode(statement)),
        ed25519.sign(cardBytes(statement, of), secret),
    )
}

/**
 * Whom a card of this member shows. Throws `CounsellorError`, `Unreadable`.
 *
 * `of.member` is what MLS says about who sent it: a card that was copied from another member, or
 * from another room, is refused.
 */
export function checkedCard(untrusted: Uint8Array, of: CardOf, vouching: Vouching): Counsellor {
    if (untrusted.length > LONGEST_CARD) throw malformed()
    const read = new Reader(untrusted, "a counsellor's card")
    const statement = new TextDecoder("utf-8", { ignoreBOM: true }).decode(read.long())
    const signature = read.take(64)
    read.end()
    const counsellor = verifiedCounsellor(statement, vouching)
    if (!signed(signature, cardBytes(statement, of), counsellor.key)) {
        throw new CounsellorError(
            "another-member",
            "expected a card for this member of this room, got one for another",
        )
    }
    return counsellor
}

/** Whether `key` (64 hex digits) signed; never throws. */
export function signed(signature: Uint8Array, content: Uint8Array, key: string): boolean {
    try {
        return ed25519.verify(signature, content, unhex(key), { zip215: false })
    } catch {
        return false // noble throws for points that are none
    }
}

function cardBytes(statement: string, { circle, member }: CardOf): Uint8Array {
    return joined(
        ascii("safelight counsellor card v1\0"),
        circle,
        unhex(member),
        new TextEncoder().encode(statement),
    )
}

/** What the page calls a member of `settings.counsellors`: checked by a card, or not. */
export type CounsellorShown =
    { readonly state: "checked"; readonly pseudonym: string } | { readonly state: "unchecked" }

export function shownCounsellor(
    card: Uint8Array | undefined,
    of: CardOf,
    vouching: Vouching,
): CounsellorShown {
    if (card === undefined) return { state: "unchecked" }
    try {
        return { state: "checked", pseudonym: checkedCard(card, of, vouching).pseudonym }
    } catch (error) {
        if (error instanceof CounsellorError || error instanceof Unreadable) {
            return { state: "unchecked" }
        }
        throw error
    }
}

function malformed(): CounsellorError {
    return new CounsellorError("malformed", "expected a counsellor's statement, got something else")
}

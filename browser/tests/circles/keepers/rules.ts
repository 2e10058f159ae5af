/** Signed rules, a roster and a counsellor's statement for tests. */

import { ed25519 } from "@noble/curves/ed25519.js"
import { base64 } from "@scure/base"

import type { CirclesPolicy } from "../../../src/circles/keepers/policy.js"
import { verifiedPolicy } from "../../../src/circles/keepers/policy.js"
import { COUNSELLOR_TYPE } from "../../../src/circles/keepers/counsellor.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import type { Day } from "../../../src/sealing/day.js"
import type { Roster } from "../../../src/sealing/roster.js"
import { vector } from "../../support/vectors.js"

export const TODAY = "2026-11-23" as Day

export interface PolicyVector {
    readonly root: string
    readonly expect: "accepted" | "refused"
    readonly problem?: string
    readonly last_seen_version: number | null
    readonly hash?: string
    readonly rules?: Record<string, unknown>
    readonly signed: string
}

export function goodRules(): CirclesPolicy {
    const good = vector("circles-policies/good.json") as PolicyVector
    return verifiedPolicy(good.signed, { rootHex: good.root, lastSeenVersion: null })
}

/** What a desk signs: `safelight desk counsellor` (safelight/circles/counsellor_statement.py). */
export function statement(payload: object, secret: Uint8Array, type = COUNSELLOR_TYPE): string {
    const body = new TextEncoder().encode(JSON.stringify(payload))
    const before = `DSSEv1 ${String(type.length)} ${type} ${String(body.length)} `
    const signed = new Uint8Array([...new TextEncoder().encode(before), ...body])
    return JSON.stringify({
        payloadType: type,
        payload: base64.encode(body),
        signatures: [{ keyid: "", sig: base64.encode(ed25519.sign(signed, secret)) }],
    })
}

/** A roster of these desks, as far as counsellors are concerned. */
export function rosterOf(desks: readonly { name: string; secret: Uint8Array; until?: Day }[]) {
    const listed = desks.map(({ name, secret, until = TODAY }) => ({
        name,
        verifyKeyHex: hex(ed25519.getPublicKey(secret)),
        validUntil: until,
    }))
    return {
        usableDesks: (today: Day) => listed.filter(({ validUntil }) => today <= validUntil),
    } as unknown as Roster
}

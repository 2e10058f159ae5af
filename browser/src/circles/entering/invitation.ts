/**
 * An invitation: a number that a keeper signed without seeing it. Whoever shows it comes in, once.
 *
 * As a link it stands behind the `#` of an address, which browsers do not send. It must not say who
 * gave it, what the room is called, who is inside or when it was made (docs/spec/circles-entering.md).
 */

import { sha256 } from "@noble/hashes/sha2.js"
import { base64urlnopad } from "@scure/base"

import { SafelightError } from "../../errors.js"
import { ascii, hex, joined, Reader, same } from "../mls/bytes.js"
import type { Invitation } from "../mls/leaf.js"
import type { InvitationCheck } from "../mls/policy.js"
import { SUITES } from "../mls/suites.js"
import type { SuiteName } from "../mls/suites.js"
import { BlindSignatureError, isSigned, parsedKey } from "./blind_signature.js"
import type { KnockKeys } from "./knock.js"

export const ID = 16
export const NONCE = 32
const SIGNATURE = 256
const KEY = 32
const CHECKSUM = 4
const VERSION = 1
const LENGTH = 2 + 2 * ID + NONCE + SIGNATURE + 2 * KEY + ID + CHECKSUM

/** Rows that are deleted with the room (`SHELF` in room/rows.ts). */
export function shelfOf(circle: Uint8Array): string {
    return `room/${hex(circle)}/x/`
}

/** All that a newcomer needs. */
export interface InvitationLink {
    readonly suite: SuiteName
    readonly circle: Uint8Array
    readonly invitation: Invitation
    readonly knock: KnockKeys
    /** The first 16 bytes of the hash of the room's escalation policy; zeros without one. */
    readonly policy: Uint8Array
}

/**
 * - `cut`: shorter than a link is, as when a messenger breaks it. - `damaged`: characters were
 *   changed. - `newer`: made by a later version of this program; load the page again.
 * - `none`: nothing that looks like an invitation.
 */
export type LinkProblem = "cut" | "damaged" | "newer" | "none"

export class LinkError extends SafelightError {
    override readonly name = "LinkError"

    constructor(
        readonly problem: LinkProblem,
        message: string,
    ) {
        super(message)
    }
}

/** What is blinded and signed (twin: `invitation_message` in safelight/circles/entering.py). */
export function invitationMessage(batch: Uint8Array, nonce: Uint8Array): Uint8Array {
    return joined(ascii("safelight invitation v1\0"), batch, nonce)
}

/** The first 16 bytes of SHA-256 of the modulus. */
export function batchId(modulus: Uint8Array): Uint8Array {
    return sha256(modulus).slice(0, ID)
}

/** Whether the batch with this modulus signed this invitation. Never throws. */
export const isGenuine: InvitationCheck = (modulus, { batch, nonce, signature }) => {
    if (nonce.length !== NONCE || !same(batchId(modulus), batch)) return false
    try {
        return isSigned(parsedKey(modulus), invitationMessage(batch, nonce), signature)
    } catch (error) {
        if (error instanceof BlindSignatureError) return false
        throw error
    }
}

/** What stands behind the `#`: 542 characters, the same length for every room. */
export function linkText(link: InvitationLink): string {
    const { batch, nonce, signature } = link.invitation
    const content = joined(
        Uint8Array.of(VERSION, SUITES.indexOf(link.suite)),
        link.circle,
        batch,
        nonce,
        signature,
        link.knock.publicKey,
        link.knock.linkKey,
        link.policy,
    )
    return base64urlnopad.encode(joined(content, checksum(content)))
}

/** `address`: of the page that takes newcomers, without a fragment. */
export function linkAddress(address: string, link: InvitationLink): string {
    return `${address}#${linkText(link)}`
}

/**
 * Read what stands behind the `#`, or a whole address. White space is left out, because messengers
 * break lines; nothing else is mended. Throws `LinkError`.
 */
export function parsedLink(untrusted: string): InvitationLink {
    if (untrusted.length > 4096) throw refused("none", "an invitation link", "a longer text")
    const text = untrusted.slice(untrusted.lastIndexOf("#") + 1).replace(/\s/gu, "")
    if (text === "") throw refused("none", "an invitation link", "nothing")
    const bytes = decoded(text)
    const version = bytes[0] ?? 0
    if (version > VERSION) throw refused("newer", "version 1 of a link", "a later one")
    if (bytes.length < LENGTH) throw refused("cut", "a whole link", "a part of one")
    const content = bytes.subarray(0, -CHECKSUM)
    const fits = bytes.length === LENGTH && same(checksum(content), bytes.subarray(-CHECKSUM))
    // One spelling only: bits that fill the last character are zero.
    if (!fits || base64urlnopad.encode(bytes) !== text) throw damaged()
    const read = new Reader(content, "an invitation link")
    const suite = SUITES[read.uint16() & 0xff]
    if (version !== VERSION || suite === undefined) throw damaged()
    return {
        suite,
        circle: read.take(ID),
        invitation: {
            batch: read.take(ID),
            nonce: read.take(NONCE),
            signature: read.take(SIGNATURE),
        },
        knock: { publicKey: read.take(KEY), linkKey: read.take(KEY) },
        policy: read.take(ID),
    }
}

/** As it stands in a link, from the settings' hex; "" is no policy. */
export function policyMark(policy: string): Uint8Array {
    const bytes = new Uint8Array(ID)
    for (let at = 0; at < ID; at += 1) {
        bytes[at] = Number.parseInt(policy.slice(2 * at, 2 * at + 2) || "0", 16)
    }
    return bytes
}

/** Whether a room's policy is the one that a link promised. */
export function isPolicy(link: InvitationLink, policy: string): boolean {
    return hex(link.policy) === hex(policyMark(policy))
}

function decoded(text: string): Uint8Array {
    // A text that was cut anywhere is still base64 up to its last whole byte.
    const whole = text.length % 4 === 1 ? text.slice(0, -1) : text
    try {
        return base64urlnopad.decode(whole)
    } catch {
        if (/^[\w-]*$/.test(text) && text.length < (4 * LENGTH) / 3) {
            throw refused("cut", "a whole link", "a part of one")
        }
        throw damaged()
    }
}

function checksum(content: Uint8Array): Uint8Array {
    return sha256(joined(ascii("safelight invitation link v1\0"), content)).subarray(0, CHECKSUM)
}

function damaged(): LinkError {
    return refused("damaged", "a link as it was given", "one with other characters")
}

function refused(problem: LinkProblem, expected: string, got: string): LinkError {
    return new LinkError(
        problem,
        `expected ${expected}, got ${got}; copy all of it, or ask for it again`,
    )
}

/**
 * What stands in a member's leaf beside MLS's own: who it is, under what name, how it came in
 * (docs/spec/circles-client.md, "Members").
 */

import { sha256 } from "@noble/hashes/sha2.js"
import type { AuthenticationService, Capabilities, Credential, Extension, LeafNode } from "ts-mls"
import type { KeyPackage } from "ts-mls"

import { Reader, ascii, hex, joined, same } from "./bytes.js"
import { INVISIBLE } from "./hidden.js"
import type { Member } from "./member.js"
import { Unreadable } from "./problems.js"
import { CLASSIC } from "./suites.js"
import type { SuiteName } from "./suites.js"

// Private use, RFC 9420, section 17.3.
export const CARD = 0xf5a1
export const INVITATION = 0xf5a2
export const SETTINGS = 0xf5a3
/** Zeros in a GroupInfo, so that a welcome's length does not count the members. */
export const FILLING = 0xf5a4

const NAME = 64
export const LONGEST_MEMBER_NAME = NAME - 1
const ID = 16
const NONCE = 32
const RSA = 256
const FOUNDED = new Uint8Array(2 * ID)

/** An invitation as it comes with a key package. */
export interface Invitation {
    readonly batch: Uint8Array
    readonly nonce: Uint8Array
    readonly signature: Uint8Array
}

/** The id of whoever signs with this key in this circle. Nobody can have another's. */
export function memberId(circle: Uint8Array, signatureKey: Uint8Array): Uint8Array {
    const made = joined(ascii("safelight circle member v1\0"), circle, signatureKey)
    return sha256(made).slice(0, ID)
}

/** What marks a nonce as used. Not the hash that the server keeps, or the two could be matched. */
export function usedMark(nonce: Uint8Array): Uint8Array {
    return sha256(joined(ascii("safelight circle invitation used v1\0"), nonce)).slice(0, ID)
}

/** ts-mls's own accepts everybody. */
export function authentication(circle: Uint8Array): AuthenticationService {
    return {
        validateCredential: (credential: Credential, signatureKey: Uint8Array) =>
            Promise.resolve(
                credential.credentialType === "basic" &&
                    same(credential.identity, memberId(circle, signatureKey)),
            ),
    }
}

/** One list for all: what differs between clients would tell them apart (ts-mls draws it by lot). */
export function capabilities(suite: SuiteName): Capabilities {
    return {
        versions: ["mls10"],
        ciphersuites: [suite],
        extensions: [CARD, INVITATION, SETTINGS],
        proposals: [],
        credentials: ["basic"],
    }
}

export function card(name: string, boxKey: Uint8Array, from: Invitation | null): Extension {
    const text = new TextEncoder().encode(name)
    checkName(name, text)
    const padded = new Uint8Array(NAME)
    padded[0] = text.length
    padded.set(text, 1)
    const came = from === null ? FOUNDED : joined(from.batch, usedMark(from.nonce))
    return { extensionType: CARD, extensionData: joined(padded, boxKey, came) }
}

export function invitationExtension(invitation: Invitation): Extension {
    const { batch, nonce, signature } = invitation
    return { extensionType: INVITATION, extensionData: joined(batch, nonce, signature) }
}

/** The invitation of a key package; null if it has none. */
export function invitationOf(keyPackage: KeyPackage): Invitation | null {
    const [extension, ...others] = keyPackage.extensions
    if (extension === undefined) return null
    if (others.length > 0 || extension.extensionType !== INVITATION) {
        throw new Unreadable("key package: expected one invitation, got other extensions")
    }
    const read = new Reader(extension.extensionData, "an invitation")
    const found = { batch: read.take(ID), nonce: read.take(NONCE), signature: read.take(RSA) }
    read.end()
    return found
}

/** A leaf as everybody's must be. Throws `Unreadable`. */
export function memberOf(
    leaf: LeafNode,
    index: number,
    suite: SuiteName,
    circle: Uint8Array,
): Member {
    const id = memberId(circle, leaf.signaturePublicKey)
    if (leaf.credential.credentialType !== "basic" || !same(leaf.credential.identity, id)) {
        throw new Unreadable("a member: expected an id made from its key, got another")
    }
    if (JSON.stringify(leaf.capabilities) !== JSON.stringify(capabilities(suite))) {
        throw new Unreadable("a member: expected the capabilities of circles, got others")
    }
    const [extension, ...others] = leaf.extensions
    if (extension?.extensionType !== CARD || others.length > 0) {
        throw new Unreadable("a member: expected one card, got other extensions")
    }
    const read = new Reader(extension.extensionData, "a member's card")
    const name = readName(read.take(NAME), read)
    const boxKey = read.take(suite === CLASSIC ? 32 : 1216)
    const [batch, used] = [read.take(ID), read.take(ID)]
    read.end()
    const founder = same(joined(batch, used), FOUNDED)
    return {
        id: hex(id),
        name,
        signatureKey: leaf.signaturePublicKey,
        boxKey,
        batch: founder ? "" : hex(batch),
        invitation: founder ? "" : hex(used),
        leaf: index,
    }
}

function readName(padded: Uint8Array, read: Reader): string {
    const length = padded[0] ?? 0
    const text = padded.subarray(1, 1 + length)
    if (length > LONGEST_MEMBER_NAME || padded.subarray(1 + length).some((byte) => byte !== 0)) {
        throw read.problem("a name and zeros")
    }
    const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text)
    if (!same(new TextEncoder().encode(name), text)) throw read.problem("UTF-8")
    checkName(name, text)
    return name
}

function checkName(name: string, text: Uint8Array): void {
    if (text.length === 0 || text.length > LONGEST_MEMBER_NAME || name !== name.trim()) {
        throw new Unreadable("a name: expected 1 to 63 bytes without blanks around it")
    }
    if (INVISIBLE.test(name)) {
        throw new Unreadable("a name: expected no invisible characters")
    }
}

/**
 * What a person is in one circle: keys made for it alone, and a key package to be added by.
 *
 * Nothing of it is used in another circle, so two circles cannot find out that somebody is in both.
 */

import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js"
import {
    decodeKeyPackage,
    encodeKeyPackage,
    makeKeyPackageRef,
    verifyKeyPackage,
} from "ts-mls/keyPackage.js"
import type { KeyPackage, Lifetime, PrivateKeyPackage } from "ts-mls"
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js"
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js"

import { Reader, joined, long, same } from "./bytes.js"
import { canBeSealedTo } from "./hpke.js"
import {
    capabilities,
    card,
    invitationExtension,
    invitationOf,
    memberId,
    memberOf,
} from "./leaf.js"
import type { Invitation } from "./leaf.js"
import type { Member } from "./member.js"
import { NotToday, Unreadable } from "./problems.js"
import { SUITES, suiteOf } from "./suites.js"
import type { SuiteName } from "./suites.js"

/** Made once for one circle; kept until a welcome has come. Secret. */
export interface OwnMember {
    readonly suite: SuiteName
    readonly circle: Uint8Array
    readonly name: string
    readonly keyPackage: KeyPackage
    readonly keys: PrivateKeyPackage
    readonly boxSecret: Uint8Array
}

const DAY = 24 * 60 * 60
/** From the day before (clocks differ) until a log's two weeks have passed. */
export const VALID_DAYS = 16
// Whole days, so that a key package does not say when it was made.
const LONGEST_LIFETIME = BigInt(VALID_DAYS * DAY)
const CLOCKS_DIFFER = BigInt(DAY)
const VERSION = 1

export interface NewMember {
    readonly suite: SuiteName
    readonly circle: Uint8Array
    readonly name: string
    /** null for the founder alone. */
    readonly invitation: Invitation | null
    readonly now: Date
}

export async function newMember(made: NewMember): Promise<OwnMember> {
    const suite = suiteOf(made.suite)
    const signing = await suite.signature.keygen()
    const box = await suite.hpke.generateKeyPair()
    const boxKey = await suite.hpke.exportPublicKey(box.publicKey)
    const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
        { credentialType: "basic", identity: memberId(made.circle, signing.publicKey) },
        capabilities(made.suite),
        lifetime(made.now),
        made.invitation === null ? [] : [invitationExtension(made.invitation)],
        signing,
        suite,
        [card(made.name, boxKey, made.invitation)],
    )
    return {
        suite: made.suite,
        circle: made.circle,
        name: made.name,
        keyPackage: publicPackage,
        keys: privatePackage,
        boxSecret: await suite.hpke.exportPrivateKey(box.privateKey),
    }
}

/** What goes into a knock or lies at a landing. */
export function sentKeyPackage(own: OwnMember): Uint8Array {
    return encodeMlsMessage({
        version: "mls10",
        wireformat: "mls_key_package",
        keyPackage: own.keyPackage,
    })
}

export interface CheckedPackage {
    readonly keyPackage: KeyPackage
    readonly member: Member
    /** null: there is none, so nobody may add it. */
    readonly invitation: Invitation | null
}

/** Throws `Unreadable` or `NotToday`. That it may come in, the circle's rules say (`policy.ts`). */
export async function parsedKeyPackage(
    untrusted: Uint8Array,
    suite: SuiteName,
    circle: Uint8Array,
    now: Date,
): Promise<CheckedPackage> {
    const message = decoded(decodeMlsMessage, untrusted)
    if (message?.wireformat !== "mls_key_package") throw unreadable("a key package")
    if (!same(encodeMlsMessage(message), untrusted)) throw unreadable("one spelling")
    return checkedKeyPackage(message.keyPackage, suite, circle, now, "to be added")
}

/**
 * ts-mls looks at lifetimes of what this client adds only, and never at how long they are.
 *
 * `taken-in`: somebody else's addition, perhaps two weeks ago. Whoever adds must look whether today
 * is in the lifetime; whoever reads had better, says RFC 9420 (section 7.3). Here nobody does:
 * devices whose clocks differ would disagree about a lawful commit, and the room would be two.
 */
export async function checkedKeyPackage(
    keyPackage: KeyPackage,
    suiteName: SuiteName,
    circle: Uint8Array,
    now: Date,
    as: "to be added" | "taken-in",
): Promise<CheckedPackage> {
    const suite = suiteOf(suiteName)
    const leaf = keyPackage.leafNode
    if (keyPackage.cipherSuite !== suiteName) throw unreadable("this circle's cipher suite")
    // The types of ts-mls promise what its decoder has not looked at.
    const source: string = leaf.leafNodeSource
    if (source !== "key_package") throw unreadable("a new leaf")
    const { notBefore, notAfter } = leaf.lifetime
    const seconds = BigInt(Math.floor(now.getTime() / 1000))
    if (notAfter <= notBefore || notAfter - notBefore > LONGEST_LIFETIME) {
        throw unreadable(`a lifetime of at most ${String(VALID_DAYS)} days`)
    }
    const isToday = notBefore <= seconds + CLOCKS_DIFFER && notAfter >= seconds
    if (as === "to be added" && !isToday) {
        throw new NotToday(
            "a key package: expected a lifetime that includes today, got another; is a clock wrong?",
        )
    }
    const signed =
        (await verifyLeafNodeSignatureKeyPackage(leaf, suite.signature)) &&
        (await verifyKeyPackage(keyPackage, suite.signature))
    if (!signed) throw unreadable("its own signature")
    const invitation = invitationOf(keyPackage)
    const member = memberOf(leaf, -1, suiteName, circle)
    // Otherwise whoever seals to it, as every later commit must, fails.
    const sealedTo = [keyPackage.initKey, leaf.hpkePublicKey, member.boxKey]
    if (!(await canBeSealedTo(sealedTo, suite))) throw unreadable("keys that can be sealed to")
    return { keyPackage, member, invitation }
}

export function keyPackageRef(own: OwnMember): Promise<Uint8Array> {
    return makeKeyPackageRef(own.keyPackage, suiteOf(own.suite).hash)
}

export function encodedOwnMember(own: OwnMember): Uint8Array<ArrayBuffer> {
    return joined(
        Uint8Array.of(VERSION, SUITES.indexOf(own.suite)),
        own.circle,
        ...[
            new TextEncoder().encode(own.name),
            encodeKeyPackage(own.keyPackage),
            own.keys.initPrivateKey,
            own.keys.hpkePrivateKey,
            own.keys.signaturePrivateKey,
            own.boxSecret,
        ].map(long),
    )
}

export function parsedOwnMember(untrusted: Uint8Array): OwnMember {
    const read = new Reader(untrusted, "kept keys of a member")
    if (read.byte() !== VERSION) throw read.problem("version 1")
    const suite = SUITES[read.byte()]
    if (suite === undefined) throw read.problem("a known cipher suite")
    const circle = read.take(16)
    const name = new TextDecoder().decode(read.long())
    const keyPackage = decoded(decodeKeyPackage, read.long())
    if (keyPackage === undefined) throw read.problem("a key package")
    const keys = {
        initPrivateKey: read.long(),
        hpkePrivateKey: read.long(),
        signaturePrivateKey: read.long(),
    }
    const boxSecret = read.long()
    read.end()
    return { suite, circle, name, keyPackage, keys, boxSecret }
}

function lifetime(now: Date): Lifetime {
    const day = Math.floor(now.getTime() / 1000 / DAY)
    const from = BigInt((day - 1) * DAY)
    return { notBefore: from, notAfter: from + LONGEST_LIFETIME }
}

/** The value of all these bytes; `undefined` if they are anything else. */
export function decoded<T>(
    decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
    untrusted: Uint8Array,
): T | undefined {
    try {
        const found = decode(untrusted, 0)
        return found?.[1] === untrusted.length ? found[0] : undefined
    } catch {
        return undefined // ts-mls returns nothing or throws, as it happens
    }
}

function unreadable(expected: string): Unreadable {
    return new Unreadable(`a key package: expected ${expected}, got something else`)
}

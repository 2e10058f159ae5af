/**
 * A knock: what somebody at the door hands in, sealed to those inside, in one length.
 *
 * It holds a key package, in which the invitation stands once more, and where the welcome may be
 * left. Nobody outside reads it, now or in fifteen years: it is sealed by HPKE to the batch's knock
 * key, and once more under a key that stands in the batch's links only, so that breaking X25519 is
 * not enough (docs/adr/0032). Both come from the secret that members have in the settings.
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { pad, PaddingError, unpad } from "../../sealing/padding.js"
import { KNOCK } from "../delivery/delivery.js"
import { ascii, hex, joined, long, Reader, unhex } from "../mls/bytes.js"
import type { Invitation } from "../mls/leaf.js"
import { parsedKeyPackage } from "../mls/own_member.js"
import type { CheckedPackage } from "../mls/own_member.js"
import { isBegunInTime } from "../mls/policy.js"
import { Unreadable } from "../mls/problems.js"
import type { Batch } from "../mls/settings.js"
import { CLASSIC, suiteOf } from "../mls/suites.js"
import type { SuiteName } from "../mls/suites.js"

const NONCE = 24
const TAG = 16
const ENCAPSULATED = 32
const VERSION = 1
/** What is inside, with its padding. */
const CONTENT = KNOCK - NONCE - TAG - ENCAPSULATED - TAG
const INFO = "safelight knock v1\0"

/** Of a batch, as its links carry them. */
export interface KnockKeys {
    /** X25519, whatever the room's suite: one of X-Wing would make a link four times as long. */
    readonly publicKey: Uint8Array
    /** 32 bytes that no server sees. */
    readonly linkKey: Uint8Array
}

/** Where a welcome may be left, and by which key. */
export interface Landing {
    readonly id: Uint8Array
    readonly giverKey: Uint8Array
}

export interface Knock {
    readonly newcomer: CheckedPackage
    readonly invitation: Invitation
    /** As it came, for `Group.commit`. */
    readonly keyPackage: Uint8Array
    readonly landing: Landing
}

/** 32 random bytes for the settings. */
export function newKnockSecret(): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(32))
}

/** What links of this batch carry. */
export async function knockKeys(secret: Uint8Array): Promise<KnockKeys> {
    const { hpke } = suiteOf(CLASSIC)
    const { publicKey } = await hpke.deriveKeyPair(derived(secret, "hpke"))
    return { publicKey: await hpke.exportPublicKey(publicKey), linkKey: derived(secret, "link") }
}

/** `KNOCK` bytes. `keyPackage`: as `sentKeyPackage` gives it. */
export async function sealedKnock(
    keys: KnockKeys,
    batch: Uint8Array,
    keyPackage: Uint8Array,
    landing: Landing,
): Promise<Uint8Array> {
    const { hpke } = suiteOf(CLASSIC)
    const content = pad(
        joined(Uint8Array.of(VERSION), landing.id, landing.giverKey, long(keyPackage)),
        CONTENT,
    )
    const to = await hpke.importPublicKey(keys.publicKey)
    const { enc, ct } = await hpke.seal(to, content, ascii(INFO), batch)
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE))
    const outer = xchacha20poly1305(keys.linkKey, nonce, joined(ascii(INFO), batch))
    return joined(nonce, outer.encrypt(joined(enc, ct)))
}

/** The room at whose door it was found. */
export interface Door {
    readonly suite: SuiteName
    readonly circle: Uint8Array
    readonly batches: readonly Batch[]
    readonly now: Date
}

/**
 * Open a knock with the batches that the settings announce. Throws `Unreadable` for anything else
 * than a key package of this circle that says it comes by the batch to which it was sealed. Whether
 * the invitation is genuine and unused, the rules of the circle say (`mls/policy.ts`). Throws
 * `NotToday` where a clock is wrong, perhaps this device's.
 */
export async function openedKnock(untrusted: Uint8Array, door: Door): Promise<Knock> {
    if (untrusted.length !== KNOCK) throw unreadable(`${String(KNOCK)} bytes`)
    for (const batch of door.batches) {
        const content = await contentOf(untrusted, batch)
        if (content === null) continue
        const read = new Reader(content, "a knock")
        if (read.byte() !== VERSION) throw unreadable("version 1")
        const landing = { id: read.take(16), giverKey: read.take(32) }
        const keyPackage = read.long()
        read.end()
        const newcomer = await parsedKeyPackage(keyPackage, door.suite, door.circle, door.now)
        if (!isBegunInTime(newcomer.keyPackage, batch)) throw unreadable("keys from before its end")
        const { invitation } = newcomer
        if (invitation === null || hex(invitation.batch) !== batch.id) {
            throw unreadable("an invitation of the batch to which it is sealed")
        }
        return { newcomer, invitation, keyPackage, landing }
    }
    throw unreadable("one sealed to an open batch")
}

async function contentOf(untrusted: Uint8Array, batch: Batch): Promise<Uint8Array | null> {
    const { hpke } = suiteOf(CLASSIC)
    const secret = unhex(batch.knock_secret)
    const id = unhex(batch.id)
    const nonce = untrusted.subarray(0, NONCE)
    try {
        const outer = xchacha20poly1305(derived(secret, "link"), nonce, joined(ascii(INFO), id))
        const inner = outer.decrypt(untrusted.subarray(NONCE))
        const { privateKey } = await hpke.deriveKeyPair(derived(secret, "hpke"))
        const [enc, sealed] = [inner.subarray(0, ENCAPSULATED), inner.subarray(ENCAPSULATED)]
        return unpad(await hpke.open(privateKey, enc, sealed, ascii(INFO), id))
    } catch (error) {
        if (error instanceof PaddingError) throw unreadable("padding")
        return null // each layer has its own errors for "not to this key"
    }
}

function derived(secret: Uint8Array, what: string): Uint8Array {
    return hkdf(sha256, secret, undefined, ascii(`safelight knock v1 ${what}`), 32)
}

function unreadable(expected: string): Unreadable {
    return new Unreadable(`a knock: expected ${expected}, got something else`)
}

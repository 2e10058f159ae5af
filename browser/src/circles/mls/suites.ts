/**
 * The two cipher suites of circles, on noble alone.
 *
 * ts-mls calls its own provider "noble" and still takes Ed25519 and HKDF from `crypto.subtle`,
 * which a page on `http://….onion` does not have; and its signing keys have another form with it
 * than without. So this provider has nothing of ts-mls but the interface (docs/adr/0037).
 */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { x25519 } from "@noble/curves/ed25519.js"
import { expand, extract } from "@noble/hashes/hkdf.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256, sha512 } from "@noble/hashes/sha2.js"
import { shake256 } from "@noble/hashes/sha3.js"
import { XWing } from "@noble/post-quantum/hybrid.js"
import type { CiphersuiteImpl, Hash, Kdf, Rng } from "ts-mls"

import { later, same } from "./bytes.js"
import { hpke } from "./hpke.js"
import type { HashFunction, Kem } from "./hpke.js"
import { NotAllowed } from "./problems.js"
import { signature } from "./signatures.js"

export const CLASSIC = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
export const POST_QUANTUM = "MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519"
export type SuiteName = typeof CLASSIC | typeof POST_QUANTUM

/** In the order of their bytes in a state. */
export const SUITES: readonly SuiteName[] = [CLASSIC, POST_QUANTUM]

export type Suite = CiphersuiteImpl & {
    readonly name: SuiteName
    /** The HPKE public key of a secret one. */
    readonly publicKeyOf: (secret: Uint8Array) => Uint8Array
}

// RFC 9180, section 7.1 and 4.1; the KDF of its labels is HKDF-SHA256 whatever the suite's is.
export const dhkemX25519: Kem = {
    id: 0x0020,
    publicKey: x25519.getPublicKey,
    derive: (ikm, labelled) => labelled.expand(labelled.extract("dkp_prk", ikm), "sk", 32),
    encapsulate(publicKey, labelled, random) {
        const ephemeral = random(32)
        const enc = x25519.getPublicKey(ephemeral)
        const shared = x25519.getSharedSecret(ephemeral, publicKey)
        const secret = sharedSecret(labelled, shared, enc, publicKey)
        ephemeral.fill(0)
        return { enc, secret }
    },
    decapsulate(enc, secretKey, labelled) {
        const shared = x25519.getSharedSecret(secretKey, enc)
        return sharedSecret(labelled, shared, enc, x25519.getPublicKey(secretKey))
    },
    lengths: { publicKey: 32, secretKey: 32, enc: 32 },
}

function sharedSecret(
    labelled: Parameters<Kem["derive"]>[1],
    shared: Uint8Array,
    enc: Uint8Array,
    publicKey: Uint8Array,
): Uint8Array {
    const context = new Uint8Array([...enc, ...publicKey])
    const prk = labelled.extract("eae_prk", shared)
    return labelled.expand(prk, "shared_secret", 32, context)
}

// draft-connolly-cfrg-xwing-kem, section 5.6 (DeriveKeyPair) and section 7 (its number).
const xWing: Kem = {
    id: 0x647a,
    publicKey: (secretKey) => XWing.keygen(secretKey).publicKey,
    derive: (ikm) => shake256(ikm, { dkLen: 32 }),
    encapsulate(publicKey, _labelled, random) {
        const coins = random(64)
        const { cipherText, sharedSecret } = XWing.encapsulate(publicKey, coins)
        coins.fill(0)
        return { enc: cipherText, secret: sharedSecret }
    },
    decapsulate: (enc, secretKey) => XWing.decapsulate(enc, secretKey),
    lengths: { publicKey: 1216, secretKey: 32, enc: 1120 },
}

const rng: Rng = { randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) }

function hashOf(name: HashFunction): Hash {
    const mac = (key: Uint8Array, data: Uint8Array) => hmac(name, key, data)
    return {
        digest: (data) => later(() => name(data)),
        mac: (key, data) => later(() => mac(key, data)),
        verifyMac: (key, tag, data) => later(() => same(tag, mac(key, data))),
    }
}

function kdfOf(name: HashFunction): Kdf {
    return {
        extract: (salt, ikm) => later(() => extract(name, ikm, salt)),
        expand: (prk, info, length) => later(() => expand(name, prk, info, length)),
        size: name.outputLen,
    }
}

const known = new Map<SuiteName, Suite>()

export function suiteOf(name: SuiteName): Suite {
    const found = known.get(name) ?? made(name)
    known.set(name, found)
    return found
}

function made(name: SuiteName): Suite {
    const [kem, hash] = name === CLASSIC ? [dhkemX25519, sha256] : [xWing, sha512]
    const aead = { id: 0x0003, cipher: chacha20poly1305, keyLength: 32, nonceLength: 12 }
    return {
        name,
        hash: hashOf(hash),
        kdf: kdfOf(hash),
        signature,
        rng,
        hpke: hpke({ kem, hash, aead, rng }),
        publicKeyOf: (secret) => kem.publicKey(secret),
    }
}

export function suiteNamed(untrusted: string): SuiteName {
    const found = SUITES.find((name) => name === untrusted)
    if (found === undefined) throw new NotAllowed("expected one of two cipher suites of circles")
    return found
}

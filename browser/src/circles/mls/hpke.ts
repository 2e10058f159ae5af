/**
 * HPKE in base mode (RFC 9180), as far as MLS asks for it; sections are of that RFC.
 *
 * Held against the RFC's own vectors, the official MLS vectors and another implementation in
 * `tests/circles/mls/hpke.test.ts`.
 */

import { expand, extract } from "@noble/hashes/hkdf.js"
import type { CHash } from "@noble/hashes/utils.js"
import { sha256 as kemHash } from "@noble/hashes/sha2.js"
import type { Hpke, PrivateKey, PublicKey, Rng } from "ts-mls"

import { ascii, joined, later } from "./bytes.js"
import { Unreadable } from "./problems.js"

export type HashFunction = CHash

export interface Labelled {
    /** Salt is always empty but in the key schedule. */
    extract(label: string, ikm: Uint8Array, salt?: Uint8Array): Uint8Array
    expand(prk: Uint8Array, label: string, length: number, info?: Uint8Array): Uint8Array
}

export interface Kem {
    readonly id: number
    readonly lengths: { publicKey: number; secretKey: number; enc: number }
    publicKey(secretKey: Uint8Array): Uint8Array
    /** A secret key from secret bytes, DeriveKeyPair. */
    derive(ikm: Uint8Array, labelled: Labelled): Uint8Array
    encapsulate(
        publicKey: Uint8Array,
        labelled: Labelled,
        random: (length: number) => Uint8Array,
    ): { enc: Uint8Array; secret: Uint8Array }
    decapsulate(enc: Uint8Array, secretKey: Uint8Array, labelled: Labelled): Uint8Array
}

interface Cipher {
    encrypt(plaintext: Uint8Array): Uint8Array
    decrypt(sealed: Uint8Array): Uint8Array
}

export interface Aead {
    readonly id: number
    readonly keyLength: number
    readonly nonceLength: number
    cipher(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array): Cipher
}

// Section 7.2.
const HKDF_SHA256 = 0x0001
const HKDF_SHA512 = 0x0003
const BASE_MODE = 0x00
const NOTHING = new Uint8Array(0)

/** Bytes behind the opaque types of ts-mls: keys are what they are on the wire. */
type Key = (PublicKey | PrivateKey) & { readonly bytes: Uint8Array }

export function hpke(parts: { kem: Kem; hash: HashFunction; aead: Aead; rng: Rng }): Hpke {
    const { kem, hash, aead, rng } = parts
    const random = (length: number) => rng.randomBytes(length)
    const kdf = hash.outputLen === 32 ? HKDF_SHA256 : HKDF_SHA512
    const ofKem = labels(kemHash, joined(ascii("KEM"), two(kem.id)))
    const ofSuite = labels(hash, joined(ascii("HPKE"), two(kem.id), two(kdf), two(aead.id)))

    /** Section 5.1, KeySchedule; sequence number 0 only, as MLS never seals twice under one key. */
    function schedule(secret: Uint8Array, info: Uint8Array) {
        const context = joined(
            Uint8Array.of(BASE_MODE),
            ofSuite.extract("psk_id_hash", NOTHING),
            ofSuite.extract("info_hash", info),
        )
        const prk = ofSuite.extract("secret", NOTHING, secret)
        const key = ofSuite.expand(prk, "key", aead.keyLength, context)
        const nonce = ofSuite.expand(prk, "base_nonce", aead.nonceLength, context)
        const exporter = ofSuite.expand(prk, "exp", hash.outputLen, context)
        return { key, nonce, exporter }
    }

    const exported = (secret: Uint8Array, info: Uint8Array, context: Uint8Array, length: number) =>
        ofSuite.expand(schedule(secret, info).exporter, "sec", length, context)

    function pair(secretKey: Uint8Array) {
        return {
            privateKey: asKey<PrivateKey>("private", secretKey),
            publicKey: asKey<PublicKey>("public", kem.publicKey(secretKey)),
        }
    }

    return {
        seal: (publicKey, plaintext, info, aad = NOTHING) =>
            later(() => {
                const { enc, secret } = kem.encapsulate(bytesOf(publicKey), ofKem, random)
                const { key, nonce } = schedule(secret, info)
                return { enc, ct: aead.cipher(key, nonce, aad).encrypt(plaintext) }
            }),
        open: (privateKey, enc, sealed, info, aad = NOTHING) =>
            opened(() => {
                const secret = kem.decapsulate(
                    exactly(enc, kem.lengths.enc),
                    bytesOf(privateKey),
                    ofKem,
                )
                const { key, nonce } = schedule(secret, info)
                return aead.cipher(key, nonce, aad).decrypt(sealed)
            }),
        exportSecret: (publicKey, context, length, info) =>
            later(() => {
                const { enc, secret } = kem.encapsulate(bytesOf(publicKey), ofKem, random)
                return { enc, secret: exported(secret, info, context, length) }
            }),
        importSecret: (privateKey, context, enc, length, info) =>
            opened(() => {
                const secret = kem.decapsulate(
                    exactly(enc, kem.lengths.enc),
                    bytesOf(privateKey),
                    ofKem,
                )
                return exported(secret, info, context, length)
            }),
        importPrivateKey: (bytes) =>
            later(() => asKey<PrivateKey>("private", exactly(bytes, kem.lengths.secretKey))),
        importPublicKey: (bytes) =>
            later(() => asKey<PublicKey>("public", exactly(bytes, kem.lengths.publicKey))),
        exportPrivateKey: (key) => later(() => bytesOf(key)),
        exportPublicKey: (key) => later(() => bytesOf(key)),
        encryptAead: (key, nonce, aad, plaintext) =>
            later(() => aead.cipher(key, nonce, aad ?? NOTHING).encrypt(plaintext)),
        decryptAead: (key, nonce, aad, sealed) =>
            opened(() => aead.cipher(key, nonce, aad ?? NOTHING).decrypt(sealed)),
        deriveKeyPair: (ikm) => later(() => pair(kem.derive(ikm, ofKem))),
        generateKeyPair: () => later(() => pair(rng.randomBytes(kem.lengths.secretKey))),
        keyLength: aead.keyLength,
        nonceLength: aead.nonceLength,
    }
}

/**
 * Can anything be sealed to all of these? Not to keys of another length, nor to points of small
 * order, whose shared secret is known to everybody: sealing to one throws.
 */
export async function canBeSealedTo(
    untrustedKeys: readonly Uint8Array[],
    suite: { readonly hpke: Hpke },
): Promise<boolean> {
    try {
        for (const key of untrustedKeys) {
            await suite.hpke.seal(await suite.hpke.importPublicKey(key), NOTHING, NOTHING)
        }
        return true
    } catch {
        return false // by the key alone: nothing else was given
    }
}

/** Section 4, LabeledExtract and LabeledExpand. */
function labels(hash: HashFunction, suiteId: Uint8Array): Labelled {
    const version = ascii("HPKE-v1")
    return {
        extract: (label, ikm, salt = NOTHING) =>
            extract(hash, joined(version, suiteId, ascii(label), ikm), salt),
        expand: (prk, label, length, info = NOTHING) =>
            expand(hash, prk, joined(two(length), version, suiteId, ascii(label), info), length),
    }
}

/** What does not decrypt says so in one word; why is nobody's business. */
function opened(work: () => Uint8Array): Promise<Uint8Array> {
    return later(() => {
        try {
            return work()
        } catch {
            throw new Unreadable("sealed bytes do not open: changed, or sealed to another key")
        }
    })
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
    if (bytes.length !== length) {
        throw new Unreadable(
            `expected ${String(length)} bytes of a key, got ${String(bytes.length)}`,
        )
    }
    return bytes
}

function asKey<T extends PublicKey | PrivateKey>(type: T["type"], bytes: Uint8Array): T {
    return { type, bytes } as unknown as T
}

function bytesOf(key: PublicKey | PrivateKey): Uint8Array {
    return (key as unknown as Key).bytes
}

function two(number: number): Uint8Array {
    return Uint8Array.of(number >> 8, number & 0xff)
}

/**
 * RSA blind signatures: RFC 9474, variant RSABSSA-SHA384-PSS-Deterministic (twin:
 * safelight/circles/blind_signature.py). Sections are of that RFC.
 *
 * Who wants a token blinds a message, the keeper signs what it cannot read, and whoever has the
 * public key can verify the result. The keeper does not recognise what it has signed.
 *
 * BigInt does not compute in constant time. So the private operation never sees a number that
 * somebody chose: it is blinded once more, freshly each time. That takes the link between time and
 * input away, not every trace of the key on a shared processor (section 7.1).
 */

import { sha384 } from "@noble/hashes/sha2.js"
import { concatBytes } from "@noble/hashes/utils.js"

import { SafelightError } from "../../errors.js"
import {
    bitLength,
    bytesOf,
    greatestCommonDivisor,
    inverse,
    numberOf,
    power,
    randomBelow,
    randomBytes,
    SMALL_PRIMES,
} from "./big_numbers.js"
import type { Random } from "./big_numbers.js"

// Section 5: SHA-384, MGF1 with SHA-384, 48 bytes of salt, the message as it is. Not randomized:
// our messages hold 32 random bytes already (section 7.3, message entropy).
export const SALT_LENGTH = 48
export const MODULUS_BITS = 2048
export const MODULUS_BYTES = MODULUS_BITS / 8
export const EXPONENT = 65537n
const HASH_LENGTH = 48

export class BlindSignatureError extends SafelightError {
    override readonly name = "BlindSignatureError"
}

/** (n, 65537). From outside through `parsedKey`. */
export interface PublicKey {
    readonly n: bigint
}

export interface PrivateKey extends PublicKey {
    readonly p: bigint
    readonly q: bigint
    /** d mod p-1, d mod q-1, q^-1 mod p. */
    readonly dp: bigint
    readonly dq: bigint
    readonly qInverse: bigint
}

/** What goes to the keeper, and what undoes the blinding, which stays. */
export interface Blinded {
    readonly message: Uint8Array
    readonly inverse: bigint
}

/** A modulus of exactly 2,048 bits without small factors. */
export function parsedKey(untrustedModulus: Uint8Array): PublicKey {
    const n = numberOf(untrustedModulus)
    if (
        untrustedModulus.length !== MODULUS_BYTES ||
        bitLength(n) !== MODULUS_BITS ||
        greatestCommonDivisor(n, SMALL_PRIMES) !== 1n
    ) {
        throw new BlindSignatureError(
            `expected an RSA modulus of ${String(MODULUS_BITS)} bits without small factors, got ` +
                "something else; generate the key anew",
        )
    }
    return { n }
}

export function keyBytes({ n }: PublicKey): Uint8Array {
    return bytesOf(n, lengthOf({ n }))
}

function lengthOf({ n }: PublicKey): number {
    return Math.ceil(bitLength(n) / 8)
}

/** Encode and blind (section 4.2). `fixed`: only a test with the RFC's vectors gives it. */
export function blind(
    key: PublicKey,
    message: Uint8Array,
    fixed?: { readonly salt: Uint8Array; readonly factor: bigint },
): Blinded {
    const salt = fixed?.salt ?? randomBytes(SALT_LENGTH)
    const encoded = numberOf(pssEncoded(message, bitLength(key.n) - 1, salt))
    const factor = fixed?.factor ?? randomBelow(key.n)
    const back = inverse(factor, key.n)
    if (back === null || greatestCommonDivisor(encoded, key.n) !== 1n) {
        throw new BlindSignatureError(
            "expected a key whose factors nobody meets by chance, got one that shares a factor with " +
                "a message; do not use this key",
        )
    }
    const z = (encoded * power(factor, EXPONENT, key.n)) % key.n
    return { message: bytesOf(z, lengthOf(key)), inverse: back }
}

/**
 * Sign what cannot be read (section 4.3); the keeper's part. Throws if the message is out of range,
 * or if computing went wrong: a faulty result of the Chinese remainder theorem would give the key
 * away, so it is checked.
 */
export function blindSign(
    key: PrivateKey,
    untrusted: Uint8Array,
    random: Random = randomBytes,
): Uint8Array {
    const length = lengthOf(key)
    const m = numberOf(untrusted)
    if (untrusted.length !== length || m === 0n || m >= key.n) {
        throw new BlindSignatureError(
            `expected a blinded message of ${String(length)} bytes below the modulus, got another; ` +
                "blind again for this key",
        )
    }
    const factor = randomBelow(key.n, random)
    const back = inverse(factor, key.n)
    const hidden = (m * power(factor, EXPONENT, key.n)) % key.n
    const byP = power(hidden % key.p, key.dp, key.p)
    const byQ = power(hidden % key.q, key.dq, key.q)
    // (byP - byQ) may be below zero, and % keeps the sign.
    const difference = (((byP - byQ) * key.qInverse) % key.p) + key.p
    const joined = byQ + key.q * (difference % key.p)
    const s = (joined * (back ?? 0n)) % key.n
    if (power(s, EXPONENT, key.n) !== m) {
        throw new BlindSignatureError(
            "expected a signature that verifies, got another; the key or the device is damaged",
        )
    }
    return bytesOf(s, length)
}

/** Unblind, verify and return the signature (section 4.4). Throws: the keeper signed something else. */
export function finalized(
    key: PublicKey,
    message: Uint8Array,
    untrustedSignature: Uint8Array,
    back: bigint,
    saltLength = SALT_LENGTH,
): Uint8Array {
    const length = lengthOf(key)
    if (untrustedSignature.length !== length) {
        throw new BlindSignatureError(
            `expected ${String(length)} bytes from the keeper, got another length; ask again`,
        )
    }
    const signature = bytesOf((numberOf(untrustedSignature) * back) % key.n, length)
    checkSignature(key, message, signature, saltLength)
    return signature
}

/** Return if this is a signature of `message` (RSASSA-PSS, RFC 8017), else throw. */
export function checkSignature(
    key: PublicKey,
    message: Uint8Array,
    untrustedSignature: Uint8Array,
    saltLength = SALT_LENGTH,
): void {
    if (isSigned(key, message, untrustedSignature, saltLength)) return
    throw new BlindSignatureError(
        "expected a signature by this key, got another; ask for a new invitation",
    )
}

/** RSASSA-PSS-VERIFY, RFC 8017, section 8.1.2. */
export function isSigned(
    key: PublicKey,
    message: Uint8Array,
    untrustedSignature: Uint8Array,
    saltLength = SALT_LENGTH,
): boolean {
    const s = numberOf(untrustedSignature)
    if (untrustedSignature.length !== lengthOf(key) || s >= key.n) return false
    const bits = bitLength(key.n) - 1
    const m = power(s, EXPONENT, key.n)
    const length = Math.ceil(bits / 8)
    return bitLength(m) <= 8 * length && isPssOf(message, bytesOf(m, length), bits, saltLength)
}

/** EMSA-PSS-ENCODE with SHA-384 and MGF1 (RFC 8017, section 9.1.1); its steps by number. */
export function pssEncoded(message: Uint8Array, bits: number, salt: Uint8Array): Uint8Array {
    const length = Math.ceil(bits / 8)
    const zeros = length - salt.length - HASH_LENGTH - 2
    if (zeros < 0) {
        throw new BlindSignatureError("expected a longer key for this salt, got a short one")
    }
    const h = sha384(concatBytes(new Uint8Array(8), sha384(message), salt)) // 2, 5, 6
    const db = concatBytes(new Uint8Array(zeros), Uint8Array.of(1), salt) // 7, 8
    const masked = xored(db, mask(h, db.length)) // 9, 10
    masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits)) // 11
    return concatBytes(masked, h, Uint8Array.of(0xbc)) // 12
}

/** EMSA-PSS-VERIFY (RFC 8017, section 9.1.2); its steps by number. */
function isPssOf(
    message: Uint8Array,
    encoded: Uint8Array,
    bits: number,
    saltLength: number,
): boolean {
    const zeros = encoded.length - HASH_LENGTH - saltLength - 2
    if (zeros < 0 || encoded.at(-1) !== 0xbc) return false // 3, 4
    const masked = encoded.subarray(0, encoded.length - HASH_LENGTH - 1) // 5
    const h = encoded.subarray(masked.length, -1)
    const unused = 0xff & ~(0xff >> (8 * encoded.length - bits))
    if (((masked[0] ?? 0) & unused) !== 0) return false // 6
    const db = xored(masked, mask(h, masked.length)) // 7, 8
    db[0] = (db[0] ?? 0) & ~unused // 9
    const start = [...db.subarray(0, zeros + 1)]
    if (start.pop() !== 1 || start.some((byte) => byte !== 0)) return false // 10
    const salt = db.subarray(zeros + 1) // 11
    const wanted = sha384(concatBytes(new Uint8Array(8), sha384(message), salt)) // 12, 13
    return wanted.every((byte, at) => byte === h[at]) // 14
}

/** MGF1 (RFC 8017, appendix B.2.1). */
function mask(seed: Uint8Array, length: number): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(length / HASH_LENGTH) }, (_, n) =>
        sha384(concatBytes(seed, Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n))),
    )
    return concatBytes(...blocks).subarray(0, length)
}

function xored(one: Uint8Array, other: Uint8Array): Uint8Array {
    return one.map((byte, at) => byte ^ (other[at] ?? 0))
}

/**
 * Ed25519 (RFC 8032) as MLS uses it. Signing and keys are noble's.
 *
 * Verifying is noble's strict equation over noble's points, with those of signers kept: decoding a
 * key and multiplying it were two thirds of what a message cost its recipient, and a room has few
 * signers. The two answer alike (tests/circles/mls/signatures.test.ts).
 */

import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js"
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToNumberLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"
import type { Signature } from "ts-mls"

import { hex, joined, later } from "./bytes.js"

const POINT = ed25519.Point
const SCALARS = POINT.Fn
const HALF = 32

interface Signer {
    readonly point: EdwardsPoint
    uses: number
}

// Public keys only. Their number is bounded: a server could send entries of ever new ones.
const signers = new Map<string, Signer>()
const MOST_SIGNERS = 64
// A table costs as much as two verifications save; who comes in sees each key twice.
const WORTH_A_TABLE = 4
const TABLE_WINDOW = 4

/**
 * The point of a key that signs; null for what is none, in the one spelling of section 5.1.3, or
 * of small order, under which one signature fits many messages.
 */
export function signerPoint(untrustedKey: Uint8Array): EdwardsPoint | null {
    const name = hex(untrustedKey)
    const signer = signers.get(name) ?? decoded(untrustedKey)
    if (signer === null) return null
    signer.uses += 1
    if (signer.uses === WORTH_A_TABLE) signer.point.precompute(TABLE_WINDOW)
    if (!signers.has(name)) {
        const [oldest] = signers.keys()
        if (signers.size >= MOST_SIGNERS && oldest !== undefined) signers.delete(oldest)
        signers.set(name, signer)
    }
    return signer.point
}

function decoded(untrustedKey: Uint8Array): Signer | null {
    const point = pointOf(untrustedKey)
    return point === null || point.isSmallOrder() ? null : { point, uses: 0 }
}

function pointOf(untrusted: Uint8Array): EdwardsPoint | null {
    try {
        return POINT.fromBytes(untrusted, false)
    } catch {
        return null // noble's error repeats the bytes
    }
}

/** Section 5.1.7, with the cofactor. Never throws. */
export function isSigned(
    untrustedSignature: Uint8Array,
    message: Uint8Array,
    untrustedKey: Uint8Array,
): boolean {
    if (untrustedSignature.length !== 2 * HALF) return false
    const half = untrustedSignature.subarray(0, HALF)
    const signer = signerPoint(untrustedKey)
    const committed = pointOf(half)
    const answer = bytesToNumberLE(untrustedSignature.subarray(HALF))
    if (signer === null || committed === null || !SCALARS.isValid(answer)) return false
    const hashed = sha512(joined(half, untrustedKey, message))
    const challenge = SCALARS.create(bytesToNumberLE(hashed))
    const expected = POINT.BASE.multiplyUnsafe(answer).subtract(signer.multiplyUnsafe(challenge))
    return committed.subtract(expected).clearCofactor().is0()
}

export const signature: Signature = {
    sign: (signKey, message) => later(() => ed25519.sign(message, signKey)),
    verify: (publicKey, message, signed) => later(() => isSigned(signed, message, publicKey)),
    keygen: () =>
        later(() => {
            const { secretKey, publicKey } = ed25519.keygen()
            return { signKey: secretKey, publicKey }
        }),
}

/**
 * Message franking for a room's keepers: who said this, proven to them and to nobody else.
 *
 * Asymmetric message franking (Tyagi, Grubbs, Len, Miers, Ristenpart 2019, section 5) over
 * ristretto255 (RFC 9496), changed for rooms (docs/adr/0038): a proof of three parts.
 *
 *   mask        E = α·G, J = α·K                        K: the keepers' public key
 *   authorship  "I know log(sender) or log(J)"           two-branch OR of Schnorr proofs
 *   soundness   "E and J have one α"                     Chaum–Pedersen; looked at on arrival, then dropped
 *
 * A keeper knows k with K = k·G and checks J = k·E. Then nobody but a holder of k knows log(J),
 * so the sender spoke. Without k a mask with a log(J) that one has drawn looks the same
 * (decisional Diffie–Hellman): what is kept of a proof can be made up by anybody for anybody.
 *
 * The sender's key is the Ed25519 key of their leaf, read as a point of ristretto255: both
 * groups have one base point, so one secret serves. A member's id is a hash of that key.
 */

import { ed25519, ristretto255 } from "@noble/curves/ed25519.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { concatBytes, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js"

import { same } from "../mls/bytes.js"
import { signerPoint } from "../mls/signatures.js"
import { FrankingError } from "./franking_error.js"

const POINT = ristretto255.Point
type Point = InstanceType<typeof POINT>
const SCALARS = ed25519.Point.Fn

const ENCODED = 32
// 128 bits: a forger guesses one in 2^128, and a proof is shorter and checked sooner.
const CHALLENGE = 16

/** What is kept and may be reported: mask and authorship. */
export const KEPT_PROOF = 2 * ENCODED + 2 * CHALLENGE + 2 * ENCODED
/** What travels: the kept part and that of soundness. */
export const PROOF = KEPT_PROOF + CHALLENGE + ENCODED

/** All that a proof is bound to besides the content. */
export interface Franked {
    /** The circle's id, 16 bytes. */
    readonly circle: Uint8Array
    readonly epoch: number
    /** The Ed25519 public key of the sender's leaf, 32 bytes. */
    readonly sender: Uint8Array
    /** The keepers' public key that stood in the settings of that epoch, 32 bytes. */
    readonly franking: Uint8Array
}

/** A keepers' key pair; the public half stands in the settings. */
export interface FrankingKey {
    readonly public: Uint8Array
    readonly secret: Uint8Array
}

export function drawnFrankingKey(): FrankingKey {
    const secret = SCALARS.toBytes(drawnScalar())
    return Object.freeze({ public: frankingPublic(secret), secret })
}

/** The public half; throws `FrankingError` for bytes that are no secret. */
export function frankingPublic(untrustedSecret: Uint8Array): Uint8Array {
    return POINT.BASE.multiply(parsedScalar(untrustedSecret)).toBytes()
}

/** The proof that travels with `content`; `seed` is the secret of the sender's leaf (32 bytes). */
export function frank(content: Uint8Array, franked: Franked, seed: Uint8Array): Uint8Array {
    const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(seed)
    if (!same(pointBytes, franked.sender)) {
        throw new FrankingError("malformed", "expected the secret of the sender's own leaf")
    }
    const keepers = keepersPoint(franked.franking)
    const alpha = drawnScalar()
    const mask = POINT.BASE.multiply(alpha).toBytes()
    const masked = keepers.multiply(alpha).toBytes()
    const statement = statementOf(content, franked, mask, masked)
    // Real: the sender's branch. Drawn: answer and challenge of the other.
    const nonce = drawnScalar()
    const otherChallenge = randomBytes(CHALLENGE)
    const otherAnswer = drawnScalar()
    // challenge·J by way of J = α·K: the keepers' point has a table.
    const maskedTimes = keepers.multiply(SCALARS.create(numberOf(otherChallenge) * alpha))
    const challenge = challengeOf("authorship", statement, [
        POINT.BASE.multiply(nonce),
        POINT.BASE.multiplyUnsafe(otherAnswer).subtract(maskedTimes),
    ])
    const ownChallenge = xor(challenge, otherChallenge)
    const kept = concatBytes(
        mask,
        masked,
        ownChallenge,
        otherChallenge,
        SCALARS.toBytes(SCALARS.create(nonce + numberOf(ownChallenge) * SCALARS.create(scalar))),
        SCALARS.toBytes(otherAnswer),
    )
    return concatBytes(kept, soundness(statement, kept, keepers, alpha))
}

function soundness(statement: Uint8Array, kept: Uint8Array, keepers: Point, alpha: bigint) {
    const nonce = drawnScalar()
    const challenge = challengeOf("soundness", concatBytes(statement, kept), [
        POINT.BASE.multiply(nonce),
        keepers.multiply(nonce),
    ])
    const answer = SCALARS.create(nonce + numberOf(challenge) * alpha)
    return concatBytes(challenge, SCALARS.toBytes(answer))
}

/**
 * What a recipient keeps of a proof, once it is sure that keepers will accept it.
 *
 * Throws `FrankingError`: then the message is flagged at once. What is not returned convinces
 * also others and must not be stored.
 */
export function checkedOnArrival(
    untrustedProof: Uint8Array,
    content: Uint8Array,
    franked: Franked,
): Uint8Array {
    if (untrustedProof.length !== PROOF) throw malformed()
    const kept = untrustedProof.slice(0, KEPT_PROOF)
    const challenge = untrustedProof.subarray(KEPT_PROOF, KEPT_PROOF + CHALLENGE)
    const answer = parsedScalar(untrustedProof.subarray(KEPT_PROOF + CHALLENGE))
    const { mask, maskedTimes, statement } = authored(kept, content, franked, challenge)
    const [maskTimes] = multiples(mask, numberOf(challenge), 0n)
    const keepers = keepersPoint(franked.franking)
    const expected = challengeOf("soundness", concatBytes(statement, kept), [
        POINT.BASE.multiplyUnsafe(answer).subtract(maskTimes),
        keepers.multiplyUnsafe(answer).subtract(maskedTimes),
    ])
    if (!same(expected, challenge)) {
        throw new FrankingError(
            "unsound",
            "expected a proof that the keepers would accept, got another: the sender's client was changed",
        )
    }
    return kept
}

/**
 * What holds for everybody: somebody who knows log(sender) or log(J) agreed to this content.
 * `maskedTimes`: `challenge`·J, for whoever needs it next.
 */
export function authored(
    kept: Uint8Array,
    content: Uint8Array,
    franked: Franked,
    challenge: Uint8Array = new Uint8Array(CHALLENGE),
) {
    const [maskBytes, maskedBytes] = [kept.subarray(0, ENCODED), kept.subarray(ENCODED, 64)]
    const mask = parsedPoint(maskBytes)
    const masked = parsedPoint(maskedBytes)
    const ownChallenge = kept.subarray(64, 64 + CHALLENGE)
    const otherChallenge = kept.subarray(64 + CHALLENGE, 64 + 2 * CHALLENGE)
    const ownAnswer = parsedScalar(kept.subarray(96, 128))
    const otherAnswer = parsedScalar(kept.subarray(128, 160))
    // There is one spelling of a point, so these bytes are what the points would be written as.
    const statement = statementOf(content, franked, maskBytes, maskedBytes)
    const ownTimes = senderPoint(franked.sender).multiplyUnsafe(numberOf(ownChallenge))
    const [otherTimes, maskedTimes] = multiples(
        masked,
        numberOf(otherChallenge),
        numberOf(challenge),
    )
    const expected = challengeOf("authorship", statement, [
        POINT.BASE.multiplyUnsafe(ownAnswer).subtract(ownTimes),
        POINT.BASE.multiplyUnsafe(otherAnswer).subtract(otherTimes),
    ])
    if (!same(expected, xor(ownChallenge, otherChallenge))) {
        throw new FrankingError(
            "unsound",
            "expected a proof for this content, sender, room and epoch, got one for something else",
        )
    }
    return { mask, masked, maskedTimes, statement }
}

/**
 * Two scalars times one point, whose doublings are made once; in digits −1, 0 and 1, of which two
 * thirds are 0. For scalars that are no secret.
 */
function multiples(point: Point, one: bigint, other: bigint): [Point, Point] {
    const sums: [Point, Point] = [POINT.ZERO, POINT.ZERO]
    let doubled = point
    while (one > 0n || other > 0n) {
        const [a, b] = [digit(one), digit(other)]
        sums[0] = plus(sums[0], a, doubled)
        sums[1] = plus(sums[1], b, doubled)
        one = (one - a) >> 1n
        other = (other - b) >> 1n
        doubled = doubled.double()
    }
    return sums
}

/** The last of a number whose neighbours are never both other than 0. */
function digit(scalar: bigint): bigint {
    return (scalar & 1n) === 0n ? 0n : 2n - (scalar & 3n)
}

function plus(sum: Point, times: bigint, point: Point): Point {
    if (times === 0n) return sum
    return times === 1n ? sum.add(point) : sum.subtract(point)
}

function statementOf(
    content: Uint8Array,
    { circle, epoch, sender, franking }: Franked,
    mask: Uint8Array,
    masked: Uint8Array,
): Uint8Array {
    const number = new Uint8Array(8)
    new DataView(number.buffer).setBigUint64(0, BigInt(epoch))
    // Every part but the last has one length, so two statements never meet.
    if (circle.length !== 16 || sender.length !== ENCODED || franking.length !== ENCODED) {
        throw malformed()
    }
    return sha512(concatBytes(circle, number, sender, franking, mask, masked, sha512(content)))
}

function challengeOf(part: string, statement: Uint8Array, points: readonly Point[]): Uint8Array {
    const label = utf8ToBytes(`safelight franking v1 ${part}\0`)
    return sha512(concatBytes(label, statement, ...points.map((point) => point.toBytes()))).slice(
        0,
        CHALLENGE,
    )
}

const withoutTorsion = new WeakSet()

function senderPoint(sender: Uint8Array): Point {
    const point = signerPoint(sender)
    if (point === null) throw malformed()
    if (!withoutTorsion.has(point)) {
        // With torsion, eight keys would be one point.
        if (!point.isTorsionFree()) throw malformed()
        withoutTorsion.add(point)
    }
    return new POINT(point)
}

// A room has few of them, and decoding one costs as much as half a multiplication.
const keepersPoints = new Map<string, Point>()
const MOST_KNOWN = 16

function keepersPoint(franking: Uint8Array): Point {
    const name = franking.toString()
    const found = keepersPoints.get(name)
    if (found !== undefined) return found
    const point = parsedPoint(franking)
    // Windows of 5: 10 ms once, and each multiplication costs a third.
    point.precompute(5, true)
    if (keepersPoints.size >= MOST_KNOWN) keepersPoints.clear()
    keepersPoints.set(name, point)
    return point
}

function parsedPoint(untrusted: Uint8Array): Point {
    try {
        const point = POINT.fromBytes(untrusted)
        if (!point.is0()) return point
    } catch {
        // Said below.
    }
    throw malformed()
}

export function parsedScalar(untrusted: Uint8Array): bigint {
    try {
        const scalar = SCALARS.fromBytes(untrusted)
        if (scalar !== 0n) return scalar
    } catch {
        // Said below.
    }
    throw malformed()
}

/** Uniform in 1 … order − 1: 512 bits reduced leave no bias that could be seen (RFC 9496, 4.4). */
function drawnScalar(): bigint {
    const wide = randomBytes(64)
    let number = 0n
    for (const byte of wide) number = (number << 8n) | BigInt(byte)
    const scalar = SCALARS.create(number)
    return scalar === 0n ? drawnScalar() : scalar
}

function numberOf(challenge: Uint8Array): bigint {
    let number = 0n
    for (const byte of challenge) number = (number << 8n) | BigInt(byte)
    return number
}

function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
    return one.map((byte, at) => byte ^ (other[at] ?? 0))
}

export function malformed(): FrankingError {
    return new FrankingError(
        "malformed",
        "expected a proof as docs/spec/circles-moderation.md has it, got something else",
    )
}

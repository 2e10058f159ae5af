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
    if (!sameBytes(pointBytes, franked.sender)) {
        throw new FrankingError("malformed", "expected the secret of the sender's own leaf")
    }
    const keepers = keepersPoint(franked.franking)
    const alpha = drawnScalar()
    const mask = POINT.BASE.multiply(alpha)
    const masked = keepers.multiply(alpha)
    const statement = statementOf(content, franked, mask.toBytes(), masked.toBytes())
    // Real: the sender's branch. Drawn: answer and challenge of the other.
    const nonce = drawnScalar()
    const otherChallenge = randomBytes(CHALLENGE)
    const otherAnswer = drawnScalar()
    const challenge = challengeOf("authorship", statement, [
        POINT.BASE.multiply(nonce),
        commitment(otherAnswer, POINT.BASE, otherChallenge, masked),
    ])
    const ownChallenge = xor(challenge, otherChallenge)
    const kept = concatBytes(
        mask.toBytes(),
        masked.toBytes(),
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
    const { mask, masked, statement } = authored(kept, content, franked)
    const keepers = keepersPoint(franked.franking)
    const challenge = untrustedProof.subarray(KEPT_PROOF, KEPT_PROOF + CHALLENGE)
    const answer = parsedScalar(untrustedProof.subarray(KEPT_PROOF + CHALLENGE))
    const expected = challengeOf("soundness", concatBytes(statement, kept), [
        commitment(answer, POINT.BASE, challenge, mask),
        commitment(answer, keepers, challenge, masked),
    ])
    if (!sameBytes(expected, challenge)) {
        throw new FrankingError(
            "unsound",
            "expected a proof that the keepers would accept, got another: the sender's client was changed",
        )
    }
    return kept
}

/**
 * Return if the sender said this, as far as a holder of `secret` can know; throw if not.
 *
 * Whoever holds `secret` can make such a proof in anybody's name.
 */
export function judged(
    untrustedKept: Uint8Array,
    content: Uint8Array,
    franked: Franked,
    secret: Uint8Array,
): void {
    if (untrustedKept.length !== KEPT_PROOF) throw malformed()
    const { mask, masked } = authored(untrustedKept, content, franked)
    const own = parsedScalar(secret)
    if (!sameBytes(frankingPublic(secret), franked.franking)) {
        throw new FrankingError(
            "malformed",
            "expected the secret of the keepers' key of that epoch, got another; ask who made you a keeper",
        )
    }
    if (!mask.multiply(own).equals(masked)) {
        throw new FrankingError(
            "stranger",
            "expected a message by this member, got one that anybody could have made up",
        )
    }
}

/** What holds for everybody: somebody who knows log(sender) or log(J) agreed to this content. */
function authored(kept: Uint8Array, content: Uint8Array, franked: Franked) {
    const mask = parsedPoint(kept.subarray(0, ENCODED))
    const masked = parsedPoint(kept.subarray(ENCODED, 2 * ENCODED))
    const ownChallenge = kept.subarray(64, 64 + CHALLENGE)
    const otherChallenge = kept.subarray(64 + CHALLENGE, 64 + 2 * CHALLENGE)
    const ownAnswer = parsedScalar(kept.subarray(96, 128))
    const otherAnswer = parsedScalar(kept.subarray(128, 160))
    const statement = statementOf(content, franked, mask.toBytes(), masked.toBytes())
    const challenge = challengeOf("authorship", statement, [
        commitment(ownAnswer, POINT.BASE, ownChallenge, senderPoint(franked.sender)),
        commitment(otherAnswer, POINT.BASE, otherChallenge, masked),
    ])
    if (!sameBytes(challenge, xor(ownChallenge, otherChallenge))) {
        throw new FrankingError(
            "unsound",
            "expected a proof for this content, sender, room and epoch, got one for something else",
        )
    }
    return { mask, masked, statement }
}

/** answer·base − challenge·image: what the prover must have committed to. Nothing secret is in it. */
function commitment(answer: bigint, base: Point, challenge: Uint8Array, image: Point): Point {
    const first = base === POINT.BASE ? base.multiply(nonZero(answer)) : base.multiplyUnsafe(answer)
    return first.subtract(image.multiplyUnsafe(numberOf(challenge)))
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

// A room has few senders and few keys; decoding each costs as much as half a multiplication.
const known = new Map<string, Point>()
const MOST_KNOWN = 64

function remembered(kind: string, bytes: Uint8Array, decode: () => Point): Point {
    const name = `${kind}${bytes.toString()}`
    const found = known.get(name)
    if (found !== undefined) return found
    const point = decode()
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(name, point)
    return point
}

function senderPoint(sender: Uint8Array): Point {
    return remembered("s", sender, () => {
        try {
            // Strict (RFC 8032). With torsion, eight keys would be one point.
            const point = ed25519.Point.fromBytes(sender, false)
            if (point.isTorsionFree() && !point.is0()) return new POINT(point)
        } catch {
            // Said below; noble's error repeats the bytes.
        }
        throw malformed()
    })
}

function keepersPoint(franking: Uint8Array): Point {
    return remembered("k", franking, () => {
        const point = parsedPoint(franking)
        // Windows of 5: 10 ms once, and each multiplication costs a third.
        point.precompute(5, true)
        return point
    })
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

function parsedScalar(untrusted: Uint8Array): bigint {
    try {
        const scalar = SCALARS.fromBytes(untrusted)
        if (scalar !== 0n) return scalar
    } catch {
        // Said below.
    }
    throw malformed()
}

function nonZero(scalar: bigint): bigint {
    if (scalar === 0n) throw malformed()
    return scalar
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

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && one.every((byte, at) => byte === other[at])
}

function malformed(): FrankingError {
    return new FrankingError(
        "malformed",
        "expected a proof as docs/spec/circles-moderation.md has it, got something else",
    )
}

/**
 * Deniability in code: how a keeper, and how anybody else, makes proofs up (docs/adr/0038).
 *
 * Written from the equations, not by calling `frank`.
 */

import { ed25519, ristretto255 } from "@noble/curves/ed25519.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { concatBytes, randomBytes, utf8ToBytes } from "@noble/hashes/utils.js"

import type { Franked } from "../../../src/circles/keepers/franking.js"

const { Point } = ristretto255
type P = InstanceType<typeof Point>
const Fn = ed25519.Point.Fn
const BASE = Point.BASE

export function scalar(): bigint {
    return BigInt(`0x${Buffer.from(randomBytes(40)).toString("hex")}`) % Fn.ORDER
}

const big = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`)

function statement(content: Uint8Array, franked: Franked, mask: P, masked: P): Uint8Array {
    const epoch = Buffer.alloc(8)
    epoch.writeBigUInt64BE(BigInt(franked.epoch))
    return sha512(
        concatBytes(
            franked.circle,
            epoch,
            franked.sender,
            franked.franking,
            mask.toBytes(),
            masked.toBytes(),
            sha512(content),
        ),
    )
}

function challenge(part: string, before: Uint8Array, ...points: P[]): Uint8Array {
    const label = utf8ToBytes(`safelight franking v1 ${part}\0`)
    return sha512(concatBytes(label, before, ...points.map((p) => p.toBytes()))).slice(0, 16)
}

/** The authorship part by whoever knows u = log(masked): the sender's branch is simulated. */
function byMask(content: Uint8Array, franked: Franked, mask: P, masked: P, u: bigint): Uint8Array {
    const sender = new Point(ed25519.Point.fromBytes(franked.sender))
    const [z, k, c1] = [scalar(), scalar(), randomBytes(16)]
    const c = challenge(
        "authorship",
        statement(content, franked, mask, masked),
        BASE.multiply(z).subtract(sender.multiply(big(c1))),
        BASE.multiply(k),
    )
    const c2 = c.map((byte, at) => byte ^ (c1[at] ?? 0))
    return concatBytes(
        mask.toBytes(),
        masked.toBytes(),
        c1,
        c2,
        Fn.toBytes(z),
        Fn.toBytes(Fn.create(k + big(c2) * u)),
    )
}

/** A whole proof, in anybody's name, by a holder of the keepers' secret. */
export function forgedByKeeper(content: Uint8Array, franked: Franked, secret: Uint8Array) {
    const alpha = scalar()
    const keepers = Point.fromBytes(franked.franking)
    const [mask, masked] = [BASE.multiply(alpha), keepers.multiply(alpha)]
    const kept = byMask(content, franked, mask, masked, Fn.create(alpha * Fn.fromBytes(secret)))
    const k = scalar()
    const c = challenge(
        "soundness",
        concatBytes(statement(content, franked, mask, masked), kept),
        BASE.multiply(k),
        keepers.multiply(k),
    )
    return concatBytes(kept, c, Fn.toBytes(Fn.create(k + big(c) * alpha)))
}

/** The kept part of a proof, in anybody's name, by somebody who has no secret at all. */
export function forgedByAnybody(content: Uint8Array, franked: Franked): Uint8Array {
    const u = scalar()
    return byMask(content, franked, BASE.multiply(scalar()), BASE.multiply(u), u)
}

/** What a changed client would have to send: a mask that keepers do not accept. */
export function withOwnMask(kept: Uint8Array): Uint8Array {
    return concatBytes(kept, randomBytes(16), Fn.toBytes(scalar()))
}

/**
 * In the served script, in place of `@noble/curves/nist.js`: the age library can seal to tags on
 * P-256 keys, which `parseRecipient` refuses, so a third of the download would never run.
 */

import { LeftOutError } from "./left_out.js"

// The post-quantum library looks at these while it loads, and calls none of the functions.
const lengths = {
    seed: 48,
    secretKey: 32,
    publicKey: 33,
    publicKeyUncompressed: 65,
    publicKeyHasPrefix: true,
} as const

function leftOut(): never {
    throw new LeftOutError("P-256 is not part of this script; seal to a key age1pq1…")
}

export const p256 = {
    lengths,
    Point: { Fn: { fromBytes: leftOut, create: leftOut }, fromBytes: leftOut },
    utils: { randomSecretKey: leftOut },
    keygen: leftOut,
    getPublicKey: leftOut,
    getSharedSecret: leftOut,
} as const

export const p384 = p256

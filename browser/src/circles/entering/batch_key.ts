/**
 * Making the key of a batch on a keeper's own device: two primes of 1,024 bits (FIPS 186-5,
 * appendix A.1.3: random candidates, Miller–Rabin). It never leaves the device.
 *
 * Seconds on an old phone, so it works in slices between which the page can be used and left.
 */

import { concatBytes } from "@noble/hashes/utils.js"

import { BlindSignatureError, EXPONENT, MODULUS_BITS } from "./blind_signature.js"
import type { PrivateKey } from "./blind_signature.js"
import {
    bytesOf,
    greatestCommonDivisor,
    inverse,
    numberOf,
    power,
    productOfPrimes,
    randomBelow,
    randomBytes,
} from "./big_numbers.js"
import type { Random } from "./big_numbers.js"

const PRIME_BITS = MODULUS_BITS / 2
const PRIME_BYTES = PRIME_BITS / 8
// Five rounds leave less than 2^-112 for random candidates of this size (FIPS 186-5, table B.1);
// more cost little, as only primes get that far.
const ROUNDS = 16
/** What most candidates fall by, so that few meet the dear test. */
const TRIAL = productOfPrimes(750)
/** |p - q| above 2^(1024-100) (appendix A.1.3, step 5.4). */
const LEAST_DISTANCE = 1n << BigInt(PRIME_BITS - 100)
/** How long the page may be deaf: milliseconds. */
const SLICE = 25

export interface Making {
    /** Let the page be used (`Network.breathe`). */
    breathe(): Promise<void>
    /** `tried`: candidates that met the dear test; about 130 for both primes, seldom 400. */
    told?(progress: { readonly primes: 0 | 1; readonly tried: number }): void
    readonly now?: () => number
    random?: Random
    /** The person went back, or closed the room. */
    signal?: AbortSignal
}

/** A key for one batch. Throws `BlindSignatureError` if `signal` says to stop. */
export async function newBatchKey(making: Making): Promise<PrivateKey> {
    const slices = new Slices(making)
    const p = await prime(slices, 0)
    for (;;) {
        const q = await prime(slices, 1)
        const distance = p > q ? p - q : q - p
        if (distance > LEAST_DISTANCE) return keyOf(p, q)
    }
}

export function keyOf(p: bigint, q: bigint): PrivateKey {
    const d = inverse(EXPONENT, (p - 1n) * (q - 1n))
    const qInverse = inverse(q, p)
    if (d === null || qInverse === null) {
        throw new BlindSignatureError("expected two primes that fit, got others; make a new key")
    }
    return { n: p * q, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qInverse }
}

/** Two primes, 256 bytes: secret, for the store. */
export function privateBytes({ p, q }: PrivateKey): Uint8Array {
    return concatBytes(bytesOf(p, PRIME_BYTES), bytesOf(q, PRIME_BYTES))
}

export function privateKeyOf(bytes: Uint8Array): PrivateKey {
    if (bytes.length !== 2 * PRIME_BYTES) {
        throw new BlindSignatureError("expected two primes of 128 bytes, got something else")
    }
    return keyOf(numberOf(bytes.subarray(0, PRIME_BYTES)), numberOf(bytes.subarray(PRIME_BYTES)))
}

async function prime(slices: Slices, found: 0 | 1): Promise<bigint> {
    for (let tried = 0; ;) {
        const candidate = drawn(slices.random)
        await slices.turn(found, tried)
        if (greatestCommonDivisor(candidate, TRIAL) !== 1n) continue
        if (greatestCommonDivisor(candidate - 1n, EXPONENT) !== 1n) continue
        tried += 1
        if (await isPrime(candidate, slices, found, tried)) return candidate
    }
}

/** Odd, and its two highest bits set, so that the product has 2,048 bits. */
function drawn(random: Random): bigint {
    const bytes = random(PRIME_BYTES)
    bytes[0] = (bytes[0] ?? 0) | 0xc0
    bytes[PRIME_BYTES - 1] = (bytes[PRIME_BYTES - 1] ?? 0) | 1
    return numberOf(bytes)
}

async function isPrime(
    candidate: bigint,
    slices: Slices,
    found: 0 | 1,
    tried: number,
): Promise<boolean> {
    for (let round = 0; round < ROUNDS; round += 1) {
        const base = randomBelow(candidate - 1n, slices.random)
        if (isWitness(base, candidate)) return false
        await slices.turn(found, tried)
    }
    return true
}

/** Whether `base` shows that `odd` is composite (Miller–Rabin; FIPS 186-5, appendix B.3.1). */
export function isWitness(base: bigint, odd: bigint): boolean {
    const before = odd - 1n
    let halved = before
    let halvings = 0
    while ((halved & 1n) === 0n) {
        halved >>= 1n
        halvings += 1
    }
    let x = power(base, halved, odd)
    if (x === 1n || x === before) return false
    for (let i = 1; i < halvings; i += 1) {
        x = (x * x) % odd
        if (x === before) return false
    }
    return true
}

class Slices {
    readonly random: Random
    readonly #now: () => number
    #until: number

    constructor(readonly making: Making) {
        this.random = making.random ?? randomBytes
        this.#now = making.now ?? (() => performance.now())
        this.#until = this.#now() + SLICE
    }

    async turn(primes: 0 | 1, tried: number): Promise<void> {
        if (this.#now() < this.#until) return
        this.making.told?.({ primes, tried })
        await this.making.breathe()
        if (this.making.signal?.aborted === true) {
            throw new BlindSignatureError("expected to make a key, got told to stop")
        }
        this.#until = this.#now() + SLICE
    }
}

/**
 * Whole numbers of thousands of bits. BigInt computes in time that depends on the numbers, so what
 * touches a private key is blinded first (`blind_signature.ts`).
 */

import { hexOf } from "../../sealing/receipt.js"

export type Random = (length: number) => Uint8Array

export function randomBytes(length: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(length))
}

export function numberOf(bytes: Uint8Array): bigint {
    return bytes.length === 0 ? 0n : BigInt(`0x${hexOf(bytes)}`)
}

/** Big-endian, `length` bytes; the number must fit. */
export function bytesOf(number: bigint, length: number): Uint8Array {
    const digits = number.toString(16).padStart(2 * length, "0")
    if (digits.length !== 2 * length) throw new RangeError("a number longer than its place")
    return Uint8Array.from({ length }, (_, at) =>
        Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
    )
}

export function bitLength(number: bigint): number {
    return number === 0n ? 0 : number.toString(2).length
}

/** Uniform in 1 … below-1: drawn again instead of reduced. */
export function randomBelow(below: bigint, random: Random = randomBytes): bigint {
    const bits = bitLength(below - 1n)
    const length = Math.ceil(bits / 8)
    for (;;) {
        const drawn = numberOf(random(length)) >> BigInt(8 * length - bits)
        if (drawn > 0n && drawn < below) return drawn
    }
}

const WINDOW = 4n

/** base^exponent mod modulus, four bits of the exponent at a time. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
    const table = [1n]
    for (let i = 1; i < 2 ** Number(WINDOW); i += 1) {
        table.push(((table[i - 1] ?? 1n) * base) % modulus)
    }
    let result = 1n
    for (const digit of exponent.toString(16)) {
        for (let i = 0n; i < WINDOW; i += 1n) result = (result * result) % modulus
        result = (result * (table[Number.parseInt(digit, 16)] ?? 1n)) % modulus
    }
    return result
}

export function greatestCommonDivisor(one: bigint, other: bigint): bigint {
    let [a, b] = [one, other]
    while (b > 0n) [a, b] = [b, a % b]
    return a
}

/** The inverse of `number`, or null if there is none. */
export function inverse(number: bigint, modulus: bigint): bigint | null {
    let [a, b] = [((number % modulus) + modulus) % modulus, modulus]
    let [x, y] = [1n, 0n]
    while (b > 0n) {
        const quotient = a / b
        ;[a, b] = [b, a - quotient * b]
        ;[x, y] = [y, x - quotient * y]
    }
    return a === 1n ? ((x % modulus) + modulus) % modulus : null
}

/** 2 · 3 · 5 · … · 251, as the server looks for (safelight/circles/blind_signature.py). */
export const SMALL_PRIMES = productOfPrimes(256)

export function productOfPrimes(below: number): bigint {
    let product = 1n
    for (let n = 2; n < below; n += 1) {
        let isPrime = true
        for (let d = 2; d * d <= n; d += 1) isPrime &&= n % d !== 0
        if (isPrime) product *= BigInt(n)
    }
    return product
}

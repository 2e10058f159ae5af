/** RFC 9474's own vectors, in `vectors/blind-signatures`, which pytest reads too. */

import { execFileSync } from "node:child_process"
import { constants, createPublicKey, generateKeyPairSync, verify } from "node:crypto"

import { describe, expect, test } from "vitest"

import {
    isWitness,
    keyOf,
    newBatchKey,
    privateBytes,
    privateKeyOf,
} from "../../../src/circles/entering/batch_key.js"
import {
    bitLength,
    bytesOf,
    inverse,
    numberOf,
    power,
    randomBytes,
} from "../../../src/circles/entering/big_numbers.js"
import {
    blind,
    blindSign,
    checkSignature,
    finalized,
    keyBytes,
    parsedKey,
    pssEncoded,
} from "../../../src/circles/entering/blind_signature.js"
import type { PrivateKey } from "../../../src/circles/entering/blind_signature.js"
import { vector, vectorNames } from "../../support/vectors.js"

type Vector = Readonly<Record<string, string>>

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const bytes = (digits: string | undefined): Uint8Array =>
    Uint8Array.from(Buffer.from(digits ?? "", "hex"))
const number = (digits: string | undefined): bigint => BigInt(`0x${digits ?? "0"}`)

/** Made once by Node, so that the tests do not wait for ours. */
function nodeKey(): PrivateKey {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const { p = "", q = "" } = privateKey.export({ format: "jwk" })
    const of = (text: string): bigint => numberOf(Uint8Array.from(Buffer.from(text, "base64url")))
    return keyOf(of(p), of(q))
}
const key = nodeKey()

test("all four variants of the RFC are here", () => {
    expect(vectorNames("blind-signatures")).toHaveLength(4)
})

test.each(vectorNames("blind-signatures"))("each value of %s comes out", (name) => {
    const of = vector(name) as Vector
    const own = keyOf(number(of["p"]), number(of["q"]))
    expect(own.n).toBe(number(of["n"]))
    const prepared = bytes((of["msg_prefix"] ?? "") + (of["msg"] ?? ""))
    expect(hex(prepared)).toBe(of["prepared_msg"])
    const salt = bytes(of["salt"])
    expect(hex(pssEncoded(prepared, bitLength(own.n) - 1, salt))).toBe(of["encoded_msg"])
    const back = number(of["inv"])
    const factor = inverse(back, own.n) ?? 0n
    const blinded = blind(own, prepared, { salt, factor })
    expect([hex(blinded.message), blinded.inverse]).toEqual([of["blinded_msg"], back])
    const signed = blindSign(own, blinded.message)
    expect(hex(signed)).toBe(of["blind_sig"])
    expect(hex(finalized(own, prepared, signed, back, salt.length))).toBe(of["sig"])
    const other = Uint8Array.of(...prepared, 1)
    expect(() => {
        checkSignature(own, other, bytes(of["sig"]), salt.length)
    }).toThrow(/signature by this key/)
})

describe("a keeper that would like to recognise what it signed", () => {
    test("finds that any signature fits any request: for each pair there is a factor between them", () => {
        const messages = [randomBytes(32), randomBytes(32)]
        const asked = messages.map((message) => blind(key, message))
        const seen = asked.map(({ message }) => ({ message, signed: blindSign(key, message) }))
        const shown = asked.map(({ inverse: back }, at) =>
            finalized(
                key,
                messages[at] ?? randomBytes(0),
                seen[at]?.signed ?? randomBytes(0),
                back,
            ),
        )
        for (const request of seen) {
            for (const signature of shown) {
                // The factor that would have led from this signature's message to this request.
                const factor =
                    (numberOf(request.signed) * (inverse(numberOf(signature), key.n) ?? 0n)) % key.n
                const encoded = power(numberOf(signature), 65537n, key.n)
                expect((encoded * power(factor, 65537n, key.n)) % key.n).toBe(
                    numberOf(request.message),
                )
            }
        }
    })

    test("finds exactly one such factor for each pair, and all of them equally likely", () => {
        // A key so small that every factor can be tried: 11 · 17 with e = 3.
        const [n, e] = [187n, 3n]
        const factors = Array.from({ length: 186 }, (_, at) => BigInt(at + 1)).filter(
            (factor) => inverse(factor, n) !== null,
        )
        const requestsOf = (encoded: bigint): readonly string[] =>
            factors.map((factor) => ((encoded * power(factor, e, n)) % n).toString()).sort()
        // Whatever number is blinded, the requests are the same ones, each once.
        const wanted = factors.map(String).sort()
        for (const encoded of factors) expect(requestsOf(encoded)).toEqual(wanted)
    })

    test("gets another request each time, also for one message", () => {
        const message = randomBytes(32)
        const requests = Array.from({ length: 8 }, () => hex(blind(key, message).message))
        expect(new Set(requests).size).toBe(8)
    })
})

test("a signature by another key, of another length or out of range is refused", () => {
    const message = randomBytes(16)
    const blinded = blind(key, message)
    for (const wrong of [new Uint8Array(256), new Uint8Array(256).fill(0xff), randomBytes(255)]) {
        expect(() => blindSign(key, wrong)).toThrow(/below the modulus/)
    }
    expect(() => finalized(key, message, randomBytes(3), blinded.inverse)).toThrow(/256 bytes/)
    expect(() => finalized(key, message, randomBytes(256), blinded.inverse)).toThrow(/by this key/)
    const good = finalized(key, message, blindSign(key, blinded.message), blinded.inverse)
    checkSignature(key, message, good)
    const larger = bytesOf(numberOf(good) + key.n, 257).slice(1)
    const sizes = [0, 255, 257, 10_000].map((length) => new Uint8Array(length))
    for (const wrong of [larger, new Uint8Array(256), ...sizes]) {
        expect(() => {
            checkSignature(key, message, wrong)
        }).toThrow(/by this key/)
    }
})

test("a signature with each of its bits turned over in turn is refused", () => {
    const message = randomBytes(16)
    const blinded = blind(key, message)
    const good = finalized(key, message, blindSign(key, blinded.message), blinded.inverse)
    for (let bit = 0; bit < 2048; bit += 37) {
        const wrong = good.slice()
        wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => {
            checkSignature(key, message, wrong)
        }).toThrow(/by this key/)
    }
})

test("a damaged private key gives no signature away", () => {
    const blinded = blind(key, randomBytes(16))
    for (const damaged of [
        { ...key, dp: key.dp ^ 2n },
        { ...key, dq: key.dq ^ 2n },
        { ...key, qInverse: key.qInverse ^ 2n },
    ]) {
        expect(() => blindSign(damaged, blinded.message)).toThrow(/key or the device is damaged/)
    }
})

test("another implementation takes our signature", () => {
    const message = randomBytes(50)
    const blinded = blind(key, message)
    const signature = finalized(key, message, blindSign(key, blinded.message), blinded.inverse)
    const n = Buffer.from(keyBytes(key)).toString("base64url")
    const theirs = createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" })
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
    expect(verify("sha384", message, { key: theirs, ...padding }, signature)).toBe(true)
})

describe("the key of a batch", () => {
    test("has two primes, by another implementation's word, and its modulus is one that is taken", async () => {
        const told: number[] = []
        let breaths = 0
        const made = await newBatchKey({
            breathe: () => {
                breaths += 1
                return Promise.resolve()
            },
            told: ({ primes, tried }) => told.push(1000 * primes + tried),
        })
        expect(parsedKey(keyBytes(made))).toEqual({ n: made.n })
        const found = execFileSync("openssl", ["prime", made.p.toString(), made.q.toString()])
        expect(found.toString().match(/is prime/g)).toHaveLength(2)
        expect(made.p).not.toBe(made.q)
        expect(breaths).toBe(told.length)
        expect(told).toEqual([...told].sort((a, b) => a - b))
        expect(privateKeyOf(privateBytes(made))).toEqual(made)
        const blinded = blind(made, randomBytes(32))
        expect(blindSign(made, blinded.message)).toHaveLength(256)
    })

    test("is not waited for longer than wanted", async () => {
        const stop = new AbortController()
        const making = newBatchKey({
            breathe: () => {
                stop.abort()
                return Promise.resolve()
            },
            signal: stop.signal,
        })
        await expect(making).rejects.toThrow(/told to stop/)
    })

    test("lets the page breathe after each slice of computing", async () => {
        let clock = 0
        const pauses: number[] = []
        await newBatchKey({
            breathe: () => {
                pauses.push(clock)
                return Promise.resolve()
            },
            now: () => (clock += 1),
        })
        const gaps = pauses.slice(1).map((at, index) => at - (pauses[index] ?? 0))
        expect(Math.max(...gaps)).toBeLessThanOrEqual(27)
    })
})

test("Miller–Rabin knows primes and composites, also those that deceive Fermat", () => {
    const small = Array.from({ length: 500 }, (_, at) => BigInt(2 * at + 5))
    const bases = [2n, 3n, 5n, 7n]
    const isPrime = (n: bigint): boolean =>
        bases.every((base) => base % n === 0n || !isWitness(base % n, n))
    const divides = (n: bigint): boolean => {
        for (let d = 2n; d * d <= n; d += 1n) if (n % d === 0n) return true
        return false
    }
    for (const n of small) expect([n, isPrime(n)]).toEqual([n, !divides(n)])
    for (const carmichael of [561n, 1105n, 1729n, 825265n, 321197185n]) {
        expect(isPrime(carmichael)).toBe(false)
    }
})

test("a modulus of another size, or with a small factor, is refused", () => {
    const modulus = keyBytes(key)
    expect(parsedKey(modulus).n).toBe(key.n)
    const even = modulus.slice()
    even[255] = (even[255] ?? 0) & 0xfe
    const short = modulus.slice()
    short[0] = 0x01
    const threes = bytesOf(((1n << 2047n) / 3n) * 3n + 3n, 256)
    for (const wrong of [even, short, threes, modulus.subarray(1), new Uint8Array(0)]) {
        expect(() => parsedKey(wrong)).toThrow(/RSA modulus of 2048 bits/)
    }
})

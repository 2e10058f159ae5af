import { sha256 } from "@noble/hashes/sha2.js"
import { hex } from "@scure/base"
import { expect, test } from "vitest"

import { priceBits, solvedWork } from "../../src/sending/work.js"
import { digestsOf } from "../../src/sending/work_kernel.js"
import { BlindServer } from "../support/blind_server.js"
import { randomNumbers } from "../support/random_numbers.js"

/** noble's, the slow twin. */
function nobleDigest(text: Uint8Array, count: number): string {
    const message = new Uint8Array(text.length + 8)
    message.set(text)
    new DataView(message.buffer).setBigUint64(text.length, BigInt(count))
    return hex.encode(sha256(message))
}

function digestOf(words: Int32Array): string {
    return [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
}

function ascii(text: string): Uint8Array {
    return new TextEncoder().encode(text)
}

const CHALLENGE = `v1.13.1800000000.${"0a".repeat(16)}.${"b1".repeat(16)}`

// Digests by Python's hashlib (OpenSSL), of a text and eight bytes.
test.each([
    ["", 1, "cd2662154e6d76b2b2b92e70c0cac3ccf534f9b74eb5b89819ec509083d00a50"],
    [CHALLENGE, 0, "a06a83d97181e39f45fe72a7478693c5a9b3e5b00e7f39d19b437028a119e734"],
    [CHALLENGE, 8191, "4ba6e1d2d1af131538621a28a38de69b41c4d3aecfb1045d252ba97ec5ba7df8"],
    [
        CHALLENGE.slice(0, 56),
        2 ** 40 + 5,
        "2f5d4885c5bf389d40f2f010aa873b42ae943937e2f5582b8ca6608bff8e0ef0",
    ],
])("the kernel gives the digest that another program gives (%s, %i)", (text, count, digest) => {
    expect(digestOf(digestsOf(ascii(text))(count))).toBe(digest)
})

test("the kernel equals its slow twin for texts of every length, wherever the nonce falls", () => {
    const next = randomNumbers(7)
    for (let length = 0; length <= 200; length += 1) {
        const text = Uint8Array.from({ length }, () => Math.floor(next() * 256))
        const digestWith = digestsOf(text)
        const counts = [0, 1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 0]
        for (const count of [...counts, Math.floor(next() * 2 ** 53)]) {
            expect(digestOf(digestWith(count))).toBe(nobleDigest(text, count))
        }
    }
})

test("the solution is the first nonce that the slow twin would find", async () => {
    const text = `v1.9.1800000000.${"0a".repeat(16)}.${"b1".repeat(16)}`
    const header = await solvedWork({ text, bits: 9, unit: 1024 }, 3000, new BlindServer())
    const [challenge, nonce = ""] = header.split(" ")
    expect(challenge).toBe(text)
    expect(nonce).toMatch(/^[0-9a-f]{16}$/)
    expect(priceBits(3000, { text, bits: 9, unit: 1024 })).toBe(11)
    const count = Number.parseInt(nonce, 16)
    const zeros = (tried: number): number =>
        Math.clz32(Number.parseInt(nobleDigest(ascii(text), tried).slice(0, 8), 16))
    expect(zeros(count)).toBeGreaterThanOrEqual(11)
    for (let tried = 0; tried < count; tried += 1) expect(zeros(tried)).toBeLessThan(11)
})

test("the page breathes while it computes, however long that takes", async () => {
    let breaths = 0
    let clock = 0
    const network = new BlindServer()
    network.breathe = () => {
        breaths += 1
        return Promise.resolve()
    }
    const text = `v1.12.1800000000.${"0c".repeat(16)}.${"b1".repeat(16)}`
    const header = await solvedWork({ text, bits: 12, unit: 1024 }, 1, network, () => (clock += 30))
    const tried = Number.parseInt(header.split(" ")[1] ?? "", 16)
    // It looks at the clock every 64 nonces, and each look is 30 ms later than the last.
    expect(breaths).toBeGreaterThanOrEqual(Math.floor(tried / 64 / 2))
    expect(breaths).toBeGreaterThan(0)
})

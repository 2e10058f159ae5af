// Ours with points kept against noble's without: the two must answer alike, whatever is signed.
import { ed25519 } from "@noble/curves/ed25519.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { expect, test } from "vitest"

import { isSigned, signerPoint } from "../../../src/circles/mls/signatures.js"

const MESSAGE = new TextEncoder().encode("what is signed")
const ORDER = ed25519.Point.Fn.ORDER

function signed(secretKey: Uint8Array, message: Uint8Array = MESSAGE): Uint8Array {
    return ed25519.sign(message, secretKey)
}

function little(number: bigint): Uint8Array {
    return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n))
}

function both(
    signature: Uint8Array,
    publicKey: Uint8Array,
    message: Uint8Array = MESSAGE,
): boolean {
    const ours = isSigned(signature, message, publicKey)
    let theirs = false
    try {
        theirs = ed25519.verify(signature, message, publicKey, { zip215: false })
    } catch {
        // A key or signature of another length.
    }
    expect(ours).toBe(theirs)
    return ours
}

test("what a key signed is believed, before its table is made and after it", () => {
    const { secretKey, publicKey } = ed25519.keygen()
    for (let use = 0; use < 8; use += 1) {
        const message = randomBytes(40)
        const signature = signed(secretKey, message)
        expect(both(signature, publicKey, message)).toBe(true)
        expect(both(signature, publicKey, MESSAGE)).toBe(false)
        signature[use * 8] = (signature[use * 8] ?? 0) ^ 1
        expect(both(signature, publicKey, message)).toBe(false)
    }
})

test("signatures of another spelling are refused as the RFC says", () => {
    const { secretKey, publicKey } = ed25519.keygen()
    const signature = signed(secretKey)
    const answer = BigInt(
        `0x${Array.from(signature.subarray(32), (byte) => byte.toString(16).padStart(2, "0"))
            .reverse()
            .join("")}`,
    )
    const larger = signature.slice()
    larger.set(little(answer + ORDER), 32)
    expect(both(larger, publicKey)).toBe(false)
    expect(both(signature.subarray(1), publicKey)).toBe(false)
    expect(both(signature, publicKey.subarray(1))).toBe(false)
    expect(both(new Uint8Array(64), publicKey)).toBe(false)
})

test("attack: a key of small order, under which one signature fits many messages", () => {
    // The points of order 1, 2, 4 and 8 (RFC 7748, section 6), and two in a second spelling.
    const small = [
        little(1n),
        little(2n ** 255n - 20n),
        little(0n),
        little(2n ** 255n - 18n),
        little(2n ** 255n - 19n),
        Uint8Array.from(
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".match(/../g) ?? [],
            (pair) => parseInt(pair, 16),
        ),
    ]
    const nothing = new Uint8Array(64)
    nothing[0] = 1 // the neutral point, and 0
    for (const key of small) {
        expect(both(nothing, key)).toBe(false)
        expect(signerPoint(key)).toBeNull()
    }
})

test("attack: a signer with a part of small order beside their key is judged alike by both", () => {
    const eighth = ed25519.Point.fromHex(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
    const { secretKey, publicKey } = ed25519.keygen()
    const bent = ed25519.Point.fromBytes(publicKey).add(eighth).toBytes()
    const signature = signed(secretKey)
    for (let message = 0; message < 12; message += 1) {
        both(signature, bent)
        const moved = signature.slice()
        moved.set(ed25519.Point.fromBytes(signature.subarray(0, 32)).add(eighth).toBytes())
        both(moved, publicKey)
    }
})

test("a server that sends keys without end does not fill the memory", () => {
    const first = ed25519.keygen().publicKey
    const point = signerPoint(first)
    expect(signerPoint(first)).toBe(point)
    for (let more = 0; more < 64; more += 1) signerPoint(ed25519.keygen().publicKey)
    expect(signerPoint(first)).not.toBe(point)
})

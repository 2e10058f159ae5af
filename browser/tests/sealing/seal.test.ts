import { bech32 } from "@scure/base"
import { afterEach, expect, test, vi } from "vitest"

import { openBytes, openStream } from "../../src/sealing/opening.js"
import { FILE_SIZES, PADDED_SIZES, PaddingError } from "../../src/sealing/padding.js"
import { parseRecipient, RecipientError } from "../../src/sealing/recipients.js"
import { MOST_RECIPIENTS, SealError, sealBytes, sealStream } from "../../src/sealing/seal.js"
import { classicDesk, hybridDesk } from "../support/desks.js"
import { bytesOf, streamOf } from "../support/streams.js"

const KIB = 1024
const content = new TextEncoder().encode("the content of a report")

afterEach(() => {
    vi.unstubAllGlobals()
})

test("each of several desks opens what was sealed to all of them", async () => {
    const desks = [await hybridDesk(), await hybridDesk(), await hybridDesk()]
    const sealed = await sealBytes(
        content,
        desks.map((desk) => desk.recipient),
    )
    for (const { identity } of desks) {
        expect(await openBytes(sealed, { identities: [identity] })).toEqual(content)
    }
})

test("nothing of the content can be read in the envelope", async () => {
    const { recipient } = await hybridDesk()
    const sealed = Buffer.from(await sealBytes(content, [recipient]))
    expect(sealed.includes(Buffer.from(content))).toBe(false)
    expect(sealed.includes("report")).toBe(false)
})

test("a report sealed to nobody is refused, because it would be lost", async () => {
    await expect(sealBytes(content, [])).rejects.toThrow(SealError)
    await expect(sealStream(streamOf(content), content.length, [])).rejects.toThrow("no recipient")
})

test("a classic recipient among post-quantum ones is refused", async () => {
    const recipients = [(await hybridDesk()).recipient, (await classicDesk()).recipient]
    await expect(sealBytes(content, recipients)).rejects.toThrow(
        "1 of 2 recipients are not post-quantum",
    )
    await expect(sealStream(streamOf(content), content.length, recipients)).rejects.toThrow(
        SealError,
    )
    await expect(sealBytes(content, recipients.slice(0, 1))).resolves.toBeDefined()
})

test("classic recipients alone are refused as well", async () => {
    await expect(sealBytes(content, [(await classicDesk()).recipient])).rejects.toThrow(
        "not post-quantum",
    )
})

test("an envelope has at most as many recipients as fit a report's smallest one", async () => {
    const { recipient } = await hybridDesk()
    const full = await sealBytes(content, Array<typeof recipient>(MOST_RECIPIENTS).fill(recipient))
    expect(full).toHaveLength(32 * KIB)
    await expect(
        sealBytes(content, Array<typeof recipient>(MOST_RECIPIENTS + 1).fill(recipient)),
    ).rejects.toThrow("room for 16")
})

test.each([0, 1, 100, 20_000, 31_072, 31_073, 200_000, 2_000_000])(
    "%i bytes become an envelope of exactly one of the four sizes, and come back",
    async (length) => {
        const { identity, recipient } = await hybridDesk()
        // Zeros and markers at the end are what unpadding could mistake for padding.
        const written = new Uint8Array(length)
            .fill(7, 0, Math.max(0, length - 3))
            .fill(0x80, Math.max(0, length - 1))
        const sealed = await sealBytes(written, [recipient])
        expect(PADDED_SIZES).toContain(sealed.length)
        expect(
            Buffer.from(await openBytes(sealed, { identities: [identity] })).equals(written),
        ).toBe(true)
    },
)

test("the smallest envelope is used as long as the content fits", async () => {
    const { recipient } = await hybridDesk()
    // 22 version line, 1557 for a recipient, 48 MAC line, 16 nonce, 16 tag, 1 marker.
    const room = 32 * KIB - 22 - 1557 - 48 - 16 - 16 - 1
    expect(await sealBytes(new Uint8Array(room), [recipient])).toHaveLength(32 * KIB)
    expect(await sealBytes(new Uint8Array(room + 1), [recipient])).toHaveLength(256 * KIB)
})

test("content beyond the largest envelope is refused with both sizes", async () => {
    const { recipient } = await hybridDesk()
    const tooMuch = new Uint8Array(16 * KIB * KIB)
    await expect(sealBytes(tooMuch, [recipient])).rejects.toThrow("16777216 bytes do not fit")
})

test("sealing needs no crypto.subtle, which http://….onion does not have", async () => {
    const getRandomValues = vi.fn((bytes: Uint8Array<ArrayBuffer>) =>
        webCrypto.getRandomValues(bytes),
    )
    const { identity, recipient } = await hybridDesk()
    const webCrypto = globalThis.crypto
    vi.stubGlobal("crypto", { getRandomValues })
    const sealed = await sealBytes(content, [recipient])
    expect(await openBytes(sealed, { identities: [identity] })).toEqual(content)
    expect(getRandomValues).toHaveBeenCalled()
})

test("two envelopes of one report have nothing in common but their size", async () => {
    const { recipient } = await hybridDesk()
    const [one, other] = [
        await sealBytes(content, [recipient]),
        await sealBytes(content, [recipient]),
    ]
    expect(one.length).toBe(other.length)
    const payload = one.subarray(-1000)
    expect(Buffer.from(payload).equals(other.subarray(-1000))).toBe(false)
})

test.each([97, 777, 64 * KIB, 64 * KIB + 16])(
    "a file read in pieces of %i bytes is sealed whole",
    async (size) => {
        const { identity, recipient } = await hybridDesk()
        const file = crypto.getRandomValues(new Uint8Array(40_000))
        const sealing = await sealStream(streamOf(file, size), file.length, [recipient])
        const sealed = await bytesOf(sealing.envelope)
        expect(sealed).toHaveLength(sealing.size)
        expect(FILE_SIZES).toContain(sealing.size)
        const opened = await openStream(
            streamOf(sealed, size),
            { identities: [identity] },
            { padded: true },
        )
        expect(Buffer.from(await bytesOf(opened)).equals(file)).toBe(true)
    },
)

test.each([
    ["longer", 99],
    ["shorter", 101],
])("a file that turns out %s than it said is not sealed to an end", async (_, length) => {
    const { recipient } = await hybridDesk()
    const { envelope } = await sealStream(streamOf(new Uint8Array(100), 30), length, [recipient])
    await expect(bytesOf(envelope)).rejects.toThrow(PaddingError)
})

test.each([
    "",
    "age1",
    "age1pq1",
    "age1pq1qqqq",
    "age1tagpq1qqqq",
    "AGE-SECRET-KEY-PQ-1QQQQ",
    "ssh-ed25519 AAAA",
])("%j is no recipient", (text) => {
    expect(() => parseRecipient(text)).toThrow(RecipientError)
})

test("a recipient with one letter changed is refused and not repeated", async () => {
    const { text } = (await hybridDesk()).recipient
    const damaged = text.slice(0, 500) + (text[500] === "q" ? "p" : "q") + text.slice(501)
    expect(() => parseRecipient(damaged)).toThrow("hybrid recipient is damaged")
    expect(() => parseRecipient(damaged)).not.toThrow(damaged.slice(0, 20))
    expect(parseRecipient(text)).toEqual({ kind: "hybrid", text })
})

test("a recipient beyond the modulus is refused, and one of low order is not sealed to", async () => {
    const { text } = (await hybridDesk()).recipient
    const key = bech32.fromWords(bech32.decode(text as `${string}1${string}`, false).words)
    const encoded = (bytes: Uint8Array) => bech32.encode("age1pq", bech32.toWords(bytes), false)
    expect(parseRecipient(encoded(key)).text).toBe(text)
    expect(() => parseRecipient(encoded(key.slice().fill(0xff, 0, 3)))).toThrow(
        "ML-KEM-768 key is not valid",
    )
    const lowOrder = parseRecipient(encoded(key.slice().fill(0, 1184)))
    await expect(sealBytes(content, [lowOrder])).rejects.toThrow("key is not usable")
})

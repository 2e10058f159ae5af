/** Links, and what they must not say. */

import encodeQR from "qr"
import decodeQR from "qr/decode.js"
import { describe, expect, test } from "vitest"

import { randomBytes } from "../../../src/circles/entering/big_numbers.js"
import {
    batchId,
    invitationMessage,
    isGenuine,
    isPolicy,
    linkAddress,
    LinkError,
    linkText,
    parsedLink,
    policyMark,
} from "../../../src/circles/entering/invitation.js"
import { darkSquares } from "../../../src/qr/dark_squares.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { CLASSIC, POST_QUANTUM } from "../../../src/circles/mls/suites.js"
import { CIRCLE, madeBatch, madeLink } from "./batches_for_tests.js"

const batch = madeBatch()
const problemOf = (text: string): string => {
    try {
        parsedLink(text)
        return "accepted"
    } catch (error) {
        if (error instanceof LinkError) return error.problem
        throw error
    }
}

test.each([CLASSIC, POST_QUANTUM] as const)(
    "a link for %s says the same when read",
    async (suite) => {
        const link = { ...(await madeLink(batch, suite)), policy: policyMark("ab".repeat(32)) }
        const address = linkAddress("https://safe.example/9", link)
        expect(parsedLink(address)).toEqual(link)
        expect(parsedLink(`#${linkText(link)}`)).toEqual(link)
        const broken = linkText(link).replace(/(.{70})/g, "$1\r\n ")
        expect(parsedLink(broken)).toEqual(link)
        expect(isPolicy(link, "ab".repeat(32))).toBe(true)
        expect(isPolicy(link, "ac".repeat(32))).toBe(false)
        expect(isPolicy(link, "")).toBe(false)
    },
)

test("every link has one length, and fits a QR code that a phone reads off a phone", async () => {
    const links = [await madeLink(batch), await madeLink(madeBatch(), POST_QUANTUM)]
    expect(new Set(links.map((link) => linkText(link).length))).toEqual(new Set([542]))
    const link = links[0] ?? (await madeLink(batch))
    const address = linkAddress(`http://${"a".repeat(56)}.onion/9`, link)
    // As the page draws it: level M, four squares of margin.
    const rows = encodeQR(address, "raw", { ecc: "medium", border: 4 })
    const [size, path] = [rows.length, darkSquares(rows)]
    // With its margin: at 320 pixels three for each square.
    expect(size).toBeLessThanOrEqual(105)
    expect(decodeQR(drawn(size, path))).toBe(address)
})

/** What a phone sees of it, four pixels for each square. */
function drawn(size: number, path: string): { width: number; height: number; data: Uint8Array } {
    const width = 4 * size
    const data = new Uint8Array(4 * width * width).fill(255)
    for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
        for (let row = 4 * Number(y); row < 4 * Number(y) + 4; row += 1) {
            const from = row * width + 4 * Number(x)
            for (let at = from; at < from + 4 * Number(run); at += 1)
                data.fill(0, 4 * at, 4 * at + 3)
        }
    }
    return { width, height: width, data }
}

test("what a link says is what a newcomer needs, and no byte more", async () => {
    const link = await madeLink(batch)
    const bytes = Buffer.from(linkText(link), "base64url")
    const { batch: id, nonce, signature } = link.invitation
    const known = [
        CIRCLE,
        id,
        nonce,
        signature,
        link.knock.publicKey,
        link.knock.linkKey,
        link.policy,
    ]
    expect(bytes).toHaveLength(2 + known.reduce((sum, part) => sum + part.length, 0) + 4)
    expect(hex(bytes.subarray(2, -4))).toBe(known.map(hex).join(""))
    // Two links of one batch share what belongs to the batch; the secret of the settings is in none.
    const other = await madeLink(batch)
    expect(other.knock).toEqual(link.knock)
    expect(other.invitation.nonce).not.toEqual(nonce)
    expect(bytes.toString("hex")).not.toContain(batch.batch.knock_secret)
})

describe("a link that was cut or changed", () => {
    test("is told as cut wherever it was cut, and never accepted", async () => {
        const text = linkText(await madeLink(batch))
        expect(problemOf("")).toBe("none")
        for (let length = 1; length < text.length; length += 1) {
            expect([length, problemOf(text.slice(0, length))]).toEqual([length, "cut"])
        }
    })

    test("is told as damaged with any character changed, added or in another case", async () => {
        const text = linkText(await madeLink(batch))
        for (let at = 4; at < text.length; at += 11) {
            const other = text[at] === "A" ? "B" : "A"
            expect(problemOf(text.slice(0, at) + other + text.slice(at + 1))).toBe("damaged")
        }
        for (const wrong of [
            `${text}A`,
            `${text}.`,
            `(${text})`,
            text.toLowerCase(),
            `${text}${text}`,
        ]) {
            expect(problemOf(wrong)).not.toBe("accepted")
        }
    })

    test("has one spelling only", async () => {
        const text = linkText(await madeLink(batch))
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const spellings = Array.from(alphabet, (last) => problemOf(text.slice(0, -1) + last))
        expect(spellings.filter((found) => found === "accepted")).toHaveLength(1)
        expect(problemOf(text.replace(/-/g, "+").replace(/_/g, "/"))).toBe("damaged")
    })

    test("of a later version says so, and endless text is none", async () => {
        const bytes = Buffer.from(linkText(await madeLink(batch)), "base64url")
        bytes[0] = 2
        expect(problemOf(bytes.toString("base64url"))).toBe("newer")
        expect(problemOf("A".repeat(1_000_000))).toBe("none")
    })

    test("never has its content repeated in what is said about it", async () => {
        const text = linkText(await madeLink(batch))
        const wrong = `${text.slice(0, 300)}!${text.slice(301)}`
        expect(() => parsedLink(wrong)).toThrow(LinkError)
        try {
            parsedLink(wrong)
        } catch (error) {
            expect(String(error)).not.toContain(text.slice(100, 120))
        }
    })
})

describe("an invitation", () => {
    test("of this batch is genuine, of any other it is not", async () => {
        const { invitation } = await madeLink(batch)
        const modulus = unhex(batch.batch.modulus)
        expect(isGenuine(modulus, invitation)).toBe(true)
        const another = madeBatch()
        expect(isGenuine(unhex(another.batch.modulus), invitation)).toBe(false)
        const moved = { ...invitation, batch: unhex(another.batch.id) }
        expect(isGenuine(modulus, moved)).toBe(false)
        expect(isGenuine(unhex(another.batch.modulus), moved)).toBe(false)
        expect(isGenuine(modulus, { ...invitation, nonce: randomBytes(32) })).toBe(false)
        expect(isGenuine(modulus, { ...invitation, signature: randomBytes(256) })).toBe(false)
    })

    test("under a modulus that is none is not genuine, and nothing is thrown", async () => {
        const { invitation } = await madeLink(batch)
        for (const modulus of [new Uint8Array(256), new Uint8Array(0), randomBytes(300)]) {
            const moved = { ...invitation, batch: batchId(modulus) }
            expect(isGenuine(modulus, moved)).toBe(false)
        }
    })

    test("signs what the server reads as its message", () => {
        const message = invitationMessage(new Uint8Array(16).fill(1), new Uint8Array(32).fill(2))
        expect(hex(message)).toBe(
            hex(new TextEncoder().encode("safelight invitation v1\0")) +
                "01".repeat(16) +
                "02".repeat(32),
        )
    })
})

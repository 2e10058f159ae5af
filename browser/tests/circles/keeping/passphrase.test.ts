/** From a passphrase to a key. */

import { scrypt as libraryScrypt } from "@noble/hashes/scrypt.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { describe, expect, test, vi } from "vitest"

import {
    bearableCost,
    checkPassphrase,
    DRAWN_WORDS,
    drawnPassphrase,
    foldedPassphrase,
    keyFrom,
    LEAST_COST,
    MOST_COST,
} from "../../../src/circles/keeping/passphrase.js"
import { scrypt } from "../../../src/circles/keeping/scrypt.js"
import { KeepingError } from "../../../src/circles/keeping/store.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { wordLists } from "../../support/word_lists.js"

const SALT = new TextEncoder().encode("SodiumChloride")

test("the key is scrypt's of RFC 7914, with r = 8 and p = 1", async () => {
    // Computed with Python's hashlib.scrypt(b"pleaseletmein", salt=…, n=2**14, r=8, p=1, dklen=32),
    // which gives the first half of the RFC's third vector.
    expect(hex(await keyFrom("pleaseletmein", SALT, 14))).toBe(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
    )
})

test("scrypt in slices gives what the library's gives", async () => {
    for (const [cost, length] of [
        [1, 16],
        [4, 32],
        [7, 80],
        [10, 100],
    ] as const) {
        const secret = randomBytes(cost)
        const salt = randomBytes(2 * cost)
        const twin = libraryScrypt(secret, salt, { N: 2 ** cost, r: 8, p: 1, dkLen: length })
        expect(hex(await scrypt(secret, salt, { cost, length }))).toBe(hex(twin))
    }
})

test("the page has its turn while a key is made, and is told how far it is", async () => {
    // A clock by which each look takes 20 ms, as on an old phone.
    let clock = 0
    const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 20))
    const told: number[] = []
    let turns = 0
    let over = false
    const other = async (): Promise<void> => {
        while (!over) {
            await new Promise((resolve) => setImmediate(resolve))
            turns += 1
        }
    }
    const page = other()
    await scrypt(SALT, SALT, { cost: 7, length: 32, progressed: (done) => told.push(done) })
    over = true
    await page
    now.mockRestore()
    expect(told.length).toBeGreaterThan(10)
    expect(told).toEqual([...told].sort((one, next) => one - next))
    expect(told.every((done) => done > 0 && done < 1)).toBe(true)
    expect(turns).toBeGreaterThanOrEqual(told.length)
})

describe("a passphrase", () => {
    test("is one however a keyboard writes it", () => {
        for (const typed of [
            "Ёлка  И дом\u00a0снега",
            " елка и дом снега ",
            "е\u0308лка и дом снега",
        ]) {
            expect(foldedPassphrase(typed)).toBe("елка и дом снега")
        }
        expect(foldedPassphrase("\u200bZe\u0301bre")).toBe("z\u00e9bre")
    })

    test("that the device draws has its words from the list, each as likely as any", () => {
        for (const list of Object.values(wordLists())) {
            const words = drawnPassphrase(list).split(" ")
            expect(words).toHaveLength(DRAWN_WORDS)
            expect(words.every((word) => list.numberOf(word.replace(/ё/g, "е")) !== null)).toBe(
                true,
            )
            checkPassphrase(words.join(" "))
        }
    })

    test("too short, of few letters or endless is refused", () => {
        for (const weak of [
            "",
            "eleven char",
            "aabbccddeeaaaa1".slice(0, 4).repeat(9),
            "x".repeat(2000),
        ]) {
            expect(() => {
                checkPassphrase(weak)
            }).toThrow(KeepingError)
        }
        checkPassphrase("twelve chars or more")
    })
})

describe("the cost", () => {
    const onClockThatRuns = (milliseconds: number): Promise<number> => {
        let now = 0
        return bearableCost(() => (now += milliseconds))
    }

    test("is as dear as this device bears, between two bounds", async () => {
        // Milliseconds for 2^10; 2^15 takes 32 times as long.
        expect(await onClockThatRuns(1)).toBe(MOST_COST)
        expect(await onClockThatRuns(46)).toBe(MOST_COST)
        expect(await onClockThatRuns(60)).toBe(14)
        expect(await onClockThatRuns(5000)).toBe(LEAST_COST)
        // A clock that is rounded until nothing is seen.
        expect(await onClockThatRuns(0)).toBe(MOST_COST)
    })
})

/** From a passphrase to a key. */

import { describe, expect, test } from "vitest"

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
import { KeepingError } from "../../../src/circles/keeping/store.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { wordLists } from "../../support/word_lists.js"

const SALT = new TextEncoder().encode("SodiumChloride")

test("the key is scrypt's of RFC 7914, with r = 8 and p = 1", () => {
    // Computed with Python's hashlib.scrypt(b"pleaseletmein", salt=…, n=2**14, r=8, p=1, dklen=32),
    // which gives the first half of the RFC's third vector.
    expect(hex(keyFrom("pleaseletmein", SALT, 14))).toBe(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
    )
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
    const onClockThatRuns = (milliseconds: number): number => {
        let now = 0
        return bearableCost(() => (now += milliseconds))
    }

    test("is as dear as this device bears, between two bounds", () => {
        // Milliseconds for 2^10; 2^15 takes 32 times as long.
        expect(onClockThatRuns(1)).toBe(MOST_COST)
        expect(onClockThatRuns(46)).toBe(MOST_COST)
        expect(onClockThatRuns(60)).toBe(14)
        expect(onClockThatRuns(5000)).toBe(LEAST_COST)
        // A clock that is rounded until nothing is seen.
        expect(onClockThatRuns(0)).toBe(MOST_COST)
    })
})

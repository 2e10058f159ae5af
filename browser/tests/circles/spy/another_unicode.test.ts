// A name that one browser's Unicode calls invisible and another's does not know yet: an outsider
// who is let in by an older device would stop the room on every newer one. So the rules name
// letters by number; here the numbers are held against the tables of this Node.
import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"

import { HIDDEN, INVISIBLE } from "../../../src/circles/mls/hidden.js"

const MLS = new URL("../../../src/circles/mls/", import.meta.url)

// Planes 4 to 13 are empty, and 15 and 16 are private throughout.
const GIVEN_OUT = /\P{Cn}/u
const letters = [
    [0, 0x3ffff],
    [0xe0000, 0xe0fff],
    [0xffff0, 0xffffd],
    [0x10fff0, 0x10fffd],
].flatMap(([from = 0, to = 0]) =>
    Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at)).filter(
        (letter) => GIVEN_OUT.test(letter),
    ),
)

function differing(expected: RegExp, ours: RegExp): string[] {
    return letters.filter((letter) => expected.test(`a${letter}`) !== ours.test(`a${letter}`))
}

test("the same letters are refused as by the tables of the Unicode of now", () => {
    expect(differing(/[\p{Cs}\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\u{e0100}-\u{e01ef}]/u, HIDDEN)).toEqual(
        [],
    )
    const inNames =
        /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}|(?<!\p{Emoji})\ufe0f|(?!\ufe0f)\p{DI}/u
    expect(differing(inNames, INVISIBLE)).toEqual([])
})

test("every emoji may say that it is one, and no letter may", () => {
    const allowed = letters.filter((letter) => !INVISIBLE.test(`${letter}\ufe0f`))
    expect(
        allowed.filter((letter) => /[\p{L}\p{M}]/u.test(letter) && !/\p{Emoji}/u.test(letter)),
    ).toEqual([])
    const seen = letters.filter((letter) => /\p{Emoji}/u.test(letter))
    expect(new Set(allowed)).toEqual(new Set([...allowed, ...seen]))
})

test.each([
    ["given out in 2021", "\u0890"],
    ["given out in 2022", "\u{1343f}"],
    ["a selector of 2021", "\u180f"],
    ["given out to nobody", "\u{e0fff}"],
    ["no letter at all", "\u{10ffff}"],
])("a sign %s is refused in names by old devices too", (_, sign) => {
    expect(INVISIBLE.test(`Anna${sign}`)).toBe(true)
})

test("a picture that older devices have not heard of lets nobody be called a breaker of rules", () => {
    for (const picture of ["\u{1fae9}", "\u{1fac8}", "\u{1faff}"]) {
        expect(INVISIBLE.test(`${picture}\ufe0f Anna`)).toBe(false)
    }
})

test("nothing that decides about a commit asks the browser's Unicode", () => {
    for (const name of readdirSync(MLS)) {
        if (name === "names.ts") continue // tells people apart on the screen, and refuses nobody
        const code = readFileSync(new URL(name, MLS), "utf-8").replaceAll(
            /\/\*[^]*?\*\/|\/\/.*/g,
            "",
        )
        expect(code, name).not.toMatch(/\\p\{|toLowerCase|normalize\(/)
    }
})

import { describe, expect, test } from "vitest"

import { usable } from "../../src/pocket/usable.js"
import type { Day } from "../../src/sealing/day.js"
import { hybridDesk } from "../support/desks.js"
import { rootHex, signedRoster } from "../support/form_page.js"

// The test roster: made on 2026-01-01, the last day is given.
const roster = signedRoster({ desks: [await hybridDesk()], expires: "2027-01-01" })

function on(today: string, changes: { roster?: string; root?: string } = {}) {
    return usable({ root: rootHex, roster, forms: [], ...changes }, today as Day)
}

describe("whether the form may seal, by the device's clock", () => {
    test.each(["2026-01-01", "2026-11-22", "2027-01-01"])("on %s it may", (today) => {
        expect(on(today)).toMatchObject({ state: "usable", day: today, behind: false })
    })

    test("a clock a year ahead looks like a form that is too old, and nothing is sealed", () => {
        expect(on("2027-11-22")).toEqual({ state: "expired", lastDay: "2027-01-01" })
        expect(on("2027-01-02")).toEqual({ state: "expired", lastDay: "2027-01-01" })
    })

    test("a clock a year behind is known to be wrong, and the roster's first day stands in", () => {
        expect(on("2025-11-22")).toMatchObject({ state: "usable", day: "2026-01-01", behind: true })
        expect(on("1970-01-01")).toMatchObject({ state: "usable", day: "2026-01-01", behind: true })
    })

    test("desks that are all gone are told apart from an old form", async () => {
        const gone = signedRoster({ desks: [await hybridDesk()], validUntil: "2026-06-01" })
        expect(on("2026-11-22", { roster: gone })).toEqual({ state: "nobody" })
    })

    test.each([
        ["another root", { root: "ab".repeat(32) }],
        ["no root", { root: "" }],
        ["no roster", { roster: "" }],
        ["a changed roster", { roster: roster.replace(/payload":"../, 'payload":"AA') }],
        ["nonsense", { roster: "{}" }],
    ])("%s means that the file was changed", (_, changes) => {
        expect(on("2026-11-22", changes)).toEqual({ state: "damaged" })
    })
})

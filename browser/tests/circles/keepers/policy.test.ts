import { describe, expect, test } from "vitest"

import { mayEnter, mayFound, mayKeep, maySendImages } from "../../../src/circles/keepers/allowed.js"
import { escalationSteps, helpEntries, letterAddress } from "../../../src/circles/keepers/help.js"
import { PolicyError, verifiedPolicy } from "../../../src/circles/keepers/policy.js"
import { vector, vectorNames } from "../../support/vectors.js"
import { TODAY, goodRules } from "./rules.js"
import type { PolicyVector } from "./rules.js"

describe("shared vectors of signed rules", () => {
    test.each(vectorNames("circles-policies"))("%s", (name) => {
        const given = vector(name) as PolicyVector
        const read = () =>
            verifiedPolicy(given.signed, {
                rootHex: given.root,
                lastSeenVersion: given.last_seen_version,
            })
        if (given.expect === "accepted") {
            const { hash, ...rules } = read()
            expect(rules).toEqual(given.rules)
            expect(hash).toBe(given.hash)
            return
        }
        let problem = "none"
        try {
            read()
        } catch (error) {
            if (!(error instanceof PolicyError)) throw error
            problem = error.problem
        }
        expect(problem).toBe(given.problem)
    })
})

describe("what the rules allow", () => {
    const policy = goodRules()
    const minor = { band: "14-17", counsellor: "no" } as const
    const adult = { band: "18", counsellor: "no" } as const

    test("attack: a grown-up enters or founds a room of minors", () => {
        expect(mayEnter(policy, "14-17", minor)).toBeNull()
        expect(mayEnter(policy, "14-17", adult)).toBe("another-age")
        expect(mayFound(policy, "14-17", adult, TODAY)).toBe("another-age")
        expect(mayFound(policy, "14-17", minor, TODAY)).toBeNull()
        expect(mayEnter(policy, "18", minor)).toBe("another-age")
    })

    test("attack: a grown-up enters as a counsellor whose statement does not hold", () => {
        const checked = { band: "18", counsellor: "checked" } as const
        const unchecked = { band: "18", counsellor: "unchecked" } as const
        expect(mayEnter(policy, "14-17", checked)).toBeNull()
        expect(mayFound(policy, "14-17", checked, TODAY)).toBeNull()
        expect(mayEnter(policy, "14-17", unchecked)).toBe("unchecked-counsellor")
        expect(mayFound(policy, "14-17", unchecked, TODAY)).toBe("unchecked-counsellor")
    })

    test("images and keeping time end where the band ends them", () => {
        expect(maySendImages(policy, "14-17")).toBe("no-images")
        expect(maySendImages(policy, "18")).toBeNull()
        expect(mayKeep(policy, "14-17", 7)).toBeNull()
        expect(mayKeep(policy, "14-17", 8)).toBe("too-many-days")
        expect(mayKeep(policy, "18", 14)).toBeNull()
    })

    test("a band that the rules do not know, and rules that are over, allow nothing new", () => {
        expect(mayEnter(policy, "40", adult)).toBe("unknown-band")
        expect(maySendImages(policy, "40")).toBe("unknown-band")
        expect(mayKeep(policy, "40", 1)).toBe("unknown-band")
        expect(mayFound(policy, "18", adult, policy.expires)).toBeNull()
        expect(mayFound(policy, "18", adult, "2027-05-02" as typeof policy.expires)).toBe(
            "expired-rules",
        )
    })

    test("steps and help are there in both languages, and the letter's address tells nothing", () => {
        expect(escalationSteps(policy, "ru")[0]).toMatchObject({ told: "слова", withinMinutes: 15 })
        expect(escalationSteps(policy, "en")[0]).toMatchObject({ do: "words" })
        expect(helpEntries(policy, "ru")[0]?.how).toBe("112")
        expect(letterAddress("ru")).toBe("/ru/3")
    })
})

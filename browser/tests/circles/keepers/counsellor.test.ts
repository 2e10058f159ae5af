import { ed25519 } from "@noble/curves/ed25519.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"

import { drawnId } from "../../../src/circles/keepers/boxed.js"
import {
    CounsellorError,
    checkedCard,
    counsellorCard,
    shownCounsellor,
} from "../../../src/circles/keepers/counsellor.js"
import {
    begunBlock,
    checkedShifts,
    covered,
    hoursOf,
    mayWork,
    signedShifts,
} from "../../../src/circles/keepers/shifts.js"
import type { Block } from "../../../src/circles/keepers/shifts.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { Unreadable } from "../../../src/circles/mls/problems.js"
import { TODAY, goodRules, rosterOf, statement } from "./rules.js"

const POLICY = goodRules()
const [DESK, OTHER_DESK, SECRET] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const ROSTER = rosterOf([
    { name: "desk-1", secret: DESK },
    { name: "desk-2", secret: OTHER_DESK },
])
const VOUCHING = { roster: ROSTER, policy: POLICY, today: TODAY }
const OF = { circle: randomBytes(16), member: drawnId() }

function claims(changes: object = {}): object {
    return {
        pseudonym: "a lamp",
        key: hex(ed25519.getPublicKey(SECRET)),
        valid_until: TODAY,
        ...changes,
    }
}

function problem(work: () => unknown): string {
    try {
        work()
        return "none"
    } catch (error) {
        if (error instanceof CounsellorError) return error.problem
        throw error
    }
}

describe("a counsellor's card", () => {
    test("shows the pseudonym that a desk of the rules vouches for, on its last day too", () => {
        const card = counsellorCard(statement(claims(), DESK), SECRET, OF)
        expect(checkedCard(card, OF, VOUCHING)).toEqual({
            pseudonym: "a lamp",
            key: hex(ed25519.getPublicKey(SECRET)),
            validUntil: TODAY,
            desk: "desk-1",
        })
        expect(shownCounsellor(card, OF, VOUCHING)).toEqual({
            state: "checked",
            pseudonym: "a lamp",
        })
        expect(shownCounsellor(undefined, OF, VOUCHING)).toEqual({ state: "unchecked" })
    })

    test.each([
        ["attack: an expired statement", claims({ valid_until: "2026-11-22" }), DESK, "expired"],
        ["attack: a statement by a desk that may not", claims(), OTHER_DESK, "nobody-vouches"],
        ["attack: a statement by a stranger", claims(), randomBytes(32), "nobody-vouches"],
        ["a day that is none", claims({ valid_until: "2026-02-30" }), DESK, "malformed"],
        ["no key", claims({ key: "" }), DESK, "malformed"],
        [
            "a pseudonym that turns text around",
            claims({ pseudonym: "x\u202ey" }),
            DESK,
            "malformed",
        ],
    ])("%s", (_name, payload, desk, expected) => {
        const card = counsellorCard(statement(payload, desk), SECRET, OF)
        expect(problem(() => checkedCard(card, OF, VOUCHING))).toBe(expected)
        expect(shownCounsellor(card, OF, VOUCHING)).toEqual({ state: "unchecked" })
    })

    test("attack: another member, or another room, shows a card that was copied", () => {
        const card = counsellorCard(statement(claims(), DESK), SECRET, OF)
        const thief = { ...OF, member: drawnId() }
        expect(problem(() => checkedCard(card, thief, VOUCHING))).toBe("another-member")
        const elsewhere = { ...OF, circle: randomBytes(16) }
        expect(problem(() => checkedCard(card, elsewhere, VOUCHING))).toBe("another-member")
        const own = counsellorCard(statement(claims(), DESK), randomBytes(32), thief)
        expect(problem(() => checkedCard(own, thief, VOUCHING))).toBe("another-member")
    })

    test("attack: a desk that left the roster goes on vouching", () => {
        const left = rosterOf([
            { name: "desk-1", secret: DESK, until: "2026-11-22" as typeof TODAY },
        ])
        const card = counsellorCard(statement(claims(), DESK), SECRET, OF)
        expect(problem(() => checkedCard(card, OF, { ...VOUCHING, roster: left }))).toBe(
            "nobody-vouches",
        )
    })

    test("another statement of the same desk is no card, and neither are other bytes", () => {
        const letter = statement(claims(), DESK, "application/vnd.safelight.letters+json")
        expect(problem(() => checkedCard(counsellorCard(letter, SECRET, OF), OF, VOUCHING))).toBe(
            "malformed",
        )
        expect(problem(() => checkedCard(new Uint8Array(3000), OF, VOUCHING))).toBe("malformed")
        expect(() => checkedCard(new Uint8Array(10), OF, VOUCHING)).toThrow(Unreadable)
    })
})

describe("a counsellor's hours", () => {
    const rules = POLICY.counsellors
    const start = Date.parse("2026-11-16T08:00:00Z")
    const at = (minutes: number) => new Date(start + minutes * 60_000)
    const block = (from: number, minutes: number): Block => ({
        from: start / 60_000 + from,
        until: start / 60_000 + from + minutes,
    })
    const DAY = 24 * 60
    const week = [0, 1, 2, 3, 4, 5].map((day) => block(day * DAY, 120))

    test("two hours, then a rest of half an hour, then again", () => {
        expect(mayWork([], rules, at(0))).toEqual({ state: "may-begin", minutes: 120 })
        const first = begunBlock([], rules, at(7), 120)
        expect(first).toEqual(block(0, 120))
        const blocks = first === null ? [] : [first]
        expect(mayWork(blocks, rules, at(60))).toEqual({ state: "working", minutesLeft: 60 })
        expect(mayWork(blocks, rules, at(120))).toEqual({ state: "break", minutes: 30 })
        expect(begunBlock(blocks, rules, at(149), 120)).toBeNull()
        expect(mayWork(blocks, rules, at(150))).toEqual({ state: "may-begin", minutes: 120 })
    })

    test("after twelve hours in seven days the client stops, until the first of them is a week old", () => {
        const now = at(6 * DAY)
        expect(mayWork(week.slice(0, 5), rules, now).state).toBe("may-begin")
        const stopped = mayWork(week, rules, now)
        expect(stopped.state).toBe("week-over")
        expect(begunBlock(week, rules, now, 120)).toBeNull()
        const minutes = stopped.state === "week-over" ? stopped.minutes : 0
        expect(mayWork(week, rules, at(6 * DAY + minutes)).state).toBe("may-begin")
        expect(mayWork(week, rules, at(6 * DAY + minutes - 15)).state).toBe("week-over")
        // Less than a block is left: what begins is shorter.
        const eleven = [...week.slice(0, 5), block(5 * DAY, 60)]
        expect(begunBlock(eleven, rules, now, 120)).toEqual(block(6 * DAY, 60))
    })

    test("attack: the clock is turned back to work longer", () => {
        const blocks = [block(0, 120)]
        expect(mayWork(blocks, rules, at(-300)).state).toBe("break")
        expect(begunBlock(blocks, rules, at(-300), 120)).toBeNull()
    })

    test("keepers see what was too long, too close and too much", () => {
        expect(hoursOf(week, rules, at(6 * DAY))).toEqual({ weekMinutes: 720, broken: [] })
        expect(hoursOf([block(0, 135)], rules, at(200)).broken).toEqual(["block"])
        expect(hoursOf([block(0, 60), block(75, 60)], rules, at(200)).broken).toEqual(["break"])
        expect(hoursOf([...week, block(6 * DAY, 120)], rules, at(7 * DAY - 1)).broken).toEqual([
            "week",
        ])
        expect(covered([block(0, 60)], at(60))).toBe(true)
        expect(covered([block(0, 60)], at(61))).toBe(false)
    })

    test("shifts are believed with the counsellor's signature only", () => {
        const key = hex(ed25519.getPublicKey(SECRET))
        const sent = signedShifts(week, SECRET)
        expect(checkedShifts(sent, key)).toEqual(week)
        expect(checkedShifts(sent, hex(ed25519.getPublicKey(DESK)))).toBeNull()
        const shortened = new Uint8Array([...sent.subarray(0, 64), ...sent.subarray(80)])
        expect(checkedShifts(shortened, key)).toBeNull()
        expect(() => checkedShifts(sent.subarray(0, 70), key)).toThrow(Unreadable)
        const backwards = signedShifts([{ from: 10, until: 10 }], SECRET)
        expect(() => checkedShifts(backwards, key)).toThrow(Unreadable)
    })
})

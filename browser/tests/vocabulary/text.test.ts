import { expect, test } from "vitest"

import type { Day } from "../../src/sealing/day.js"
import { reportBytes, REPORT_MAX_BYTES, ReportTooLargeError } from "../../src/vocabulary/report.js"
import { cleanedText } from "../../src/vocabulary/text.js"

test.each([
    ["a\r\nb\rc\u2028d", "a\nb\nc\nd"],
    ["e\u0301", "é"],
    ["\ud83c", "\ufffd"],
    ["🏳️‍🌈", "🏳️‍🌈"],
    ["left\u202eright\u2066\ufeff", "leftright"],
    ["arabic\u061cleft\u200eright\u200f", "arabicleftright"],
    ["tab\tbell\u0007\u0085", "tab\tbell"],
])("%j is kept as %j", (typed, kept) => {
    expect(cleanedText(typed)).toBe(kept)
})

test("a report fills its limit and not a byte more", () => {
    const bytes = (length: number) =>
        reportBytes(
            {
                form: { id: "what-happened", version: "1" },
                language: "ru",
                answers: { story: "x".repeat(length) },
                consent: {},
            },
            {
                written: "2026-11-22" as Day,
                replyTo: "age1pq1",
                mailboxId: "0".repeat(32),
                withdrawalVerifier: "0".repeat(64),
                messageKey: "0".repeat(64),
                rosterVersion: 1,
            },
        )
    const room = REPORT_MAX_BYTES - bytes(0).length
    expect(bytes(room)).toHaveLength(REPORT_MAX_BYTES)
    expect(() => bytes(room + 1)).toThrow(ReportTooLargeError)
})

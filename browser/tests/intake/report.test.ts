// @vitest-environment happy-dom
import { expect, test } from "vitest"

import {
    cleanedText,
    filledForm,
    REPORT_MAX_BYTES,
    reportBytes,
    ReportTooLargeError,
} from "../../src/intake/report.js"
import type { FilledForm } from "../../src/intake/report.js"
import { dayOf } from "../../src/sealing/day.js"
import { Receipt } from "../../src/sealing/receipt.js"
import { renderForm, signedRoster, story } from "../support/form_page.js"

async function facts() {
    const receipt = new Receipt(new Uint8Array(16))
    return {
        written: dayOf(new Date("2026-11-22T23:59:00Z")),
        replyTo: await receipt.replyRecipient(),
        mailboxId: receipt.mailboxId,
    }
}

test("an untouched form has no answers, because every question can be skipped", () => {
    const form = renderForm(signedRoster({}))
    expect(filledForm(form)).toEqual({
        form: { id: "what-happened", version: "1" },
        language: "en",
        answers: {},
        consent: [],
    })
})

test("boxes become lists, choices and texts become text, in the form's order", () => {
    const form = renderForm(signedRoster({}))
    for (const box of form.querySelectorAll<HTMLInputElement>(
        '[type="checkbox"], [value="VICTIM"]',
    ))
        box.checked = true
    story().value = "  two\r\nlines\u0000\u202e  "
    const filled = filledForm(form)
    expect(filled.answers).toEqual({ acts: ["THR", "OUT"], role: "VICTIM", story: "two\nlines" })
    expect(Object.keys(filled.answers)).toEqual(["acts", "role", "story"])
    expect(filled.consent).toEqual(["STAT", "EVIDENCE"])
})

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

test("a report fills its limit and not a byte more", async () => {
    const filled = (length: number): FilledForm => ({
        form: { id: "what-happened", version: "1" },
        language: "ru",
        answers: { story: "x".repeat(length) },
        consent: [],
    })
    const empty = reportBytes(filled(0), await facts()).length
    const room = REPORT_MAX_BYTES - empty
    expect(reportBytes(filled(room), await facts())).toHaveLength(REPORT_MAX_BYTES)
    await expect(facts().then((known) => reportBytes(filled(room + 1), known))).rejects.toThrow(
        ReportTooLargeError,
    )
})

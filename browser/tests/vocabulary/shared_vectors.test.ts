/** vectors/reports and vectors/messages: both languages write the same bytes, and refuse the same. */

import { expect, test } from "vitest"

import type { Day } from "../../src/sealing/day.js"
import { FormError, filledForm } from "../../src/vocabulary/filled_form.js"
import type { FormRules } from "../../src/vocabulary/filled_form.js"
import {
    fileHeaderBytes,
    messageBytes,
    MessageError,
    parsedAnswer,
} from "../../src/vocabulary/messages.js"
import type { FileFacts } from "../../src/vocabulary/messages.js"
import { reportBytes, ReportTooLargeError } from "../../src/vocabulary/report.js"
import { vector, vectorNames } from "../support/vectors.js"

interface ReportVector {
    readonly form: string
    readonly version: string
    readonly kinds: FormRules["kinds"]
    readonly conditions: FormRules["conditions"]
    readonly longest: FormRules["longest"]
    readonly suggested_years: number
    readonly language: string
    readonly today: Day
    readonly fields: readonly [string, string][]
    readonly facts: {
        readonly reply_to: string
        readonly mailbox: string
        readonly withdrawal: string
        readonly message_key: string
        readonly roster: number
    }
    readonly report?: string
    readonly problem?: string
}

function problemOf(error: unknown): string {
    if (error instanceof ReportTooLargeError) return "too-long"
    if (error instanceof FormError) return "unknown"
    if (error instanceof MessageError) return error.problem
    throw error
}

test.each(vectorNames("reports"))("%s", (path) => {
    const given = vector(path) as ReportVector
    const { kinds, conditions, longest } = given
    const rules: FormRules = {
        ...{ id: given.form, version: given.version, kinds, conditions, longest },
        years: [1, 3, 10],
        suggestedYears: given.suggested_years,
    }
    // A page has its boxes in the form's order, and so do a browser's fields.
    const fields = inOrder(given.fields, given.report ?? "")
    let found
    try {
        const filled = filledForm(fields, rules, { language: given.language, today: given.today })
        const bytes = reportBytes(filled, {
            written: given.today,
            replyTo: given.facts.reply_to,
            mailboxId: given.facts.mailbox,
            withdrawalVerifier: given.facts.withdrawal,
            messageKey: given.facts.message_key,
            rosterVersion: given.facts.roster,
        })
        found = new TextDecoder().decode(bytes)
    } catch (error) {
        found = problemOf(error)
    }
    expect(found).toBe(given.report ?? given.problem)
})

function inOrder(fields: readonly [string, string][], report: string): readonly [string, string][] {
    return [...fields].sort(([, a], [, b]) => report.indexOf(`"${a}"`) - report.indexOf(`"${b}"`))
}

interface MessageVector {
    readonly format: string
    readonly content: string
    readonly reads_as?: Readonly<Record<string, string>>
    readonly written_as?: string
    readonly problem?: string
}

const MESSAGES = vectorNames("messages").map(
    (path) => [path, vector(path) as MessageVector] as const,
)
const GOOD = MESSAGES.filter(([, given]) => given.reads_as !== undefined)

test.each(GOOD.filter(([, { format }]) => format === "safelight-message/1"))("%s", (_, given) => {
    const typed = JSON.parse(given.content) as Record<string, string>
    const bytes = messageBytes(typed["text"] ?? "", {
        mailboxId: typed["mailbox"] ?? "",
        written: typed["written"] as Day,
        language: typed["language"] ?? "",
    })
    const written = JSON.parse(new TextDecoder().decode(bytes)) as unknown
    expect(written).toEqual({ ...given.reads_as, sealed_by: "browser" })
})

test.each(GOOD.filter(([, { format }]) => format === "safelight-file/1"))("%s", (_, given) => {
    const typed = JSON.parse(given.content) as Record<string, string>
    const bytes = fileHeaderBytes({
        mailboxId: typed["mailbox"] ?? "",
        written: typed["written"] as Day,
        name: typed["name"] ?? "",
        type: typed["type"] ?? "",
        metadata: typed["metadata"] as FileFacts["metadata"],
    })
    expect(new TextDecoder().decode(bytes)).toBe(given.written_as ?? given.content)
})

test.each(MESSAGES.filter(([, { format }]) => format === "safelight-answer/1"))(
    "%s",
    (_, given) => {
        let found
        try {
            const answer = parsedAnswer(new TextEncoder().encode(given.content))
            const { mailboxId: mailbox, ...others } = answer
            found = { format: "safelight-answer/1", mailbox, ...others }
        } catch (error) {
            found = problemOf(error)
        }
        expect(found).toEqual(given.reads_as ?? given.problem)
    },
)

test("a message of nothing, and one that would be lost, are refused before they are sealed", () => {
    const facts = { mailboxId: "0".repeat(32), written: "2026-11-22" as Day, language: "ru" }
    expect(() => messageBytes(" \u202e ", facts)).toThrow(MessageError)
    expect(() => messageBytes("я".repeat(10_000), facts)).toThrow(MessageError)
})

/** The report: what a person said, as it travels inside an envelope (twin: vocabulary/report.py). */

import { SafelightError } from "../errors.js"
import type { Day } from "../sealing/day.js"
import type { HybridRecipient } from "../sealing/recipients.js"

/** The desk reads no longer report, so a longer one must not be sealed: it would be lost. */
export const REPORT_MAX_BYTES = 20_000

const FORMAT = "safelight-report/1"

export class ReportTooLargeError extends SafelightError {
    override readonly name = "ReportTooLargeError"

    /** `question` is the id of the answer that is too long, or null when only all together are. */
    constructor(
        message: string,
        readonly question: string | null,
    ) {
        super(message)
    }
}

/** What stands in the form: only the questions that were answered. */
export interface FilledForm {
    readonly form: { readonly id: string; readonly version: string }
    readonly language: string
    /** By question id: a text or one code, or several codes. */
    readonly answers: Readonly<Record<string, string | readonly string[]>>
    readonly consent: readonly string[]
}

/** What the receipt and the calendar add. */
export interface ReportFacts {
    readonly written: Day
    readonly replyTo: HybridRecipient
    readonly mailboxId: string
}

const CONSENT = "consent"

/** Read the form's fields by question id: they are the controls' names. */
export function filledForm(form: HTMLFormElement): FilledForm {
    const single = new Map<string, string>()
    const several = new Map<string, string[]>([[CONSENT, []]])
    const order = new Set<string>() // of the questions, as the desk writes them
    for (const control of form.elements) {
        if (isChosenBox(control)) {
            several.set(control.name, [...(several.get(control.name) ?? []), control.value])
            order.add(control.name)
            continue
        }
        const answer = singleAnswer(control)
        if (answer === null || answer.text === "") continue
        single.set(answer.question, answer.text)
        order.add(answer.question)
    }
    const consent = several.get(CONSENT) ?? []
    order.delete(CONSENT)
    const answers = Object.fromEntries(
        [...order].map((id) => [id, single.get(id) ?? several.get(id) ?? ""]),
    )
    const { form: id = "", formVersion: version = "", language = "" } = form.dataset
    return { form: { id, version }, language, answers, consent }
}

function isChosenBox(control: Element): control is HTMLInputElement {
    return (
        control instanceof HTMLInputElement &&
        control.type === "checkbox" &&
        control.checked &&
        control.name !== ""
    )
}

/** A text, or one code; null for a control that is no question. */
function singleAnswer(control: Element): { question: string; text: string } | null {
    if (control instanceof HTMLTextAreaElement && control.name !== "") {
        return { question: control.name, text: textOf(control) }
    }
    const isChoice =
        control instanceof HTMLSelectElement ||
        (control instanceof HTMLInputElement && control.type === "radio" && control.checked)
    return isChoice && control.name !== "" ? { question: control.name, text: control.value } : null
}

function textOf(control: HTMLTextAreaElement): string {
    const text = cleanedText(control.value)
    const longest = Number(control.dataset["longest"] ?? Infinity)
    const length = Array.from(text).length
    if (length > longest) {
        throw new ReportTooLargeError(
            `${control.name}: ${String(length)} characters, at most ${String(longest)}`,
            control.name,
        )
    }
    return text
}

// Characters that hide or reorder text on a caseworker's screen; never needed to tell a story.
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const LINE_ENDS = /\r\n|[\r\u0085\u2028\u2029]/g
const HALF_CHARACTERS = /\p{Cs}/gu
const CONTROLS = /(?![\n\t])\p{Cc}/gu

/** Text as a report keeps it: NFC, "\n" line ends, nothing invisible that reorders. */
export function cleanedText(untrusted: string): string {
    return untrusted
        .replace(LINE_ENDS, "\n")
        .replace(HALF_CHARACTERS, "\ufffd")
        .replace(INVISIBLE, "")
        .replace(CONTROLS, "")
        .normalize("NFC")
        .trim()
}

/** The report as UTF-8 JSON, byte for byte as `Report.to_bytes` writes it. */
export function reportBytes(filled: FilledForm, facts: ReportFacts): Uint8Array<ArrayBuffer> {
    const bytes = new TextEncoder().encode(
        JSON.stringify({
            format: FORMAT,
            form: filled.form,
            language: filled.language,
            written: facts.written,
            sealed_by: "browser",
            answers: filled.answers,
            consent: filled.consent,
            reply_to: facts.replyTo.text,
            mailbox: facts.mailboxId,
        }),
    )
    if (bytes.length > REPORT_MAX_BYTES) {
        throw new ReportTooLargeError(
            `the report has ${String(bytes.length)} bytes, at most ${String(REPORT_MAX_BYTES)} fit; shorten a text`,
            null,
        )
    }
    return bytes
}

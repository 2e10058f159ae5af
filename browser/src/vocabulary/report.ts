/** The report: what a person said, as it travels inside an envelope (twin: vocabulary/report.py). */

import { SafelightError } from "../errors.js"
import type { Day } from "../sealing/day.js"
import type { FilledForm } from "./filled_form.js"

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

/** What the receipt, the calendar and the roster add. */
export interface ReportFacts {
    readonly written: Day
    /** The recipient of answers, as text. */
    readonly replyTo: string
    readonly mailboxId: string
    /** 64 hex digits: what shows later that a withdrawal is the reporter's. */
    readonly withdrawalVerifier: string
    /** 64 hex digits, secret: by it desks know later messages as the same person's. */
    readonly messageKey: string
    readonly rosterVersion: number
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
            reply_to: facts.replyTo,
            mailbox: facts.mailboxId,
            withdrawal: facts.withdrawalVerifier,
            message_key: facts.messageKey,
            roster: facts.rosterVersion,
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

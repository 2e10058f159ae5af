/**
 * What follows a report: the reporter writes again, adds a file, and a desk answers
 * (twin: vocabulary/messages.py; docs/spec/mailbox.md, "What stands inside").
 */

import { SafelightError } from "../errors.js"
import type { Day } from "../sealing/day.js"
import { isObject, parsedJson } from "../sealing/json.js"
import { REPORT_MAX_BYTES } from "./report.js"
import { cleanedText } from "./text.js"

/** As for a report: what a person writes fits into the smallest envelope. */
export const MESSAGE_MAX_BYTES = REPORT_MAX_BYTES
const FILE_NAME_MAX_CHARACTERS = 200
const NAMELESS = "file"
const UNKNOWN_TYPE = "application/octet-stream"
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/

export type MessageProblem = "size" | "shape" | "value"

export class MessageError extends SafelightError {
    override readonly name = "MessageError"

    constructor(
        readonly problem: MessageProblem,
        message: string,
    ) {
        super(message)
    }
}

export interface MessageFacts {
    readonly mailboxId: string
    readonly written: Day
    readonly language: string
}

/** What a reporter wrote after the report, as UTF-8 JSON. */
export function messageBytes(typed: string, facts: MessageFacts): Uint8Array<ArrayBuffer> {
    const text = cleanedText(typed)
    if (text === "") throw new MessageError("value", "text: expected some, got none")
    const bytes = new TextEncoder().encode(
        JSON.stringify({
            format: "safelight-message/1",
            mailbox: facts.mailboxId,
            written: facts.written,
            language: facts.language,
            sealed_by: "browser",
            text,
        }),
    )
    if (bytes.length > MESSAGE_MAX_BYTES) {
        throw new MessageError(
            "size",
            `${String(bytes.length)} bytes, at most ${String(MESSAGE_MAX_BYTES)} fit; shorten the text`,
        )
    }
    return bytes
}

export interface FileFacts {
    readonly mailboxId: string
    readonly written: Day
    readonly name: string
    readonly type: string
    /** `kept`: the person decided so. `none-known`: a type that has none. */
    readonly metadata: "removed" | "kept" | "none-known"
}

/** The line that stands before a file's bytes, line feed included. */
export function fileHeaderBytes(facts: FileFacts): Uint8Array<ArrayBuffer> {
    const type = facts.type.toLowerCase()
    const header = JSON.stringify({
        format: "safelight-file/1",
        mailbox: facts.mailboxId,
        written: facts.written,
        sealed_by: "browser",
        name: fileName(facts.name),
        type: TYPE.test(type) ? type : UNKNOWN_TYPE,
        metadata: facts.metadata,
    })
    return new TextEncoder().encode(`${header}\n`)
}

/** The last part of a path, and of that the end: there the name says what kind of file it is. */
export function fileName(untrusted: string): string {
    const plain = cleanedText(untrusted).replace(/[\n\t]/g, " ")
    const last = Array.from(plain.split(/[/\\]/).at(-1)?.trim() ?? "")
    const name = last.slice(-FILE_NAME_MAX_CHARACTERS).join("").trim()
    return name === "" || name === "." || name === ".." ? NAMELESS : name
}

export const ANSWER_STATUSES = ["received", "question", "in-work", "passed-on", "closed"] as const
export type AnswerStatus = (typeof ANSWER_STATUSES)[number]

/** What a desk tells the reporter. Either `status` or `text` is there. */
export interface DeskAnswer {
    readonly mailboxId: string
    readonly written: Day
    readonly desk: string
    /** How far the desk is; null: as before. */
    readonly status: AnswerStatus | null
    readonly text: string
}

const ANSWER_FIRST = /^\{"format":"safelight-answer\/1"[,}]/
const ANSWER_KEYS = "desk,format,mailbox,status,text,written"
const DESK = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/

/** Read an answer from bytes of any origin and size, or throw `MessageError`. */
export function parsedAnswer(untrusted: Uint8Array): DeskAnswer {
    if (untrusted.length > MESSAGE_MAX_BYTES) {
        throw new MessageError("size", `at most ${String(MESSAGE_MAX_BYTES)} bytes are read`)
    }
    const text = utf8(untrusted)
    const content = ANSWER_FIRST.test(text) ? parsedJson(text) : undefined
    if (!isObject(content) || Object.keys(content).sort().join() !== ANSWER_KEYS)
        throw notAnAnswer()
    const status = content["status"]
    const answer = {
        mailboxId: textOf(content["mailbox"], /^[0-9a-f]{32}$/),
        written: dayOf(textOf(content["written"], /^20\d{2}-\d{2}-\d{2}$/)),
        desk: textOf(content["desk"], DESK),
        status: status === null ? null : statusOf(textOf(status, /^/)),
        text: cleanedText(textOf(content["text"], /^/)),
    }
    if (answer.text === "" && answer.status === null) {
        throw new MessageError("value", "expected a text or a status, got neither")
    }
    return answer
}

function utf8(untrusted: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(untrusted)
    } catch {
        throw notAnAnswer()
    }
}

function textOf(untrusted: unknown, form: RegExp): string {
    if (typeof untrusted !== "string") throw notAnAnswer()
    if (form.test(untrusted)) return untrusted
    throw new MessageError("value", "expected the fields of an answer, got something else")
}

function statusOf(untrusted: string): AnswerStatus {
    const status = ANSWER_STATUSES.find((known) => known === untrusted)
    if (status === undefined) throw new MessageError("value", "status: expected a known one")
    return status
}

function dayOf(untrusted: string): Day {
    const time = new Date(`${untrusted}T00:00:00Z`)
    // 30 February would become a day in March.
    if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(untrusted)) {
        throw new MessageError("value", "written: expected a day, got something else")
    }
    return untrusted as Day
}

function notAnAnswer(): MessageError {
    return new MessageError("shape", "expected an answer of a desk; ask the desk to write again")
}

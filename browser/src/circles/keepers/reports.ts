/**
 * A report: messages that a member opens to the keepers, with the proofs of who wrote them.
 *
 * It travels in frames (`boxed.ts`) that look like those which every client sends anyway.
 */

import { bytesToHex } from "@noble/hashes/utils.js"

import { SafelightError } from "../../errors.js"
import { Reader, hex, joined, long } from "../mls/bytes.js"
import { memberId } from "../mls/leaf.js"
import { FrankingError } from "./franking_error.js"
import { KEPT_PROOF } from "./franking.js"
import type { Franked } from "./franking.js"
import { judged } from "./judging_proofs.js"
import type { FrankingRing } from "./keeper_secrets.js"
import { reportedPicture } from "./reported_picture.js"

/** Characters that a report may say beside the messages. */
export const LONGEST_WORDS = 1_000
export const MOST_MESSAGES = 20

const VERSION = 1
const SIGNATURE_KEY = 32
const NOTHING = new Uint8Array(0)

export class ReportError extends SafelightError {
    override readonly name = "ReportError"
}

/** A message as a member's device keeps it, to be opened to keepers. */
export interface Reported {
    /** What was franked, byte for byte. */
    readonly content: Uint8Array
    readonly epoch: number
    /** The key that its sender signs with in this room: their id is a hash of it. */
    readonly sender: Uint8Array
    /** What `checkedOnArrival` returned; null where a message came without a proof. */
    readonly kept: Uint8Array | null
    /** False for what the reporter added so that keepers understand. */
    readonly chosen: boolean
    /** Of a picture: what follows the piece that stands in `content`; null where it is left out. */
    readonly rest: Uint8Array | null
}

export interface Report {
    readonly words: string
    readonly messages: readonly Reported[]
}

/**
 * - `proven`: this member sent it, or somebody made it up who is a keeper.
 * - `proven-earlier`: the same, but whoever was a keeper then and is none now could too.
 * - `unproven`: the reporter's word only.
 * - `false`: the proof does not hold. The reporter's or the sender's client was changed.
 */
export type Verdict = "proven" | "proven-earlier" | "unproven" | "false"

export interface OpenedMessage extends Reported {
    /** The picture whose hash was franked; null for a text, and where its bytes are not to be had. */
    readonly picture: Uint8Array | null
    readonly senderId: string
    readonly verdict: Verdict
}

export interface OpenedReport {
    /** The message's id in its frames: the same report again has the same. */
    readonly id: string
    /** Member id of whoever sent the frames, as MLS says. */
    readonly reporter: string
    /** A keeper can make proofs up, so such a report is a keeper's word. */
    readonly byKeeper: boolean
    readonly words: string
    readonly messages: readonly OpenedMessage[]
}

export function encodedReport({ words, messages }: Report): Uint8Array {
    if (words.length > LONGEST_WORDS || messages.length > MOST_MESSAGES) {
        throw new ReportError(
            `expected at most ${String(LONGEST_WORDS)} characters and ${String(MOST_MESSAGES)} messages; leave some out`,
        )
    }
    if (words.trim() === "" && messages.length === 0) {
        throw new ReportError("expected words or a message, got neither")
    }
    return joined(
        Uint8Array.of(VERSION),
        long(new TextEncoder().encode(words)),
        Uint8Array.of(messages.length),
        ...messages.map(encodedMessage),
    )
}

/**
 * With pictures whole, where there is room for them: else those that were chosen, else none.
 * Keepers who were there when a picture came have it on their own devices.
 */
export function encodedWithin({ words, messages }: Report, room: number): Uint8Array {
    const without = (one: Reported): Reported => ({ ...one, rest: null })
    const bare = encodedReport({ words, messages: messages.map(without) })
    const chosen = messages.map((one) => (one.chosen ? one : without(one)))
    const fuller = [messages, chosen].map((some) => encodedReport({ words, messages: some }))
    return fuller.find(({ length }) => length <= room) ?? bare
}

function encodedMessage({ content, epoch, sender, kept, chosen, rest }: Reported): Uint8Array {
    const number = new Uint8Array(4)
    new DataView(number.buffer).setUint32(0, epoch)
    const flags = (chosen ? 1 : 0) + (kept === null ? 0 : 2) + (rest === null ? 0 : 4)
    return joined(
        Uint8Array.of(flags),
        number,
        sender,
        kept ?? NOTHING,
        long(content),
        rest === null ? NOTHING : long(rest),
    )
}

/**
 * What a report says and what of it is proven. Throws `Unreadable` if it is none.
 *
 * `keepers`: of now. A report by somebody who has left meanwhile is read as well.
 */
export function openedReport(
    untrusted: Uint8Array,
    from: {
        readonly id: string
        readonly reporter: string
        readonly circle: Uint8Array
        readonly keepers: readonly string[]
        readonly ring: FrankingRing
        /** A picture that this keeper's device has itself, by the id of its message. */
        readonly own: (id: string) => Uint8Array | undefined
    },
): OpenedReport {
    const { words, messages } = parsedReport(untrusted)
    return {
        id: from.id,
        reporter: from.reporter,
        byKeeper: from.keepers.includes(from.reporter),
        words,
        messages: messages.map((message) => {
            const senderId = hex(memberId(from.circle, message.sender))
            return {
                ...message,
                senderId,
                verdict: verdictOf(message, from.circle, from.ring),
                picture: reportedPicture(message.content, message.rest, senderId, from.own),
            }
        }),
    }
}

/** Member ids of those whose messages it holds, nothing proven. Throws as `openedReport`. */
export function sendersIn(untrusted: Uint8Array, circle: Uint8Array): readonly string[] {
    return parsedReport(untrusted).messages.map(({ sender }) => hex(memberId(circle, sender)))
}

function parsedReport(untrusted: Uint8Array): Report {
    const read = new Reader(untrusted, "a report")
    if (read.byte() !== VERSION) throw read.problem("version 1")
    const words = text(read.long(), read)
    const count = read.byte()
    if (count > MOST_MESSAGES) throw read.problem(`at most ${String(MOST_MESSAGES)} messages`)
    const messages: Reported[] = []
    for (let at = 0; at < count; at += 1) messages.push(parsedMessage(read))
    read.end()
    return { words, messages }
}

function parsedMessage(read: Reader): Reported {
    const flags = read.byte()
    if (flags > 7) throw read.problem("flags of a message")
    const epoch = read.uint32()
    const sender = read.take(SIGNATURE_KEY)
    const kept = (flags & 2) === 0 ? null : read.take(KEPT_PROOF)
    const content = read.long()
    const rest = (flags & 4) === 0 ? null : read.long()
    return { content, epoch, sender, kept, chosen: (flags & 1) === 1, rest }
}

function text(bytes: Uint8Array, read: Reader): string {
    const words = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
    if (words.length > LONGEST_WORDS) throw read.problem("fewer words")
    return words
}

function verdictOf(message: Reported, circle: Uint8Array, ring: FrankingRing): Verdict {
    const { epoch, sender, content, kept } = message
    const keys = ring.inForce(epoch)
    if (kept === null || keys.length === 0) return "unproven"
    const key = keys.find((one) =>
        holds(kept, content, { circle, epoch, sender, franking: one.public }, one.secret),
    )
    if (key === undefined) return "false"
    return bytesToHex(key.public) === ring.current ? "proven" : "proven-earlier"
}

function holds(kept: Uint8Array, content: Uint8Array, franked: Franked, secret: Uint8Array) {
    try {
        judged(kept, content, franked, secret)
        return true
    } catch (error) {
        if (error instanceof FrankingError) return false
        throw error
    }
}

/** A keeper's answer to a report, sealed to the reporter alone. */
export interface Answer {
    /** Id of the report. */
    readonly report: string
    readonly words: string
}

export function encodedAnswer({ report, words }: Answer): Uint8Array {
    if (words.length > LONGEST_WORDS || words.trim() === "") {
        throw new ReportError(`expected 1 to ${String(LONGEST_WORDS)} characters of an answer`)
    }
    return new TextEncoder().encode(report + words)
}

/** Throws `Unreadable`. Believe it only from a member who is a keeper. */
export function parsedAnswer(untrusted: Uint8Array): Answer {
    const read = new Reader(untrusted, "an answer")
    const report = text(read.take(32), read)
    if (!/^[0-9a-f]{32}$/.test(report)) throw read.problem("the id of a report")
    return { report, words: text(read.rest(), read) }
}

/**
 * What members say to each other, as bytes inside a sealed message (docs/spec/circles-client.md,
 * "Content"). Parsed strictly; a kind from a later version is `unknown`, never an error.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { Reader, ascii, hex, joined, uint64, unhex } from "../mls/bytes.js"
import { LONGEST_MEMBER_NAME } from "../mls/leaf.js"
import { NotAllowed, Unreadable } from "../mls/problems.js"

/** How far a member has read, and the chain's value there: so that a fork shows. */
export interface Seen {
    /** The highest log number of this epoch that was taken in; 0: none yet. */
    readonly seq: number
    /** 16 bytes. */
    readonly chain: Uint8Array
}

export interface TextFrame {
    readonly kind: "text"
    /** Drawn by the sender: 32 hex digits. The same when sealed again under another epoch. */
    readonly nonce: string
    /** YYYY-MM-DD by the sender's clock. */
    readonly day: string
    /** A message's id; "" if it answers none. */
    readonly replyTo: string
    readonly text: string
    /** For keepers (`keepers/franking.ts`); empty where messages cannot be reported. */
    readonly proof: Uint8Array
}

export interface ReactionFrame {
    readonly kind: "reaction"
    readonly to: string
    /** "": taken back. */
    readonly emoji: string
}

export interface ImageFrame {
    readonly kind: "image"
    readonly nonce: string
    readonly day: string
    readonly index: number
    readonly count: number
    /** SHA-256 of the whole image, hex, and a proof: in the first piece; "" and empty after it. */
    readonly digest: string
    readonly proof: Uint8Array
    readonly piece: Uint8Array
}

/** `boxed`: between keepers and members (`keepers`); `entering`: signing of invitations. */
export interface PartFrame {
    readonly kind: "boxed" | "entering"
    readonly body: Uint8Array
}

export interface BareFrame {
    readonly kind: "heartbeat" | "leaving"
}

/** A keeper sends something again for those who came later: the keeper's word for all of it. */
export interface AgainFrame {
    readonly kind: "again"
    readonly nonce: string
    /** Of the first time. */
    readonly day: string
    readonly name: string
    readonly text: string
}

export interface UnknownFrame {
    readonly kind: "unknown"
}

export type Frame =
    TextFrame | ReactionFrame | ImageFrame | PartFrame | BareFrame | AgainFrame | UnknownFrame

export type SentFrame = Exclude<Frame, UnknownFrame>

/** Only ever append. 0 is none, so that zeros are never a message. */
const KINDS = [
    "",
    "text",
    "reaction",
    "image",
    "boxed",
    "entering",
    "heartbeat",
    "leaving",
    "again",
] as const

/** In bytes of UTF-8: with a proof and an answer, what a sealed message of 4 kB holds. */
export const LONGEST_TEXT = 3600
export const IMAGE_PIECE = 7700
export const MOST_PIECES = 16
export const LARGEST_IMAGE = IMAGE_PIECE * MOST_PIECES

const ID = 16
const CHAIN = 16
const DIGEST = 32
const DAY_MS = 24 * 60 * 60 * 1000
const LONGEST_EMOJI = 40

export function encodedSeen({ seq, chain }: Seen): Uint8Array<ArrayBuffer> {
    return joined(uint64(seq), chain)
}

export function parsedSeen(untrusted: Uint8Array): Seen {
    const read = new Reader(untrusted, "how far somebody has read")
    const seen = { seq: read.uint64(), chain: read.take(CHAIN) }
    read.end()
    return seen
}

export function encodedFrame(frame: SentFrame, seen: Seen): Uint8Array<ArrayBuffer> {
    const kind = Uint8Array.of(KINDS.indexOf(frame.kind))
    return joined(kind, encodedSeen(seen), bodyOf(frame))
}

/** What a proof is bound to: a frame without `seen` and the proof itself. */
export function frankedPart(frame: TextFrame | ImageFrame): Uint8Array<ArrayBuffer> {
    const bare = { ...frame, proof: new Uint8Array(0) }
    return joined(Uint8Array.of(KINDS.indexOf(frame.kind)), bodyOf(bare))
}

/** A frame from what `frankedPart` made of it. Throws as `parsedFrame`. */
export function parsedFranked(untrusted: Uint8Array): Frame {
    const read = new Reader(untrusted, "a message")
    const frame = parsedBody(KINDS[read.byte()], read)
    read.end()
    return frame
}

/** Throws `Unreadable`. */
export function parsedFrame(untrusted: Uint8Array): { readonly seen: Seen; readonly frame: Frame } {
    const read = new Reader(untrusted, "a message")
    const kind = KINDS[read.byte()]
    const seen = { seq: read.uint64(), chain: read.take(CHAIN) }
    const frame = parsedBody(kind, read)
    read.end()
    return { seen, frame }
}

function bodyOf(frame: SentFrame): Uint8Array {
    switch (frame.kind) {
        case "text":
            return joined(
                unhex(frame.nonce),
                dayNumber(frame.day),
                Uint8Array.of(frame.replyTo === "" ? 0 : 1),
                unhex(frame.replyTo),
                short(frame.proof),
                textBytes(checkedText(frame.text)),
            )
        case "reaction":
            return joined(unhex(frame.to), textBytes(checkedEmoji(frame.emoji)))
        case "image":
            return joined(
                unhex(frame.nonce),
                dayNumber(frame.day),
                Uint8Array.of(frame.index, frame.count),
                ...(frame.index === 0 ? [unhex(frame.digest), short(frame.proof)] : []),
                frame.piece,
            )
        case "boxed":
        case "entering":
            return frame.body
        case "heartbeat":
        case "leaving":
            return new Uint8Array(0)
        case "again":
            return joined(
                unhex(frame.nonce),
                dayNumber(frame.day),
                short(textBytes(frame.name)),
                textBytes(checkedText(frame.text)),
            )
    }
}

function parsedBody(kind: (typeof KINDS)[number] | undefined, read: Reader): Frame {
    switch (kind) {
        case "text":
            return parsedText(read)
        case "reaction":
            return { kind, to: hex(read.take(ID)), emoji: checkedEmoji(utf8(read.rest())) }
        case "image":
            return parsedImage(read)
        case "boxed":
        case "entering":
            return { kind, body: read.rest() }
        case "heartbeat":
        case "leaving":
            return { kind }
        case "again":
            return {
                kind,
                nonce: hex(read.take(ID)),
                day: dayText(read),
                name: checkedName(utf8(read.take(read.byte()))),
                text: checkedText(utf8(read.rest())),
            }
        case "":
        case undefined:
            read.rest()
            return { kind: "unknown" }
    }
}

function parsedText(read: Reader): TextFrame {
    const nonce = hex(read.take(ID))
    const day = dayText(read)
    const answers = read.byte()
    if (answers > 1) throw read.problem("an answer or none")
    const replyTo = answers === 1 ? hex(read.take(ID)) : ""
    const proof = read.take(read.byte())
    return { kind: "text", nonce, day, replyTo, proof, text: checkedText(utf8(read.rest())) }
}

function parsedImage(read: Reader): ImageFrame {
    const nonce = hex(read.take(ID))
    const day = dayText(read)
    const [index, count] = [read.byte(), read.byte()]
    if (index >= count || count > MOST_PIECES) throw read.problem("one of at most 16 pieces")
    const digest = index === 0 ? hex(read.take(DIGEST)) : ""
    const proof = index === 0 ? read.take(read.byte()) : new Uint8Array(0)
    const piece = read.rest()
    const fits = index === count - 1 ? piece.length > 0 : piece.length === IMAGE_PIECE
    if (!fits || piece.length > IMAGE_PIECE) throw read.problem("a whole piece")
    return { kind: "image", nonce, day, index, count, digest, proof, piece }
}

/** A message's id: nobody can give their message another's. */
export function messageId(sender: string, nonce: string): string {
    const made = joined(ascii("safelight circle message v1\0"), unhex(sender), unhex(nonce))
    return hex(sha256(made).slice(0, ID))
}

export function drawnNonce(): string {
    return hex(crypto.getRandomValues(new Uint8Array(ID)))
}

export function textBytes(text: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(text)
}

/** Throws `NotAllowed` for what does not fit into one message. */
export function checkedText(text: string): string {
    const length = textBytes(text).length
    if (length === 0 || length > LONGEST_TEXT || text.trim() === "") {
        throw new NotAllowed(`expected a text of 1 to ${String(LONGEST_TEXT)} bytes`)
    }
    // New lines and tabs are text; other controls, and marks that turn its direction, could show
    // something else than was written. Lone surrogates have no UTF-8.
    if (Array.from(text).some(isHidden)) {
        throw new NotAllowed("expected a text without control characters")
    }
    return text
}

function isHidden(character: string): boolean {
    const turnsDirection = /[\u202a-\u202e\u2066-\u2069]/
    const isControl = /[\p{Cc}\p{Cs}]/u.test(character) && character !== "\n" && character !== "\t"
    return isControl || turnsDirection.test(character)
}

function checkedEmoji(emoji: string): string {
    const shape = /^[\p{Extended_Pictographic}\p{Emoji_Component}]+$/u
    const picture = /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u
    const good = textBytes(emoji).length <= LONGEST_EMOJI && shape.test(emoji)
    if (emoji !== "" && !(good && picture.test(emoji))) {
        throw new NotAllowed("expected one emoji")
    }
    return emoji
}

function checkedName(name: string): string {
    if (name === "" || textBytes(name).length > LONGEST_MEMBER_NAME) {
        throw new Unreadable("a message sent again: expected a name")
    }
    return checkedText(name)
}

function short(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    if (bytes.length > 255) throw new NotAllowed("expected at most 255 bytes")
    return joined(Uint8Array.of(bytes.length), bytes)
}

function utf8(bytes: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
        throw new Unreadable("a message: expected UTF-8")
    }
}

function dayNumber(day: string): Uint8Array {
    const number = Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS)
    return Uint8Array.of((number >> 8) & 0xff, number & 0xff)
}

function dayText(read: Reader): string {
    return new Date(read.uint16() * DAY_MS).toISOString().slice(0, 10)
}

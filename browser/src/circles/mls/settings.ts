/**
 * What a circle has agreed on: one extension of the GroupContext, so every member sees the same
 * and nobody else anything (docs/spec/circles-client.md, "Settings").
 *
 * There is one way to write the same settings: strict JSON, keys in order, no blanks, padded.
 */

import { ristretto255 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { isObject, parsedJson } from "../../sealing/json.js"
import { hex, unhex } from "./bytes.js"
import { HIDDEN } from "./hidden.js"
import { Unreadable } from "./problems.js"

export interface Batch {
    /** 32 hex digits: the first 16 bytes of SHA-256 of the modulus. */
    readonly id: string
    /** 512 hex digits. */
    readonly modulus: string
    /** 64 hex digits: the suite's HPKE private key that opens knocks of this batch. */
    readonly knock_secret: string
    /** Its last day is the one before: YYYY-MM-DD. */
    readonly ends: string
}

export interface Pinned {
    readonly kind: "simplex" | "briar"
    readonly address: string
}

export interface Settings {
    readonly v: 1
    /** Shown to members only. */
    readonly name: string
    /** Member ids, as hex, in order; at least one. */
    readonly keepers: readonly string[]
    /** What they write is not shown. */
    readonly muted: readonly string[]
    /** Whom the circle is for, by the keepers' own words for it: `a-z0-9-`. */
    readonly band: string
    readonly counsellors: readonly string[]
    /** Messages vanish after so many days. */
    readonly days: number
    readonly batches: readonly Batch[]
    /** 64 hex digits, "" if messages cannot be reported here. */
    readonly franking: string
    readonly pinned: readonly Pinned[]
    /** Nobody writes or comes in any more. */
    readonly closed: boolean
    /** May a member keep a message past its vanishing, on the own device? */
    readonly saving: boolean
    /** 64 hex digits: SHA-256 of the escalation policy that keepers signed; "" without one. */
    readonly policy: string
}

export const LONGEST_NAME = 120
export const MOST_MEMBERS = 25
/** One frame reaches all of them (`keepers/boxed.ts`). */
export const MOST_KEEPERS = 5
export const MOST_BATCHES = 3
export const MOST_PINNED = 2
export const LONGEST_ADDRESS = 1000
/** A week stays unless keepers choose otherwise; nothing stays for ever. */
export const USUAL_DAYS = 7
export const MOST_DAYS = 90

// So that the length of a welcome says nothing finer about how many batches and keepers there are.
const SIZES = [2048, 4096, 8192]
const LENGTH = 4

const ID = /^[0-9a-f]{32}$/
const KEY = /^[0-9a-f]{64}$/
const HASH = /^([0-9a-f]{64})?$/
// 2,048 bits and odd, as every product of two large primes is.
const MODULUS = /^[89a-f][0-9a-f]{510}[13579bdf]$/
const DAY = /^20\d{2}-\d{2}-\d{2}$/

const KEYS = [
    "band",
    "batches",
    "closed",
    "counsellors",
    "days",
    "franking",
    "keepers",
    "muted",
    "name",
    "pinned",
    "policy",
    "saving",
    "v",
] as const satisfies readonly (keyof Settings)[]

/** Throws `Unreadable` for settings that no client would take in. */
export function encodedSettings(settings: Settings): Uint8Array<ArrayBuffer> {
    const text = new TextEncoder().encode(canonical(checked(settings)))
    const size = SIZES.find((fits) => fits >= text.length + LENGTH)
    if (size === undefined) throw unreadable("settings of at most 8 kB")
    const padded = new Uint8Array(size)
    new DataView(padded.buffer).setUint32(0, text.length)
    padded.set(text, LENGTH)
    return padded
}

export function parsedSettings(untrusted: Uint8Array): Settings {
    if (!SIZES.includes(untrusted.length)) throw unreadable("2,048, 4,096 or 8,192 bytes")
    const view = new DataView(untrusted.buffer, untrusted.byteOffset, untrusted.length)
    const length = view.getUint32(0)
    if (length + LENGTH > untrusted.length) throw unreadable("a length within the padding")
    const json = parsedJson(utf8(untrusted.subarray(LENGTH, LENGTH + length)))
    const settings = checked(json)
    const again = encodedSettings(settings)
    // One spelling only: otherwise two clients could read one extension as two settings.
    if (again.length !== untrusted.length || again.some((byte, at) => byte !== untrusted[at])) {
        throw unreadable("the one way to write settings")
    }
    return settings
}

function canonical(settings: Settings): string {
    return JSON.stringify({
        band: settings.band,
        batches: settings.batches.map(({ ends, id, knock_secret, modulus }) => ({
            ends,
            id,
            knock_secret,
            modulus,
        })),
        closed: settings.closed,
        counsellors: settings.counsellors,
        days: settings.days,
        franking: settings.franking,
        keepers: settings.keepers,
        muted: settings.muted,
        name: settings.name,
        pinned: settings.pinned.map(({ address, kind }) => ({ address, kind })),
        policy: settings.policy,
        saving: settings.saving,
        v: settings.v,
    } satisfies Settings)
}

function checked(value: unknown): Settings {
    if (!isObject(value)) throw unreadable("an object")
    if (Object.keys(value).sort().join() !== KEYS.join()) throw unreadable("the known settings")
    return {
        v: value["v"] === 1 ? 1 : refuse("version 1"),
        name: text(value["name"], LONGEST_NAME),
        keepers: ids(value["keepers"], 1, MOST_KEEPERS),
        muted: ids(value["muted"], 0, MOST_MEMBERS),
        band: matching(value["band"], /^[a-z0-9-]{1,16}$/, "a band"),
        counsellors: ids(value["counsellors"], 0, MOST_MEMBERS),
        days: whole(value["days"], 1, MOST_DAYS),
        batches: batches(value["batches"]),
        franking: frankingKey(value["franking"]),
        pinned: list(value["pinned"], MOST_PINNED, checkedPin),
        closed: truth(value["closed"]),
        saving: truth(value["saving"]),
        policy: matching(value["policy"], HASH, "a hash or nothing"),
    }
}

function batches(value: unknown): readonly Batch[] {
    const found = list(value, MOST_BATCHES, checkedBatch)
    const different = new Set(found.map(({ id }) => id))
    if (different.size < found.length) throw unreadable("each batch once")
    return found
}

/** Nothing could be proven to keepers, or sent to them, under what is no point of the group. */
function frankingKey(value: unknown): string {
    const key = matching(value, HASH, "a franking key or nothing")
    if (key !== "" && !isPoint(unhex(key))) throw unreadable("a franking key that is a point")
    return key
}

function isPoint(untrusted: Uint8Array): boolean {
    try {
        return !ristretto255.Point.fromBytes(untrusted).is0()
    } catch {
        return false // noble's error repeats the bytes
    }
}

function checkedBatch(value: unknown): Batch {
    if (!isObject(value) || Object.keys(value).length !== 4) throw unreadable("a batch")
    const id = matching(value["id"], ID, "a batch's id")
    const modulus = matching(value["modulus"], MODULUS, "a modulus of 2,048 bits")
    if (hex(sha256(unhex(modulus)).slice(0, 16)) !== id) throw unreadable("a batch's own id")
    return {
        id,
        modulus,
        knock_secret: matching(value["knock_secret"], KEY, "a knock secret"),
        ends: day(value["ends"]),
    }
}

function checkedPin(value: unknown): Pinned {
    if (!isObject(value) || Object.keys(value).length !== 2) throw unreadable("an address")
    const kind = value["kind"]
    if (kind !== "simplex" && kind !== "briar") throw unreadable("simplex or briar")
    return { kind, address: text(value["address"], LONGEST_ADDRESS) }
}

function text(value: unknown, longest: number): string {
    if (typeof value !== "string" || value === "") throw unreadable("a text")
    if (new TextEncoder().encode(value).length > longest || HIDDEN.test(value)) {
        throw unreadable(`at most ${String(longest)} bytes of text without controls`)
    }
    return value
}

function matching(value: unknown, pattern: RegExp, what: string): string {
    if (typeof value !== "string" || !pattern.test(value)) throw unreadable(what)
    return value
}

/** One that the calendar has: others are read as another day, or as none. */
function day(value: unknown): string {
    const text = matching(value, DAY, "a day of this century")
    const time = Date.parse(`${text}T00:00:00Z`)
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
        throw unreadable("a day of the calendar")
    }
    return text
}

function ids(value: unknown, fewest: number, most: number): readonly string[] {
    const found = list(value, most, (id) => matching(id, ID, "a member's id"))
    if (found.length < fewest) throw unreadable("at least one keeper")
    if (found.some((id, at) => at > 0 && id <= (found[at - 1] ?? ""))) {
        throw unreadable("ids in order, each once")
    }
    return found
}

function list<T>(value: unknown, most: number, each: (item: unknown) => T): readonly T[] {
    if (!Array.isArray(value) || value.length > most) throw unreadable(`at most ${String(most)}`)
    return value.map(each)
}

function whole(value: unknown, least: number, most: number): number {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
        throw unreadable(`a whole number from ${String(least)} to ${String(most)}`)
    }
    return value
}

function truth(value: unknown): boolean {
    if (typeof value !== "boolean") throw unreadable("true or false")
    return value
}

function utf8(bytes: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
        throw unreadable("UTF-8")
    }
}

function refuse(expected: string): never {
    throw unreadable(expected)
}

function unreadable(expected: string): Unreadable {
    return new Unreadable(`settings of a circle: expected ${expected}, got something else`)
}

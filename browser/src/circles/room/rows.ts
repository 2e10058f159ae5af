/**
 * How a room lies in a store: one row for what every message changes, one for what an epoch
 * changes, one for each message, so that a message that vanishes is deleted and not rewritten.
 *
 * The store authenticates what it keeps; so rows are ours, and read as they were written.
 */

import { Group } from "../mls/group.js"
import type { Judging } from "../mls/group_steps.js"
import { hex, unhex } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import type { Store } from "../keeping/store.js"
import type { EpochChain } from "./chain.js"
import type { WarningKind } from "./room_state.js"

export type Rows = Map<string, Uint8Array | null>

/** A warning as kept. */
export interface KeptWarning {
    readonly kind: WarningKind
    readonly seq: number
    /** Member id, "" if no signature says. */
    readonly by: string
    readonly day: string
}

/** Where this device stands in a circle's log, and what it remembers of the others. */
export interface Place {
    readonly v: 1
    /** The last number taken in; 0: founded, nothing yet; -1: came in, the first may be any. */
    readonly seq: number
    readonly chain: EpochChain
    /** Day of the last complete reading. */
    readonly read: string
    /** Day on which each member was last heard. */
    readonly heard: Readonly<Record<string, string>>
    /** The highest number each has said to have seen, in this epoch. */
    readonly said: Readonly<Record<string, number>>
    readonly leaving: readonly string[]
    readonly warnings: readonly KeptWarning[]
    readonly burned: boolean
    readonly removed: boolean
    /** Hours since 1970: then a sign of life goes out. */
    readonly heartbeat: number
    /** Hours since 1970: then this device's keys are renewed. */
    readonly renewal: number
    /** Number of the next row of the outbox. */
    readonly next: number
    /** Beginnings of hashes of the last entries: what comes again is known. */
    readonly recent: readonly string[]
}

/** A message as kept. Bytes are hex. */
export interface KeptMessage {
    readonly id: string
    readonly from: string
    readonly name: string
    readonly kind: "text" | "image" | "unreadable"
    readonly text: string
    readonly replyTo: string
    /** Emoji by member id. */
    readonly reactions: Readonly<Record<string, string>>
    readonly day: string
    /** When it came here; from then on its days are counted. */
    readonly came: string
    readonly vanishes: string
    readonly saved: boolean
    readonly again: boolean
    readonly state: "waiting" | "sent" | "failed"
    /** Place among the others: log number, or beyond all for what waits. */
    readonly order: number
    /** Of an image: how many pieces, and SHA-256 of the whole. */
    readonly pieces: number
    readonly digest: string
    /** What a report needs (`keepers/reports.ts`). */
    /** Of an own message: to send it again as the same. */
    readonly nonce: string
    readonly franked: string
    readonly proof: string
    readonly epoch: number
    readonly sender: string
    /** It came without a proof that keepers would accept: the sender's client was changed. */
    readonly unproven: boolean
}

/** Something to be sent. `sealed` under `epoch`; "" before. Bytes are hex. */
export interface Waiting {
    readonly number: number
    /** The frame without `seen`, as `encodedFrame` takes it; JSON. */
    readonly frame: string
    /** Of the message it brings; "" for what is not shown. */
    readonly id: string
    readonly sealed: string
    readonly epoch: number
    /** The number the server gave; 0: it has not said. */
    readonly seq: number
}

/** A commit on its way: what it is, and the group after it. */
export interface Pending {
    readonly epoch: number
    readonly sealed: string
    readonly nextDoorHash: string
    readonly keeper: { readonly key: string; readonly nextHash: string } | null
    readonly welcome: string
    readonly group: { readonly epoch: string; readonly ratchets: string }
    /** What whoever made it needs afterwards; hex. */
    readonly note: string
}

/** For a newcomer, until it was left at their landing. Bytes are hex. */
export interface KeptWelcome {
    /** The epoch that it leads into. */
    readonly epoch: number
    readonly welcome: string
    readonly note: string
}

/** A frame for another part, kept until that part has dealt with it. */
export interface PartRow {
    readonly seq: number
    readonly epoch: number
    readonly kind: "boxed" | "entering"
    readonly from: string
    readonly sender: string
    readonly body: string
    readonly day: string
}

export const PLACE = "place"
export const EPOCH = "epoch"
export const RATCHETS = "ratchets"
export const PENDING = "pending"
/** Who was there, for a room that this device is in no more. */
export const LAST = "last"
export const MESSAGE = "m/"
export const PIECE = "p/"
export const OUTBOX = "o/"
export const PART = "f/"
export const WELCOME = "w/"
/** What parts above the room keep with it. */
export const SHELF = "x/"

const ROOMS = "room/"

export function prefixOf(circle: Uint8Array): string {
    return `${ROOMS}${hex(circle)}/`
}

/** Ids of the circles that a store has rooms of. */
export async function circlesIn(store: Store): Promise<Uint8Array[]> {
    const keys = await store.keys(ROOMS)
    const places = keys.filter((key) => key.endsWith(`/${PLACE}`))
    return places.map((key) => unhex(key.slice(ROOMS.length, ROOMS.length + 32)))
}

export function numbered(kind: string, number: number): string {
    return kind + String(number).padStart(12, "0")
}

export function written(value: object): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(JSON.stringify(value))
}

/** What `written` wrote; the caller knows what it was. */
export function readBack(bytes: Uint8Array): unknown {
    try {
        return JSON.parse(new TextDecoder().decode(bytes)) as unknown
    } catch {
        throw new Unreadable("a kept room: its rows are damaged; come in anew")
    }
}

/** A store under one prefix. */
export class RoomRows {
    readonly #prefix: string

    constructor(
        readonly store: Store,
        circle: Uint8Array,
    ) {
        this.#prefix = prefixOf(circle)
    }

    get(key: string): Promise<Uint8Array | undefined> {
        return this.store.get(this.#prefix + key)
    }

    /** All rows of one kind, in the order of their keys. */
    async all(kind: string): Promise<Uint8Array[]> {
        const rows = await Promise.all((await this.keys(kind)).map((key) => this.get(key)))
        return rows.filter((row) => row !== undefined)
    }

    async keys(kind: string): Promise<string[]> {
        const keys = await this.store.keys(this.#prefix + kind)
        return keys.map((key) => key.slice(this.#prefix.length))
    }

    put(rows: Rows): Promise<void> {
        return this.store.put(new Map([...rows].map(([key, value]) => [this.#prefix + key, value])))
    }

    /** Everything of this room, and nothing else. */
    async clear(): Promise<void> {
        await this.put(new Map((await this.keys("")).map((key) => [key, null])))
    }

    async group(judging: Judging): Promise<Group | null> {
        const [epoch, ratchets] = [await this.get(EPOCH), await this.get(RATCHETS)]
        if (epoch === undefined || ratchets === undefined) return null
        return Group.decode(epoch, ratchets, judging)
    }
}

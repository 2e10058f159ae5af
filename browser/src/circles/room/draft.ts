/**
 * One step of a room: what it is afterwards, and the rows that say so. Rows are written all at
 * once and before anything leaves the device; only then does the room become what they say.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { hex, joined } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import {
    EPOCH,
    LAST,
    MESSAGE,
    OUTBOX,
    PART,
    PENDING,
    PIECE,
    PLACE,
    RATCHETS,
    WELCOME,
    numbered,
    written,
} from "./rows.js"
import type { KeptMessage, KeptWelcome, PartRow, Pending, Place, Rows, Waiting } from "./rows.js"
import { lastKnown } from "./last_known.js"
import type { WarningKind } from "./room_state.js"

export const MOST_ALIKE = 8
const MOST_BY_ONE = 3

/** A room as it is on this device. Frozen; a step makes another. */
export interface Kept {
    readonly group: Group | null
    readonly place: Place
    readonly messages: ReadonlyMap<string, KeptMessage>
    /** Pieces of images by message and number. */
    readonly pieces: ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>
    readonly outbox: readonly Waiting[]
    readonly pending: Pending | null
    readonly parts: readonly PartRow[]
    readonly welcomes: readonly KeptWelcome[]
}

export class Draft {
    /** The sealed bytes of this device's commit, if this step saw that it won. */
    won: string | null = null
    readonly spent: Uint8Array[] = []
    readonly #rows: Rows = new Map()
    #kept: Kept
    #moved = false
    #ratcheted = false
    #entered = false

    constructor(kept: Kept) {
        this.#kept = kept
    }

    get kept(): Kept {
        return this.#kept
    }

    /** What is to be written; made once, however many entries a step took in. */
    rows(): Rows {
        const { group, place } = this.#kept
        if (this.#moved) this.#rows.set(PLACE, written(place))
        if (this.#ratcheted && group !== null) this.#rows.set(RATCHETS, group.encodeRatchets())
        if (this.#entered && group !== null) this.#rows.set(EPOCH, group.encodeEpoch())
        return this.#rows
    }

    /** For a part's own rows. */
    row(key: string, value: Uint8Array | null): void {
        this.#rows.set(key, value)
    }

    place(changes: Partial<Place>): void {
        this.#moved = true
        this.#set({ place: { ...this.#kept.place, ...changes } })
    }

    /** The same epoch, one message on. */
    ratcheted(group: Group, spent: readonly Uint8Array[]): void {
        this.#set({ group })
        this.#ratcheted = true
        this.spent.push(...spent)
    }

    /** The next epoch. */
    entered(group: Group, spent: readonly Uint8Array[]): void {
        this.ratcheted(group, spent)
        this.#entered = true
    }

    /** No member any more. */
    removed(spent: readonly Uint8Array[]): void {
        this.spent.push(...spent)
        const { group } = this.#kept
        for (const { number } of this.#kept.outbox) this.dropWaiting(number)
        if (group !== null) this.#rows.set(LAST, written(lastKnown(group)))
        this.#set({ group: null })
        this.pending(null)
        this.#rows.set(EPOCH, null).set(RATCHETS, null)
        this.place({ removed: true })
    }

    message(message: KeptMessage): void {
        this.#set({ messages: new Map(this.#kept.messages).set(message.id, message) })
        this.#rows.set(MESSAGE + message.id, written(message))
    }

    dropMessage(id: string): void {
        const messages = new Map(this.#kept.messages)
        messages.delete(id)
        const pieces = new Map(this.#kept.pieces)
        for (const number of pieces.get(id)?.keys() ?? [])
            this.#rows.set(pieceKey(id, number), null)
        pieces.delete(id)
        this.#set({ messages, pieces })
        this.#rows.set(MESSAGE + id, null)
    }

    piece(id: string, number: number, bytes: Uint8Array): void {
        const pieces = new Map(this.#kept.pieces)
        pieces.set(id, new Map(pieces.get(id)).set(number, bytes))
        this.#set({ pieces })
        this.#rows.set(pieceKey(id, number), bytes)
    }

    waiting(item: Waiting): void {
        const others = this.#kept.outbox.filter(({ number }) => number !== item.number)
        this.#set({ outbox: [...others, item].sort((a, b) => a.number - b.number) })
        this.#rows.set(numbered(OUTBOX, item.number), written(item))
    }

    dropWaiting(number: number): void {
        this.#set({ outbox: this.#kept.outbox.filter((item) => item.number !== number) })
        this.#rows.set(numbered(OUTBOX, number), null)
    }

    pending(pending: Pending | null): void {
        if (pending === null && this.#kept.pending === null) return
        this.#set({ pending })
        this.#rows.set(PENDING, pending === null ? null : written(pending))
    }

    part(part: PartRow): void {
        this.#set({ parts: [...this.#kept.parts, part] })
        this.#rows.set(numbered(PART, part.seq), written(part))
    }

    dropPart(seq: number): void {
        this.#set({ parts: this.#kept.parts.filter((part) => part.seq !== seq) })
        this.#rows.set(numbered(PART, seq), null)
    }

    welcome(welcome: KeptWelcome): void {
        this.#set({ welcomes: [...this.#kept.welcomes, welcome] })
        this.#rows.set(numbered(WELCOME, welcome.epoch), written(welcome))
    }

    dropWelcome(epoch: number): void {
        this.#set({ welcomes: this.#kept.welcomes.filter((one) => one.epoch !== epoch) })
        this.#rows.set(numbered(WELCOME, epoch), null)
    }

    /**
     * Said once for each place in the log, and of one kind at most eight times, three by one
     * member: no flood pushes another warning out.
     */
    warn(kind: WarningKind, seq: number, by: string, day: string): void {
        const { warnings } = this.#kept.place
        const alike = warnings.filter((one) => one.kind === kind && one.by === by)
        const most = by === "" ? MOST_ALIKE : MOST_BY_ONE
        if (alike.length >= most || alike.some((one) => one.seq === seq)) return
        this.place({ warnings: [...warnings, { kind, seq, by, day }] })
    }

    #set(changes: Partial<Kept>): void {
        this.#kept = { ...this.#kept, ...changes }
    }
}

export function pieceKey(id: string, number: number): string {
    return `${PIECE}${id}/${String(number).padStart(2, "0")}`
}

/** Of a key of a piece: message and number. */
export function pieceOf(key: string): [string, number] {
    const [id = "", number = ""] = key.slice(PIECE.length).split("/")
    return [id, Number(number)]
}

/** An image whose pieces are all there and give what its first one promised; else `undefined`. */
export function assembled({ messages, pieces }: Kept, id: string): Uint8Array | undefined {
    const message = messages.get(id)
    const parts = pieces.get(id)
    if (message === undefined || parts?.size !== message.pieces) return undefined
    const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, piece]) => piece)
    const image = joined(...inOrder)
    return hex(sha256(image)) === message.digest ? image : undefined
}

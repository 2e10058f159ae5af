/**
 * The old device of a move. Whatever interrupts it, all rooms are in one of three places, and at
 * most one of them acts:
 *
 * 1. here and live, until the row `MOVING_OUT` is kept;
 * 2. here and frozen (the store refuses every change, so nothing can be sealed or sent), and perhaps
 *    at the server, where whoever takes them takes them alone;
 * 3. here no more, once the server has said that it has all of it, or that it was taken.
 *
 * Back from 2 to 1 leads only by taking the stash at the server, as the other device would.
 */

import { SafelightError } from "../../errors.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import type { WordList } from "../../sealing/word_list.js"
import { IdTaken } from "../delivery/delivery.js"
import type { StashDelivery } from "../delivery/delivery.js"
import { MOVING_OUT } from "../keeping/store.js"
import type { Store } from "../keeping/store.js"
import { hex, unhex } from "../mls/bytes.js"
import { DROP, dropArrived } from "./arriving.js"
import { randomBytes } from "./big_numbers.js"
import { carriedRows } from "./carried.js"
import { movingKeys, movingWords, newMovingSecret } from "./moving_words.js"

/** So long the server keeps a stash, and remembers that it was taken. */
export const STASH_DAYS = 3

export class LeavingError extends SafelightError {
    override readonly name = "LeavingError"
}

interface Kept {
    readonly secret: string
    readonly day: string
    /** Whether anything was ever sent. */
    readonly tried: boolean
    /** Drawn before it is taken back; "" else. */
    readonly claim: string
}

export class Leaving {
    private constructor(
        readonly store: Store,
        private kept: Kept,
    ) {}

    /** Nothing changes yet: show the words, and let the person say that they are written down. */
    static prepare(store: Store, now: Date): Leaving {
        const secret = hex(newMovingSecret())
        const day = now.toISOString().slice(0, 10)
        return new Leaving(store, { secret, day, tried: false, claim: "" })
    }

    /** A move that was begun here and not ended; look before any room is opened. */
    static async begun(store: Store): Promise<Leaving | null> {
        const bytes = await store.get(MOVING_OUT)
        return bytes === undefined ? null : new Leaving(store, keptIn(bytes))
    }

    words(list: WordList): readonly string[] {
        return movingWords(unhex(this.kept.secret), list)
    }

    /**
     * The server may have forgotten whether somebody took it. Only the person knows whether the
     * other device has the rooms: `wipe`, or `stay` (then two devices may act as one member, until
     * either sees the other's first commit or message).
     */
    isLate(now: Date): boolean {
        const last = Date.parse(this.kept.day) + (STASH_DAYS + 1) * 24 * 60 * 60 * 1000
        return this.kept.tried && now.getTime() >= last
    }

    /**
     * Freeze, send all rows, and delete them here once the server has them. May be called again
     * after `NetworkFailed`, also in another year of the same move. Returns how many dispensable
     * rows did not fit.
     */
    async send(
        delivery: StashDelivery,
        dispensable: (key: string) => boolean,
        progressed?: (arrived: number, size: number) => void,
    ): Promise<number> {
        const { tried } = this.kept
        await this.#keep({}) // from here on nothing else changes
        const { id, key, sealing } = await movingKeys(unhex(this.kept.secret))
        const { sealed, leftOut } = await carriedRows(this.store, sealing, dispensable)
        await this.#keep({ tried: true })
        try {
            await delivery.stash(id, key, sealed, (arrived) => {
                progressed?.(arrived, sealed.length)
            })
        } catch (error) {
            if (!(error instanceof IdTaken)) throw error
            // The address comes from 88 random bits: what lay there before was this.
            if (!tried) {
                await this.#thaw()
                throw new LeavingError(
                    "expected an address that nobody uses, got one in use; begin again with other words",
                )
            }
        }
        await this.wipe()
        return leftOut
    }

    /**
     * Do not move after all. "stays": rooms go on here. "moved": the other device has them already;
     * nothing is left to do but `wipe`. Throws `NetworkFailed`; then it stays frozen.
     */
    async takeBack(
        delivery: StashDelivery,
        dispensable: (key: string) => boolean,
    ): Promise<"stays" | "moved"> {
        if (!this.kept.tried) {
            await this.#thaw()
            return "stays"
        }
        if (this.kept.claim === "") await this.#keep({ claim: hex(randomBytes(32)) })
        if (!(await this.#taken(delivery, dispensable))) return "moved"
        // First live, then deleted there: the other way round a cut would look like "moved".
        const rows = new Map([
            [MOVING_OUT, null],
            [DROP, unhex(this.kept.claim)],
        ])
        await this.store.put(rows)
        await dropArrived(this.store, delivery)
        return "stays"
    }

    /** The person says that the other device does not have them (`isLate`). */
    stay(): Promise<void> {
        return this.#thaw()
    }

    /** Everything on this device, and not only what moved. */
    wipe(): Promise<void> {
        return this.store.wipe()
    }

    /** Take the stash as the other device would, so that nobody else can. */
    async #taken(delivery: StashDelivery, dispensable: (key: string) => boolean): Promise<boolean> {
        const { id, key, sealing } = await movingKeys(unhex(this.kept.secret))
        const claim = unhex(this.kept.claim)
        if ((await delivery.takeStash(id, key, claim)) === null) {
            // Never whole, or taken by another. What was never whole is made whole, to be told.
            const { sealed } = await carriedRows(this.store, sealing, dispensable)
            try {
                await delivery.stash(id, key, sealed)
            } catch (error) {
                if (error instanceof IdTaken) return false
                throw error
            }
            return (await delivery.takeStash(id, key, claim)) !== null
        }
        return true
    }

    #thaw(): Promise<void> {
        return this.store.put(new Map([[MOVING_OUT, null]]))
    }

    async #keep(change: Partial<Kept>): Promise<void> {
        const kept = { ...this.kept, ...change }
        const bytes = new TextEncoder().encode(JSON.stringify(kept))
        await this.store.put(new Map([[MOVING_OUT, bytes]]))
        this.kept = kept
    }
}

function keptIn(bytes: Uint8Array): Kept {
    const found = parsedJson(new TextDecoder().decode(bytes))
    if (!isObject(found) || typeof found["secret"] !== "string") {
        throw new LeavingError("expected what this device wrote of its move, got something else")
    }
    return found as unknown as Kept
}

/**
 * The new device of a move. It takes the stash under a claim that it keeps first, so that a cut
 * costs nothing; it acts only after all rows are kept here, in one step; and in each room the first
 * thing that it does is to renew its keys, after which the old device's are worth nothing.
 */

import { SafelightError } from "../../errors.js"
import type { StashDelivery } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import { hex, joined } from "../mls/bytes.js"
import { randomBytes } from "./big_numbers.js"
import { uncarriedRows } from "./carried.js"
import { movingKeys } from "./moving_words.js"

const IN = "moving/in"
const RENEW = "renew/"
/** Holds the claim under which something lies at the server that nobody needs any more. */
export const DROP = "moving/drop"
const CLAIM = 32

export class ArrivingError extends SafelightError {
    override readonly name = "ArrivingError"
}

/** While this row stands, a room commits to new keys before anything else, and deletes it then. */
export function renewKey(circle: Uint8Array): string {
    return RENEW + hex(circle)
}

export class Arriving {
    private constructor(
        readonly store: Store,
        readonly secret: Uint8Array,
        private readonly claim: Uint8Array,
    ) {}

    /** `secret`: of the words (`parsedMovingWords`). The store must hold nothing yet. */
    static async begin(store: Store, secret: Uint8Array): Promise<Arriving> {
        const rest = (await store.keys("")).filter((key) => key !== IN)
        if (rest.length > 0) {
            throw new ArrivingError(
                "expected a device without rooms, got one with some; bring these rooms to an empty one",
            )
        }
        const arriving = new Arriving(store, secret, randomBytes(CLAIM))
        await store.put(new Map([[IN, joined(arriving.claim, secret)]]))
        return arriving
    }

    /** One that was begun here and not ended. */
    static async begun(store: Store): Promise<Arriving | null> {
        const bytes = await store.get(IN)
        if (bytes === undefined) return null
        return new Arriving(store, bytes.slice(CLAIM), bytes.slice(0, CLAIM))
    }

    /**
     * `circleOf`: of which room a row is, null for none; that room is marked by `renewKey`.
     *
     * "nothing": the words are others, it was taken, or its days are over; the server cannot say
     * which. Throws `NetworkFailed`, then call it again; and `Unreadable` for bytes that these words
     * do not open: then somebody exchanged them, and the old device, if it is there, may still stay.
     */
    async take(
        delivery: StashDelivery,
        circleOf: (key: string) => Uint8Array | null,
    ): Promise<"arrived" | "nothing"> {
        const { id, key, sealing } = await movingKeys(this.secret)
        const sealed = await delivery.takeStash(id, key, this.claim)
        if (sealed === null) {
            await this.store.put(new Map([[IN, null]]))
            return "nothing"
        }
        const rows = new Map<string, Uint8Array | null>(uncarriedRows(sealed, sealing))
        for (const one of [...rows.keys()]) {
            const circle = circleOf(one)
            if (circle !== null) rows.set(renewKey(circle), Uint8Array.of(1))
        }
        rows.set(IN, null)
        rows.set(DROP, this.claim)
        await this.store.put(rows)
        return "arrived"
    }

    /** Do not try these words any more. */
    giveUp(): Promise<void> {
        return this.store.put(new Map([[IN, null]]))
    }
}

/** Delete at the server what has arrived here; what fails waits for the next time. */
export async function dropArrived(store: Store, delivery: StashDelivery): Promise<void> {
    const claim = await store.get(DROP)
    if (claim === undefined) return
    await delivery.dropStash(claim)
    await store.put(new Map([[DROP, null]]))
}

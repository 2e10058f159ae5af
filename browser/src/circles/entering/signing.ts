/**
 * What this device does with messages about signing, as they come: count them, sign as a keeper,
 * finish its own requests. The room hands them over in the log's order (`Room.received`), so that
 * all members count the same.
 */

import type { BatchFacts } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import { Unreadable } from "../mls/problems.js"
import type { Settings } from "../mls/settings.js"
import { shelfOf } from "./invitation.js"
import type { KeeperBatches } from "./keeper_batches.js"
import { Ledger } from "./ledger.js"
import type { Doubt } from "./ledger.js"
import type { Requests } from "./requests.js"
import { parsedSigning } from "./signing_messages.js"

/** What a room shows of itself here. */
export interface SigningRoom {
    readonly circle: Uint8Array
    readonly settings: Settings
    /** YYYY-MM-DD. */
    readonly today: string
    /** To everybody in the room; kept when it resolves. */
    send(body: Uint8Array): Promise<void>
}

export interface Said {
    /** Member id. */
    readonly from: string
    readonly body: Uint8Array
}

/**
 * - `done`: nothing more to do; delete it. - `asking`: a keeper decides (`despite`); keep it.
 * - `ready`: an invitation of this device can be handed on. - `refused`: this device's request found
 *   no place. - `garbage`: a keeper answered with what is no signature; the request waits on.
 */
export type Taken = "done" | "asking" | "ready" | "refused" | "garbage"

export class Signing {
    readonly #ledger: string

    constructor(
        readonly store: Store,
        readonly requests: Requests,
        readonly batches: KeeperBatches,
        circle: Uint8Array,
    ) {
        this.#ledger = `${shelfOf(circle)}ledger`
    }

    /** May be called again with the same: an answer sent twice changes nothing. */
    async take(room: SigningRoom, { from, body }: Said, despite = false): Promise<Taken> {
        const { settings, today } = room
        const message = parsedOrNull(body)
        if (message === null) return "done"
        const isKeeper = settings.keepers.includes(from)
        const ledger = await this.ledger(today)
        await this.#keep(ledger.announced(settings, null).said(from, isKeeper, message))
        if (message.kind === "request") {
            if (settings.muted.includes(from)) return "done"
            const signing = await this.#signed(from, message, room, despite)
            if (signing === "many") return "asking"
            if (signing !== null) await room.send(signing)
            return "done"
        }
        const answered = await this.requests.answered(message, from, settings)
        return answered === "not-mine" ? "done" : answered
    }

    /** The settings changed; `before`: null for whoever has just come in. */
    async announced(now: Settings, before: Settings | null, today: string): Promise<void> {
        await this.#keep((await this.ledger(today)).announced(now, before))
        await this.requests.forgetEnded(now, today)
        await this.batches.forgetEnded(now, today)
    }

    /** Hold what the server lists against what was said inside; after `sync`. */
    async compared(
        settings: Settings,
        facts: readonly BatchFacts[],
        today: string,
    ): Promise<readonly Doubt[]> {
        const ledger = (await this.ledger(today)).without(settings, facts)
        await this.#keep(ledger)
        return ledger.compared(settings, facts, today)
    }

    async ledger(today: string): Promise<Ledger> {
        const bytes = await this.store.get(this.#ledger)
        return bytes === undefined ? Ledger.begun(today) : Ledger.decode(bytes)
    }

    async #signed(
        from: string,
        message: Parameters<KeeperBatches["sign"]>[1],
        { settings, today }: SigningRoom,
        despite: boolean,
    ): Promise<Uint8Array | "many" | null> {
        const found = await this.batches.sign(from, message, settings, today, despite)
        if (found.kind === "many") return "many"
        return found.kind === "not-mine" ? null : found.body
    }

    async #keep(ledger: Ledger): Promise<void> {
        await this.store.put(new Map([[this.#ledger, ledger.encode()]]))
    }
}

function parsedOrNull(body: Uint8Array): ReturnType<typeof parsedSigning> | null {
    try {
        return parsedSigning(body)
    } catch (error) {
        if (error instanceof Unreadable) return null
        throw error
    }
}

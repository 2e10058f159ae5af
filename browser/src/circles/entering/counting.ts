/** A member's own ledger of one room's invitations, kept with the room and deleted with it. */

import type { BatchFacts } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import type { Settings } from "../mls/settings.js"
import { shelfOf } from "./invitation.js"
import { Ledger } from "./ledger.js"
import type { Doubt } from "./ledger.js"
import type { SigningMessage } from "./signing_messages.js"

export class Counting {
    readonly #row: string

    constructor(
        readonly store: Store,
        circle: Uint8Array,
    ) {
        this.#row = `${shelfOf(circle)}ledger`
    }

    /**
     * Look at the settings of now, before whatever was said under them is counted. Of batches that
     * stand there at the first look this member has not seen all.
     */
    async seen(settings: Settings, today: string): Promise<void> {
        const kept = await this.#kept()
        if (kept === null) await this.#keep(Ledger.begun(today).announced(settings, null))
        else {
            const next = kept.announced(settings, { ...settings, batches: [] })
            if (next !== kept) await this.#keep(next)
        }
    }

    /** Something was said about signing, by others or from here; in the log's order. */
    async heard(by: string, settings: Settings, message: SigningMessage): Promise<void> {
        const kept = await this.#kept()
        const next = kept?.said(by, settings.keepers.includes(by), message)
        if (next !== undefined && next !== kept) await this.#keep(next)
    }

    /** What the server lists, held against what was said inside; ask the server after `sync`. */
    async doubts(
        settings: Settings,
        facts: readonly BatchFacts[],
        today: string,
    ): Promise<readonly Doubt[]> {
        const kept = (await this.#kept()) ?? Ledger.begun(today).announced(settings, null)
        const next = kept.without(settings, facts)
        await this.#keep(next)
        return next.compared(settings, facts, today)
    }

    /** How many signatures of a batch each member was given, by member id. */
    async given(batch: string): Promise<ReadonlyMap<string, number>> {
        return (await this.#kept())?.given(batch) ?? new Map<string, number>()
    }

    async #kept(): Promise<Ledger | null> {
        const bytes = await this.store.get(this.#row)
        return bytes === undefined ? null : Ledger.decode(bytes)
    }

    async #keep(ledger: Ledger): Promise<void> {
        await this.store.put(new Map([[this.#row, ledger.encode()]]))
    }
}

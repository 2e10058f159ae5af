/**
 * Everything that belongs to one receipt, in its order: the report first, then each file as an
 * envelope of its own. Remembers what has arrived, so that another press sends only the rest, as
 * the same bytes.
 */

import type { Day } from "../sealing/day.js"
import type { Receipt } from "../sealing/receipt.js"
import { hexOf } from "../sealing/receipt.js"
import type { Roster } from "../sealing/roster.js"
import { sealBlob } from "../sealing/seal.js"
import { SendingError } from "./network.js"
import type { Network } from "./network.js"
import { currentRoster } from "./roster_parts.js"
import { Upload } from "./upload.js"

/** What is to be sealed. Asked for again when the roster has changed meanwhile. */
export interface Item {
    content(rosterVersion: number): Blob | Promise<Blob>
}

export interface Trust {
    readonly rootHex: string
    readonly today: Day
}

/** Where a delivery is. `percent`: of this item's sealed bytes, whole, that the server has. */
export interface Step {
    readonly doing: "sealing" | "sending"
    /** From 0. */
    readonly item: number
    readonly items: number
    readonly percent: number
}

/** A roster that changes again and again is not one to wait for. */
const MOST_ROSTERS = 3

interface Envelope {
    readonly item: Item
    upload: Upload | null
    arrived: boolean
    /** Sent once without an answer, so nobody may say that nothing was kept. */
    unconfirmed: boolean
}

export class Delivery {
    readonly #envelopes: Envelope[]
    #roster: Roster | null = null

    /** `opensMailbox`: the first item is the report, which makes the mailbox. */
    constructor(
        readonly receipt: Receipt,
        items: readonly Item[],
        readonly opensMailbox: boolean,
    ) {
        this.#envelopes = items.map((item) => ({
            item,
            upload: null,
            arrived: false,
            unconfirmed: false,
        }))
    }

    /** How many items there are. */
    get size(): number {
        return this.#envelopes.length
    }

    /** Whether one was sent without an answer, so that it may have arrived. */
    get unconfirmed(): boolean {
        return this.#envelopes.some(({ arrived, unconfirmed }) => unconfirmed && !arrived)
    }

    /**
     * Resolve when the items as far as `upTo` (default: all) lie in the mailbox. Throws
     * `SendingError`, `RosterError`, or what `content` throws; then it may be called again.
     */
    async send(
        network: Network,
        trust: Trust,
        told: (step: Step) => void,
        upTo = Infinity,
    ): Promise<void> {
        for (const [index, envelope] of this.#envelopes.entries()) {
            if (index >= upTo) return
            if (!envelope.arrived) await this.#sendOne(index, envelope, network, trust, told)
        }
    }

    /** Take away what was begun and will not be sent any more. */
    async abandon(network: Network): Promise<void> {
        for (const { upload } of this.#envelopes) await upload?.abandon(network)
    }

    async #sendOne(
        index: number,
        envelope: Envelope,
        network: Network,
        trust: Trust,
        told: (step: Step) => void,
    ): Promise<void> {
        const items = this.#envelopes.length
        for (let attempt = 1; !envelope.arrived; attempt += 1) {
            if (envelope.upload === null) {
                told({ doing: "sealing", item: index, items, percent: 0 })
                await network.breathe()
                envelope.upload = await this.#sealed(index, envelope.item, network, trust)
            }
            const { upload } = envelope
            const size = upload.envelope.size
            told({ doing: "sending", item: index, items, percent: 0 })
            try {
                await upload.send(network, (bytes) => {
                    const percent = Math.floor((100 * bytes) / size)
                    told({ doing: "sending", item: index, items, percent })
                })
                envelope.arrived = true
            } catch (error) {
                if (!(error instanceof SendingError)) throw error
                envelope.unconfirmed ||= upload.mayHaveArrived
                this.#afterFailure(envelope, error, attempt)
            }
        }
        envelope.upload = null // its bytes may be many
    }

    #afterFailure(envelope: Envelope, error: SendingError, attempt: number): void {
        // Nobody else has these random words: the other bytes there are those of before.
        if (error.problem === "taken" && envelope.unconfirmed) envelope.arrived = true
        else if (error.problem === "roster-changed" && attempt < MOST_ROSTERS) {
            envelope.upload = null
            this.#roster = null
        } else throw error
    }

    async #sealed(index: number, item: Item, network: Network, trust: Trust): Promise<Upload> {
        this.#roster ??= await currentRoster(network, trust)
        const { version } = this.#roster
        const recipients = this.#roster.recipients(trust.today)
        const isFirst = index === 0 && this.opensMailbox
        // The report brings the key; whatever follows it is tagged.
        const messageKey = isFirst ? null : this.receipt.messageKey
        const content = await item.content(version)
        const sealed = await sealBlob(content, recipients, messageKey, () => network.breathe())
        return new Upload(sealed, {
            mailbox: this.receipt.mailboxId,
            proof: isFirst
                ? { verifier: this.receipt.verifier }
                : { key: hexOf(this.receipt.authKey) },
            roster: version,
        })
    }
}

/**
 * Accountability: who asked for signatures of which batch, how many were given, and how many the
 * server says were used. All of it is said inside the room, so each member keeps it alone and
 * compares; nobody can say which signature became which invitation.
 */

import { isObject, parsedJson } from "../../sealing/json.js"
import type { BatchFacts } from "../delivery/delivery.js"
import { hex } from "../mls/bytes.js"
import type { Settings } from "../mls/settings.js"
import { Unreadable } from "../mls/problems.js"
import { BATCH, BATCH_DAYS, dayAfter, OPEN_BATCHES } from "./keeper_batches.js"
import type { SigningMessage } from "./signing_messages.js"

interface Entry {
    /** Whether this member was inside when it was announced, so that the counts are whole. */
    readonly whole: boolean
    /** Request → member id. */
    readonly asked: Readonly<Record<string, string>>
    /** Requests that a keeper answered. */
    readonly signed: readonly string[]
}

/** Immutable; a member's own record of one room. */
export class Ledger {
    private constructor(
        /** The day on which this member came in. */
        private readonly since: string,
        private readonly batches: Readonly<Record<string, Entry>>,
    ) {}

    /** On the day of coming in. */
    static begun(today: string): Ledger {
        return new Ledger(today, {})
    }

    static decode(bytes: Uint8Array): Ledger {
        const found = parsedJson(new TextDecoder().decode(bytes))
        if (!isObject(found) || typeof found["since"] !== "string" || !isObject(found["batches"])) {
            throw new Unreadable("a ledger: expected what this device wrote, got something else")
        }
        return new Ledger(found["since"], found["batches"] as Readonly<Record<string, Entry>>)
    }

    encode(): Uint8Array {
        const { since, batches } = this
        return new TextEncoder().encode(JSON.stringify({ since, batches }))
    }

    /**
     * The settings of now. `since`: those before this commit; null for whoever has just come in.
     * What is announced no more is kept until `without` drops it.
     */
    announced(now: Settings, since: Settings | null): Ledger {
        const before = new Set((since?.batches ?? []).map(({ id }) => id))
        const added = now.batches.filter(({ id }) => this.batches[id] === undefined)
        if (added.length === 0) return this
        const entries = added.map(({ id }): [string, Entry] => [
            id,
            { whole: since !== null && !before.has(id), asked: {}, signed: [] },
        ])
        return new Ledger(this.since, { ...this.batches, ...Object.fromEntries(entries) })
    }

    /** Something was said in the room about signing; `by`: a member's id. */
    said(by: string, isKeeper: boolean, message: SigningMessage): Ledger {
        const entry = this.batches[message.batch]
        if (entry === undefined) return this
        const { request } = message
        if (message.kind === "request") {
            // Whoever asked first asked; a copy by another changes nothing.
            if (entry.asked[request] !== undefined) return this
            return this.#with(message.batch, {
                ...entry,
                asked: { ...entry.asked, [request]: by },
            })
        }
        if (message.kind === "refusal" || !isKeeper || entry.signed.includes(request)) return this
        return this.#with(message.batch, { ...entry, signed: [...entry.signed, request] })
    }

    /** Forget batches that neither the settings nor the server know any more. */
    without(settings: Settings, facts: readonly BatchFacts[]): Ledger {
        const known = new Set([
            ...settings.batches.map(({ id }) => id),
            ...facts.map(({ batch }) => hex(batch)),
        ])
        return new Ledger(
            this.since,
            Object.fromEntries(Object.entries(this.batches).filter(([id]) => known.has(id))),
        )
    }

    /** How many signatures of a batch each member was given, by member id. */
    given(batch: string): ReadonlyMap<string, number> {
        const entry = this.batches[batch]
        const counts = new Map<string, number>()
        for (const request of entry?.signed ?? []) {
            const by = entry?.asked[request] ?? ""
            counts.set(by, (counts.get(by) ?? 0) + 1)
        }
        return counts
    }

    /**
     * What the server lists, held against what was announced and said inside. An empty list says
     * nothing against anybody; members look at it when a batch was announced a day ago or longer,
     * as its keeper's device may not have reached the server yet.
     */
    compared(settings: Settings, facts: readonly BatchFacts[], today: string): readonly Doubt[] {
        const doubts: Doubt[] = []
        const announced = new Map(settings.batches.map((batch) => [batch.id, batch]))
        const running = facts.filter(({ modulus }) => modulus !== null)
        if (running.length > OPEN_BATCHES) doubts.push({ kind: "too-many", batch: "" })
        for (const { batch, modulus, redeemed, ends } of facts) {
            const id = hex(batch)
            const inside = announced.get(id)
            const entry = this.batches[id]
            // Announced no more, because a keeper removed somebody, it runs out at the server. Whoever
            // came in later cannot know that it ever was.
            const opened = dayAfter(ends, -BATCH_DAYS)
            const isStrange = inside === undefined && entry === undefined && opened > this.since
            if (modulus !== null && isStrange) {
                doubts.push({ kind: "unannounced", batch: id })
            }
            if (modulus !== null && inside !== undefined) {
                if (
                    hex(modulus) !== inside.modulus ||
                    Math.abs(daysBetween(ends, inside.ends)) > 1
                ) {
                    doubts.push({ kind: "another", batch: id })
                }
            }
            if (entry?.whole === true && redeemed > entry.signed.length) {
                doubts.push({ kind: "signed-outside", batch: id })
            }
            if (redeemed > BATCH) doubts.push({ kind: "too-many", batch: id })
        }
        const listed = new Set(facts.map(({ batch }) => hex(batch)))
        for (const { id, ends } of settings.batches) {
            if (!listed.has(id) && ends > today) doubts.push({ kind: "not-there", batch: id })
        }
        return doubts
    }

    #with(batch: string, entry: Entry): Ledger {
        return new Ledger(this.since, { ...this.batches, [batch]: entry })
    }
}

/**
 * - `unannounced`: the server takes invitations of a batch that no keeper announced inside.
 * - `another`: it has another key or another end than was announced.
 * - `signed-outside`: more were used than were signed inside the room.
 * - `too-many`: more are open at once, or of one batch used, than there can be.
 * - `not-there`: announced, but nobody can come in by it.
 */
export interface Doubt {
    readonly kind: "unannounced" | "another" | "signed-outside" | "too-many" | "not-there"
    /** Its id; "" where it is about all of them. */
    readonly batch: string
}

function daysBetween(one: string, other: string): number {
    return (Date.parse(one) - Date.parse(other)) / (24 * 60 * 60 * 1000)
}

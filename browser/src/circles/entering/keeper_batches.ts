/**
 * Batches of invitations on the device of the keeper who made them. The private key of a batch is
 * nowhere else, and is deleted with the batch.
 *
 * The order is: kept here, announced inside, opened at the server. So a batch that the server has
 * and the settings do not announce was made by somebody else (`ledger.ts`).
 */

import { isObject, parsedJson } from "../../sealing/json.js"
import type { EnteringDelivery } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import { hex, unhex } from "../mls/bytes.js"
import { VALID_DAYS } from "../mls/own_member.js"
import type { Batch, Settings } from "../mls/settings.js"
import { newBatchKey, privateBytes, privateKeyOf } from "./batch_key.js"
import type { Making } from "./batch_key.js"
import { numberOf } from "./big_numbers.js"
import { BlindSignatureError, blindSign, keyBytes } from "./blind_signature.js"
import { batchId, shelfOf } from "./invitation.js"
import { newKnockSecret } from "./knock.js"
import { openBatches } from "./requests.js"
import { signingBody } from "./signing_messages.js"
import type { SigningRequest } from "./signing_messages.js"

/** As the server has it (safelight/circles/limits.py). */
export const BATCH = 8
export const BATCH_DAYS = 7
export const OPEN_BATCHES = 3
/** Without a keeper's own decision one member gets no more of one batch. */
export const EACH = 2

/** What was signed: member id → requests. */
type Signed = Readonly<Record<string, readonly string[]>>

interface Kept {
    readonly primes: string
    readonly batch: Batch
    /** Whether it ever stood in the settings: until then it waits for the commit that says so. */
    readonly announced: boolean
    readonly signed: Signed
}

/**
 * - `many`: this member has had `EACH`; a keeper may sign all the same. - `used-up`: eight were.
 * - `not-mine`: of no open batch that was made here, or no number that could be signed.
 */
export type Signing =
    | { readonly kind: "answer"; readonly body: Uint8Array }
    | { readonly kind: "many" }
    | { readonly kind: "used-up"; readonly body: Uint8Array }
    | { readonly kind: "not-mine" }

export class KeeperBatches {
    readonly #prefix: string

    constructor(
        readonly store: Store,
        readonly circle: Uint8Array,
    ) {
        this.#prefix = `${shelfOf(circle)}batch/`
    }

    /** A new batch, kept here; announce it in the settings, then `open` it. Takes seconds. */
    async make(today: string, making: Making): Promise<Batch> {
        const key = await newBatchKey(making)
        const modulus = keyBytes(key)
        const batch: Batch = {
            id: hex(batchId(modulus)),
            modulus: hex(modulus),
            knock_secret: hex(newKnockSecret()),
            ends: dayAfter(today, BATCH_DAYS),
        }
        await this.#keep({ primes: hex(privateBytes(key)), batch, announced: false, signed: {} })
        return batch
    }

    /**
     * Let those at the server that are announced and were made here; may be called again, as after
     * a cut. Throws what `openBatch` throws.
     */
    async open(
        delivery: Pick<EnteringDelivery, "openBatch">,
        keeperKey: Uint8Array,
        settings: Settings,
        today: string,
    ): Promise<void> {
        for (const { batch } of await this.#all()) {
            const announced = openBatches(settings, today).some(({ id }) => id === batch.id)
            if (announced) await delivery.openBatch(this.circle, keeperKey, unhex(batch.modulus))
        }
    }

    /**
     * Sign what cannot be read, and remember for whom. The same request gets the same answer.
     * `despite`: the keeper wants this member to have more than `EACH`. A member cannot make it
     * throw, as that would keep the device from whatever else has come.
     */
    async sign(
        by: string,
        asked: SigningRequest,
        settings: Settings,
        today: string,
        despite = false,
    ): Promise<Signing> {
        const kept = await this.#get(asked.batch)
        const isOpen = openBatches(settings, today).some(({ id }) => id === asked.batch)
        const number = numberOf(asked.blinded)
        const fits = number > 0n && number < numberOf(unhex(kept?.batch.modulus ?? ""))
        if (kept === null || !isOpen || !fits) return { kind: "not-mine" }
        const { batch, request } = asked
        const all = Object.values(kept.signed).flat()
        const of = kept.signed[by] ?? []
        if (!all.includes(request)) {
            if (all.length >= BATCH) {
                return { kind: "used-up", body: signingBody({ kind: "refusal", batch, request }) }
            }
            if (of.length >= EACH && !despite) return { kind: "many" }
        }
        const signature = blindSign(privateKeyOf(unhex(kept.primes)), asked.blinded)
        if (!all.includes(request)) {
            const signed = { ...kept.signed, [by]: [...of, request] }
            await this.#keep({ ...kept, signed }) // counted before it leaves
        }
        return { kind: "answer", body: signingBody({ kind: "answer", batch, request, signature }) }
    }

    /** How many of each batch that was made here were signed. */
    async signed(): Promise<ReadonlyMap<string, number>> {
        const all = await this.#all()
        return new Map(
            all.map(({ batch, signed }) => [batch.id, Object.values(signed).flat().length]),
        )
    }

    /**
     * Delete keys of batches that ended, or that the settings announce no more. One that was made a
     * moment ago, whose commit is still on its way, stays.
     */
    async forgetEnded(settings: Settings, today: string): Promise<void> {
        const open = new Set(openBatches(settings, today).map(({ id }) => id))
        const ended: string[] = []
        for (const kept of await this.#all()) {
            const { id, ends } = kept.batch
            if (open.has(id)) {
                if (!kept.announced) await this.#keep({ ...kept, announced: true })
            } else if (kept.announced || ends <= today) ended.push(id)
        }
        if (ended.length === 0) return
        await this.store.put(new Map(ended.map((id) => [this.#prefix + id, null] as const)))
    }

    async #all(): Promise<readonly Kept[]> {
        const found: Kept[] = []
        for (const key of await this.store.keys(this.#prefix)) {
            const kept = await this.#get(key.slice(this.#prefix.length))
            if (kept !== null) found.push(kept)
        }
        return found
    }

    async #get(batch: string): Promise<Kept | null> {
        const bytes = await this.store.get(this.#prefix + batch)
        return bytes === undefined ? null : keptIn(bytes)
    }

    async #keep(kept: Kept): Promise<void> {
        const bytes = new TextEncoder().encode(JSON.stringify(kept))
        await this.store.put(new Map([[this.#prefix + kept.batch.id, bytes]]))
    }
}

/** The settings with a new batch announced, and without those that have ended. */
export function announcing(settings: Settings, batch: Batch, today: string): Settings {
    const others = openBatches(settings, today).filter(({ id }) => id !== batch.id)
    return { ...settings, batches: [...others, batch] }
}

/**
 * null: there are none. Whoever is inside could add others by keys dated back before the end of a
 * batch, as no clock judges a commit; so what nobody honest adds by any more must not stand there.
 */
export function withoutLongEnded(settings: Settings, today: string): Settings | null {
    const batches = settings.batches.filter(({ ends }) => dayAfter(ends, VALID_DAYS) > today)
    return batches.length === settings.batches.length ? null : { ...settings, batches }
}

export function dayAfter(day: string, days: number): string {
    const time = Date.parse(`${day}T00:00:00Z`) + days * 24 * 60 * 60 * 1000
    return new Date(time).toISOString().slice(0, 10)
}

/** Our own writing, sealed: a shape, not a proof. */
function keptIn(bytes: Uint8Array): Kept {
    const found = parsedJson(new TextDecoder().decode(bytes))
    if (!isObject(found) || typeof found["primes"] !== "string" || !isObject(found["batch"])) {
        throw new BlindSignatureError("expected a kept batch, got something else; make a new one")
    }
    return found as unknown as Kept
}

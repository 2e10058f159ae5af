/**
 * A member's own requests for invitations: drawn here, signed by a keeper's device, handed on, and
 * forgotten in that moment. Whoever takes this device afterwards finds no number that leads to
 * whoever came in by it.
 */

import { isObject, parsedJson } from "../../sealing/json.js"
import type { Store } from "../keeping/store.js"
import { hex, unhex } from "../mls/bytes.js"
import type { Batch, Settings } from "../mls/settings.js"
import type { SuiteName } from "../mls/suites.js"
import { randomBytes } from "./big_numbers.js"
import { blind, BlindSignatureError, finalized, parsedKey } from "./blind_signature.js"
import { invitationMessage, NONCE, policyMark, shelfOf } from "./invitation.js"
import type { InvitationLink } from "./invitation.js"
import { knockKeys } from "./knock.js"
import { requestId, signingBody } from "./signing_messages.js"
import type { SigningAnswer, SigningRefusal } from "./signing_messages.js"

/** More at once would take the places of others. */
export const MOST_WAITING = 2

/** A request as it is kept. `signature` is "" until the keeper's device has answered. */
interface Kept {
    readonly batch: string
    readonly nonce: string
    readonly blinded: string
    /** Hex of what undoes the blinding; "" once that was done. */
    readonly inverse: string
    readonly signature: string
}

export interface Waiting {
    readonly request: string
    readonly batch: string
    /** As a message inside the room; sent again where no answer comes. */
    readonly body: Uint8Array
}

/**
 * - `ready`: it can be handed on. - `refused`: no place in that batch; ask again. - `garbage`: the
 *   keeper gave what is no signature; the request waits on. - `not-mine`: of another device, of a
 *   batch that ended, answered already, or by somebody who is no keeper.
 */
export type Answered = "ready" | "refused" | "garbage" | "not-mine"

export class Requests {
    readonly #prefix: string

    constructor(
        readonly store: Store,
        readonly circle: Uint8Array,
        readonly suite: SuiteName,
    ) {
        this.#prefix = `${shelfOf(circle)}invite/`
    }

    /**
     * Draw a number and blind it for the batch that lasts longest; null if none is open, or enough
     * wait already. Kept before it is returned; send its body then.
     */
    async ask(settings: Settings, today: string): Promise<Waiting | null> {
        const batch = [...openBatches(settings, today)].sort(byEnd).at(-1)
        const all = await this.#all()
        if (batch === undefined || all.length >= MOST_WAITING) return null
        const nonce = randomBytes(NONCE)
        const id = unhex(batch.id)
        const blinded = blind(parsedKey(unhex(batch.modulus)), invitationMessage(id, nonce))
        const request = requestId(blinded.message)
        await this.#keep(request, {
            batch: batch.id,
            nonce: hex(nonce),
            blinded: hex(blinded.message),
            inverse: blinded.inverse.toString(16),
            signature: "",
        })
        return waitingOf(request, batch.id, blinded.message)
    }

    /** What no keeper's device has answered. */
    async waiting(): Promise<readonly Waiting[]> {
        const all = await this.#all()
        return all
            .filter(([, { signature }]) => signature === "")
            .map(([request, { batch, blinded }]) => waitingOf(request, batch, unhex(blinded)))
    }

    /** Take an answer in that member `by` gave. */
    async answered(
        answer: SigningAnswer | SigningRefusal,
        by: string,
        settings: Settings,
    ): Promise<Answered> {
        const kept = await this.#get(answer.request)
        const batch = settings.batches.find(({ id }) => id === kept?.batch)
        const isMine = kept !== null && batch !== undefined && answer.batch === kept.batch
        if (!isMine || kept.signature !== "" || !settings.keepers.includes(by)) return "not-mine"
        if (answer.kind === "refusal") {
            await this.given(answer.request)
            return "refused"
        }
        const message = invitationMessage(unhex(batch.id), unhex(kept.nonce))
        const back = BigInt(`0x${kept.inverse}`)
        const key = parsedKey(unhex(batch.modulus))
        const signature = finalizedOrNull(key, message, answer.signature, back)
        if (signature === null) return "garbage"
        await this.#keep(answer.request, {
            ...kept,
            blinded: "",
            inverse: "",
            signature: hex(signature),
        })
        return "ready"
    }

    /** Invitations to hand on, by request. Those of ended batches are forgotten. */
    async ready(
        settings: Settings,
        today: string,
    ): Promise<readonly { readonly request: string; readonly link: InvitationLink }[]> {
        await this.forgetEnded(settings, today)
        const links = (await this.#all()).map(async ([request, kept]) => {
            const batch = settings.batches.find(({ id }) => id === kept.batch)
            if (batch === undefined || kept.signature === "") return []
            const invitation = {
                batch: unhex(kept.batch),
                nonce: unhex(kept.nonce),
                signature: unhex(kept.signature),
            }
            const link: InvitationLink = {
                suite: this.suite,
                circle: this.circle,
                invitation,
                knock: await knockKeys(unhex(batch.knock_secret)),
                policy: policyMark(settings.policy),
            }
            return [{ request, link }]
        })
        return (await Promise.all(links)).flat()
    }

    /** It was handed on, or is not wanted: forget the number. */
    async given(request: string): Promise<void> {
        await this.store.put(new Map([[this.#prefix + request, null]]))
    }

    async forgetEnded(settings: Settings, today: string): Promise<void> {
        const open = new Set(openBatches(settings, today).map(({ id }) => id))
        const ended = (await this.#all()).filter(([, { batch }]) => !open.has(batch))
        if (ended.length === 0) return
        await this.store.put(
            new Map(ended.map(([request]) => [this.#prefix + request, null] as const)),
        )
    }

    async #all(): Promise<readonly (readonly [string, Kept])[]> {
        const found: [string, Kept][] = []
        for (const key of await this.store.keys(this.#prefix)) {
            const request = key.slice(this.#prefix.length)
            const kept = await this.#get(request)
            if (kept !== null) found.push([request, kept])
        }
        return found
    }

    async #get(request: string): Promise<Kept | null> {
        const bytes = await this.store.get(this.#prefix + request)
        return bytes === undefined ? null : keptIn(bytes)
    }

    async #keep(request: string, kept: Kept): Promise<void> {
        const bytes = new TextEncoder().encode(JSON.stringify(kept))
        await this.store.put(new Map([[this.#prefix + request, bytes]]))
    }
}

function finalizedOrNull(...of: Parameters<typeof finalized>): Uint8Array | null {
    try {
        return finalized(...of)
    } catch (error) {
        if (error instanceof BlindSignatureError) return null
        throw error
    }
}

/** Of those announced, the ones that last today. */
export function openBatches(settings: Settings, today: string): readonly Batch[] {
    return settings.batches.filter(({ ends }) => ends > today)
}

function byEnd(one: Batch, other: Batch): number {
    return one.ends < other.ends ? -1 : 1
}

function waitingOf(request: string, batch: string, blinded: Uint8Array): Waiting {
    return { request, batch, body: signingBody({ kind: "request", batch, request, blinded }) }
}

function keptIn(bytes: Uint8Array): Kept {
    const found = parsedJson(new TextDecoder().decode(bytes))
    const [batch, nonce, blinded, inverse, signature] = isObject(found)
        ? ["batch", "nonce", "blinded", "inverse", "signature"].map((name) => found[name])
        : []
    if (
        typeof batch !== "string" ||
        typeof nonce !== "string" ||
        typeof blinded !== "string" ||
        typeof inverse !== "string" ||
        typeof signature !== "string"
    ) {
        throw new BlindSignatureError("expected a kept request, got something else; ask anew")
    }
    return { batch, nonce, blinded, inverse, signature }
}

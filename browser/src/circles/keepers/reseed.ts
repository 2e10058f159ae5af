/**
 * Burn, re-key, re-seed: the answer to a spy, as one action that may be cut off anywhere.
 *
 * A new room is founded with everything drawn anew (id, keys, member), those who are trusted get
 * an invitation each, sealed to them alone in the old room, and only then the old room burns. Each
 * step is written down before and after it is done and may be done again, so an interrupted
 * action goes on where it was. Until the fire, the old room is whole; after it, everybody who was
 * chosen holds an invitation.
 *
 * Burning deletes the old room's log, so invitations that nobody has fetched would be lost with
 * it: the fire waits until all have come in, or until the keeper lights it.
 */

import { SafelightError } from "../../errors.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import type { Store } from "../keeping/store.js"

export class ReseedError extends SafelightError {
    override readonly name = "ReseedError"
}

/** - `founding`: nothing is known outside. - `inviting`: the new room stands. - `waiting`: everybody
 * was sent theirs. - `burning`: the keeper lit it. - `done`. */
export type Stage = "founding" | "inviting" | "waiting" | "burning" | "done"

export interface Guest {
    /** Member id in the old room, 32 hex digits. */
    readonly member: string
    /** Of the frames in the old room: sent twice it is one message. */
    readonly message: string
    /** The invitation's text, once it was made; it leaves this device sealed only. */
    readonly invitation: string
    readonly sent: boolean
}

export interface Reseeding {
    readonly stage: Stage
    /** Ids of the rooms, 32 hex digits. */
    readonly old: string
    readonly fresh: string
    readonly guests: readonly Guest[]
}

/** What it takes. Each may be called again after it was done, and does nothing more then. */
export interface ReseedActs {
    /** Found the room `fresh` like `old`, or find it founded; its id, another if that was taken. */
    found(fresh: string, old: string): Promise<string>
    /** The text of an invitation of the new room for one person. Stored before it is sent. */
    invitation(fresh: string): Promise<string>
    /** Seal it to this member of the old room alone, under this message id. */
    send(old: string, member: string, message: string, invitation: string): Promise<void>
    /** Burn the old room on the server. */
    burn(old: string): Promise<void>
    /** Forget the old room on this device. */
    forget(old: string): Promise<void>
}

const PREFIX = "reseed."

/** Write down what is about to happen; nothing leaves the device. */
export async function plannedReseed(
    store: Store,
    plan: {
        readonly old: string
        readonly fresh: string
        readonly members: readonly string[]
        readonly drawnId: () => string
    },
): Promise<Reseeding> {
    if ((await readReseed(store, plan.old)) !== null) {
        throw new ReseedError("expected a room that is not being begun anew; go on with that")
    }
    if (new Set(plan.members).size !== plan.members.length) {
        throw new ReseedError("expected each member once")
    }
    const reseeding: Reseeding = {
        stage: "founding",
        old: plan.old,
        fresh: plan.fresh,
        guests: plan.members.map((member) => ({
            member,
            message: plan.drawnId(),
            invitation: "",
            sent: false,
        })),
    }
    await write(store, reseeding)
    return reseeding
}

/** Do what can be done, up to waiting; throws where a step fails, and can be called again. */
export async function continuedReseed(
    store: Store,
    old: string,
    acts: ReseedActs,
): Promise<Reseeding> {
    let now = await readReseed(store, old)
    if (now === null) throw new ReseedError("expected a room that is being begun anew")
    if (now.stage === "founding") {
        const fresh = await acts.found(now.fresh, now.old)
        now = await stepped(store, { ...now, fresh, stage: "inviting" })
    }
    if (now.stage === "inviting") {
        for (const guest of now.guests) {
            if (!guest.sent) now = await invited(store, now, guest, acts)
        }
        now = await stepped(store, { ...now, stage: "waiting" })
    }
    if (now.stage === "burning") {
        await acts.burn(now.old)
        now = await stepped(store, { ...now, stage: "done" })
    }
    if (now.stage === "done") {
        // The last trace that the two rooms have to do with each other goes with the old one.
        await acts.forget(now.old)
        await store.put(new Map([[PREFIX + now.old, null]]))
    }
    return now
}

async function invited(
    store: Store,
    before: Reseeding,
    guest: Guest,
    acts: ReseedActs,
): Promise<Reseeding> {
    let [now, theirs] = [before, guest]
    if (theirs.invitation === "") {
        theirs = { ...theirs, invitation: await acts.invitation(now.fresh) }
        now = await stepped(store, withGuest(now, theirs))
    }
    await acts.send(now.old, theirs.member, theirs.message, theirs.invitation)
    // What was sent is not needed here, and would give a room away to whoever takes the device.
    return stepped(store, withGuest(now, { ...theirs, invitation: "sent", sent: true }))
}

/**
 * Light the fire: once all have come in, or at once, for whoever has not fetched theirs then has
 * to be told in another way.
 */
export async function burnedReseed(
    store: Store,
    old: string,
    acts: ReseedActs,
): Promise<Reseeding> {
    const now = await readReseed(store, old)
    if (now === null || (now.stage !== "waiting" && now.stage !== "burning")) {
        throw new ReseedError("expected everybody's invitation to be on its way first; go on")
    }
    await write(store, { ...now, stage: "burning" })
    return continuedReseed(store, old, acts)
}

/** What is under way for this room; null: nothing. */
export async function readReseed(store: Store, old: string): Promise<Reseeding | null> {
    const stored = await store.get(PREFIX + old)
    if (stored === undefined) return null
    const found = parsedJson(new TextDecoder().decode(stored))
    // Our own bytes, sealed in the store: another shape is another version's.
    if (!isObject(found) || typeof found["stage"] !== "string" || !Array.isArray(found["guests"])) {
        throw new ReseedError("expected what this version wrote; update the page")
    }
    return found as unknown as Reseeding
}

function withGuest(now: Reseeding, guest: Guest): Reseeding {
    const guests = now.guests.map((one) => (one.member === guest.member ? guest : one))
    return { ...now, guests }
}

async function stepped(store: Store, next: Reseeding): Promise<Reseeding> {
    await write(store, next)
    return next
}

function write(store: Store, reseeding: Reseeding): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(reseeding))
    return store.put(new Map([[PREFIX + reseeding.old, bytes]]))
}

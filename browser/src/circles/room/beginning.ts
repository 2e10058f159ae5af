/** How a room begins on a device: founded, or come into by a welcome. */

import type { LogDelivery } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import type { Group } from "../mls/group.js"
import type { Judging } from "../mls/group_steps.js"
import { USUAL_DAYS } from "../mls/settings.js"
import type { Settings } from "../mls/settings.js"
import type { SuiteName } from "../mls/suites.js"
import { begun } from "./chain.js"
import type { Kept } from "./draft.js"
import type { Franking } from "./franking.js"

const HOUR_MS = 60 * 60 * 1000
const WEEK_HOURS = 7 * 24

export interface Surroundings {
    readonly delivery: LogDelivery
    readonly store: Store
    readonly judging: Judging
    /** null: proofs are neither made nor looked at. */
    readonly franking: Franking | null
}

export interface Founding {
    /** 16 random bytes that nobody has used; drawn if absent. */
    readonly circle?: Uint8Array
    readonly suite: SuiteName
    /** The room's name, and one's own in it. */
    readonly name: string
    readonly myName: string
    readonly band: string
    readonly days?: number
    /** May members keep messages for later? They may, if absent. */
    readonly saving?: boolean
    /** Public franking key, and hash of the signed policy: hex, or "". */
    readonly frankingKey?: string
    readonly policy?: string
    /** SHA-256 of the keeper key. */
    readonly keeperHash: Uint8Array
}

/** `seq`: 0 for the founder; -1 for a newcomer, whose first entry may have any number. */
export async function firstKept(group: Group, seq: 0 | -1, now: Date): Promise<Kept> {
    const today = now.toISOString().slice(0, 10)
    const hour = Math.floor(now.getTime() / HOUR_MS)
    return {
        group,
        place: {
            v: 1,
            seq,
            chain: begun(await group.export("safelight chain", 32)),
            read: today,
            heard: Object.fromEntries(group.members.map(({ id }) => [id, today])),
            said: {},
            leaving: [],
            warnings: [],
            burned: false,
            removed: false,
            heartbeat: hour + 12 + drawn(24),
            // Whoever came in renews at once: the keys of a welcome lay at a landing.
            renewal: seq < 0 ? hour : hour + WEEK_HOURS,
            next: 1,
            recent: [],
        },
        messages: new Map(),
        pieces: new Map(),
        outbox: [],
        pending: null,
        parts: [],
        welcomes: [],
    }
}

export function firstSettings(founding: Founding, me: string): Settings {
    return {
        v: 1,
        name: founding.name,
        keepers: [me],
        muted: [],
        band: founding.band,
        counsellors: [],
        days: founding.days ?? USUAL_DAYS,
        batches: [],
        franking: founding.frankingKey ?? "",
        pinned: [],
        closed: false,
        saving: founding.saving ?? true,
        policy: founding.policy ?? "",
    }
}

/** Below `below`, each as likely as the others to within 2^-20. */
export function drawn(below: number): number {
    return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % below
}

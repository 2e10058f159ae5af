/**
 * What keepers do to a room: pure functions from the settings of now to a change to commit.
 *
 * Every client checks commits against the settings before them, so nothing here protects anybody;
 * it makes changes that others will take in, and says in words why one will not be.
 */

import type { Day } from "../../sealing/day.js"
import { MOST_KEEPERS } from "../mls/settings.js"
import type { Settings } from "../mls/settings.js"
import { mayKeep } from "./allowed.js"
import { KeeperError, nextSecrets } from "./keeper_secrets.js"
import type { KeeperSecrets } from "./keeper_secrets.js"
import type { CirclesPolicy } from "./policy.js"

/** What a keeper's client is about to commit. Member ids are 32 hex digits. */
export interface Change {
    readonly settings: Settings
    /** Members to take out in the same commit. */
    readonly remove: readonly string[]
    /** Set when keepers change: hand these over to `settings.keepers` first, then commit. */
    readonly secrets: KeeperSecrets | null
}

/** Who acts, and in which room. */
export interface Acting {
    readonly settings: Settings
    /** Member id of the one who acts. */
    readonly by: string
    /** Ids of all members. */
    readonly members: readonly string[]
    /** The group's epoch of now. */
    readonly epoch: number
}

export function mute(room: Acting, member: string): Change {
    const { settings } = acting(room, member)
    if (settings.keepers.includes(member)) {
        throw new KeeperError("expected a member who is no keeper; make them none first")
    }
    return plain({ ...settings, muted: withId(settings.muted, member) })
}

export function unmute(room: Acting, member: string): Change {
    const { settings } = acting(room, member)
    return plain({ ...settings, muted: without(settings.muted, member) })
}

/**
 * Take somebody out. Ends every open batch, as one of its invitations may be in their hands. For
 * a keeper all keys change: `secrets` is what the others will hold.
 */
export function remove(room: Acting, member: string, secrets: KeeperSecrets): Change {
    const { settings, epoch } = acting(room, member)
    if (member === room.by) {
        throw new KeeperError("expected another member; whoever goes leaves by themselves")
    }
    const left: Settings = {
        ...settings,
        keepers: without(settings.keepers, member),
        muted: without(settings.muted, member),
        counsellors: without(settings.counsellors, member),
        batches: [],
    }
    const change = settings.keepers.includes(member) ? rekeyed(left, secrets, epoch) : plain(left)
    return { ...change, remove: [member] }
}

/** Nobody writes or comes in any more; what was said stays until it vanishes. */
export function close(room: Acting): Change {
    const { settings } = acting(room)
    return plain({ ...settings, closed: true, batches: [] })
}

export function reopen(room: Acting): Change {
    const { settings } = acting(room)
    return plain({ ...settings, closed: false })
}

export function makeKeeper(room: Acting, member: string, secrets: KeeperSecrets): Change {
    const { settings, epoch } = acting(room, member)
    if (settings.muted.includes(member)) {
        throw new KeeperError("expected a member who may write; take the muting away first")
    }
    const keepers = withId(settings.keepers, member)
    if (keepers.length > MOST_KEEPERS) {
        throw new KeeperError(
            `expected at most ${String(MOST_KEEPERS)} keepers; make another one none first`,
        )
    }
    return rekeyed({ ...settings, keepers }, secrets, epoch)
}

/** Batches end too: whoever is a keeper no more still has the keys that sign their invitations. */
export function unmakeKeeper(room: Acting, member: string, secrets: KeeperSecrets): Change {
    const { settings, epoch } = acting(room, member)
    const keepers = without(settings.keepers, member)
    if (keepers.length === 0) {
        throw new KeeperError("expected another keeper to stay; make somebody a keeper first")
    }
    if (member === room.by) {
        // Their own client would hold the new secrets for a moment, and could keep them.
        throw new KeeperError("expected another keeper to do this; ask one of them")
    }
    return rekeyed({ ...settings, keepers, batches: [] }, secrets, epoch)
}

/** New franking and server keys without a change of keepers: when a keeper's device was lost. */
export function rekey(room: Acting, secrets: KeeperSecrets): Change {
    const { settings, epoch } = acting(room)
    return rekeyed({ ...settings, batches: [] }, secrets, epoch)
}

/** Call once their card was checked (`counsellor.ts`). */
export function acceptCounsellor(room: Acting, member: string): Change {
    const { settings } = acting(room, member)
    return plain({ ...settings, counsellors: withId(settings.counsellors, member) })
}

export function dismissCounsellor(room: Acting, member: string): Change {
    const { settings } = acting(room, member)
    return plain({ ...settings, counsellors: without(settings.counsellors, member) })
}

/** Take over the organisation's rules of now; messages vanish no later than they allow. */
export function follow(room: Acting, policy: CirclesPolicy, today: Day): Change {
    const { settings } = acting(room)
    const band = policy.bands.find(({ code }) => code === settings.band)
    if (band === undefined || today > policy.expires) {
        throw new KeeperError("expected rules in force that know this room's band, got others")
    }
    const days = Math.min(settings.days, band.days)
    return plain({ ...settings, policy: policy.hash, days })
}

export function keepFor(room: Acting, days: number, policy: CirclesPolicy | null): Change {
    const { settings } = acting(room)
    if (policy !== null && mayKeep(policy, settings.band, days) !== null) {
        throw new KeeperError("expected no more days than the organisation's rules allow")
    }
    return plain({ ...settings, days })
}

function plain(settings: Settings): Change {
    return { settings, remove: [], secrets: null }
}

function rekeyed(settings: Settings, secrets: KeeperSecrets, epoch: number): Change {
    const next = nextSecrets(secrets, epoch)
    return { settings: { ...settings, franking: next.ring.current }, remove: [], secrets: next }
}

function acting(room: Acting, member?: string): Acting {
    const { settings, by, members } = room
    if (!settings.keepers.includes(by)) {
        throw new KeeperError("expected a keeper of this room; ask one of them")
    }
    if (member !== undefined && !members.includes(member)) {
        throw new KeeperError("expected a member of this room; they may have left meanwhile")
    }
    return room
}

function withId(ids: readonly string[], id: string): readonly string[] {
    return [...new Set([...ids, id])].sort()
}

function without(ids: readonly string[], id: string): readonly string[] {
    return ids.filter((one) => one !== id)
}

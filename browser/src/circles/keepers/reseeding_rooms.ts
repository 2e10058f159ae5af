/** Beginning a real room anew: what each step of `reseed.ts` does to rooms. */

import { IdTaken } from "../delivery/delivery.js"
import { hex, unhex } from "../mls/bytes.js"
import type { Surroundings } from "../room/beginning.js"
import { drawnId } from "./boxed.js"
import { foundedRoom } from "./founding.js"
import type { KeptFounding } from "./founding.js"
import { KeeperError } from "./keeper_secrets.js"
import { burnedReseed, continuedReseed, plannedReseed, readReseed } from "./reseed.js"
import type { ReseedActs, Reseeding } from "./reseed.js"
import type { RoomKeepers } from "./room_keepers.js"

/** What only the page and `entering` know. */
export interface Anew {
    readonly around: Surroundings
    /** The room that is left, as it is open now; null once it is gone from this device. */
    old(id: string): Promise<RoomKeepers | null>
    /** A new room is on this device: to be shown, and held open as the only one. */
    opened(keepers: RoomKeepers): Promise<void>
    /** The new room, as it is open now. */
    fresh(id: string): Promise<RoomKeepers>
    /** Text of an invitation into this room for one person: from a batch, opened if need be. */
    invitation(fresh: RoomKeepers): Promise<string>
    /** Delete what other parts kept of a room. */
    forget(old: string): Promise<void>
}

/** Begin the room anew with these members; goes as far as everybody's invitation. */
export async function begunAnew(
    anew: Anew,
    old: RoomKeepers,
    members: readonly string[],
): Promise<Reseeding> {
    const { state, circle } = old.room
    const unknown = members.some(
        (id) => id === state.me.id || !state.members.some((one) => one.id === id),
    )
    if (unknown || !old.ready) {
        throw new KeeperError(
            "expected a keeper who was handed the secrets, and members to take along; look again who is here",
        )
    }
    const room = hex(circle)
    if ((await readReseed(anew.around.store, room)) === null) {
        const plan = { old: room, fresh: drawnId(), members, drawnId }
        await plannedReseed(anew.around.store, plan)
    }
    return continuedReseed(anew.around.store, room, actsOf(anew))
}

/** After a restart: go on where it was; null: nothing was under way. */
export async function goneOn(anew: Anew, old: string): Promise<Reseeding | null> {
    const { store } = anew.around
    return (await readReseed(store, old)) === null
        ? null
        : continuedReseed(store, old, actsOf(anew))
}

/** Members of the old room who were invited and are in the new one, by the number of each. */
export function stillOut(reseeding: Reseeding, fresh: RoomKeepers): number {
    const arrived = fresh.room.state.members.length - 1
    return Math.max(0, reseeding.guests.length - arrived)
}

/** The last step: the old room burns. */
export function burnedAnew(anew: Anew, old: string): Promise<Reseeding> {
    return burnedReseed(anew.around.store, old, actsOf(anew))
}

function actsOf(anew: Anew): ReseedActs {
    return {
        async found(fresh, old) {
            const founding = like(await anew.old(old))
            try {
                const keepers = await foundedRoom(anew.around, unhex(fresh), founding)
                await anew.opened(keepers)
                return fresh
            } catch (error) {
                if (!(error instanceof IdTaken)) throw error
                // Founded there before a crash, and its keys are lost: an empty room that nobody knows.
                const other = drawnId()
                await anew.opened(await foundedRoom(anew.around, unhex(other), founding))
                return other
            }
        },
        async invitation(fresh) {
            return anew.invitation(await anew.fresh(fresh))
        },
        async send(old, member, message, invitation) {
            const keepers = await anew.old(old)
            // Whoever left the old room meanwhile is not taken along.
            if (keepers?.room.group?.member(member) === undefined) return
            await keepers.invite(member, message, invitation)
            // Kept is not sent: the fire would burn what still waits here.
            await keepers.room.sync()
        },
        async burn(old) {
            const keepers = await anew.old(old)
            const key = keepers?.serverKey
            if (keepers === null) return // burned before a crash
            if (key === undefined || key === null) {
                throw new KeeperError(
                    "expected the keepers' key of the old room; ask another keeper to burn it",
                )
            }
            await keepers.room.burn(key)
        },
        forget: (old) => anew.forget(old),
    }
}

function like(old: RoomKeepers | null): KeptFounding {
    const group = old?.room.group ?? null
    if (group === null) {
        throw new KeeperError("expected to be a member of the old room still; found one by hand")
    }
    const { settings } = group
    return {
        suite: group.suite,
        name: settings.name,
        myName: group.me.name,
        band: settings.band,
        days: settings.days,
        saving: settings.saving,
        policy: settings.policy,
    }
}

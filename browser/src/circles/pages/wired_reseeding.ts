/** Beginning a room anew: another room with other keys, and an invitation for each who is trusted. */

import { BATCH } from "../entering/keeper_batches.js"
import { begunAnew, burnedAnew, goneOn } from "../keepers/reseeding_rooms.js"
import type { Anew } from "../keepers/reseeding_rooms.js"
import type { RoomKeepers } from "../keepers/room_keepers.js"
import { hex } from "../mls/bytes.js"
import type { RealInside } from "./wired_inside.js"
import type { InnerWork } from "./wired_keeper.js"

/** The id of the new room. The old one stays until a keeper burns it: people must come first. */
export async function newRoomFor(work: InnerWork, members: readonly string[]): Promise<string> {
    const { inside, keepers, room } = work
    const begun = await inTurn(inside, hex(room.circle), () =>
        begunAnew(anewOf(inside), keepers, members),
    )
    return begun.fresh
}

/** After a restart: on from the step at which it was cut; old: the room that is left. */
export async function wentOn(inside: RealInside, old: string): Promise<void> {
    await inTurn(inside, old, () => goneOn(anewOf(inside), old))
}

/** As the last step of a new beginning, where one is under way. */
export async function burnedAfter(work: InnerWork): Promise<void> {
    const { inside, room } = work
    const old = hex(room.circle)
    await inTurn(inside, old, () => burnedAnew(anewOf(inside), old))
}

/** What unlocking goes on with, a press does not do beside it: everybody would be invited twice. */
function inTurn<Done>(inside: RealInside, old: string, what: () => Promise<Done>): Promise<Done> {
    return inside.inTurn(`anew/${old}`, what)
}

function anewOf(inside: RealInside): Anew {
    const workOf = async (id: string): Promise<InnerWork | null> => {
        const room = await inside.roomOf(id)
        return room === null ? null : room.work()
    }
    const fresh = async (id: string): Promise<InnerWork> => {
        const work = await workOf(id)
        if (work === null) throw new Error("expected the new room here")
        return work
    }
    const invitations = new Map<string, number>()
    return {
        around: inside.around,
        old: async (id): Promise<RoomKeepers | null> => (await workOf(id))?.keepers ?? null,
        opened: async (keepers) => {
            await inside.taken(keepers.room)
        },
        fresh: async (id) => (await fresh(id)).keepers,
        async invitation(keepers) {
            const id = hex(keepers.room.circle)
            const work = await fresh(id)
            const made = invitations.get(id) ?? 0
            if (made % BATCH === 0) await work.keeper.openBatch()
            invitations.set(id, made + 1)
            return work.invitationText()
        },
        async forget(old) {
            const room = await inside.roomOf(old)
            await room?.forgotten()
        },
    }
}

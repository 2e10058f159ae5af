/** Beginning anew: another room with other keys, and an invitation for each who is trusted. */

import { BATCH, OPEN_BATCHES } from "../entering/keeper_batches.js"
import { KeeperError } from "../keepers/keeper_secrets.js"
import { POST_QUANTUM } from "../mls/suites.js"
import { RealRoom } from "./wired_room.js"
import type { InnerWork } from "./wired_keeper.js"

/** The id of the new room. The old one stays until a keeper burns it: people must come first. */
export async function begunAnew(work: InnerWork, members: readonly string[]): Promise<string> {
    const { settings, me, suite } = work.group()
    if (members.length > BATCH * OPEN_BATCHES) {
        throw new KeeperError("expected at most 24 people to come along, got more")
    }
    const next = await work.inside.found({
        name: settings.name,
        myName: me.name,
        band: settings.band,
        days: settings.days,
        saving: settings.saving,
        postQuantum: suite === POST_QUANTUM,
    })
    if (!(next instanceof RealRoom)) throw new KeeperError("expected a room of this page")
    const inner = await next.work()
    for (const [at, member] of members.entries()) {
        if (at % BATCH === 0) await inner.keeper.openBatch()
        const made = await inner.invite()
        if (typeof made === "string") throw new KeeperError("expected an invitation, got none")
        const text = made.address.slice(made.address.indexOf("#") + 1)
        // Sealed to this member alone; others see a frame like any other.
        await work.sendBoxed("invitation", [member], new TextEncoder().encode(text))
        await inner.given()
    }
    return next.id
}

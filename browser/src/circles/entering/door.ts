/** Members look who waits at the door, and believe nothing that the server says about it. */

import type { EnteringDelivery } from "../delivery/delivery.js"
import { hex, unhex } from "../mls/bytes.js"
import { usedMark } from "../mls/leaf.js"
import type { Member } from "../mls/member.js"
import { NotToday, Unreadable } from "../mls/problems.js"
import { isGenuine } from "./invitation.js"
import { openedKnock } from "./knock.js"
import type { Door, Knock } from "./knock.js"

/**
 * - `unreadable`: not sealed to an open batch, or not by this program. - `not-signed`: its
 *   invitation is none; no honest server lets it through. - `used`: somebody inside came by the same
 *   invitation. - `twice`: two knocks show one invitation; an honest server takes one.
 */
export type BadKnock = "unreadable" | "not-signed" | "used" | "twice"

export interface AtTheDoor {
    /** The server's name for it, for `dropKnock`. */
    readonly id: string
    readonly knock: Knock
}

export interface LookedAt {
    readonly good: readonly AtTheDoor[]
    readonly bad: readonly { readonly id: string; readonly why: BadKnock }[]
}

/** `members`: of now. `known`: knocks that were looked at before, by the server's names. */
export async function lookAtDoor(
    delivery: Pick<EnteringDelivery, "knock" | "knocks">,
    doorKey: Uint8Array,
    door: Door,
    members: readonly Member[],
    known: ReadonlySet<string> = new Set(),
): Promise<LookedAt> {
    const good: AtTheDoor[] = []
    const bad: { id: string; why: BadKnock }[] = []
    const seen = new Set<string>()
    for (const { id } of await delivery.knocks(door.circle, doorKey)) {
        if (known.has(id)) continue
        const sealed = await delivery.knock(door.circle, doorKey, id)
        if (sealed === null) continue
        const found = await judged(sealed, door, members)
        // Not dropped: this device's clock may be wrong, and another one lets them in.
        if (found === "not-today") continue
        if (typeof found === "string") bad.push({ id, why: found })
        else if (seen.has(hex(found.invitation.nonce))) bad.push({ id, why: "twice" })
        else good.push({ id, knock: found })
        if (typeof found !== "string") seen.add(hex(found.invitation.nonce))
    }
    return { good, bad }
}

async function judged(
    sealed: Uint8Array,
    door: Door,
    members: readonly Member[],
): Promise<Knock | BadKnock | "not-today"> {
    let knock: Knock
    try {
        knock = await openedKnock(sealed, door)
    } catch (error) {
        if (error instanceof Unreadable) return "unreadable"
        if (error instanceof NotToday) return "not-today"
        throw error
    }
    const { invitation, newcomer } = knock
    const batch = door.batches.find(({ id }) => id === hex(invitation.batch))
    if (batch === undefined || !isGenuine(unhex(batch.modulus), invitation)) return "not-signed"
    const mark = hex(usedMark(invitation.nonce))
    const isUsed = members.some(
        (one) =>
            (one.batch === batch.id && one.invitation === mark) || one.id === newcomer.member.id,
    )
    return isUsed ? "used" : knock
}

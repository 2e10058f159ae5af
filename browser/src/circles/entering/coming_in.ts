/**
 * A newcomer, from an invitation to the welcome. Each step is kept before it is taken, so that a
 * browser closed anywhere goes on where it was, with the same keys and the same bytes.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { SafelightError } from "../../errors.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import { DoorBusy, InvitationSpent, NoCircle, NoInvitation } from "../delivery/delivery.js"
import type { EnteringDelivery, LogDelivery, WaitingWelcome } from "../delivery/delivery.js"
import type { Store } from "../keeping/store.js"
import { hex, same, unhex } from "../mls/bytes.js"
import { Group } from "../mls/group.js"
import type { Judging } from "../mls/group_steps.js"
import { encodedOwnMember, newMember, parsedOwnMember, sentKeyPackage } from "../mls/own_member.js"
import type { OwnMember } from "../mls/own_member.js"
import { Unreadable } from "../mls/problems.js"
import { UnlawfulWelcome } from "../mls/tree_checks.js"
import { randomBytes } from "./big_numbers.js"
import { isGenuine, isPolicy, linkText, parsedLink } from "./invitation.js"
import type { InvitationLink } from "./invitation.js"
import { knockKeys, sealedKnock } from "./knock.js"

const PREFIX = "enter/"
const LANDED = "landed/"
/** A batch lasts a week; nobody opens after that. */
export const LONGEST_WAIT_DAYS = 8
/** As many as the server keeps. */
const MOST_WELCOMES = 8

/**
 * - `begun`: not known to have arrived; `carryOn` again. - `waiting`: at the door.
 * - `spent`: somebody else used the invitation. - `no-invitation`: it ended, was withdrawn or never
 *   was one. - `unanswered`: the batch's week is over. - `stuffed`: whoever is inside left as many
 *   welcomes as fit, and none is one. For the last four a new invitation is needed.
 */
export type Standing = "begun" | "waiting" | "spent" | "no-invitation" | "unanswered" | "stuffed"

export class ComingInError extends SafelightError {
    override readonly name = "ComingInError"
}

/** For `Room.entered`, unless this device is inside already; then `rowsWhenInside`. */
export interface Joined {
    readonly group: Group
    readonly link: InvitationLink
    /** The room has another escalation policy than the link promised: show it before anything. */
    readonly policyChanged: boolean
}

interface Kept {
    readonly link: string
    readonly own: string
    readonly landing: string
    readonly ownerKey: string
    readonly giverKey: string
    readonly knock: string
    readonly day: string
    /** Whether the knock was ever sent, so that "spent" may mean: by this. */
    readonly tried: boolean
    readonly standing: Standing
}

type Asked = EnteringDelivery & Pick<LogDelivery, "read">

export class ComingIn {
    /** Welcomes that were none of this room. */
    readonly #bad = new Set<string>()

    private constructor(
        readonly store: Store,
        private kept: Kept,
    ) {}

    /**
     * Keys for this room and a knock, kept; nothing is sent yet. Throws `ComingInError` for a room
     * in which this device is, or at whose door it waits. `beside`: rows of others, by its id.
     */
    static async begin(
        store: Store,
        link: InvitationLink,
        name: string,
        now: Date,
        beside: (id: string) => ReadonlyMap<string, Uint8Array> = () => new Map(),
    ): Promise<ComingIn> {
        const { suite, circle, invitation } = link
        const waits = (await ComingIn.all(store)).some(
            (other) => same(other.circle, circle) && ["begun", "waiting"].includes(other.standing),
        )
        if (waits || (await isInside(store, circle))) {
            throw new ComingInError(
                "expected a room that is new here, got one in which this device is or waits already",
            )
        }
        const own = await newMember({ suite, circle, name, invitation, now })
        const [id, ownerKey, giverKey] = [randomBytes(16), randomBytes(32), randomBytes(32)]
        const knock = await sealedKnock(link.knock, invitation.batch, sentKeyPackage(own), {
            id,
            giverKey,
        })
        const coming = new ComingIn(store, {
            link: linkText(link),
            own: hex(encodedOwnMember(own)),
            landing: hex(id),
            ownerKey: hex(ownerKey),
            giverKey: hex(giverKey),
            knock: hex(knock),
            day: now.toISOString().slice(0, 10),
            tried: false,
            standing: "begun",
        })
        await coming.#keep({}, beside(coming.id))
        return coming
    }

    /** All that this device waits for. */
    static async all(store: Store): Promise<readonly ComingIn[]> {
        const found: ComingIn[] = []
        for (const key of await store.keys(PREFIX)) {
            const bytes = await store.get(key)
            if (bytes !== undefined) found.push(new ComingIn(store, keptIn(bytes)))
        }
        return found
    }

    /** The same each time it is looked at. */
    get id(): string {
        return this.kept.landing
    }

    get circle(): Uint8Array {
        return parsedLink(this.kept.link).circle
    }

    isBy(link: InvitationLink): boolean {
        return this.kept.link === linkText(link)
    }

    get standing(): Standing {
        return this.kept.standing
    }

    get name(): string {
        return this.#own().name
    }

    /**
     * Make the landing and knock, as far as that was not done. `DoorBusy`: come back tomorrow, the
     * invitation stays good. Throws `NetworkFailed` too; then call it again.
     */
    async carryOn(delivery: EnteringDelivery): Promise<Standing> {
        const { standing, tried } = this.kept
        if (standing !== "begun") return standing
        const landing = this.#bytes("landing")
        const [owner, giver] = [this.#bytes("ownerKey"), this.#bytes("giverKey")]
        await delivery.prepareLanding(landing, sha256(owner), sha256(giver))
        const { batch, nonce, signature } = parsedLink(this.kept.link).invitation
        await this.#keep({ tried: true })
        try {
            await delivery.comeIn({ batch, nonce, signature, knock: this.#bytes("knock") })
            return await this.#stands("waiting")
        } catch (error) {
            if (error instanceof DoorBusy) {
                await this.#keep({ tried })
                throw error
            }
            if (error instanceof NoInvitation) return this.#stands("no-invitation")
            if (!(error instanceof InvitationSpent)) throw error
            // The knock may be inside and dealt with: then a welcome comes, or the wait ends.
            return this.#stands(tried || error.perhapsByThis ? "waiting" : "spent")
        }
    }

    /**
     * Look once whether somebody opened; null: not yet, and `standing` says whether to look again.
     * Found again after an interruption, the room may be kept here already: entering twice by one
     * welcome would start this device's ratchets anew, so look for it first. Looking tells the server that somebody waits; do it at random times.
     *
     * A welcome counts if it leads into the room that the link promised *and* the server lets this
     * device in there: whoever has only stolen the giver's key can do the first, or the second.
     */
    async look(delivery: Asked, judging: Omit<Judging, "genuine">): Promise<Joined | null> {
        if (this.kept.standing !== "waiting") return null
        const [landing, owner] = [this.#bytes("landing"), this.#bytes("ownerKey")]
        const { welcomes } = await delivery.landingFacts(landing, owner)
        for (const waiting of welcomes) {
            if (this.#bad.has(waiting.id)) continue
            const joined = await this.#joined(delivery, waiting, judging)
            if (joined !== null) return joined
            this.#bad.add(waiting.id)
        }
        if (this.#bad.size >= MOST_WELCOMES) await this.#stands("stuffed")
        else if (this.#isLate(judging.now())) await this.#stands("unanswered")
        return null
    }

    /** To be put once the room is kept here: only the landing is left (`clearLandings`). */
    rowsWhenInside(): ReadonlyMap<string, Uint8Array | null> {
        return new Map([
            [PREFIX + this.kept.landing, null],
            [LANDED + this.kept.landing, this.#bytes("ownerKey")],
        ])
    }

    /** Forget it here, keys and all, and at the server as soon as that can be reached. */
    giveUp(): Promise<void> {
        return this.store.put(this.rowsWhenInside())
    }

    async #joined(
        delivery: Asked,
        waiting: WaitingWelcome,
        judging: Omit<Judging, "genuine">,
    ): Promise<Joined | null> {
        const own = this.#own()
        const link = parsedLink(this.kept.link)
        const welcome = await delivery.welcome(
            this.#bytes("landing"),
            this.#bytes("ownerKey"),
            waiting,
        )
        try {
            const group = await Group.join(welcome, own, { ...judging, genuine: isGenuine })
            if (!(await isPromised(group, link))) return null
            await delivery.read(group.circle, await group.doorKey(), 0)
            return { group, link, policyChanged: !isPolicy(link, group.settings.policy) }
        } catch (error) {
            const isBad = error instanceof Unreadable || error instanceof UnlawfulWelcome
            // The server knows no such circle or epoch: somebody made up a room of its name.
            if (isBad || error instanceof NoCircle) return null
            throw error
        }
    }

    #isLate(now: Date): boolean {
        const day = 24 * 60 * 60 * 1000
        return now.getTime() - Date.parse(this.kept.day) >= LONGEST_WAIT_DAYS * day
    }

    async #stands(standing: Standing): Promise<Standing> {
        await this.#keep({ standing })
        return standing
    }

    async #keep(
        change: Partial<Kept>,
        beside: ReadonlyMap<string, Uint8Array> = new Map(),
    ): Promise<void> {
        const kept = { ...this.kept, ...change }
        const bytes = new TextEncoder().encode(JSON.stringify(kept))
        await this.store.put(new Map([...beside, [PREFIX + kept.landing, bytes]]))
        this.kept = kept
    }

    #own(): OwnMember {
        return parsedOwnMember(unhex(this.kept.own))
    }

    #bytes(name: "landing" | "ownerKey" | "giverKey" | "knock"): Uint8Array {
        return unhex(this.kept[name])
    }
}

async function isInside(store: Store, circle: Uint8Array): Promise<boolean> {
    return (await store.keys(`room/${hex(circle)}/`)).length > 0
}

/** Delete landings at the server that are not needed any more; what fails waits for the next time. */
export async function clearLandings(store: Store, delivery: EnteringDelivery): Promise<void> {
    for (const key of await store.keys(LANDED)) {
        const owner = await store.get(key)
        if (owner === undefined) continue
        try {
            await delivery.clearLanding(unhex(key.slice(LANDED.length)), owner)
        } catch (error) {
            if (!(error instanceof NoCircle)) throw error // gone is gone
        }
        await store.put(new Map([[key, null]]))
    }
}

/** Whether this is the room of the link, as far as its members can have made it look so. */
async function isPromised(group: Group, link: InvitationLink): Promise<boolean> {
    const batch = group.settings.batches.find(({ id }) => id === hex(link.invitation.batch))
    // Removing somebody ends all batches, perhaps just after this newcomer was let in.
    if (batch === undefined) return true
    const keys = await knockKeys(unhex(batch.knock_secret))
    return same(keys.publicKey, link.knock.publicKey) && same(keys.linkKey, link.knock.linkKey)
}

function keptIn(bytes: Uint8Array): Kept {
    const found = parsedJson(new TextDecoder().decode(bytes))
    const names = ["link", "own", "landing", "ownerKey", "giverKey", "knock", "day", "standing"]
    if (!isObject(found) || names.some((name) => typeof found[name] !== "string")) {
        throw new ComingInError("expected what this device wrote, got something else; come in anew")
    }
    return found as unknown as Kept
}

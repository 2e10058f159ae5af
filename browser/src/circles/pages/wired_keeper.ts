/**
 * What happens in a room beside talk: keepers' secrets and reports, invitations that are asked for
 * and signed, newcomers. Loaded where somebody needs it.
 */

import { linkAddress, linkText } from "../entering/invitation.js"
import type { InvitationLink } from "../entering/invitation.js"
import { Counting } from "../entering/counting.js"
import {
    BATCH_DAYS,
    dayAfter,
    KeeperBatches,
    withoutLongEnded,
} from "../entering/keeper_batches.js"
import { Requests } from "../entering/requests.js"
import { parsedSigning } from "../entering/signing_messages.js"
import type { SigningMessage, SigningRequest } from "../entering/signing_messages.js"
import { keepersOf } from "../keepers/founding.js"
import { KeeperError } from "../keepers/keeper_secrets.js"
import type { RoomKeepers } from "../keepers/room_keepers.js"
import { unhex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import { Unreadable } from "../mls/problems.js"
import type { PartMessage, Room } from "../room/room.js"
import type { Invite } from "./parts.js"
import { Keeping } from "./wired_keeping.js"
import type { RealInside } from "./wired_inside.js"

export { foundedRoom } from "../keepers/founding.js"

/** What a keeper's device answered a request for an invitation, until the person has read it. */
const TOLD = "invite-told"

/** A member who asks a keeper to sign, beyond what is signed without asking the keeper. */
export interface Asking {
    readonly id: string
    readonly name: string
    readonly by: string
    readonly asked: SigningRequest
}

export class InnerWork {
    readonly keeper: Keeping
    readonly batches: KeeperBatches
    readonly counting: Counting
    readonly requests: Requests
    /** A batch is being made. */
    opening = false
    readonly asking = new Map<string, Asking>()
    /** The request whose invitation is on the screen. */
    #shown: string | null = null

    private constructor(
        readonly inside: RealInside,
        readonly keepers: RoomKeepers,
    ) {
        const { circle } = keepers.room
        this.batches = new KeeperBatches(inside.store, circle)
        this.counting = new Counting(inside.store, circle)
        this.requests = new Requests(inside.store, circle, this.group().suite)
        this.keeper = new Keeping(this)
    }

    static async of(inside: RealInside, room: Room): Promise<InnerWork> {
        return new InnerWork(inside, await keepersOf(inside.around, room))
    }

    get room(): Room {
        return this.keepers.room
    }

    group(): Group {
        const { group } = this.room
        if (group === null) throw new KeeperError("expected a member of this room; come in anew")
        return group
    }

    get serverKey(): Uint8Array {
        const { serverKey } = this.keepers
        if (serverKey === null) {
            throw new KeeperError("expected the keepers' keys; another keeper hands them over")
        }
        return serverKey
    }

    /** Everything that has come for these parts and was not dealt with. */
    async takeIn(): Promise<void> {
        const { room } = this
        await this.keepers.sync()
        if (room.group !== null) await this.counting.seen(room.group.settings, room.today)
        for (const part of room.received("entering")) await this.#takeSigning(part)
        const { group } = room
        if (group?.isKeeper !== true) return
        await this.keeper.keepNames()
        if (this.keepers.ready) await this.keeper.leaveWelcomes()
        if (!this.opening) await this.batches.forgetEnded(group.settings, room.today)
        await this.#dropLongEnded()
    }

    /** By the server's clock too: a device that is months ahead would end what is open. */
    async #dropLongEnded(): Promise<void> {
        const { room } = this
        const { today } = room
        const { warnings, stopped, burned, settings } = room.state
        const doubtful = warnings.some(({ kind }) => kind === "clock-differs")
        if (doubtful || stopped || burned || withoutLongEnded(settings, today) === null) return
        await room.commit((now) => {
            const next = now.isKeeper ? withoutLongEnded(now.settings, today) : null
            return next === null ? null : { settings: next }
        })
    }

    async #takeSigning(part: PartMessage): Promise<void> {
        const { room } = this
        const { isKeeper, settings, members } = this.group()
        const message = signingIn(part)
        if (message !== null) await this.counting.heard(part.from, settings, message)
        if (message === null || (message.kind === "request" && !isKeeper)) {
            await room.done(part.seq)
        } else if (message.kind !== "request") {
            const came = await this.requests.answered(message, part.from, settings)
            if (came === "refused" || came === "garbage") {
                await room.putOnShelf(TOLD, new TextEncoder().encode(came))
            }
            await room.done(part.seq)
        } else if (await this.signed(part.from, message, false)) {
            await room.done(part.seq)
        } else {
            const id = String(part.seq)
            const name = members.find((one) => one.id === part.from)?.name ?? ""
            this.asking.set(id, { id, name, by: part.from, asked: message })
        }
    }

    /** false: the keeper decides, as this member has had some already. */
    async signed(by: string, asked: SigningRequest, despite: boolean): Promise<boolean> {
        const { settings } = this.group()
        const made = await this.batches.sign(by, asked, settings, this.room.today, despite)
        if (made.kind === "many") return false
        if (made.kind !== "not-mine") await this.#said(made.body)
        return true
    }

    /** The batches that the server lists, held against what was announced and signed inside. */
    async listed() {
        await this.room.sync()
        const group = this.group()
        const { circle, settings } = group
        const facts = await this.inside.delivery.batches(circle, await group.doorKey())
        const { today } = this.room
        const doubts = await this.counting.doubts(settings, facts, today)
        return { announced: settings.batches, facts, doubts, today }
    }

    /** Whether the server lists other batches than were announced and signed inside. */
    async doubted(): Promise<boolean> {
        if (this.opening) return false
        const { announced, doubts, today } = await this.listed()
        // One that was announced a moment ago may be on its way to the server.
        const isNew = (id: string): boolean =>
            announced.some(
                (batch) => batch.id === id && batch.ends >= dayAfter(today, BATCH_DAYS - 1),
            )
        return doubts.some(({ kind, batch }) => kind !== "not-there" || !isNew(batch))
    }

    async invite(): Promise<Invite> {
        const told = await this.room.shelf(TOLD)
        if (told !== undefined) {
            await this.room.putOnShelf(TOLD, null)
            return new TextDecoder().decode(told) === "garbage" ? "garbage" : "refused"
        }
        const link = await this.link()
        if (typeof link === "string") return link
        return { address: linkAddress(`${location.origin}${location.pathname}`, link) }
    }

    /** What stands behind the `#` of an invitation, for one who comes along. */
    async invitationText(): Promise<string> {
        const link = await this.link()
        if (typeof link === "string") throw new KeeperError("expected an open batch, got none")
        await this.given()
        return linkText(link)
    }

    async link(): Promise<InvitationLink | "asked" | "none"> {
        const settled = await this.#ready()
        if (settled !== null) return settled
        const { settings, me, isKeeper } = this.group()
        const [waiting] = await this.requests.waiting()
        const asked = waiting ?? (await this.requests.ask(settings, this.room.today))
        if (asked === null) return "none"
        // Asked inside in any case, so that members can count; a keeper's own device answers itself.
        await this.#said(asked.body)
        const request = parsedSigning(asked.body)
        if (!isKeeper || request.kind !== "request") return "asked"
        const made = await this.batches.sign(me.id, request, settings, this.room.today, true)
        if (made.kind !== "answer") return "asked"
        await this.#said(made.body)
        const answer = parsedSigning(made.body)
        if (answer.kind !== "request") {
            await this.requests.answered(answer, me.id, this.group().settings)
        }
        return (await this.#ready()) ?? "asked"
    }

    /** To everybody, and into this member's own count. */
    async #said(body: Uint8Array): Promise<void> {
        const { me, settings } = this.group()
        await this.room.send("entering", body)
        await this.counting.heard(me.id, settings, parsedSigning(body))
    }

    async #ready(): Promise<InvitationLink | null> {
        const [first] = await this.requests.ready(this.group().settings, this.room.today)
        if (first === undefined) return null
        this.#shown = first.request
        return first.link
    }

    /** The device forgets the number: nothing here leads to whoever comes in by it. */
    async given(): Promise<void> {
        if (this.#shown !== null) await this.requests.given(this.#shown)
        this.#shown = null
    }
}

/** null: somebody sent bytes that are none of ours; nothing is done with them. */
function signingIn(part: PartMessage): SigningMessage | null {
    try {
        return parsedSigning(unhex(part.body))
    } catch (error) {
        if (error instanceof Unreadable) return null
        throw error
    }
}

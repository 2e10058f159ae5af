/**
 * A room's keepers, from one member's device: sending and taking in what travels in frames,
 * reports and their answers, and changes that hand secrets over first.
 *
 * Call `sync` after the room's own. Everything is on the room's shelf before it counts.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { joined, same, unhex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import { Unreadable } from "../mls/problems.js"
import { suiteOf } from "../mls/suites.js"
import { daysAfter } from "../room/keeping_messages.js"
import type { PartMessage, Room } from "../room/room.js"
import type { Acting, Change } from "./actions.js"
import { MOST_FRAMES, boxedFrames, drawnId, frameLength, roomInFrame } from "./boxed.js"
import type { BoxedIn, BoxedKind, Piece } from "./boxed.js"
import { KEPT_PROOF, frank } from "./franking.js"
import { FrankingError } from "./franking_error.js"
import { encodedInbox, parsedInbox, readIn, withCame, withoutVanished } from "./inbox.js"
import type { Came } from "./inbox.js"
import { Handover, KeeperError, encodedSecrets, parsedSecrets } from "./keeper_secrets.js"
import type { KeeperSecrets } from "./keeper_secrets.js"
import { Pieces, openedFrame } from "./opened_frames.js"
import {
    ReportError,
    encodedAnswer,
    encodedWithin,
    openedReport,
    parsedAnswer,
    sendersIn,
} from "./reports.js"
import { restOf } from "./reported_picture.js"
import type { Answer, OpenedReport, Reported } from "./reports.js"

const HANDOVER = "keepers/secrets"
const INBOX = "keepers/inbox"
/** A frame that all may read; no frame for some has this length. */
const CARD = 1

export class RoomKeepers {
    readonly #pieces = new Pieces()
    /** Frames whose message is not whole yet: by sender and message, their numbers in the log. */
    readonly #opened = new Map<number, string>()

    private constructor(
        readonly room: Room,
        private handover: Handover,
        private inbox: readonly Came[],
    ) {}

    /** `secrets`: of the founder, on the first call; kept from then on. */
    static async of(room: Room, secrets: KeeperSecrets | null = null): Promise<RoomKeepers> {
        const stored = await room.shelf(HANDOVER)
        const handover = stored === undefined ? Handover.begin(secrets) : Handover.parsed(stored)
        const inbox = parsedInbox(await room.shelf(INBOX))
        const keepers = new RoomKeepers(room, handover, inbox)
        if (stored === undefined) await keepers.#keepHandover(handover)
        return keepers
    }

    /** What the server asks of keepers; null for whoever is none, or was not handed it yet. */
    get serverKey(): Uint8Array | null {
        const { franking } = this.room.state.settings
        return this.handover.ready(franking) ? (this.handover.secrets?.serverKey ?? null) : null
    }

    /** A keeper who was handed the secrets of now; another keeper's `rekey` mends it if not. */
    get ready(): boolean {
        return this.serverKey !== null
    }

    /** Take in what the room received since. */
    async sync(): Promise<void> {
        for (const part of this.room.received("boxed")) {
            if (!this.#opened.has(part.seq)) await this.#took(part)
        }
        await this.#takeUp()
        const { settings } = this.room.state
        const first = daysAfter(this.room.today, -settings.days)
        const left = withoutVanished(this.inbox, first)
        if (left !== this.inbox) await this.#keepInbox(left)
    }

    async #took(part: PartMessage): Promise<void> {
        const { group } = this.room
        if (group === null) return
        const body = unhex(part.body)
        if (body.length !== frameLength(suiteOf(group.suite))) {
            if (body[0] === CARD) await this.#came("card", "", part, body.subarray(1))
            await this.room.done(part.seq)
            return
        }
        const piece = await opened(body, group, this.#where(group, part.from))
        if (piece === null) {
            await this.room.done(part.seq)
            return
        }
        const message = `${part.from} ${piece.kind} ${piece.id}`
        this.#opened.set(part.seq, message)
        const whole = this.#pieces.take(part.from, piece)
        if (whole === null) return
        await this.#came(piece.kind, piece.id, part, whole)
        for (const [seq, its] of this.#opened) {
            if (its !== message) continue
            await this.room.done(seq)
            this.#opened.delete(seq)
        }
    }

    async #came(
        kind: BoxedKind | "card",
        id: string,
        { from, day }: PartMessage,
        data: Uint8Array,
    ): Promise<void> {
        if (kind === "nothing") return
        const fromKeeper = this.room.state.settings.keepers.includes(from)
        if (kind === "secrets") {
            if (fromKeeper) await this.#offered(data)
            return
        }
        // Only keepers answer and invite into a room begun anew.
        if ((kind === "answer" || kind === "invitation") && !fromKeeper) return
        await this.#keepInbox(withCame(this.inbox, { kind, id, from, data, day, done: false }))
    }

    async #offered(data: Uint8Array): Promise<void> {
        let candidate: KeeperSecrets
        try {
            candidate = parsedSecrets(data)
        } catch (error) {
            if (error instanceof Unreadable || error instanceof FrankingError) return
            throw error
        }
        await this.#keepHandover(this.handover.offered(candidate))
    }

    /** Secrets count from the commit that names them. */
    async #takeUp(): Promise<void> {
        const { settings, me, epoch, removed } = this.room.state
        const keeper = !removed && settings.keepers.includes(me.id)
        const next = this.handover.taken(settings.franking, { epoch, keeper })
        if (next.secrets !== this.handover.secrets) await this.#keepHandover(next)
    }

    /**
     * Do what a function of `actions.ts` says. Throws `KeeperError` where it is not allowed, and
     * what the room throws; then nothing has changed for anybody.
     */
    async act(action: (acting: Acting, secrets: KeeperSecrets) => Change): Promise<void> {
        await this.room.sync()
        await this.sync()
        const group = this.#group()
        const { secrets } = this.handover
        if (secrets === null || !this.handover.ready(group.settings.franking)) {
            throw new KeeperError(
                "expected this device to hold the keepers' secrets of now; ask another keeper to re-key the room",
            )
        }
        const first = action(actingIn(group), secrets)
        if (first.secrets === null) {
            await this.room.commit((now) => {
                const { settings, remove } = action(actingIn(now), secrets)
                return { settings, remove }
            })
        } else {
            await this.#rekeyed(action, first, first.secrets, secrets)
        }
        await this.#takeUp()
    }

    async #rekeyed(
        action: (acting: Acting, secrets: KeeperSecrets) => Change,
        first: Change,
        next: KeeperSecrets,
        secrets: KeeperSecrets,
    ): Promise<void> {
        await this.#keepHandover(this.handover.offered(next))
        const others = first.settings.keepers.filter((id) => id !== this.room.state.me.id)
        if (others.length > 0) await this.#send("secrets", drawnId(), others, encodedSecrets(next))
        await this.room.commit(
            (now) => {
                const again = action(actingIn(now), secrets)
                const unmoved =
                    now.settings.franking === secrets.ring.current &&
                    again.settings.keepers.join() === first.settings.keepers.join()
                if (!unmoved) {
                    throw new KeeperError(
                        "expected the keepers to stay as they were, another keeper changed them; try again",
                    )
                }
                const settings = { ...again.settings, franking: next.ring.current }
                return { settings, remove: again.remove }
            },
            { keeper: { key: secrets.serverKey, nextHash: sha256(next.serverKey) } },
        )
    }

    /**
     * Open messages to the keepers. Those whom the report is about are left out where another
     * keeper can read it. Throws `ReportError`.
     */
    async report(
        words: string,
        chosen: readonly string[],
        context: readonly string[] = [],
    ): Promise<void> {
        const messages = [...context, ...chosen].map((id) =>
            this.#reported(id, chosen.includes(id)),
        )
        const { settings, members, me } = this.room.state
        const accused = messages.filter((one) => one.chosen).map(({ sender }) => sender)
        const to = members
            .filter(({ id }) => id !== me.id && settings.keepers.includes(id))
            .filter(({ signatureKey }) => !accused.some((key) => same(key, signatureKey)))
            .map(({ id }) => id)
        if (to.length === 0) {
            throw new ReportError(
                "expected a keeper besides oneself and those reported, got none; write a letter through the help page",
            )
        }
        const room = MOST_FRAMES * roomInFrame(suiteOf(this.#group().suite))
        const data = encodedWithin({ words, messages }, room)
        const [id, day, none] = [drawnId(), this.room.today, new Uint8Array(0)]
        const asked = { kind: "asked", id, from: me.id, data: none, day, done: false } as const
        await this.#keepInbox(withCame(this.inbox, asked))
        await this.#send("report", id, to, data)
    }

    #reported(id: string, chosen: boolean): Reported {
        const found = this.room.provable(id)
        if (found === null) {
            throw new ReportError(
                "expected a message that is still here, got none; it has vanished",
            )
        }
        const group = this.#group()
        const franking = unhex(group.settings.franking)
        const own = group.me.signatureKey
        const { image } = this.room.state.shown.find((one) => one.id === id) ?? {}
        const rest = image === undefined ? null : restOf(image)
        if (!same(found.sender, own)) return { ...found, chosen, rest }
        // One's own words need no memory of a proof: one makes it now, in this epoch.
        const franked = { circle: group.circle, epoch: group.epoch, sender: own, franking }
        const proof = frank(found.content, franked, group.signatureSecret)
        return { ...found, epoch: group.epoch, kept: proof.slice(0, KEPT_PROOF), chosen, rest }
    }

    /** For keepers: what was reported, newest last. */
    reports(): readonly (OpenedReport & { readonly day: string })[] {
        const ring = this.handover.secrets?.ring
        if (ring === undefined) return []
        const { settings, shown } = this.room.state
        const own = (id: string) => shown.find((one) => one.id === id)?.image
        const from = { circle: this.room.circle, keepers: settings.keepers, ring, own }
        return readIn(this.inbox, "report", ({ id, from: reporter, data, day }) => ({
            ...openedReport(data, { ...from, id, reporter }),
            day,
        }))
    }

    /** Member ids that `reports` shows, each as often as it stands there; no proof is looked at. */
    named(): readonly string[] {
        if (this.handover.secrets === null) return []
        const { circle } = this.room
        const ids = ({ from, data }: Came) => [from, ...sendersIn(data, circle)]
        return readIn(this.inbox, "report", ids).flat()
    }

    /**
     * For reporters: what keepers answered. What answers no report of this device is not shown: a
     * keeper could write to any member where nobody else sees it.
     */
    answers(): readonly (Answer & Readonly<{ id: string; from: string; day: string }>)[] {
        const asked = this.inbox.filter(({ kind }) => kind === "asked").map(({ id }) => id)
        return readIn(this.inbox, "answer", ({ id, data, from, day }) => ({
            ...parsedAnswer(data),
            id,
            from,
            day,
        })).filter(({ report }) => asked.includes(report))
    }

    /** Invitations into a room begun anew, each from a keeper of this one. */
    invitations(): readonly {
        readonly id: string
        readonly from: string
        readonly text: string
    }[] {
        return readIn(this.inbox, "invitation", ({ id, from, data }) => ({
            id,
            from,
            text: new TextDecoder().decode(data),
        }))
    }

    /** The newest card or shifts of each member, as they came: to be checked by whoever shows them. */
    newest(kind: "card" | "shift"): ReadonlyMap<string, Uint8Array> {
        return new Map(this.inbox.filter((one) => one.kind === kind).map((o) => [o.from, o.data]))
    }

    async answer(report: string, words: string): Promise<void> {
        const came = this.inbox.find(({ kind, id }) => kind === "report" && id === report)
        if (came === undefined) throw new ReportError("expected a report that is still here")
        await this.#send("answer", drawnId(), [came.from], encodedAnswer({ report, words }))
    }

    /** Shown no more. */
    async dealtWith(id: string): Promise<void> {
        const inbox = this.inbox.map((came) => (came.id === id ? { ...came, done: true } : came))
        await this.#keepInbox(inbox)
    }

    /** An invitation of a new room, for one member. The same `id` again is the same message. */
    async invite(member: string, id: string, text: string): Promise<void> {
        await this.#send("invitation", id, [member], new TextEncoder().encode(text))
    }

    /** A counsellor's hours, for keepers. */
    async sendShifts(shifts: Uint8Array): Promise<void> {
        const { settings, me } = this.room.state
        const to = settings.keepers.filter((id) => id !== me.id)
        if (to.length > 0) await this.#send("shift", drawnId(), to, shifts)
    }

    /** A counsellor's card, for everybody; again when somebody came in. */
    async sendCard(card: Uint8Array): Promise<void> {
        await this.room.send("boxed", joined(Uint8Array.of(CARD), card))
    }

    async #send(
        kind: BoxedKind,
        id: string,
        to: readonly string[],
        data: Uint8Array,
    ): Promise<void> {
        const group = this.#group()
        const boxKeys = to.map((member) => {
            const found = group.member(member)
            if (found === undefined) {
                throw new KeeperError(
                    "expected a member of this room; they may have left meanwhile",
                )
            }
            return found.boxKey
        })
        const where = this.#where(group, group.me.id)
        for (const frame of await boxedFrames(where, boxKeys, { kind, id, data })) {
            await this.room.send("boxed", frame)
        }
    }

    #group(): Group {
        const { group } = this.room
        if (group === null) throw new KeeperError("expected to be a member of this room still")
        return group
    }

    #where(group: Group, sender: string): BoxedIn {
        return { suite: suiteOf(group.suite), circle: group.circle, sender }
    }

    async #keepHandover(next: Handover): Promise<void> {
        await this.room.putOnShelf(HANDOVER, next.encoded())
        this.handover = next
    }

    async #keepInbox(next: readonly Came[]): Promise<void> {
        if (next === this.inbox) return
        await this.room.putOnShelf(INBOX, encodedInbox(next))
        this.inbox = next
    }
}

async function opened(body: Uint8Array, group: Group, where: BoxedIn): Promise<Piece | null> {
    try {
        return await openedFrame(body, group.boxSecret, where)
    } catch (error) {
        if (error instanceof Unreadable) return null // its sender broke it: nobody's message
        throw error
    }
}

function actingIn(group: Group): Acting {
    return {
        settings: group.settings,
        by: group.me.id,
        members: group.members.map(({ id }) => id),
        epoch: group.epoch,
    }
}

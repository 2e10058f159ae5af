/** A room as the pages use it: what is on the screen follows it live, and keepers' parts with it. */

import { parsedJson } from "../../sealing/json.js"
import type { Block } from "../keepers/shifts.js"
import { POST_QUANTUM } from "../mls/suites.js"
import { hex } from "../mls/bytes.js"
import { NotAllowed } from "../mls/problems.js"
import type { Room } from "../room/room.js"
import type { RoomState } from "../room/room_state.js"
import type { Answered, CounsellorLine, Invite, KeeperParts, OpenRoom, RoomLine } from "./parts.js"
import type { RealInside } from "./wired_inside.js"
import type { InnerWork } from "./wired_keeper.js"

const SEEN = "seen"
/** As keepers/room_keepers.ts, which comes only where there is something in it. */
const INBOX = "keepers/inbox"
/** As keepers/reseed.ts, which comes only where there is such a row. */
export const RESEED = "reseed."
/** As `renewKey` of entering/arriving.ts, which comes only with moving itself. */
export const RENEW = "renew/"
const RULES_CHANGED = "rules-changed"
/** Came in as a counsellor, so writes as one only: accepted by keepers, in hours. */
const COUNSELS = "counsels"
const DOUBTED = "batches-doubted"
/** Whom this member has shown a counsellor's card, by id. */
export const CARD = "counsellor-card"
export const SECRET = "counsellor/secret"
export const STATEMENT = "counsellor/statement"
export const BLOCKS = "counsellor/blocks"
/** Milliseconds until another attempt where the line is gone. */
const AGAIN = 5000
/** And after the end of an epoch, which is nothing unusual. */
const SOON = 300

function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

export class RealRoom implements OpenRoom {
    readonly id: string
    readonly #listeners = new Set<() => void>()
    #following: AbortController | null = null
    #work: InnerWork | null = null
    #coming: Promise<InnerWork> | null = null
    #working: Promise<void> = Promise.resolve()
    #renewing: Promise<void> | null = null
    #lookedAtBatches = ""
    #saving = ""
    offline = false
    rulesChanged = false
    doubted = false
    resting = false
    anew = false
    /** Left, burned here or taken away: another look makes a new one. */
    gone = false

    constructor(
        readonly inside: RealInside,
        readonly room: Room,
        readonly bandName: string,
        readonly pictures: boolean,
    ) {
        this.id = hex(room.circle)
        room.subscribe(() => {
            this.#changed()
        })
    }

    get state(): RoomState {
        return this.room.state
    }

    get postQuantum(): boolean {
        return this.room.group?.suite === POST_QUANTUM
    }

    get followed(): boolean {
        return this.#following !== null
    }

    async keeping(): Promise<KeeperParts | null> {
        if (!this.state.keeper) return null
        const { keeper } = await this.work()
        await keeper.keepNames()
        return keeper
    }

    subscribe(listener: () => void): () => void {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
    }

    /** What must not be forgotten of how this member came in. */
    async marked(rulesChanged: boolean, counsels: boolean): Promise<void> {
        if (counsels) await this.room.putOnShelf(COUNSELS, Uint8Array.of(1))
        if (rulesChanged) await this.room.putOnShelf(RULES_CHANGED, Uint8Array.of(1))
    }

    /** What must be known before the room is on the screen. */
    async prepared(): Promise<this> {
        this.rulesChanged = (await this.room.shelf(RULES_CHANGED)) !== undefined
        const looked = await this.room.shelf(DOUBTED)
        this.doubted = looked?.[0] === 1
        await this.lookAtHours()
        this.anew = await this.#isLeft()
        this.#changed() // what came while another room was open waits to be taken in
        return this
    }

    async rulesSeen(): Promise<void> {
        await this.room.putOnShelf(RULES_CHANGED, null)
        this.rulesChanged = false
    }

    /** Stay at it until `close`. */
    follow(): void {
        if (this.#following !== null) return
        const following = new AbortController()
        this.#following = following
        void this.#followed(following.signal)
    }

    close(): void {
        this.#following?.abort()
        this.#following = null
    }

    forgetKeys(): void {
        this.close()
        this.gone = true
        this.#listeners.clear()
        this.room.forgetKeys()
    }

    /** The parts that only some rooms need: keepers', inviting, reports. */
    async work(): Promise<InnerWork> {
        const { InnerWork } = await import("./wired_keeper.js")
        // Once, however many ask at the same time: each has its own memory of half messages.
        this.#coming ??= InnerWork.of(this.inside, this.room)
        try {
            this.#work = await this.#coming
        } catch (error) {
            this.#coming = null
            throw error
        }
        return this.#work
    }

    async #mayWrite(): Promise<void> {
        await this.#renewed()
        await this.lookAtHours()
        if (this.resting) throw new NotAllowed("a counsellor writes in announced hours only")
    }

    async say(text: string, replyTo: string | null): Promise<void> {
        await this.#mayWrite()
        await this.room.say(text, replyTo ?? "")
    }

    async react(id: string, emoji: string): Promise<void> {
        await this.#mayWrite()
        const mine = this.state.shown.find((one) => one.id === id)?.reactions.get(emoji) ?? []
        await this.room.react(id, mine.includes(this.state.me.id) ? "" : emoji)
    }

    async sendPicture(picture: Uint8Array): Promise<void> {
        await this.#mayWrite()
        if (!this.pictures) throw new NotAllowed("the rules let no pictures into rooms of this age")
        await this.room.sendImage(picture)
    }

    save(id: string, saved: boolean): Promise<void> {
        return this.room.save(id, saved)
    }

    forget(id: string): Promise<void> {
        return this.room.forget(id)
    }

    retry(id: string): Promise<void> {
        return this.room.retry(id)
    }

    async movedTo(): Promise<string | null> {
        if (this.room.group === null) return null
        if (this.#work === null && (await this.room.shelf(INBOX)) === undefined) return null
        return (await this.work()).keepers.invitations().at(-1)?.text ?? null
    }

    async counsellors(): Promise<readonly CounsellorLine[]> {
        const none = this.state.settings.counsellors.length === 0
        if (none && (await this.room.shelf(INBOX)) === undefined) return []
        return (await this.inside.counselling()).linesOf((await this.work()).keepers)
    }

    async showCard(): Promise<void> {
        await (await this.inside.counselling()).showCard((await this.work()).keepers)
    }

    async lookAtHours(): Promise<void> {
        const { me, settings } = this.state
        const before = this.resting
        const accepted = settings.counsellors.includes(me.id)
        const counsels = accepted || (await this.room.shelf(COUNSELS)) !== undefined
        this.resting = counsels && !(accepted && (await this.#inHours()))
        if (this.resting !== before) for (const listener of this.#listeners) listener()
    }

    /** By what was announced (keepers/shifts.ts, which comes only to counsellors' pages). */
    async #inHours(): Promise<boolean> {
        const stored = await this.inside.store.get(BLOCKS)
        const blocks = parsedJson(new TextDecoder().decode(stored))
        const minute = Date.now() / 60_000
        const isNow = ({ from, until }: Block): boolean => from <= minute && minute < until
        return Array.isArray(blocks) && (blocks as readonly Block[]).some(isNow)
    }

    reportable(id: string): boolean {
        return this.room.provable(id) !== null
    }

    async report(id: string, note: string, context: readonly string[]): Promise<void> {
        await (await this.work()).keepers.report(note, [id], context)
    }

    async answers(): Promise<readonly Answered[]> {
        if (this.#work === null && (await this.room.shelf(INBOX)) === undefined) return []
        const { keepers } = await this.work()
        const { members } = this.state
        return keepers.answers().map(({ id, from, day, words }) => ({
            id,
            from: members.find((one) => one.id === from)?.name ?? "?",
            day,
            words,
        }))
    }

    async answerRead(id: string): Promise<void> {
        await (await this.work()).keepers.dealtWith(id)
    }

    /** Once a day: every member holds the server's list against what was said inside. */
    async lookAtBatches(): Promise<void> {
        if (this.gone || this.room.group === null || this.state.burned) return
        const work = await this.work()
        if (this.#lookedAtBatches === this.room.today) return
        this.doubted = await work.doubted()
        // Said from the beginning when the page is opened the next time.
        await this.room.putOnShelf(DOUBTED, this.doubted ? Uint8Array.of(1) : null)
        this.#lookedAtBatches = this.doubted ? "" : this.room.today
        for (const listener of this.#listeners) listener()
    }

    async invite(): Promise<Invite> {
        return (await this.work()).invite()
    }

    async given(): Promise<void> {
        await (await this.work()).given()
    }

    async leave(): Promise<void> {
        this.close()
        if (this.state.burned || this.state.removed) await this.room.forgetRoom()
        else await this.room.leave()
        await this.forgotten()
    }

    /** Rows of other parts that bear this room's id. */
    async forgotten(): Promise<void> {
        this.gone = true
        const { store } = this.inside
        const rows = new Map<string, null>([[RENEW + this.id, null]])
        for (const prefix of ["batch", "invite"]) {
            for (const key of await store.keys(`${prefix}/${this.id}/`)) rows.set(key, null)
        }
        await store.put(rows)
    }

    /** How many messages of others came after the last one that was on the screen. */
    async unread(): Promise<number> {
        const seen = await this.room.shelf(SEEN)
        const last = seen === undefined ? "" : hex(seen)
        const { shown } = this.state
        const at = shown.findIndex(({ id }) => id === last)
        return shown.slice(at + 1).filter(({ mine }) => !mine).length
    }

    async #isLeft(): Promise<boolean> {
        return (await this.inside.store.get(RESEED + this.id)) !== undefined
    }

    async line(): Promise<RoomLine> {
        const { burned, removed, closed, name } = this.state
        this.anew = await this.#isLeft()
        const state = burned
            ? "burned"
            : removed
              ? "removed"
              : this.anew
                ? "anew"
                : closed
                  ? "closed"
                  : "in"
        return { id: this.id, name, state, unread: await this.unread() }
    }

    async #followed(signal: AbortSignal): Promise<void> {
        while (!signal.aborted && !this.gone) {
            try {
                await this.sync()
                this.#online(true)
                if (this.room.group === null || this.state.burned) return
                await this.room.live(signal)
                await pause(SOON)
            } catch {
                this.#online(false)
                await pause(AGAIN)
            }
        }
    }

    /** As the room's own, after its keys were renewed where it came by a move. */
    async sync(): Promise<void> {
        await this.#renewed()
        await this.room.sync()
    }

    async #renewed(): Promise<void> {
        // Once, however many ask: two commits would be one too many for everybody.
        this.#renewing ??= this.#renew()
        try {
            await this.#renewing
        } catch (error) {
            this.#renewing = null
            throw error
        }
    }

    /** First of all after a move: from then on the keys of the old device are worth nothing. */
    async #renew(): Promise<void> {
        const key = RENEW + this.id
        if ((await this.inside.store.get(key)) === undefined) return
        await this.room.commit(() => ({}))
        await this.inside.store.put(new Map([[key, null]]))
    }

    #online(online: boolean): void {
        if (this.offline === !online) return
        this.offline = !online
        for (const listener of this.#listeners) listener()
    }

    #changed(): void {
        if (this.gone) return
        for (const listener of this.#listeners) listener()
        this.#working = this.#working.then(async () => {
            try {
                await this.#worked()
            } catch {
                // Without a network, or while the page is being locked: done at the next change.
            }
        })
    }

    async #worked(): Promise<void> {
        if (this.gone || this.room.group === null) return
        const waits =
            this.state.keeper ||
            this.room.received("boxed").length > 0 ||
            this.room.received("entering").length > 0
        if (waits) {
            const before = this.#work
            await (await this.work()).takeIn()
            if (before === null) for (const listener of this.#listeners) listener()
        }
        await this.lookAtHours()
        if ((await this.room.shelf(CARD)) !== undefined) {
            await (await this.inside.counselling()).showCardAgain((await this.work()).keepers)
        }
        const last = this.state.shown.at(-1)?.id ?? ""
        if (this.followed && last !== "" && last !== this.#saving) {
            this.#saving = last
            const bytes = Uint8Array.from(last.match(/../g) ?? [], (pair) => parseInt(pair, 16))
            await this.room.putOnShelf(SEEN, bytes)
        }
    }
}

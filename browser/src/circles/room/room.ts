/**
 * A room on this device. Nothing here runs by itself: whoever shows a room calls `sync` now and
 * then, or `live` while it is open.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { DeliveryError, NetworkFailed } from "../delivery/delivery.js"
import { hex } from "../mls/bytes.js"
import { Group } from "../mls/group.js"
import type { Changes } from "../mls/group_steps.js"
import { memberId } from "../mls/leaf.js"
import { newMember } from "../mls/own_member.js"
import type { OwnMember } from "../mls/own_member.js"
import { NotAllowed } from "../mls/problems.js"
import { drawn, firstKept, firstSettings } from "./beginning.js"
import type { Founding, Surroundings } from "./beginning.js"
import { clockSetRight } from "./clock.js"
import { checkedText } from "./content.js"
import type { PartFrame } from "./content.js"
import type { Kept } from "./draft.js"
import { provableOf, tidied } from "./keeping_messages.js"
import type { Provable } from "./keeping_messages.js"
import { known } from "./last_known.js"
import type { LastKnown } from "./last_known.js"
import { loaded } from "./loading.js"
import { enqueue } from "./outbox.js"
import { RoomLog } from "./room_log.js"
import type { CommitOptions } from "./room_log.js"
import type { RoomState } from "./room_state.js"
import { RoomRows, SHELF } from "./rows.js"
import type { KeptWelcome, PartRow } from "./rows.js"
import { againFrom, imageFrom, reactionFrom, retried, textFrom } from "./saying.js"
import { shownState } from "./shown.js"

/** Messages for keepers' or entering's own reading; kept until `done`. */
export type PartMessage = PartRow
export type { Founding, Provable, Surroundings }

export class Room {
    readonly #log: RoomLog
    readonly #listeners = new Set<() => void>()
    #last: LastKnown
    #state: RoomState | null = null

    private constructor(
        readonly circle: Uint8Array,
        rows: RoomRows,
        { delivery, judging, franking }: Surroundings,
        kept: Kept,
        last: LastKnown,
    ) {
        this.#last = last
        const surroundings = { judging, franking, drawn }
        this.#log = new RoomLog(rows, delivery, surroundings, kept, () => {
            this.#changed()
        })
    }

    /** Throws `NetworkFailed` and the like; then nothing is kept. */
    static async found(around: Surroundings, founding: Founding): Promise<Room> {
        const circle = founding.circle ?? crypto.getRandomValues(new Uint8Array(16))
        const own = await newMember({
            suite: founding.suite,
            circle,
            name: founding.myName,
            invitation: null,
            now: around.judging.now(),
        })
        const me = hex(memberId(circle, own.keyPackage.leafNode.signaturePublicKey))
        const group = await Group.create(own, firstSettings(founding, me), around.judging)
        const door = sha256(await group.doorKey())
        await around.delivery.found(circle, founding.keeperHash, door)
        return Room.#begun(around, group, 0)
    }

    /** Throws `Unreadable` or `UnlawfulWelcome`. */
    static async join(around: Surroundings, own: OwnMember, untrusted: Uint8Array): Promise<Room> {
        const group = await Group.join(untrusted, own, around.judging)
        return Room.#begun(around, group, -1)
    }

    /** For whoever was let in (`entering/coming_in.ts`): the group is theirs already. */
    static entered(around: Surroundings, group: Group): Promise<Room> {
        return Room.#begun(around, group, -1)
    }

    /** null: the store has no such room. */
    static async load(around: Surroundings, circle: Uint8Array): Promise<Room | null> {
        const rows = new RoomRows(around.store, circle)
        const found = await loaded(rows, around.judging)
        if (found === null) return null
        const { kept, last } = found
        const now = kept.group === null ? last : known(kept.group)
        if (now === null) return null
        return new Room(circle, rows, around, kept, now)
    }

    static async #begun(around: Surroundings, group: Group, seq: 0 | -1): Promise<Room> {
        const kept = await firstKept(group, seq, around.judging.now())
        const rows = new RoomRows(around.store, group.circle)
        const room = new Room(group.circle.slice(), rows, around, kept, known(group))
        await room.#log.step((draft) => {
            draft.entered(group, [])
            draft.place({})
        })
        return room
    }

    get state(): RoomState {
        const { kept, stopped } = this.#log
        this.#state ??= shownState(kept, this.#last, stopped, this.today)
        return this.#state
    }

    /** For parts above; null: no member any more. Use it for reading only. */
    get group(): Group | null {
        return this.#log.kept.group
    }

    /** YYYY-MM-DD by this device's clock. */
    get today(): string {
        return this.#log.context().today
    }

    subscribe(listener: () => void): () => void {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
    }

    /** Read, heal, send, delete what has vanished. Throws `NetworkFailed` and the like. */
    sync(): Promise<void> {
        return this.#log.inTurn(() => this.#synced())
    }

    /** Until `signal` aborts: `sync` whenever there is news. Failures are for the next news. */
    async live(signal: AbortSignal): Promise<void> {
        const ended = (): boolean => signal.aborted
        while (!ended()) {
            const { group } = this
            if (group === null) return
            const door = await group.doorKey()
            const onNews = (): void => void this.sync().catch(() => undefined)
            await this.#log.delivery.live(this.circle, door, onNews, signal)
            if (ended()) return
            await this.sync()
            if (this.group?.epoch === group.epoch) return // not over: whoever called may wait
        }
    }

    /** Its id. It is kept when this resolves, and sent as soon as the server can be reached. */
    say(text: string, replyTo = ""): Promise<string> {
        return this.#kept((draft) => textFrom(draft, checkedText(text), replyTo, this.today))
    }

    /** "" takes it back. */
    async react(id: string, emoji: string): Promise<void> {
        await this.#kept((draft) => {
            reactionFrom(draft, id, emoji)
        })
    }

    /** A JPEG, PNG or WebP file of at most 120 kB; what it says besides its picture is taken out. */
    async sendImage(file: Uint8Array): Promise<string> {
        const image = await imageFrom(file)
        return this.#kept((draft) => image(draft, this.today))
    }

    /** A keeper says again what was said before somebody came. */
    async sayAgain(id: string): Promise<void> {
        await this.#kept((draft) => {
            againFrom(draft, id)
        })
    }

    /** A message of another part, to everybody in the circle. */
    async send(kind: PartFrame["kind"], body: Uint8Array): Promise<void> {
        await this.#kept((draft) => {
            enqueue(draft, { kind, body }, "")
        })
    }

    async retry(id: string): Promise<void> {
        await this.#kept((draft) => {
            retried(draft, id)
        })
    }

    /** Keep it on this device past its vanishing, while the settings allow it; or no more. */
    save(id: string, saved = true): Promise<void> {
        return this.#changing((draft) => {
            const message = draft.kept.messages.get(id)
            if (message === undefined) return
            if (saved && draft.kept.group?.settings.saving !== true) {
                throw new NotAllowed("the keepers of this room do not want messages to be kept")
            }
            draft.message({ ...message, saved })
        })
    }

    /** The warnings were read. What still holds is said again. */
    acknowledge(): Promise<void> {
        return this.#changing((draft) => {
            draft.place({ warnings: [] })
        })
    }

    /** Delete it on this device. What waits is not sent. */
    forget(id: string): Promise<void> {
        return this.#changing((draft) => {
            for (const item of draft.kept.outbox) {
                if (item.id === id && item.sealed === "") draft.dropWaiting(item.number)
            }
            draft.dropMessage(id)
        })
    }

    /**
     * Change the circle: what `changes` says of the group as it is when the commit is made, and
     * again if another commit wins. The welcome is returned and kept until `welcomed`.
     */
    commit(
        changes: (group: Group) => Changes | null,
        options?: CommitOptions,
    ): Promise<Uint8Array | null> {
        return this.#log.inTurn(() => this.#log.commit(changes, options))
    }

    /** Not yet left at landings. */
    get welcomes(): readonly KeptWelcome[] {
        return this.#log.kept.welcomes
    }

    welcomed(epoch: number): Promise<void> {
        return this.#changing((draft) => {
            draft.dropWelcome(epoch)
        })
    }

    /** Frames of other parts, oldest first, until `done`; they vanish with the messages. */
    received(kind: PartFrame["kind"]): readonly PartMessage[] {
        return this.#log.kept.parts.filter((part) => part.kind === kind)
    }

    done(seq: number): Promise<void> {
        return this.#changing((draft) => {
            draft.dropPart(seq)
        })
    }

    /** What a report shows keepers; null: nothing is known of it. */
    provable(id: string): Provable | null {
        const message = this.#log.kept.messages.get(id)
        return message === undefined || message.franked === "" ? null : provableOf(message)
    }

    /** Rows of other parts, which go when the room goes. Names: letters, digits, `-/`. */
    async shelf(name: string): Promise<Uint8Array | undefined> {
        return this.#log.rows.get(SHELF + name)
    }

    putOnShelf(name: string, value: Uint8Array | null): Promise<void> {
        return this.#changing((draft) => {
            draft.row(SHELF + name, value)
        })
    }

    /** Say so, and forget the room. A circle's last keeper hands over or burns instead. */
    leave(): Promise<void> {
        return this.#log.inTurn(async () => {
            const { group } = this
            if (group !== null) {
                const { keepers } = group.settings
                if (group.isKeeper && keepers.length === 1 && group.members.length > 1) {
                    throw new NotAllowed("make somebody else a keeper first, or burn the room")
                }
                await this.#log.step((draft) => {
                    enqueue(draft, { kind: "leaving" }, "")
                })
                await this.#synced()
            }
            await this.#forgotten()
        })
    }

    /** For everybody, for ever. */
    burn(keeperKey: Uint8Array): Promise<void> {
        return this.#log.inTurn(async () => {
            await this.#log.delivery.burn(this.circle, keeperKey)
            await this.#forgotten()
        })
    }

    /** Delete the room on this device, and nothing else. */
    forgetRoom(): Promise<void> {
        return this.#log.inTurn(() => this.#forgotten())
    }

    /** Of this object alone: what is kept stays. */
    forgetKeys(): void {
        this.#log.end()
    }

    async #forgotten(): Promise<void> {
        await this.#log.rows.clear()
        this.#log.end()
    }

    async #synced(): Promise<void> {
        const log = this.#log
        await log.step(clockSetRight)
        await log.settled()
        if (log.kept.group !== null && !log.stopped && !log.kept.place.burned) {
            await this.#kept_up()
            await log.heartbeat()
            for (let round = 0; round < 4 && (await log.send()); round += 1) await log.read()
        }
        await log.step((draft, { today }) => {
            tidied(draft, today)
        })
    }

    /** What every client does for the circle: renew its keys, take out who left. */
    async #kept_up(): Promise<void> {
        const log = this.#log
        const { hour } = log.context()
        const due = (): boolean => hour >= log.kept.place.renewal
        const gone = (group: Group): string[] =>
            group.isKeeper
                ? log.kept.place.leaving.filter((id) => !group.settings.keepers.includes(id))
                : []
        if (log.kept.group !== null && gone(log.kept.group).length > 0) {
            await log.commit((group) => {
                const remove = gone(group)
                return remove.length === 0 ? null : { remove }
            })
        }
        if (due()) await log.commit(() => (due() ? {} : null))
    }

    /** Keep it, then try to send it; without a network it waits. */
    async #kept<T>(work: (draft: Parameters<Parameters<RoomLog["step"]>[0]>[0]) => T): Promise<T> {
        const result = await this.#log.inTurn(async () => {
            const { group, place } = this.#log.kept
            if (group === null || place.burned) throw new NotAllowed("this room is over")
            return this.#log.step(work)
        })
        try {
            await this.sync()
        } catch (problem) {
            if (!(problem instanceof NetworkFailed) && !(problem instanceof DeliveryError)) {
                throw problem
            }
        }
        return result
    }

    #changing(work: Parameters<RoomLog["step"]>[0]): Promise<void> {
        return this.#log.inTurn(async () => {
            await this.#log.step(work)
        })
    }

    #changed(): void {
        const { group } = this.#log.kept
        if (group !== null) this.#last = known(group)
        this.#state = null
        for (const listener of this.#listeners) listener()
    }
}

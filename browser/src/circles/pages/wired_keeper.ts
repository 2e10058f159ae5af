/**
 * What happens in a room beside talk: keepers' secrets, reports, invitations that are asked for and
 * signed, newcomers. Loaded where somebody needs it.
 */

import { drawnId, boxedFrames, openedFrame, Pieces } from "../keepers/boxed.js"
import type { BoxedIn, BoxedKind } from "../keepers/boxed.js"
import { encodedSecrets, Handover, KeeperError, parsedSecrets } from "../keepers/keeper_secrets.js"
import type { KeeperSecrets } from "../keepers/keeper_secrets.js"
import { encodedReport } from "../keepers/reports.js"
import { KeeperBatches } from "../entering/keeper_batches.js"
import { Requests } from "../entering/requests.js"
import { parsedSigning } from "../entering/signing_messages.js"
import type { SigningRequest } from "../entering/signing_messages.js"
import { linkAddress } from "../entering/invitation.js"
import { joined, long, unhex } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import { suiteOf } from "../mls/suites.js"
import type { PartMessage, Room } from "../room/room.js"
import type { Invite } from "./parts.js"
import { Keeping } from "./wired_keeping.js"
import type { RealInside } from "./wired_inside.js"

export { firstSecrets } from "../keepers/keeper_secrets.js"

const SECRETS = "secrets"
const REPORTS = "reports/"
/** An invitation to the room that takes this one's place. */
export const MOVED = "moved"

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
    readonly requests: Requests
    /** A batch is being made. */
    opening = false
    readonly asking = new Map<string, Asking>()
    readonly reports = new Map<string, { readonly by: string; readonly data: Uint8Array }>()

    private constructor(
        readonly inside: RealInside,
        readonly room: Room,
        private handed: Handover,
    ) {
        const group = this.group()
        this.batches = new KeeperBatches(inside.store, room.circle)
        this.requests = new Requests(inside.store, room.circle, group.suite)
        this.keeper = new Keeping(this)
    }

    static async of(inside: RealInside, room: Room): Promise<InnerWork> {
        const kept = await room.shelf(SECRETS)
        const handed = kept === undefined ? Handover.begin(null) : Handover.parsed(kept)
        const work = new InnerWork(inside, room, handed)
        const list = await room.shelf(`${REPORTS}list`)
        for (const id of new TextDecoder().decode(list).split(" ")) {
            const report = id === "" ? undefined : await room.shelf(REPORTS + id)
            if (report !== undefined) work.reports.set(id, readReport(report))
        }
        return work
    }

    group() {
        const { group } = this.room
        if (group === null) throw new KeeperError("expected a member of this room; come in anew")
        return group
    }

    get secrets(): KeeperSecrets {
        const { secrets } = this.handed
        if (secrets === null) {
            throw new KeeperError("expected the keepers' keys; another keeper hands them over")
        }
        return secrets
    }

    async keepSecrets(secrets: KeeperSecrets): Promise<void> {
        await this.hand(Handover.begin(secrets))
    }

    async hand(handed: Handover): Promise<void> {
        if (handed === this.handed) return
        this.handed = handed
        await this.room.putOnShelf(SECRETS, handed.encoded())
    }

    /** To be believed only once the settings name them. */
    async offered(secrets: KeeperSecrets): Promise<void> {
        await this.hand(this.handed.offered(secrets))
    }

    today(): string {
        return new Date().toISOString().slice(0, 10)
    }

    /** Sealed to these members alone; in frames that look like any others. */
    async sendBoxed(kind: BoxedKind, to: readonly string[], data: Uint8Array): Promise<void> {
        const group = this.group()
        const keys = group.members.filter(({ id }) => to.includes(id)).map(({ boxKey }) => boxKey)
        if (keys.length === 0) return
        const where: BoxedIn = {
            suite: suiteOf(group.suite),
            circle: group.circle,
            sender: group.me.id,
        }
        for (const frame of await boxedFrames(where, keys, { kind, id: drawnId(), data })) {
            await this.room.send("boxed", frame)
        }
    }

    async handSecrets(secrets: KeeperSecrets, keepers: readonly string[]): Promise<void> {
        const me = this.group().me.id
        await this.offered(secrets)
        const others = keepers.filter((id) => id !== me)
        await this.sendBoxed("secrets", others, encodedSecrets(secrets))
    }

    async report(id: string, note: string): Promise<void> {
        const found = this.room.provable(id)
        const messages = found === null ? [] : [{ ...found, chosen: true }]
        const data = encodedReport({ words: note, messages })
        const { keepers } = this.group().settings
        const me = this.group().me.id
        if (keepers.includes(me)) await this.#keepReport(drawnId(), me, data)
        await this.sendBoxed(
            "report",
            keepers.filter((one) => one !== me),
            data,
        )
    }

    /** Everything that has come for this part and was not dealt with. */
    async takeIn(): Promise<void> {
        const { room } = this
        const group = room.group
        if (group === null) return
        await this.#takeBoxed()
        await this.hand(
            this.handed.taken(group.settings.franking, {
                epoch: group.epoch,
                keeper: group.isKeeper,
            }),
        )
        for (const part of room.received("entering")) {
            await this.#takeSigning(part)
        }
        if (group.isKeeper) {
            await this.keeper.leaveWelcomes()
            if (!this.opening) await this.batches.forgetEnded(group.settings, this.today())
        }
    }

    async #takeBoxed(): Promise<void> {
        const { room } = this
        const group = this.group()
        const pieces = new Pieces()
        const whole: number[] = []
        for (const part of room.received("boxed")) {
            const where: BoxedIn = {
                suite: suiteOf(group.suite),
                circle: group.circle,
                sender: part.from,
            }
            const piece = await readably(() =>
                openedFrame(unhex(part.body), group.boxSecret, where),
            )
            if (piece === null) {
                await room.done(part.seq)
                continue
            }
            whole.push(part.seq)
            const data = pieces.take(part.from, piece)
            if (data === null) continue
            await this.#takeWhole(piece.kind, piece.id, part.from, data)
            for (const seq of whole.splice(0)) await room.done(seq)
        }
    }

    async #takeWhole(kind: BoxedKind, id: string, from: string, data: Uint8Array): Promise<void> {
        const { settings, me } = this.group()
        if (kind === "report" && settings.keepers.includes(me.id)) {
            await this.#keepReport(id, from, data)
        }
        if (kind === "secrets" && settings.keepers.includes(from)) {
            const secrets = await readably(() => Promise.resolve(parsedSecrets(data)))
            if (secrets !== null) await this.offered(secrets)
        }
        if (kind === "invitation" && settings.keepers.includes(from)) {
            await this.room.putOnShelf(MOVED, data)
        }
    }

    async #keepReport(id: string, by: string, data: Uint8Array): Promise<void> {
        this.reports.set(id, { by, data })
        await this.room.putOnShelf(REPORTS + id, joined(long(unhex(by)), long(data)))
        await this.#keepList()
    }

    async dropReport(id: string): Promise<void> {
        this.reports.delete(id)
        await this.room.putOnShelf(REPORTS + id, null)
        await this.#keepList()
    }

    async #keepList(): Promise<void> {
        const list = new TextEncoder().encode([...this.reports.keys()].join(" "))
        await this.room.putOnShelf(`${REPORTS}list`, list)
    }

    async #takeSigning(part: PartMessage): Promise<void> {
        const { room } = this
        const group = this.group()
        const message = await readably(() => Promise.resolve(parsedSigning(unhex(part.body))))
        if (message === null) {
            await room.done(part.seq)
            return
        }
        if (message.kind !== "request") {
            await this.requests.answered(message, part.from, group.settings)
            await room.done(part.seq)
            return
        }
        if (!group.isKeeper) {
            await room.done(part.seq)
            return
        }
        const isDone = await this.signed(part.from, message, false)
        if (isDone) await room.done(part.seq)
        else {
            const name = group.member(part.from)?.name ?? ""
            this.asking.set(String(part.seq), {
                id: String(part.seq),
                name,
                by: part.from,
                asked: message,
            })
        }
    }

    /** false: the keeper decides, as this member has had some already. */
    async signed(by: string, asked: SigningRequest, despite: boolean): Promise<boolean> {
        const { settings } = this.group()
        const made = await this.batches.sign(by, asked, settings, this.today(), despite)
        if (made.kind === "many") return false
        if (made.kind !== "not-mine") await this.room.send("entering", made.body)
        return true
    }

    async invite(): Promise<Invite> {
        const group = this.group()
        const ready = await this.requests.ready(group.settings, this.today())
        const [first] = ready
        if (first !== undefined) return this.#shown(first)
        const waiting = (await this.requests.waiting())[0]
        const asked = waiting ?? (await this.requests.ask(group.settings, this.today()))
        if (asked === null) return "none"
        // Asked inside in any case, so that members can count; a keeper's own device answers itself.
        await this.room.send("entering", asked.body)
        const request = parsedSigning(asked.body)
        if (!group.isKeeper || request.kind !== "request") return "asked"
        const made = await this.batches.sign(
            group.me.id,
            request,
            group.settings,
            this.today(),
            true,
        )
        if (made.kind !== "answer") return "asked"
        await this.room.send("entering", made.body)
        const answer = parsedSigning(made.body)
        if (answer.kind !== "request") {
            await this.requests.answered(answer, group.me.id, this.group().settings)
        }
        const [now] = await this.requests.ready(this.group().settings, this.today())
        return now === undefined ? "asked" : this.#shown(now)
    }

    #given: string | null = null

    #shown(ready: Awaited<ReturnType<Requests["ready"]>>[number]): Invite {
        this.#given = ready.request
        return { address: linkAddress(`${location.origin}${location.pathname}`, ready.link) }
    }

    async given(): Promise<void> {
        if (this.#given !== null) await this.requests.given(this.#given)
        this.#given = null
    }
}

function readReport(stored: Uint8Array): { by: string; data: Uint8Array } {
    const view = new DataView(stored.buffer, stored.byteOffset)
    const first = view.getUint32(0)
    const by = [...stored.subarray(4, 4 + first)]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("")
    return { by, data: stored.slice(8 + first) }
}

/** null: somebody sent bytes that are none of ours; nothing is done with them. */
async function readably<T>(read: () => Promise<T | null>): Promise<T | null> {
    try {
        return await read()
    } catch (error) {
        if (error instanceof Unreadable || error instanceof KeeperError) return null
        throw error
    }
}

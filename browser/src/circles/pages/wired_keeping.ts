/** What keepers do to a room, on their own device. */

import { isObject, parsedJson } from "../../sealing/json.js"
import { browserNetwork } from "../../sending/browser_network.js"
import { lookAtDoor } from "../entering/door.js"
import type { AtTheDoor } from "../entering/door.js"
import { announcing } from "../entering/keeper_batches.js"
import * as actions from "../keepers/actions.js"
import type { Acting, Change } from "../keepers/actions.js"
import { bandOf, mayKeep } from "../keepers/allowed.js"
import { knownPolicy } from "../keepers/current_policy.js"
import { readReseed } from "../keepers/reseed.js"
import type { KeeperSecrets } from "../keepers/keeper_secrets.js"
import { hex, joined, Reader, unhex } from "../mls/bytes.js"
import { markOf } from "../mls/names.js"
import { NotAllowed } from "../mls/problems.js"
import { parsedFranked } from "../room/content.js"
import type { BatchLine, KeeperParts, Knock, Report } from "./parts.js"
import type { InnerWork } from "./wired_keeper.js"

const LANDING = 16
const NAMES = "report-names"

export class Keeping implements KeeperParts {
    #door = new Map<string, AtTheDoor>()
    #leaving: Promise<void> = Promise.resolve()
    /** Of those who reported or were reported, also after they were taken out. */
    #names: Readonly<Record<string, string>> = {}

    constructor(private readonly work: InnerWork) {}

    async knocks(): Promise<readonly Knock[]> {
        const { room, inside } = this.work
        await room.sync()
        const group = this.work.group()
        const { settings, suite, circle, members } = group
        const door = { suite, circle, batches: settings.batches, now: new Date() }
        const found = await lookAtDoor(inside.delivery, await group.doorKey(), door, members)
        this.#door = new Map(found.good.map((one) => [one.id, one]))
        // Nobody can come in by these; they would only fill the door.
        for (const { id } of found.bad) await this.turnAway(id).catch(() => undefined)
        return found.good.map(({ id, knock }) => ({
            id,
            name: knock.newcomer.member.name,
            ends:
                settings.batches.find((batch) => batch.id === hex(knock.invitation.batch))?.ends ??
                "",
        }))
    }

    async letIn(id: string): Promise<void> {
        const found = this.#door.get(id)
        if (found === undefined) return
        const { keyPackage, landing, newcomer } = found.knock
        const note = joined(landing.id, landing.giverKey, new TextEncoder().encode(id))
        await this.work.room.commit(
            (group) =>
                group.member(newcomer.member.id) === undefined ? { add: [keyPackage] } : null,
            { note },
        )
        await this.leaveWelcomes()
    }

    /** Each at its landing; what a cut left behind goes the next time. */
    leaveWelcomes(): Promise<void> {
        // One after the other: two at once would leave one welcome twice.
        this.#leaving = this.#leaving.then(
            () => this.#leftWelcomes(),
            () => this.#leftWelcomes(),
        )
        return this.#leaving
    }

    async #leftWelcomes(): Promise<void> {
        const { room, inside } = this.work
        for (const { epoch, welcome, note } of room.welcomes) {
            const read = new Reader(unhex(note), "a note beside a welcome")
            const [landing, giver] = [read.take(LANDING), read.take(32)]
            const knock = new TextDecoder().decode(read.rest())
            await inside.delivery.leaveWelcome(landing, giver, unhex(welcome))
            await room.welcomed(epoch)
            await this.turnAway(knock)
        }
    }

    async turnAway(id: string): Promise<void> {
        const { room, inside, serverKey } = this.work
        await inside.delivery.dropKnock(room.circle, serverKey, id)
        this.#door.delete(id)
    }

    async batches(): Promise<readonly BatchLine[]> {
        const { announced, facts, doubts } = await this.work.listed()
        const stands = (id: string): boolean => announced.some((batch) => batch.id === id)
        return (
            facts
                .filter(({ modulus }) => modulus !== null)
                // What a removal or other keys ended is listed by the server until its day; nobody
                // comes in by it.
                .filter(
                    ({ batch }) =>
                        stands(hex(batch)) || doubts.some((doubt) => doubt.batch === hex(batch)),
                )
                .map(({ batch, ends, redeemed, size }) => ({
                    ends,
                    used: redeemed,
                    size,
                    doubted: doubts.some((one) => one.batch === hex(batch) || one.batch === ""),
                }))
        )
    }

    async openBatch(): Promise<void> {
        const { batches, room, inside } = this.work
        const { today } = room
        // What is made and not announced yet looks like what was announced and has ended.
        this.work.opening = true
        try {
            await this.#opened(batches, room, inside, today)
        } finally {
            this.work.opening = false
        }
    }

    async #opened(
        batches: InnerWork["batches"],
        room: InnerWork["room"],
        inside: InnerWork["inside"],
        today: string,
    ): Promise<void> {
        const batch = await batches.make(today, browserNetwork())
        await room.commit(({ settings }) => ({
            settings: announcing(settings, batch, today),
        }))
        const { settings } = this.work.group()
        await batches.open(inside.delivery, this.work.serverKey, settings, today)
    }

    asking(): readonly { readonly id: string; readonly name: string }[] {
        return [...this.work.asking.values()]
    }

    async sign(id: string): Promise<void> {
        const asking = this.work.asking.get(id)
        if (asking === undefined) return
        await this.work.signed(asking.by, asking.asked, true)
        this.work.asking.delete(id)
        await this.work.room.done(Number(id))
    }

    /** Names go with the reports that they stand in. */
    async keepNames(): Promise<void> {
        const { room, keepers } = this.work
        const stored = await room.shelf(NAMES)
        const kept = parsedJson(new TextDecoder().decode(stored))
        const before = (isObject(kept) ? kept : {}) as Record<string, string>
        const { members } = room.state
        this.#names = Object.fromEntries(
            [...new Set(keepers.named())].flatMap((id) => {
                const member = members.find((one) => one.id === id)
                const mark = member === undefined ? "" : markOf(member, members)
                const now = mark === "" ? member?.name : `${member?.name ?? ""} (${mark})`
                const name = now ?? before[id]
                return name === undefined ? [] : [[id, name]]
            }),
        )
        const next = JSON.stringify(this.#names)
        if (next === JSON.stringify(before)) return
        await room.putOnShelf(NAMES, next === "{}" ? null : new TextEncoder().encode(next))
    }

    reports(): readonly Report[] {
        const nameOf = (id: string): string => this.#names[id] ?? "?"
        return this.work.keepers.reports().map((report) => {
            const message = report.messages.find(({ chosen }) => chosen)
            const said = message === undefined ? null : saidIn(message.content)
            return {
                id: report.id,
                by: nameOf(report.reporter),
                of: message === undefined ? "" : nameOf(message.senderId),
                day: said?.day ?? report.day,
                text: said?.text ?? "",
                picture: message?.picture ?? null,
                note: report.words,
                verdict: message?.verdict ?? "unproven",
                byKeeper: report.byKeeper,
                context: report.messages
                    .filter((one) => one !== message)
                    .map(({ content, senderId }) => ({
                        of: nameOf(senderId),
                        text: saidIn(content)?.text ?? "",
                    })),
            }
        })
    }

    dealtWith(id: string): Promise<void> {
        return this.work.keepers.dealtWith(id)
    }

    answer(report: string, words: string): Promise<void> {
        return this.work.keepers.answer(report, words)
    }

    mute(member: string, muted: boolean): Promise<void> {
        return this.#act((acting) =>
            muted ? actions.mute(acting, member) : actions.unmute(acting, member),
        )
    }

    makeKeeper(member: string, keeper: boolean): Promise<void> {
        return this.#act((acting, secrets) =>
            keeper
                ? actions.makeKeeper(acting, member, secrets)
                : actions.unmakeKeeper(acting, member, secrets),
        )
    }

    remove(member: string): Promise<void> {
        return this.#act((acting, secrets) => actions.remove(acting, member, secrets))
    }

    closeRoom(closed: boolean): Promise<void> {
        return this.#act((acting) => (closed ? actions.close(acting) : actions.reopen(acting)))
    }

    async acceptCounsellor(member: string, accepted: boolean): Promise<void> {
        const { inside, keepers } = this.work
        if (!accepted) return this.#act((acting) => actions.dismissCounsellor(acting, member))
        const lines = await (await inside.counselling()).linesOf(keepers)
        if (lines.find(({ id }) => id === member)?.pseudonym == null) {
            throw new NotAllowed("no desk that the rules name vouches for this member now")
        }
        await this.#act((acting) => actions.acceptCounsellor(acting, member))
    }

    async setDays(days: number): Promise<void> {
        const { inside, room } = this.work
        const policy = await knownPolicy(inside.store, inside.page.root)
        const { band } = room.state.settings
        // A room from before there were rules goes on as it was.
        const known = policy !== null && bandOf(policy, band) !== undefined ? policy : null
        if (known !== null && mayKeep(known, band, days) !== null) {
            throw new NotAllowed("the organisation's rules let nothing stay so long")
        }
        await this.#act((acting) => actions.keepFor(acting, days, known))
    }

    async pin(kind: "simplex" | "briar", address: string | null): Promise<void> {
        await this.work.room.commit(({ settings }) => ({
            settings: { ...settings, pinned: address === null ? [] : [{ kind, address }] },
        }))
    }

    rekey(): Promise<void> {
        return this.#act((acting, secrets) => actions.rekey(acting, secrets))
    }

    async reseed(members: readonly string[]): Promise<string> {
        const { newRoomFor } = await import("./wired_reseeding.js")
        return newRoomFor(this.work, members)
    }

    async burn(): Promise<void> {
        const { room, serverKey, inside } = this.work
        if ((await readReseed(inside.store, hex(room.circle))) === null) await room.burn(serverKey)
        else await (await import("./wired_reseeding.js")).burnedAfter(this.work)
        await inside.forgotten(hex(room.circle))
    }

    async #act(action: (acting: Acting, secrets: KeeperSecrets) => Change): Promise<void> {
        await this.work.keepers.act(action)
    }
}

/** Of what was franked. */
function saidIn(content: Uint8Array): { readonly text: string; readonly day: string } | null {
    try {
        const frame = parsedFranked(content)
        if (frame.kind === "text") return { text: frame.text, day: frame.day }
        return frame.kind === "image" ? { text: "", day: frame.day } : null
    } catch {
        return null // another version's; shown without its words
    }
}

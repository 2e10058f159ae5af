/** Behind the door: the rooms that are kept here, coming into others, and moving away. */

import { isLanguage, WordList } from "../../sealing/word_list.js"
import { isObject } from "../../sealing/json.js"
import { browserNetwork } from "../../sending/browser_network.js"
import type { Delivery } from "../delivery/delivery.js"
import { httpDelivery } from "../delivery/http_delivery.js"
import { clearLandings, ComingIn } from "../entering/coming_in.js"
import { isGenuine, LinkError, parsedLink } from "../entering/invitation.js"
import type { InvitationLink } from "../entering/invitation.js"
import { roomFranking } from "../keepers/room_franking.js"
import type { RoomKeepers } from "../keepers/room_keepers.js"
import type { Progressed } from "../keeping/scrypt.js"
import type { SealedStore } from "../keeping/sealed_store.js"
import { KeepingError } from "../keeping/store.js"
import type { Store } from "../keeping/store.js"
import { hex, unhex } from "../mls/bytes.js"
import { CLASSIC, POST_QUANTUM } from "../mls/suites.js"
import { Room } from "../room/room.js"
import type { Surroundings } from "../room/room.js"
import { circlesIn } from "../room/rows.js"
import { COUNSELLOR } from "./own_band.js"
import type { Page } from "./page.js"
import type {
    CounsellorParts,
    Founding,
    Inside,
    Invitation,
    Move,
    OpenRoom,
    RoomLine,
    Rules,
} from "./parts.js"
import type { Counselling } from "./wired_counselling.js"
import { CARD, RealRoom, RENEW, RESEED, STATEMENT } from "./wired_room.js"

/** Minutes between looks at rooms that are not on the screen: at least, and by chance so many more. */
const LOOK_MINUTES = 2
const MORE_MINUTES = 4
/** The band that somebody says to be of, until the door was opened; the landing's id follows. */
const AGE = "age/"
/** As keepers/current_policy.ts. */
const RULES = "rules"

interface ReadInvitation extends Invitation {
    readonly link: InvitationLink
}

export class RealInside implements Inside {
    readonly around: Surroundings
    readonly #rooms = new Map<string, RealRoom>()
    readonly #turns = new Map<string, Promise<unknown>>()
    /** Doors that were opened while this page was, and the rooms behind them. */
    readonly #entered = new Map<string, string>()
    #locked = false
    #looking: ReturnType<typeof setTimeout> | undefined

    constructor(
        readonly page: Page,
        readonly store: Store,
        /** null: this window keeps nothing. */
        readonly sealed: SealedStore | null,
        readonly delivery: Delivery = httpDelivery(browserNetwork()),
    ) {
        this.around = {
            delivery: this.delivery,
            store,
            judging: { genuine: isGenuine, now: () => new Date() },
            franking: roomFranking,
        }
        this.#lookLater()
        clearLandings(store, this.delivery).catch(() => undefined) // tried again next time
    }

    get keeps(): boolean {
        return this.sealed !== null
    }

    async rooms(): Promise<readonly RoomLine[]> {
        const lines: RoomLine[] = []
        for (const circle of await circlesIn(this.store)) {
            const room = await this.roomOf(hex(circle))
            if (room !== null) lines.push(await room.line())
        }
        for (const coming of await ComingIn.all(this.store)) {
            lines.push({ id: coming.id, name: coming.name, state: "waiting", unread: 0 })
        }
        return lines
    }

    async open(id: string): Promise<RealRoom> {
        const room = await this.roomOf(id)
        if (room === null) throw new KeepingError("gone", "expected a room that is kept here")
        room.follow()
        return room.prepared()
    }

    async bands(): ReturnType<Inside["bands"]> {
        return this.#bandsBy(await this.#rulesKnown())
    }

    #bandsBy(rules: Rules | null): Rules["bands"] {
        if (rules !== null) return rules.bands
        return [
            { code: "grown-up", name: this.page.say("enter-adult") },
            { code: "under-18", name: this.page.say("enter-under") },
        ]
    }

    async rules(): Promise<Rules | null> {
        const { rulesHere } = await import("../keepers/rules_here.js")
        const { root: rootHex, language } = this.page
        return rulesHere(browserNetwork(), this.store, { rootHex, language })
    }

    async #rulesKnown(): Promise<Rules | null> {
        if ((await this.store.get(RULES)) === undefined) return null
        const { rulesKnown } = await import("../keepers/rules_here.js")
        const { root: rootHex, language } = this.page
        return rulesKnown(this.store, { rootHex, language })
    }

    async found(founding: Founding): Promise<OpenRoom> {
        const { foundedRoom } = await import("./wired_keeper.js")
        const circle = crypto.getRandomValues(new Uint8Array(16))
        const real = await this.inTurn(hex(circle), async () => {
            const { room } = await foundedRoom(this.around, circle, {
                suite: founding.postQuantum ? POST_QUANTUM : CLASSIC,
                name: founding.name,
                myName: founding.myName,
                band: founding.band,
                days: founding.days,
                saving: founding.saving,
                policy: (await this.#rulesKnown())?.hash ?? "",
            })
            return this.taken(room)
        })
        real.follow()
        return real
    }

    readInvitation(text: string): ReadInvitation | null {
        try {
            return { kind: "invitation", link: parsedLink(text) }
        } catch (error) {
            if (error instanceof LinkError) return null
            throw error
        }
    }

    async knock(invitation: Invitation, myName: string, own: string): Promise<string> {
        const { link } = invitation as ReadInvitation
        const known = await ComingIn.all(this.store)
        const now = new Date()
        // A second press after a cut goes on with the same keys: the invitation works once.
        const before = known.find(
            (one) => one.standing === "begun" && one.name === myName && one.isBy(link),
        )
        const said = (id: string) => new Map([[AGE + id, new TextEncoder().encode(own)]])
        const coming = before ?? (await ComingIn.begin(this.store, link, myName, now, said))
        if (before !== undefined) await this.store.put(said(before.id))
        const standing = await coming.carryOn(this.delivery)
        if (standing === "waiting" || standing === "begun") return coming.id
        await this.giveUp(coming.id)
        throw new EnteringProblem(standing === "spent" ? "InvitationSpent" : "NoInvitation")
    }

    look(id: string): Promise<string | null> {
        return this.inTurn(id, () => this.#looked(id))
    }

    async #looked(id: string): Promise<string | null> {
        const entered = this.#entered.get(id)
        if (entered !== undefined) return entered
        const coming = (await ComingIn.all(this.store)).find((one) => one.id === id)
        if (coming === undefined) return null
        if (coming.standing === "begun") await coming.carryOn(this.delivery)
        const joined = await coming.look(this.delivery, { now: this.around.judging.now })
        if (joined === null) return null
        const circle = hex(joined.group.circle)
        const real = await this.inTurn(
            circle,
            async () =>
                // Inside already: the page was closed between the two steps.
                (await this.#loaded(circle)) ??
                this.taken(await Room.entered(this.around, joined.group)),
        )
        const refused = await this.#isForOthers(joined.group.settings.band, id)
        // Others see somebody come and go; whoever was let in has read nothing by then.
        if (refused) await real.leave()
        else await real.marked(joined.policyChanged, await this.#counsels(id))
        await this.store.put(new Map([...coming.rowsWhenInside(), [AGE + id, null]]))
        clearLandings(this.store, this.delivery).catch(() => undefined)
        if (refused) throw new EnteringProblem("AnotherAge")
        this.#entered.set(id, circle)
        return circle
    }

    /** By the signed rules and what this person said of themselves before they knocked. */
    async #isForOthers(band: string, id: string): Promise<boolean> {
        const said = await this.store.get(AGE + id)
        const own = said === undefined ? "" : new TextDecoder().decode(said)
        const rules = await this.#rulesKnown()
        if (own === "" || rules?.bands.some(({ code }) => code === band) !== true) return false
        const counsels = own === COUNSELLOR && (await this.isCounsellor())
        return rules.refusesEntering(band, own, counsels ? "checked" : "no") !== null
    }

    async #counsels(id: string): Promise<boolean> {
        const said = await this.store.get(AGE + id)
        return new TextDecoder().decode(said) === COUNSELLOR
    }

    async giveUp(id: string): Promise<void> {
        const coming = (await ComingIn.all(this.store)).find((one) => one.id === id)
        await coming?.giveUp()
        await this.store.put(new Map([[AGE + id, null]]))
    }

    resume(): void {
        // Hidden meanwhile, or a module that did not come: at the next unlocking.
        this.#resumed().catch(() => undefined)
    }

    async #resumed(): Promise<void> {
        for (const key of await this.store.keys(RENEW)) {
            const room = await this.roomOf(key.slice(RENEW.length))
            await room?.sync().catch(() => undefined) // at the next look
        }
        for (const key of await this.store.keys(RESEED)) {
            const { wentOn } = await import("./wired_reseeding.js")
            // Without a network: at the next unlocking, or when the keeper presses again.
            await wentOn(this, key.slice(RESEED.length)).catch(() => undefined)
        }
    }

    async prepareMove(): Promise<Move> {
        const { moveOf } = await import("./wired_moving.js")
        this.#close()
        return moveOf(this.store, this.delivery, await loadWords(this.page.language))
    }

    async unfinishedMove(): Promise<Move | null> {
        const { unfinishedMove } = await import("./wired_moving.js")
        return unfinishedMove(this.store, this.delivery, () => loadWords(this.page.language))
    }

    async isCounsellor(): Promise<boolean> {
        if ((await this.store.get(STATEMENT)) === undefined) return false
        return ((await (await this.counselling()).state())?.hours ?? null) !== null
    }

    counsellor(): Promise<CounsellorParts> {
        return this.counselling()
    }

    async counselling(): Promise<Counselling> {
        const { Counselling } = await import("./wired_counselling.js")
        return new Counselling(this)
    }

    async counsellingIn(): Promise<readonly RoomKeepers[]> {
        const found: RoomKeepers[] = []
        for (const circle of await circlesIn(this.store)) {
            const room = await this.roomOf(hex(circle))
            const shown = await room?.room.shelf(CARD)
            if (room === null || shown === undefined || room.room.group === null) continue
            found.push((await room.work()).keepers)
        }
        return found
    }

    async changePassphrase(current: string, next: string, progressed: Progressed): Promise<void> {
        const { changePassphrase } = await import("../keeping/unlocking.js")
        if (this.sealed !== null) await changePassphrase(this.sealed, current, next, progressed)
    }

    async setWipingPassphrase(
        current: string,
        wiping: string,
        progressed: Progressed,
    ): Promise<void> {
        const { setWipingPassphrase } = await import("../keeping/unlocking.js")
        if (this.sealed !== null) {
            await setWipingPassphrase(this.sealed, current, wiping, progressed)
        }
    }

    async wipe(): Promise<void> {
        this.#close()
        await this.store.wipe()
    }

    lock(): void {
        this.#locked = true
        clearTimeout(this.#looking)
        this.#close()
        if (this.sealed !== null) this.sealed.lock()
        else void this.store.wipe()
    }

    #close(): void {
        for (const room of this.#rooms.values()) room.forgetKeys()
        this.#rooms.clear()
    }

    /** It is on this device no more. */
    async forgotten(id: string): Promise<void> {
        const room = this.#rooms.get(id)
        this.#rooms.delete(id)
        room?.close()
        await room?.forgotten()
    }

    roomOf(id: string): Promise<RealRoom | null> {
        return this.inTurn(id, () => this.#loaded(id))
    }

    /**
     * What makes a room's object, one after the other for each room: of two objects each would take
     * the other's commits for a stranger's, and seal with the same keys.
     */
    inTurn<Made>(of: string, make: () => Promise<Made>): Promise<Made> {
        const made = (this.#turns.get(of) ?? Promise.resolve()).then(make)
        this.#turns.set(
            of,
            made.catch(() => undefined),
        )
        return made
    }

    async #loaded(id: string): Promise<RealRoom | null> {
        const known = this.#rooms.get(id)
        if (known !== undefined && !known.gone) return known
        this.#rooms.delete(id)
        const room = await Room.load(this.around, unhex(id))
        return room === null ? null : this.taken(room)
    }

    async taken(room: Room): Promise<RealRoom> {
        const rules = await this.#rulesKnown()
        const { band } = room.state.settings
        const bandName = this.#bandsBy(rules).find(({ code }) => code === band)?.name ?? ""
        // A room from before there were rules goes on as it was.
        const known = rules?.bands.some(({ code }) => code === band) === true
        const real = new RealRoom(this, room, bandName, !known || rules.allowsImages(band))
        if (this.#locked) {
            real.forgetKeys()
            throw new KeepingError("locked", "expected an unlocked page, got one that was hidden")
        }
        // Loaded by the list while it was still being founded, and behind by now.
        this.#rooms.get(real.id)?.forgetKeys()
        this.#rooms.set(real.id, real)
        return real
    }

    /** Rooms that are not looked at are polled, each at a time of its own. */
    #lookLater(): void {
        const chance = (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 256
        this.#looking = setTimeout(
            () => {
                void this.#lookAtAll()
            },
            60_000 * (LOOK_MINUTES + chance * MORE_MINUTES),
        )
    }

    async #lookAtAll(): Promise<void> {
        for (const room of this.#rooms.values()) {
            if (!room.followed) await room.sync().catch(() => undefined)
            await room.lookAtBatches().catch(() => undefined)
        }
        if (!this.#locked) this.#lookLater()
    }
}

/** Said as what the server says of an invitation that does not work. */
class EnteringProblem extends Error {
    constructor(override readonly name: "InvitationSpent" | "NoInvitation" | "AnotherAge") {
        super("expected an invitation that leads in, got another; ask for a new one")
    }
}

export async function loadWords(language: string): Promise<WordList> {
    // A list of the intake's, in the folder that all modules are fetched from.
    const imported = await globalThis.safelightModule(`${language}.js`)
    const listed = isObject(imported) ? imported["words"] : ""
    if (!isLanguage(language) || typeof listed !== "string") {
        throw new KeepingError("unavailable", "expected a list of words; load the page again")
    }
    return new WordList(language, listed)
}

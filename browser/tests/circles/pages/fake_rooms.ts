/** Rooms that exist in memory alone, for tests of what the pages draw and ask. */

import { KeepingError } from "../../../src/circles/keeping/store.js"
import type { Member } from "../../../src/circles/mls/member.js"
import type { Settings } from "../../../src/circles/mls/settings.js"
import type {
    Answered,
    CounsellorLine,
    CounsellorParts,
    CounsellorState,
    Door,
    Founding,
    Inside,
    Invite,
    KeeperParts,
    Knock,
    Move,
    OpenRoom,
    Report,
    RoomLine,
    Rules,
} from "../../../src/circles/pages/parts.js"
import type { RoomState, Shown } from "../../../src/circles/room/room_state.js"

export const PASSPHRASE = "amber canal ladder meadow pencil"
export const LINK = "an-invitation"

export function member(name: string, leaf: number): Member {
    const id = leaf.toString(16).padStart(32, "0")
    const key = new Uint8Array(32).fill(leaf)
    return { id, name, signatureKey: key, boxKey: key, batch: "", invitation: "", leaf }
}

export const KEEPER = member("keeper", 0)
export const OTHER = member("other", 1)
export const THIRD = member("third", 2)

const SETTINGS: Settings = {
    v: 1,
    name: "Long winter films",
    keepers: [KEEPER.id],
    muted: [],
    band: "grown-up",
    counsellors: [],
    days: 7,
    batches: [],
    franking: "0".repeat(64),
    pinned: [],
    closed: false,
    saving: true,
    policy: "",
}

export function message(id: number, more: Partial<Shown> = {}): Shown {
    const usual: Shown = {
        id: id.toString(16).padStart(32, "0"),
        from: OTHER,
        name: OTHER.name,
        mine: false,
        kind: "text",
        text: `Message ${String(id)}`,
        reactions: new Map<string, readonly string[]>(),
        day: "2026-11-22",
        vanishes: "2026-11-29",
        saved: false,
        again: false,
        unproven: false,
        state: "sent",
    }
    return Object.assign(usual, more)
}

export class FakeRoom implements OpenRoom {
    readonly id = "1".repeat(32)
    readonly bandName = "18 and older"
    readonly postQuantum = true
    offline = false
    pictures = true
    closes = 0
    readonly done: (readonly unknown[])[] = []
    fails: Error | null = null
    invitation: Invite = { address: `http://127.0.0.1/en/9#${LINK}` }
    knocks: readonly Knock[] = [{ id: "k1", name: "newcomer", ends: "2026-11-29" }]
    reported: readonly Report[] = []
    readonly #listeners = new Set<() => void>()
    state: RoomState = {
        name: SETTINGS.name,
        members: [KEEPER, OTHER, THIRD],
        me: KEEPER,
        keeper: true,
        settings: SETTINGS,
        epoch: 3,
        shown: [message(1), message(2, { mine: true, from: KEEPER, name: KEEPER.name })],
        safetyCode: Array.from({ length: 12 }, (_, at) => String(10000 + 7 * at)),
        warnings: [],
        leaving: [],
        unheard: [],
        closed: false,
        burned: false,
        removed: false,
        stopped: false,
    }

    set(change: Partial<RoomState>): void {
        this.state = { ...this.state, ...change }
        for (const listener of this.#listeners) listener()
    }

    get listeners(): number {
        return this.#listeners.size
    }

    subscribe(listener: () => void): () => void {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
    }

    #did(...what: readonly unknown[]): Promise<void> {
        if (this.fails !== null) return Promise.reject(this.fails)
        this.done.push(what)
        return Promise.resolve()
    }

    async say(text: string, replyTo: string | null): Promise<void> {
        await this.#did("say", text, replyTo)
        const mine = { mine: true, from: this.state.me, name: this.state.me.name, text }
        const reply = replyTo === null ? {} : { replyTo }
        const id = this.state.shown.length + 1
        this.set({ shown: [...this.state.shown, message(id, { ...mine, ...reply })] })
    }

    react = (id: string, emoji: string): Promise<void> => this.#did("react", id, emoji)
    sendPicture = (picture: Uint8Array): Promise<void> => this.#did("picture", picture.length)
    save = (id: string, saved: boolean): Promise<void> => this.#did("save", id, saved)
    forget = (id: string): Promise<void> => this.#did("forget", id)
    retry = (id: string): Promise<void> => this.#did("retry", id)
    report = (id: string, note: string, context: readonly string[]): Promise<void> =>
        this.#did("report", id, note, context)
    reportable = (): boolean => true
    answered: readonly Answered[] = []
    answers = (): Promise<readonly Answered[]> => Promise.resolve(this.answered)
    answerRead = (id: string): Promise<void> => this.#did("answerRead", id)
    rulesChanged = false
    rulesSeen = (): Promise<void> => {
        this.rulesChanged = false
        return this.#did("rulesSeen")
    }
    doubted = false
    resting = false
    anew = false
    counselling: readonly CounsellorLine[] = []
    counsellors = (): Promise<readonly CounsellorLine[]> => Promise.resolve(this.counselling)
    showCard = (): Promise<void> => this.#did("showCard")
    lookAtHours = (): Promise<void> => Promise.resolve()
    moved: string | null = null
    movedTo = (): Promise<string | null> => Promise.resolve(this.moved)
    given = (): Promise<void> => this.#did("given")
    leave = (): Promise<void> => this.#did("leave")
    invite = (): Promise<Invite> => Promise.resolve(this.invitation)
    close(): void {
        this.closes += 1
    }

    keeping = (): Promise<KeeperParts | null> =>
        Promise.resolve(this.state.keeper ? this.keeper : null)
    readonly keeper: KeeperParts = {
        knocks: () => Promise.resolve(this.knocks),
        letIn: (id) => this.#did("letIn", id),
        turnAway: (id) => this.#did("turnAway", id),
        batches: () => Promise.resolve([{ ends: "2026-11-29", used: 2, size: 8, doubted: false }]),
        openBatch: () => this.#did("openBatch"),
        asking: () => [{ id: "a1", name: THIRD.name }],
        sign: (id) => this.#did("sign", id),
        reports: () => this.reported,
        answer: (report, words) => this.#did("answer", report, words),
        dealtWith: (id) => this.#did("dealtWith", id),
        mute: (id, muted) => this.#did("mute", id, muted),
        makeKeeper: (id, keeper) => this.#did("makeKeeper", id, keeper),
        remove: (id) => this.#did("remove", id),
        closeRoom: (closed) => this.#did("closeRoom", closed),
        acceptCounsellor: (id, accepted) => this.#did("acceptCounsellor", id, accepted),
        setDays: (days) => this.#did("setDays", days),
        pin: (kind, address) => this.#did("pin", kind, address),
        rekey: () => this.#did("rekey"),
        reseed: async (members) => {
            await this.#did("reseed", members)
            return this.id
        },
        burn: () => this.#did("burn"),
    }
}

export class FakeInside implements Inside {
    readonly keeps = true
    locked = 0
    lines: readonly RoomLine[] = [
        { id: "1".repeat(32), name: "Long winter films", state: "in", unread: 2 },
        { id: "2".repeat(32), name: "…", state: "waiting", unread: 0 },
    ]
    opened = false
    readonly founded: Founding[] = []
    readonly knocked: string[] = []
    readonly room = new FakeRoom()
    words = Array.from({ length: 8 }, (_, at) => `word${String(at)}`)

    rooms = (): Promise<readonly RoomLine[]> => Promise.resolve(this.lines)
    open = (): Promise<OpenRoom> => Promise.resolve(this.room)
    bands = (): ReturnType<Inside["bands"]> =>
        Promise.resolve([
            { code: "under-18", name: "Under 18" },
            { code: "grown-up", name: "18 and older" },
        ])
    told: Rules | null = null
    rules = (): Promise<Rules | null> => Promise.resolve(this.told)
    found = (founding: Founding): Promise<OpenRoom> => {
        this.founded.push(founding)
        return Promise.resolve(this.room)
    }
    readInvitation = (text: string): ReturnType<Inside["readInvitation"]> =>
        text === LINK ? { kind: "invitation" } : null
    readonly ages: string[] = []
    knock = (_: unknown, myName: string, own: string): Promise<string> => {
        this.knocked.push(myName)
        this.ages.push(own)
        return Promise.resolve("2".repeat(32))
    }
    resumed = 0
    resume(): void {
        this.resumed += 1
    }
    look = (): Promise<string | null> => Promise.resolve(this.opened ? "1".repeat(32) : null)
    giveUp = (): Promise<void> => Promise.resolve()
    counsellorState: CounsellorState | null = null
    readonly counselled: (readonly unknown[])[] = []
    isCounsellor = (): Promise<boolean> =>
        Promise.resolve((this.counsellorState?.hours ?? null) !== null)
    counsellor = (): Promise<CounsellorParts> => {
        const did = (...what: readonly unknown[]): Promise<void> => {
            this.counselled.push(what)
            return Promise.resolve()
        }
        return Promise.resolve({
            state: () => Promise.resolve(this.counsellorState),
            begin: () => did("begin"),
            takeIn: async (text) => {
                await did("takeIn", text)
                return text === "good" ? null : "malformed"
            },
            clockIn: (minutes) => did("clockIn", minutes),
            clockOut: () => did("clockOut"),
            forget: () => did("forget"),
        })
    }
    prepareMove = (): Promise<Move> =>
        Promise.resolve({
            words: this.words,
            late: false,
            stay: () => Promise.resolve(),
            gone: () => Promise.resolve(),
            send: () => Promise.resolve(),
            takeBack: () => Promise.resolve(true),
        })
    unfinishedMove = (): Promise<Move | null> => Promise.resolve(null)
    changePassphrase = (): Promise<void> => Promise.resolve()
    setWipingPassphrase = (): Promise<void> => Promise.resolve()
    wipe = (): Promise<void> => Promise.resolve()
    lock(): void {
        this.locked += 1
    }
}

export class FakeDoor implements Door {
    here: "nothing" | "kept" | "unavailable" = "nothing"
    passphrase = PASSPHRASE
    readonly inside = new FakeInside()

    whatIsHere = (): ReturnType<Door["whatIsHere"]> => Promise.resolve(this.here)
    mayForget = (): Promise<boolean> => Promise.resolve(true)
    drawnPassphrase = (): Promise<string> => Promise.resolve(PASSPHRASE)
    unlock: Door["unlock"] = (passphrase) =>
        passphrase === this.passphrase
            ? Promise.resolve(this.inside)
            : Promise.reject(new KeepingError("passphrase", "wrong"))
    create = (passphrase: string): Promise<Inside> => {
        this.passphrase = passphrase
        this.here = "kept"
        return Promise.resolve(this.inside)
    }
    withoutKeeping = (): Promise<Inside> => Promise.resolve(this.inside)
    bringHere = (words: string): Promise<Inside | null> =>
        Promise.resolve(words === "the words" ? this.inside : null)
    wipe = (): Promise<void> => {
        this.here = "nothing"
        return Promise.resolve()
    }
}

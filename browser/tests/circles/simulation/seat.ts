// One member's device in one room: it lives, crashes, comes back from what it kept.
import { DeliveryError, type LogDelivery } from "../../../src/circles/delivery/delivery.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import type { Judging } from "../../../src/circles/mls/group_steps.js"
import type { OwnMember } from "../../../src/circles/mls/own_member.js"
import { NotAllowed } from "../../../src/circles/mls/problems.js"
import { Room, type Surroundings } from "../../../src/circles/room/room.js"
import type { VirtualClock } from "./clock.js"
import { DeviceStore } from "./device_store.js"
import { Line, type Faults } from "./line.js"

export interface Chances extends Faults {
    /** Of ending at a write, before it or after it. */
    readonly crash: number
}

/** No faults: when all have to come together again. */
export const CALM: Chances = { slowest: 50, lostRequest: 0, lostAnswer: 0, twice: 0, crash: 0 }

export class Seat {
    /** When a welcome for it was handed over; -1: not yet. */
    since = -1
    /** It said that it leaves, or was taken out. */
    over = false
    crashes = 0
    room: Room | null = null
    /** What went wrong that never should; with the seed it can be had again. */
    readonly unexpected: string[] = []
    readonly #kept = new MemoryStore()
    #life = 0
    #ended: () => void = () => undefined

    constructor(
        readonly name: string,
        private circle: Uint8Array,
        private readonly server: LogDelivery,
        private readonly clock: VirtualClock,
        private readonly random: () => number,
        private chances: Chances,
    ) {}

    /** A founder learns the circle's id by founding it. */
    moveTo(circle: Uint8Array, chances: Chances): void {
        this.circle = circle
        this.chances = chances
    }

    calm(): void {
        this.chances = CALM
    }

    /** Begin a life; `open` makes or finds the room in it. */
    async wake(open: (around: Surroundings) => Promise<Room | null>): Promise<void> {
        await this.#living(async (around) => {
            this.room = await open(around)
        })
    }

    async join(own: OwnMember, welcome: Uint8Array): Promise<void> {
        this.since = this.clock.now
        // Whoever crashes while coming in comes in by the same welcome again.
        const enter = (around: Surroundings) => Room.join(around, own, welcome)
        await this.wake(async (around) => (await Room.load(around, this.circle)) ?? enter(around))
        if (this.room === null) {
            this.#reopen = async (around) => (await Room.load(around, this.circle)) ?? enter(around)
        }
    }

    #reopen = (around: Surroundings): Promise<Room | null> => Room.load(around, this.circle)

    /** From what was kept. */
    async restart(): Promise<void> {
        this.crash()
        await this.wake(this.#reopen)
    }

    crash(): void {
        if (this.room !== null) this.crashes += 1
        this.room = null
        this.#life += 1
        this.#ended()
    }

    /** Does something with the room; what may happen to anybody is no fault. */
    async act(work: (room: Room) => Promise<unknown>): Promise<void> {
        const { room } = this
        if (room === null || this.over) return
        await this.#until(work(room))
    }

    async #living(work: (around: Surroundings) => Promise<void>): Promise<void> {
        this.#life += 1
        const life = this.#life
        const alive = (): boolean => this.#life === life
        const moment = (): void => {
            if (alive() && this.random() < this.chances.crash) this.crash()
        }
        const judging: Judging = {
            genuine: (_modulus, { signature }) => signature.every((byte) => byte === 0x51),
            now: () => this.clock.date,
        }
        await this.#until(
            work({
                delivery: new Line(this.server, this.clock, this.random, () => this.chances, alive),
                store: new DeviceStore(this.#kept, alive, moment),
                judging,
                franking: null,
            }),
        )
    }

    /** The work's end, or this life's. */
    async #until(work: Promise<unknown>): Promise<void> {
        const ended = new Promise<void>((resolve) => {
            this.#ended = resolve
        })
        const done = work.then(
            () => undefined,
            (problem: unknown) => {
                if (problem instanceof DeliveryError || problem instanceof NotAllowed) return
                const said = problem instanceof Error ? problem.stack : String(problem)
                this.unexpected.push(`${this.name}: ${said ?? ""}`)
            },
        )
        await Promise.race([done, ended])
    }
}

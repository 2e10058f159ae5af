// Rooms full of people who write, come, go, crash and commit at the same moment, over bad lines,
// in virtual time. Everything follows from the seed.
import { bytesToHex } from "@noble/hashes/utils.js"

import { hex } from "../../../src/circles/mls/bytes.js"
import type { Group } from "../../../src/circles/mls/group.js"
import { memberId } from "../../../src/circles/mls/leaf.js"
import {
    keyPackageRef,
    newMember,
    sentKeyPackage,
    type OwnMember,
} from "../../../src/circles/mls/own_member.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import type { Batch } from "../../../src/circles/mls/settings.js"
import { Room } from "../../../src/circles/room/room.js"
import { randomNumbers } from "../../support/random_numbers.js"
import { FakeServer } from "../support/fake_server.js"
import { batch, invitation, NOW } from "../support/people.js"
import { VirtualClock } from "./clock.js"
import { Seat, type Chances } from "./seat.js"

export interface Plan {
    readonly seed: number
    readonly rooms: number
    /** In each room, at most. */
    readonly members: number
    readonly hours: number
    readonly chances: Chances
    /** Mean time between two things that somebody does, in seconds. */
    readonly pause: number
    /** What a bad server does, after each thing that somebody did. */
    readonly meddle?: (server: FakeServer) => void
}

export const BAD_LINES: Chances = {
    slowest: 8_000,
    lostRequest: 0.05,
    lostAnswer: 0.05,
    twice: 0.05,
    crash: 0.005,
}

interface Said {
    readonly at: number
    readonly by: Seat
    acknowledged: boolean
}

/** One room and everybody who ever was in it. */
export class Place {
    readonly seats: Seat[] = []
    /** By message id. */
    readonly said = new Map<string, Said>()
    /** Newcomers by member id, until their welcome came. */
    readonly coming = new Map<string, { seat: Seat; own: OwnMember }>()
    people = 0

    constructor(readonly circle: Uint8Array) {}

    /** In the room now, as far as their own device knows. */
    get present(): Seat[] {
        return this.seats.filter(({ since, over }) => since >= 0 && !over)
    }
}

export class World {
    readonly clock = new VirtualClock(NOW)
    readonly server = new FakeServer()
    readonly places: Place[] = []
    readonly #random: () => number
    #calm = false

    constructor(readonly plan: Plan) {
        const draw = randomNumbers(plan.seed)
        for (let skipped = 0; skipped < 20; skipped++) draw()
        this.#random = draw
    }

    async run(): Promise<void> {
        for (let number = 0; number < this.plan.rooms; number++) await this.#founded(number)
        const end = NOW.getTime() + this.plan.hours * 3_600_000
        await this.clock.passUntil(end)
        this.#calm = true
        // Whoever was in the middle of something comes to its end.
        await this.clock.passUntil(end + 60_000)
        for (const place of this.places) for (const seat of place.seats) seat.calm()
        await this.#healed()
    }

    async #founded(number: number): Promise<void> {
        const seat = this.#seat(`room ${number.toString()}, founder`, new Uint8Array(16))
        let circle = new Uint8Array(16)
        seat.calm()
        const waking = seat.wake(async (around) => {
            const room = await Room.found(around, {
                suite: CLASSIC,
                name: "Chess on Fridays",
                myName: "founder",
                band: "adults",
                keeperHash: new Uint8Array(32),
            })
            circle = room.circle.slice()
            return room
        })
        await this.#through(waking)
        const place = new Place(circle)
        const founder = this.#seat(`room ${number.toString()}, founder`, circle, seat)
        founder.since = this.clock.now
        place.people = 1
        place.seats.push(founder)
        this.places.push(place)
        void this.#lived(place, founder)
    }

    /** Lets time pass until it is done. */
    async #through(work: Promise<void>): Promise<void> {
        let done = false
        const ended = work.then(() => {
            done = true
        })
        while (!this.#isDone(done)) {
            await this.clock.passUntil(this.clock.now + 1_000)
            await Promise.race([ended, Promise.resolve()])
        }
    }

    #isDone(done: boolean): boolean {
        return done
    }

    #seat(name: string, circle: Uint8Array, known?: Seat): Seat {
        const { clock, server, plan } = this
        if (known === undefined)
            return new Seat(name, circle, server.delivery(name), clock, this.#random, plan.chances)
        known.moveTo(circle, plan.chances)
        return known
    }

    /** What one device does until all is over. */
    async #lived(place: Place, seat: Seat): Promise<void> {
        while (!this.#calm && !seat.over) {
            await this.clock.sleep(this.#random() * 2_000 * this.plan.pause)
            if (this.#stopped()) return
            if (seat.room === null) await seat.restart()
            else await this.#something(place, seat)
            await this.#looked(place, seat)
            this.plan.meddle?.(this.server)
        }
    }

    #stopped(): boolean {
        return this.#calm
    }

    async #something(place: Place, seat: Seat): Promise<void> {
        const chance = this.#random()
        const keeper = seat.room?.state.keeper === true
        const closed = seat.room?.state.settings.batches.length === 0
        if (chance < 0.02) {
            seat.crash()
            await this.clock.sleep(this.#random() * 1_200_000)
        } else if (keeper && chance < (closed ? 0.4 : 0.05)) await this.#kept(seat)
        else if (chance < 0.35) await this.#spoke(place, seat)
        else if (chance < 0.4) await seat.act((room) => room.commit(() => ({})))
        else if (chance < 0.6 && !closed) await this.#invited(place, seat)
        else if (chance < 0.605) await this.#left(place, seat)
        else await seat.act((room) => room.sync())
    }

    async #spoke(place: Place, seat: Seat): Promise<void> {
        const at = this.clock.now
        await seat.act(async (room) => {
            const id = await room.say(`${seat.name} at ${at.toString()}`)
            place.said.set(id, { at, by: seat, acknowledged: false })
        })
    }

    /** Anybody lets a newcomer in by an invitation; a keeper's batch must be open. */
    async #invited(place: Place, seat: Seat): Promise<void> {
        const there = place.seats.filter(({ over }) => !over).length
        if (there >= this.plan.members) return
        place.people += 1
        const name = `guest ${place.people.toString()}`
        const own = await newMember({
            suite: CLASSIC,
            circle: place.circle,
            name,
            invitation: invitation(place.people),
            now: this.clock.date,
        })
        const id = hex(memberId(place.circle, own.keyPackage.leafNode.signaturePublicKey))
        const newcomer = this.#seat(`${name} of room`, place.circle)
        const brought = sentKeyPackage(own)
        place.coming.set(id, { seat: newcomer, own })
        await seat.act((room) =>
            room.commit((group) =>
                group.settings.batches.length === 0 || group.member(id) !== undefined
                    ? null
                    : { add: [brought] },
            ),
        )
    }

    /** What a keeper does: opens a batch, makes a second keeper, takes somebody out. */
    async #kept(seat: Seat): Promise<void> {
        const opened: Batch = { ...(await batch()), ends: this.#day(5) }
        const chance = this.#random()
        await seat.act((room) =>
            room.commit((group) => {
                if (group.settings.batches.length === 0) {
                    return { settings: { ...group.settings, batches: [opened] } }
                }
                const others = group.members.filter(({ id }) => id !== group.me.id)
                const chosen = others[Math.floor(chance * others.length)]
                if (chosen === undefined) return null
                if (group.settings.keepers.length === 1) {
                    const keepers = [...group.settings.keepers, chosen.id].sort()
                    return { settings: { ...group.settings, keepers } }
                }
                return { remove: [chosen.id] }
            }),
        )
    }

    async #left(place: Place, seat: Seat): Promise<void> {
        if (seat === place.seats[0]) return
        await seat.act(async (room) => {
            await room.leave()
            seat.over = true
        })
    }

    /** Hands welcomes on, and notes what the device says was acknowledged. */
    async #looked(place: Place, seat: Seat): Promise<void> {
        const { room } = seat
        if (room === null || seat.over) return
        for (const { id, state, mine } of room.state.shown) {
            const said = place.said.get(id)
            if (said !== undefined && mine && state === "sent") said.acknowledged = true
        }
        if (room.state.removed) seat.over = true
        for (const { welcome, epoch } of [...room.welcomes]) {
            await this.#welcomed(place, Uint8Array.from(Buffer.from(welcome, "hex")))
            await seat.act((same) => same.welcomed(epoch))
        }
    }

    async #welcomed(place: Place, welcome: Uint8Array): Promise<void> {
        for (const [id, { seat, own }] of [...place.coming]) {
            if (seat.since >= 0 || !(await isFor(welcome, own))) continue
            place.coming.delete(id)
            place.seats.push(seat)
            await seat.join(own, welcome)
            void this.#lived(place, seat)
        }
    }

    #day(from: number): string {
        return new Date(this.clock.now + from * 86_400_000).toISOString().slice(0, 10)
    }

    /** Good lines, and everybody looks a few times. */
    async #healed(): Promise<void> {
        for (let round = 0; round < 6; round++) {
            for (const place of this.places) {
                for (const seat of [...place.seats]) {
                    if (seat.over) continue
                    const doing = async (): Promise<void> => {
                        if (seat.room === null) await seat.restart()
                        await seat.act((room) => room.sync())
                        await this.#looked(place, seat)
                    }
                    await this.#through(doing())
                }
            }
        }
    }
}

async function isFor(welcome: Uint8Array, own: OwnMember): Promise<boolean> {
    return bytesToHex(welcome).includes(bytesToHex(await keyPackageRef(own)))
}

/** For checks: the group as a device has it. */
export function groupOf(seat: Seat): Group | null {
    return seat.room?.group ?? null
}

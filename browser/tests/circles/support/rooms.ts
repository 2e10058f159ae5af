// Rooms of several devices on one fake server.
import { sha256 } from "@noble/hashes/sha2.js"

import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { Room } from "../../../src/circles/room/room.js"
import type { Surroundings } from "../../../src/circles/room/room.js"
import { FakeServer } from "./fake_server.js"
import { NOW, batch, invitation, judging } from "./people.js"

export const KEEPER_KEY = new Uint8Array(32).fill(9)

/** A clock that a test turns. */
export class Clock {
    now = NOW.getTime()

    days(days: number): void {
        this.now += days * 24 * 60 * 60 * 1000
    }
}

/** A person's device: its store outlives what runs on it. */
export interface Device {
    readonly name: string
    readonly around: Surroundings & { readonly store: MemoryStore }
    room: Room
}

export class Devices {
    readonly server = new FakeServer()
    readonly clock = new Clock()
    readonly all: Device[] = []

    constructor(readonly suite: SuiteName = CLASSIC) {}

    around(name: string): Device["around"] {
        return {
            delivery: this.server.delivery(name),
            store: new MemoryStore(),
            judging: { ...judging, now: () => new Date(this.clock.now) },
            franking: null,
        }
    }

    async found(): Promise<Device> {
        const around = this.around("keeper")
        const room = await Room.found(around, {
            suite: this.suite,
            name: "Chess on Fridays",
            myName: "keeper",
            band: "adults",
            keeperHash: sha256(KEEPER_KEY),
        })
        await this.openBatch(room)
        const device = { name: "keeper", around, room }
        this.all.push(device)
        return device
    }

    async openBatch(room: Room): Promise<void> {
        const open = await batch(this.suite)
        await room.commit((group) => ({ settings: { ...group.settings, batches: [open] } }))
    }

    /** Let in by `by`, whose device makes the commit. The newcomer has not read anything yet. */
    async join(by: Device, name: string): Promise<Device> {
        const around = this.around(name)
        const own = await newMember({
            suite: this.suite,
            circle: by.room.circle,
            name,
            invitation: invitation(),
            now: new Date(this.clock.now),
        })
        const welcome = await by.room.commit(() => ({ add: [sentKeyPackage(own)] }))
        if (welcome === null) throw new Error("expected a welcome")
        const device = { name, around, room: await Room.join(around, own, welcome) }
        this.all.push(device)
        return device
    }

    /** A keeper and so many others, all of whom have read everything. */
    async circle(others: number): Promise<[Device, ...Device[]]> {
        const keeper = await this.found()
        for (let at = 1; at <= others; at += 1) await this.join(keeper, `member ${String(at)}`)
        await this.settle()
        return [keeper, ...this.all.slice(1)]
    }

    /** Everybody reads until nothing changes any more. */
    async settle(): Promise<void> {
        for (let round = 0; round < 6; round += 1) {
            const before = this.#log()
            for (const { room } of this.all) await room.sync()
            if (this.#log() === before) return
        }
    }

    /** What runs on the device ends; it starts again from its store. */
    async restart(device: Device): Promise<void> {
        const again = await Room.load(device.around, device.room.circle)
        if (again === null) throw new Error("expected the room in the store")
        device.room = again
    }

    #log(): string {
        return [...this.server.circles.values()].map(({ seq }) => String(seq)).join()
    }
}

export function texts({ room }: Device): string[] {
    return room.state.shown.map(({ text, kind }) => text ?? kind)
}

export function warned({ room }: Device): string[] {
    return room.state.warnings.map(({ kind }) => kind)
}

export function codeOf({ room }: Device): string {
    return room.state.safetyCode.join(" ")
}

export function idOfMember({ room }: Device): string {
    return room.state.me.id
}

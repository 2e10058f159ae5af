/** Rooms with their keepers' parts, on the fake server of the rooms' own tests. */

import { randomBytes } from "@noble/hashes/utils.js"

import { foundedRoom, keepersOf } from "../../../src/circles/keepers/founding.js"
import { roomFranking } from "../../../src/circles/keepers/room_franking.js"
import type { RoomKeepers } from "../../../src/circles/keepers/room_keepers.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { Devices } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

export interface KeptDevice extends Device {
    keepers: RoomKeepers
}

export class KeptRooms {
    readonly devices: Devices
    readonly all: KeptDevice[] = []

    constructor(suite?: SuiteName) {
        this.devices = new Devices(suite)
    }

    around(name: string): Device["around"] {
        return { ...this.devices.around(name), franking: roomFranking }
    }

    async found(): Promise<KeptDevice> {
        const around = this.around("keeper")
        const keepers = await foundedRoom(around, randomBytes(16), {
            suite: this.devices.suite,
            name: "Chess on Fridays",
            myName: "keeper",
            band: "18",
        })
        await this.devices.openBatch(keepers.room)
        const device = { name: "keeper", around, room: keepers.room, keepers }
        this.devices.all.push(device)
        this.all.push(device)
        return device
    }

    async join(by: Device, name: string): Promise<KeptDevice> {
        const joined = await this.devices.join(by, name)
        const around = { ...joined.around, franking: roomFranking }
        this.devices.all.pop()
        // The same store, now with franking.
        const device: KeptDevice = { name, around, room: joined.room, keepers: null as never }
        await this.restart(device)
        this.devices.all.push(device)
        this.all.push(device)
        return device
    }

    async circle(others: number): Promise<[KeptDevice, ...KeptDevice[]]> {
        const keeper = await this.found()
        for (let at = 1; at <= others; at += 1) await this.join(keeper, `member ${String(at)}`)
        await this.settle()
        return [keeper, ...this.all.slice(1)]
    }

    async settle(): Promise<void> {
        for (let round = 0; round < 3; round += 1) {
            await this.devices.settle()
            for (const { keepers } of this.all) await keepers.sync()
        }
    }

    /** What runs on the device ends; it starts again from its store. */
    async restart(device: KeptDevice): Promise<void> {
        await this.devices.restart(device)
        device.keepers = await keepersOf(device.around, device.room)
    }
}

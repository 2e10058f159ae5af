import { expect, test } from "vitest"

import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import { keepersOf } from "../../../src/circles/keepers/founding.js"
import { readReseed } from "../../../src/circles/keepers/reseed.js"
import { begunAnew, burnedAnew, goneOn } from "../../../src/circles/keepers/reseeding_rooms.js"
import type { Anew } from "../../../src/circles/keepers/reseeding_rooms.js"
import type { RoomKeepers } from "../../../src/circles/keepers/room_keepers.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { Room } from "../../../src/circles/room/room.js"
import { KeptRooms } from "./kept_rooms.js"
import type { KeptDevice } from "./kept_rooms.js"

const idOf = ({ room }: KeptDevice) => room.state.me.id

/** The keeper's page: holds rooms open, and can be closed and opened again. */
class KeepersPage implements Anew {
    readonly #open = new Map<string, RoomKeepers>()
    readonly forgotten: string[] = []
    made = 0

    constructor(
        readonly device: KeptDevice,
        readonly around = device.around,
    ) {}

    close(): void {
        this.#open.clear()
    }

    async old(id: string): Promise<RoomKeepers | null> {
        const open = this.#open.get(id)
        if (open !== undefined) return open
        const room = await Room.load(this.around, unhex(id))
        if (room === null) return null
        const keepers = await keepersOf(this.around, room)
        this.#open.set(id, keepers)
        return keepers
    }

    opened(keepers: RoomKeepers): Promise<void> {
        this.#open.set(hex(keepers.room.circle), keepers)
        return Promise.resolve()
    }

    async fresh(id: string): Promise<RoomKeepers> {
        const found = await this.old(id)
        if (found === null) throw new Error("expected the new room")
        return found
    }

    invitation({ room }: RoomKeepers): Promise<string> {
        this.made += 1
        return Promise.resolve(`${hex(room.circle)}/${String(this.made)}`)
    }

    forget(old: string): Promise<void> {
        this.forgotten.push(old)
        return Promise.resolve()
    }
}

async function infiltrated(others = 3) {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(others)
    const [one, two = one, spy = two] = members
    if (one === undefined || two === undefined || spy === undefined) throw new Error("members")
    await one.room.say("we have to talk elsewhere")
    await rooms.settle()
    const old = hex(keeper.room.circle)
    const page = new KeepersPage(keeper)
    await page.opened(keeper.keepers)
    return { rooms, keeper, one, two, spy, old, page }
}

/** Everything that lies on a device, as text: keys and values. */
async function everythingOn({ around }: KeptDevice): Promise<string> {
    const keys = await around.store.keys("")
    const rows = await Promise.all(keys.map(async (key) => [key, await around.store.get(key)]))
    return rows
        .map(
            ([key, value]) =>
                `${String(key)} ${Buffer.from(value as Uint8Array).toString("latin1")}`,
        )
        .join("\n")
}

test("those who are trusted get an invitation, the spy learns nothing of the room, the old one burns", async () => {
    const { rooms, keeper, one, two, spy, old, page } = await infiltrated()
    const reseeding = await begunAnew(page, keeper.keepers, [idOf(one), idOf(two)])
    expect(reseeding.stage).toBe("waiting")
    await rooms.settle()
    const [first] = one.keepers.invitations()
    const [second] = two.keepers.invitations()
    expect(first?.text.startsWith(reseeding.fresh)).toBe(true)
    expect(second?.text.startsWith(reseeding.fresh)).toBe(true)
    expect(first?.text).not.toBe(second?.text)
    expect(spy.keepers.invitations()).toEqual([])
    // All that the spy's device holds, and all that its keys open, says nothing of the new room.
    const held = await everythingOn(spy)
    expect(held).toContain(old)
    expect(held).not.toContain(reseeding.fresh)
    expect(held).not.toContain(Buffer.from(unhex(reseeding.fresh)).toString("latin1"))
    // The new room has other people's keys, another franking key and another keeper key.
    const fresh = await page.fresh(reseeding.fresh)
    expect(fresh.room.state.members).toHaveLength(1)
    expect(fresh.room.state.me.id).not.toBe(idOf(keeper))
    expect(fresh.room.state.settings.franking).not.toBe(keeper.room.state.settings.franking)
    expect(fresh.serverKey).not.toEqual(keeper.keepers.serverKey)
    expect((await burnedAnew(page, old)).stage).toBe("done")
    expect(rooms.devices.server.of(unhex(old)).burned).toBe(true)
    expect(rooms.devices.server.of(unhex(reseeding.fresh)).burned).toBe(false)
    await spy.room.sync()
    expect(spy.room.state.burned).toBe(true)
    expect(await everythingOn(keeper)).not.toContain(old)
    expect(page.forgotten).toEqual([old])
})

test.each([
    ["found", "after"],
    ["post", "before"],
    ["burn", "after"],
] as const)(
    "the line is cut at %s, %s it was done, and the page is closed",
    async (asked, when) => {
        const { rooms, keeper, one, two, old, page } = await infiltrated()
        const trusted = [idOf(one), idOf(two)]
        rooms.devices.server.troubles = [{ asked, when }]
        const closed = async <T>(work: () => Promise<T>): Promise<T> => {
            for (;;) {
                try {
                    return await work()
                } catch (error) {
                    if (!(error instanceof NetworkFailed)) throw error
                    page.close()
                }
            }
        }
        await closed(async () => {
            const keepers = await page.old(old)
            if (keepers === null) throw new Error("expected the old room")
            return begunAnew(page, keepers, trusted)
        })
        const { fresh } = (await readReseed(keeper.around.store, old)) ?? { fresh: "" }
        rooms.devices.all.splice(rooms.devices.all.indexOf(keeper), 1)
        rooms.all.splice(rooms.all.indexOf(keeper), 1)
        await rooms.settle()
        for (const device of [one, two]) {
            expect(device.keepers.invitations()).toHaveLength(1)
            expect(device.keepers.invitations()[0]?.text.startsWith(fresh)).toBe(true)
        }
        await closed(async () => {
            const now = await readReseed(keeper.around.store, old)
            if (now === null) return
            if (now.stage === "waiting") await burnedAnew(page, old)
            else await goneOn(page, old)
        })
        expect(rooms.devices.server.of(unhex(old)).burned).toBe(true)
        expect(await Room.load(keeper.around, unhex(old))).toBeNull()
        expect(await Room.load(keeper.around, unhex(fresh))).not.toBeNull()
        expect(await readReseed(keeper.around.store, old)).toBeNull()
    },
)

test("a room begun anew has the rules of the old one: how long messages stay, and that none is saved", async () => {
    const { keeper, one, page } = await infiltrated(1)
    const rules = { days: 3, saving: false }
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, ...rules } }))
    const { fresh } = await begunAnew(page, keeper.keepers, [idOf(one)])
    expect((await page.fresh(fresh)).room.state.settings).toMatchObject(rules)
})

test("whoever left before they were invited is not taken along, and a stranger is refused", async () => {
    const { keeper, one, page } = await infiltrated(1)
    const strangers = begunAnew(page, keeper.keepers, [idOf(one), "ab".repeat(16)])
    await expect(strangers).rejects.toThrow("members to take along")
    const oneself = begunAnew(page, keeper.keepers, [idOf(keeper)])
    await expect(oneself).rejects.toThrow("members to take along")
    const member = new KeepersPage(one)
    await expect(begunAnew(member, one.keepers, [idOf(keeper)])).rejects.toThrow(
        "a keeper who was handed the secrets",
    )
})

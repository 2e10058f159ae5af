// A spy: everything that one member's device keeps and can compute is given to the attacker,
// together with all that the server has. Tested is what it opens, and what it does not.
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"

import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { Burned, NoCircle } from "../../../src/circles/delivery/delivery.js"
import { Room } from "../../../src/circles/room/room.js"
import { Devices, KEEPER_KEY, texts, warned, type Device } from "../support/rooms.js"

/** All that a device keeps, as bytes: what somebody finds who has its passphrase. */
async function kept(device: Device): Promise<Map<string, Uint8Array>> {
    const { store } = device.around
    const rows = new Map<string, Uint8Array>()
    for (const key of await store.keys("")) {
        const value = await store.get(key)
        if (value !== undefined) rows.set(key, value)
    }
    return rows
}

/** A copy of a device that runs elsewhere: the attacker's. */
async function copied(device: Device): Promise<Device> {
    const store = new MemoryStore()
    await store.put(await kept(device))
    const around = { ...device.around, store }
    const room = await Room.load(around, device.room.circle)
    if (room === null) throw new Error("expected the room")
    return { name: device.name, around, room }
}

function contains(rows: ReadonlyMap<string, Uint8Array>, secret: Uint8Array): boolean {
    const needle = bytesToHex(secret)
    return [...rows.values()].some((value) => {
        const text = new TextDecoder("latin1").decode(value)
        return bytesToHex(value).includes(needle) || text.includes(needle)
    })
}

async function room() {
    const one = new Devices()
    const [keeper, spy, friend] = await one.circle(2)
    if (spy === undefined || friend === undefined) throw new Error("three members")
    return { one, keeper, spy, friend }
}

describe("a spy in one room", () => {
    test("learns that room, and of another one nothing: no key of theirs opens it", async () => {
        const { one, keeper, spy } = await room()
        const other = new Devices()
        const [stranger] = await other.circle(1)
        await keeper.room.say("said where the spy is")
        await stranger.room.say("said elsewhere")
        await one.settle()
        const rows = await kept(spy)
        const { log } = other.server.of(stranger.room.circle)
        const { group } = (await copied(spy)).room
        if (group === null) throw new Error("a member")
        for (const { sealed } of log) await expect(group.open(sealed)).rejects.toThrow()
        expect(texts(spy)).toEqual(["said where the spy is"])
        // Nothing in it leads there: no id, no name, no member, no door.
        expect(contains(rows, stranger.room.circle)).toBe(false)
        for (const { id } of stranger.room.state.members) {
            expect(contains(rows, Uint8Array.from(Buffer.from(id, "hex")))).toBe(false)
        }
        const door = await stranger.room.group?.doorKey()
        if (door === undefined) throw new Error("a door")
        expect(contains(rows, door)).toBe(false)
        await expect(
            other.server.delivery().read(stranger.room.circle, await group.doorKey(), 0),
        ).rejects.toThrow(NoCircle)
    })

    test("cannot read again what it had read before: old messages are in its history only", async () => {
        const { one, keeper, spy } = await room()
        await keeper.room.say("read already")
        await one.settle()
        const attacker = await copied(spy)
        for (const id of attacker.room.state.shown.map((message) => message.id)) {
            await attacker.room.forget(id)
        }
        const { group } = attacker.room
        if (group === null) throw new Error("a member")
        // The server has kept every sealed byte. None opens a second time.
        for (const { sealed } of one.server.of(keeper.room.circle).log) {
            await expect(group.open(sealed)).rejects.toThrow()
        }
    })

    test("learns nothing that is said before it comes, although the server kept all of it", async () => {
        const { one, keeper } = await room()
        await keeper.room.say("before")
        await one.settle()
        const spy = await one.join(keeper, "spy")
        await spy.room.sync()
        expect(texts(spy)).toEqual([])
        const { group } = spy.room
        if (group === null) throw new Error("a member")
        for (const { sealed } of one.server.of(keeper.room.circle).log) {
            await expect(group.open(sealed)).rejects.toThrow()
        }
    })

    test("writes in nobody else's name", async () => {
        const { one, keeper, spy, friend } = await room()
        const attacker = await copied(spy)
        const { group } = attacker.room
        if (group === null) throw new Error("a member")
        const sealed = await group.seal(new Uint8Array(60).fill(1))
        const { group: theirs } = friend.room
        const opened = await theirs?.open(sealed.sealed)
        expect(opened?.from.id).toBe(spy.room.state.me.id)
        expect(opened?.from.id).not.toBe(keeper.room.state.me.id)
        await one.settle()
        expect(warned(keeper)).toEqual([])
    })

    test("who runs a copy of a member's device is noticed by that device", async () => {
        const { one, spy, friend } = await room()
        const attacker = await copied(spy)
        await attacker.room.say("in the member's name")
        await spy.room.sync()
        expect(warned(spy)).toContain("copied-state")
        await one.settle()
        expect(texts(friend)).toEqual(["in the member's name"])
    })
})

describe("after a keeper has burned the room", () => {
    test("the spy's state and all of the server's give nothing new", async () => {
        const { one, keeper, spy } = await room()
        await keeper.room.say("unread by the spy")
        const attacker = await copied(spy)
        const { circle } = keeper.room
        await keeper.room.burn(KEEPER_KEY)
        const { group } = attacker.room
        if (group === null) throw new Error("a member")
        expect(one.server.of(circle).log).toEqual([])
        const delivery = one.server.delivery()
        await expect(delivery.read(circle, await group.doorKey(), 0)).rejects.toThrow(Burned)
        await attacker.room.sync().catch(() => undefined)
        expect(texts(attacker)).toEqual([])
        expect(await kept(keeper)).toEqual(new Map())
    })
})

describe("a member who was removed", () => {
    test("reads nothing later, with everything that the server has", async () => {
        const { one, keeper, spy, friend } = await room()
        const attacker = await copied(spy)
        const id = spy.room.state.me.id
        await keeper.room.commit(() => ({ remove: [id] }))
        await keeper.room.say("after the spy has gone")
        await friend.room.sync()
        await friend.room.say("and one more")
        await one.settle()
        const { circle } = keeper.room
        const { log, doors } = one.server.of(circle)
        const { group } = attacker.room
        if (group === null) throw new Error("still with its old state")
        const opened: string[] = []
        for (const { sealed } of log) {
            const found = await group.open(sealed).catch(() => null)
            if (found?.kind === "message") opened.push(new TextDecoder().decode(found.content))
        }
        expect(opened).toEqual([])
        // Its own door leads no further than the commit that removed it.
        const last = bytesToHex(sha256(await group.doorKey()))
        expect([...doors.keys()].at(-1)).not.toBe(last)
        const page = await one.server.delivery().read(circle, await group.doorKey(), 0)
        expect(page.epoch).toBe(null)
        expect(page.entries.at(-1)?.kind).toBe("commit")
        await attacker.room.sync()
        expect(attacker.room.state.removed).toBe(true)
        expect(texts(attacker)).toEqual([])
    })

    test("and whose server lets it post all the same, is not listened to", async () => {
        const { one, keeper, spy, friend } = await room()
        const attacker = await copied(spy)
        const { group } = attacker.room
        if (group === null) throw new Error("a member")
        await keeper.room.commit(() => ({ remove: [spy.room.state.me.id] }))
        await one.settle()
        const { sealed } = await group.seal(new Uint8Array(60).fill(1))
        const { seq, epoch } = one.server.of(keeper.room.circle)
        one.server.bend = (page) => ({
            ...page,
            entries: [...page.entries, { seq: seq + 1, epoch, kind: "message", sealed }],
        })
        await friend.room.sync()
        expect(warned(friend)).toContain("unreadable-entry")
        expect(texts(friend)).toEqual([])
    })
})

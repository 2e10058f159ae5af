// Crashes, cut lines and races: nothing that was acknowledged is lost, nothing counts twice.
import { sha256 } from "@noble/hashes/sha2.js"
import { describe, expect, test } from "vitest"

import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { Room } from "../../../src/circles/room/room.js"
import type { Asked } from "../support/fake_server.js"
import { Devices, KEEPER_KEY, codeOf, texts, warned } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

/** Dies at its nth writing: before it, or after it. What runs then is never heard of again. */
class DyingStore extends MemoryStore {
    left = Infinity
    when: "before" | "after" = "before"

    override async put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        this.left -= 1
        if (this.left < 0) throw new Error("died before")
        if (this.left === 0 && this.when === "before") throw new Error("died")
        await super.put(rows)
        if (this.left === 0) throw new Error("died after")
    }
}

async function withDyingStore(): Promise<[Devices, Device, Device, DyingStore]> {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    const store = new DyingStore()
    const rows = await one.around.store.keys("")
    const all = await Promise.all(
        rows.map(async (key) => [key, await one.around.store.get(key)] as const),
    )
    await store.put(new Map(all.map(([key, value]) => [key, value ?? null])))
    const device: Device = { ...one, around: { ...one.around, store } }
    devices.all[1] = device
    await devices.restart(device)
    return [devices, keeper, device, store]
}

/** Every message's bytes are different, and no two were sealed under one generation. */
function sealedOnce(devices: Devices): void {
    const [circle] = [...devices.server.circles.values()]
    const sealed = circle?.log.map((entry) => entry.sealed.join()) ?? []
    expect(new Set(sealed).size).toBe(sealed.length)
}

describe.each(["before", "after"] as const)("a device that dies %s a writing", (when) => {
    test.each([1, 2, 3, 4, 5])("number %i says what it was told to say once", async (writing) => {
        const [devices, keeper, device, store] = await withDyingStore()
        await keeper.room.say("from the keeper")
        store.when = when
        store.left = writing
        const said = await device.room.say("once").catch(() => "")
        store.left = Infinity
        await devices.restart(device)
        await devices.settle()
        if (said !== "" || device.room.state.shown.some(({ text }) => text === "once")) {
            expect(texts(keeper)).toEqual(["from the keeper", "once"])
        }
        expect(texts(device)).toEqual(texts(keeper))
        expect([...warned(keeper), ...warned(device)]).toEqual([])
        expect(codeOf(device)).toBe(codeOf(keeper))
        sealedOnce(devices)
    })

    test.each([1, 2, 3, 4])("number %i makes a commit that wins once or never", async (writing) => {
        const [devices, keeper, device, store] = await withDyingStore()
        const before = keeper.room.state.epoch
        store.when = when
        store.left = writing
        await device.room.commit(() => ({})).catch(() => null)
        store.left = Infinity
        await devices.restart(device)
        await devices.settle()
        await keeper.room.say("still here?")
        await device.room.say("yes")
        await devices.settle()
        expect(texts(keeper)).toEqual(["still here?", "yes"])
        expect(texts(device)).toEqual(["still here?", "yes"])
        expect(device.room.state.epoch - before).toBeLessThanOrEqual(1)
        expect([...warned(keeper), ...warned(device)]).toEqual([])
    })
})

test.each<[Asked, "before" | "after"]>([
    ["post", "before"],
    ["post", "after"],
    ["read", "before"],
    ["read", "after"],
])("a line cut at a %s, %s it was done, delays a message and nothing else", async (asked, when) => {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    devices.server.troubles = [{ asked, when }]
    await one?.room.say("hello")
    await devices.settle()
    expect(texts(keeper)).toEqual(["hello"])
    expect(one?.room.state.shown.map(({ state }) => state)).toEqual(["sent"])
    expect(warned(keeper)).toEqual([])
})

test.each(["before", "after"] as const)(
    "a line cut %s a commit was done loses no change",
    async (when) => {
        const devices = new Devices()
        const [keeper, one] = await devices.circle(1)
        devices.server.troubles = [{ asked: "commit", when }]
        const change = keeper.room.commit((group) =>
            group.settings.days === 3 ? null : { settings: { ...group.settings, days: 3 } },
        )
        await expect(change).rejects.toThrow("cut")
        await devices.restart(keeper)
        await devices.settle()
        expect(keeper.room.state.settings.days).toBe(3)
        expect(one?.room.state.settings.days).toBe(3)
    },
)

test("a welcome outlives a crash between the commit and its leaving at a landing", async () => {
    const devices = new Devices()
    const [keeper] = await devices.circle(0)
    const around = devices.around("newcomer")
    const { newMember, sentKeyPackage } = await import("../../../src/circles/mls/own_member.js")
    const { invitation, NOW } = await import("../support/people.js")
    const own = await newMember({
        suite: devices.suite,
        circle: keeper.room.circle,
        name: "newcomer",
        invitation: invitation(),
        now: NOW,
    })
    devices.server.troubles = [{ asked: "commit", when: "after" }]
    const note = new Uint8Array([1, 2, 3])
    const added = keeper.room.commit(() => ({ add: [sentKeyPackage(own)] }), { note })
    await expect(added).rejects.toThrow("cut")
    await devices.restart(keeper)
    await keeper.room.sync()
    const [kept] = keeper.room.welcomes
    expect(kept?.note).toBe("010203")
    const welcome = Uint8Array.from(Buffer.from(kept?.welcome ?? "", "hex"))
    const room = await Room.join(around, own, welcome)
    devices.all.push({ name: "newcomer", around, room })
    await devices.settle()
    expect(codeOf(keeper)).toBe(room.state.safetyCode.join(" "))
    await keeper.room.welcomed(kept?.epoch ?? 0)
    expect(keeper.room.welcomes).toEqual([])
})

test("what waited while another's commit ended the epoch is sealed anew and comes once", async () => {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    // Sealed and kept; the line fails before the server has it.
    devices.server.troubles = [{ asked: "post", when: "before" }]
    await one.room.say("on the way")
    await keeper.room.commit(() => ({}))
    await devices.settle()
    expect(texts(keeper)).toEqual(["on the way"])
    expect(texts(one)).toEqual(["on the way"])
    expect(warned(keeper)).toEqual([])
})

test("of commits that race one wins, and the others are made anew after it", async () => {
    const devices = new Devices()
    const everybody = await devices.circle(3)
    const [keeper] = everybody
    const before = keeper.room.state.epoch
    await Promise.all(everybody.map(({ room }) => room.commit(() => ({}))))
    await devices.settle()
    expect(keeper.room.state.epoch).toBe(before + everybody.length)
    expect(new Set(devices.all.map(codeOf)).size).toBe(1)
    expect(devices.all.flatMap(warned)).toEqual([])
})

test("everybody at once, talking and committing, reads the same in the end", async () => {
    const devices = new Devices()
    const everybody = await devices.circle(4)
    await Promise.all(
        everybody.flatMap(({ room, name }) => [
            room.say(`first of ${name}`),
            room.commit(() => ({})),
            room.say(`second of ${name}`),
            room.sync(),
        ]),
    )
    await devices.settle()
    const [keeper] = everybody
    expect(texts(keeper).sort()).toEqual(
        everybody.flatMap(({ name }) => [`first of ${name}`, `second of ${name}`]).sort(),
    )
    for (const device of everybody) expect(texts(device)).toEqual(texts(keeper))
    expect(devices.all.flatMap(warned)).toEqual([])
    sealedOnce(devices)
})

test("a full circle keeps what was not taken, to be sent again later", async () => {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    const kept = devices.server.of(keeper.room.circle)
    kept.full = true
    const id = await one.room.say("too many today")
    expect(one.room.state.shown.map(({ state }) => state)).toEqual(["failed"])
    kept.full = false
    await one.room.retry(id)
    await devices.settle()
    expect(texts(keeper)).toEqual(["too many today"])
    expect(one.room.state.shown.map((shown) => [shown.id, shown.state])).toEqual([[id, "sent"]])
})

test("a commit that the server refuses for good does not stand in the way of others", async () => {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    const wrong = { key: new Uint8Array(32), nextHash: new Uint8Array(32) }
    await expect(keeper.room.commit(() => ({}), { keeper: wrong })).rejects.toThrow(
        "no such circle",
    )
    const next = sha256(new Uint8Array([1]))
    await keeper.room.commit(() => ({}), { keeper: { key: KEEPER_KEY, nextHash: next } })
    await keeper.room.say("on")
    await devices.settle()
    expect(one === undefined ? [] : texts(one)).toEqual(["on"])
    expect(devices.all.flatMap(warned)).toEqual([])
})

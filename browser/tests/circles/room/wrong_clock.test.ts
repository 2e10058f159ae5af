// A device whose clock is wrong for a while, and what stays on a device whose room is over.
import { expect, test } from "vitest"

import { Devices, KEEPER_KEY, idOfMember, texts } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

async function two(): Promise<[Devices, Device, Device]> {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    return [devices, keeper, one]
}

async function everythingIn({ around: { store } }: Device): Promise<string> {
    const rows = await Promise.all((await store.keys("")).map((key) => store.get(key)))
    return rows.map((row) => new TextDecoder().decode(row)).join("\n")
}

test("what came while the clock was a year ahead vanishes all the same", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("only for this week")
    devices.clock.days(365)
    await one.room.sync()
    expect(texts(one)).toEqual(["only for this week"])
    devices.clock.days(-365)
    await one.room.sync()
    expect(texts(one)).toEqual(["only for this week"])
    devices.clock.days(8)
    await one.room.sync()
    expect(await everythingIn(one)).not.toContain("only for this week")
})

test("what came while the clock was at 1970 does not vanish when it is right again", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("here")
    const right = devices.clock.now
    devices.clock.now = 0
    await one.room.sync()
    expect(texts(one)).toEqual(["here"])
    devices.clock.now = right
    await one.room.sync()
    expect(texts(one)).toEqual(["here"])
    devices.clock.days(8)
    await one.room.sync()
    expect(texts(one)).toEqual([])
})

test("keys are renewed, and signs of life sent, after a clock a year ahead was set right", async () => {
    const [devices, , one] = await two()
    devices.clock.days(365)
    await devices.settle()
    devices.clock.days(-365)
    await devices.settle()
    const epoch = one.room.state.epoch
    devices.clock.days(11)
    await devices.settle()
    expect(one.room.state.epoch).toBeGreaterThan(epoch)
    expect(one.room.state.unheard).toEqual([])
})

test("what waited to be sent vanishes from a burned room too", async () => {
    const [devices, keeper, one] = await two()
    devices.server.troubles.push({ asked: "read", when: "before" })
    await one.room.say("never sent")
    expect(await everythingIn(one)).toContain("never sent")
    await keeper.room.burn(KEEPER_KEY)
    await one.room.sync()
    expect(one.room.state.burned).toBe(true)
    devices.clock.days(8)
    await one.room.sync()
    expect(await everythingIn(one)).not.toContain("never sent")
})

test("what a removed member had not sent vanishes from their device", async () => {
    const [devices, keeper, one] = await two()
    devices.server.troubles.push({ asked: "read", when: "before" })
    await one.room.say("never sent")
    await keeper.room.commit(() => ({ remove: [idOfMember(one)] }))
    await one.room.sync()
    expect(one.room.state.removed).toBe(true)
    devices.clock.days(8)
    await one.room.sync()
    expect(await everythingIn(one)).not.toContain("never sent")
})

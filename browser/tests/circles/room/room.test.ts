import { expect, test } from "vitest"

import { Devices, codeOf, texts, warned } from "../support/rooms.js"

test("members read what others say, in one order, and have one safety code", async () => {
    const devices = new Devices()
    const [keeper, one, two] = await devices.circle(2)
    if (one === undefined || two === undefined) throw new Error("expected members")
    await keeper.room.say("tea at five?")
    await one.room.say("yes")
    await two.room.say("I bring the board")
    await devices.settle()
    for (const device of devices.all) {
        expect(texts(device)).toEqual(["tea at five?", "yes", "I bring the board"])
        expect(warned(device)).toEqual([])
        expect(device.room.state.shown.every(({ state }) => state === "sent")).toBe(true)
    }
    expect(new Set(devices.all.map(codeOf)).size).toBe(1)
})

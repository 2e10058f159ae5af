// What people do in a room, and what stays of it.
import { ristretto255 } from "@noble/curves/ed25519.js"
import { expect, test } from "vitest"

import { hex } from "../../../src/circles/mls/bytes.js"
import { encodedFrame } from "../../../src/circles/room/content.js"
import { Room } from "../../../src/circles/room/room.js"
import { SafelightError } from "../../../src/errors.js"
import { CANARY, clean, dirtyJpeg } from "../../support/with_metadata.js"
import { Devices, KEEPER_KEY, codeOf, idOfMember, texts, warned } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

async function two(): Promise<[Devices, Device, Device]> {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    return [devices, keeper, one]
}

/** All bytes of a device's store as text, so that what was deleted is not there. */
async function everythingIn(device: Device): Promise<string> {
    const { store } = device.around
    const rows = await Promise.all((await store.keys("")).map((key) => store.get(key)))
    return rows.map((row) => new TextDecoder().decode(row)).join("\n")
}

test("messages vanish from the store after seven days, unasked", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("only for this week")
    await one.room.sync()
    expect(await everythingIn(one)).toContain("only for this week")
    devices.clock.days(6)
    await one.room.sync()
    expect(texts(one)).toEqual(["only for this week"])
    devices.clock.days(1)
    await one.room.sync()
    expect(texts(one)).toEqual([])
    expect(await everythingIn(one)).not.toContain("only for this week")
})

test("a saved message outlives its days, and no longer than keepers allow it", async () => {
    const [devices, keeper, one] = await two()
    const id = await keeper.room.say("the address of the café")
    await one.room.sync()
    await one.room.save(id)
    devices.clock.days(8)
    await devices.settle()
    expect(texts(one)).toEqual(["the address of the café"])
    expect(texts(keeper)).toEqual([])
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, saving: false } }))
    await one.room.sync()
    expect(texts(one)).toEqual([])
    await expect(one.room.save(id)).resolves.toBeUndefined()
    const again = await keeper.room.say("another")
    await one.room.sync()
    await expect(one.room.save(again)).rejects.toThrow("do not want")
})

test("fewer days chosen by keepers delete sooner, more days keep nothing longer", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("a")
    await one.room.sync()
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, days: 30 } }))
    await one.room.sync()
    devices.clock.days(3)
    await keeper.room.say("b")
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, days: 2 } }))
    await one.room.sync()
    expect(texts(one)).toEqual(["b"])
})

test("reactions are counted once for each member and can be taken back", async () => {
    const [devices, keeper, one] = await two()
    const id = await keeper.room.say("cake?")
    await one.room.sync()
    await one.room.react(id, "🎂")
    await one.room.react(id, "❤️")
    await keeper.room.sync()
    const reactions = (): Map<string, readonly string[]> =>
        new Map(keeper.room.state.shown[0]?.reactions)
    expect(reactions()).toEqual(new Map([["❤️", [idOfMember(one)]]]))
    await one.room.react(id, "")
    await devices.settle()
    expect(reactions()).toEqual(new Map())
    await expect(one.room.react(id, "not an emoji")).rejects.toThrow("one emoji")
})

test("an answer names what it answers", async () => {
    const [, keeper, one] = await two()
    const id = await keeper.room.say("who brings bread?")
    await one.room.sync()
    await one.room.say("I do", id)
    await keeper.room.sync()
    expect(keeper.room.state.shown[1]?.replyTo).toBe(id)
})

test("an image arrives whole and without what it said besides its picture", async () => {
    const [, keeper, one] = await two()
    const file = dirtyJpeg(clean("jpeg"))
    expect(new TextDecoder("latin1").decode(file)).toContain(CANARY)
    await keeper.room.sendImage(file)
    await one.room.sync()
    const [shown] = one.room.state.shown
    expect(shown?.kind).toBe("image")
    expect(shown?.image?.length).toBeGreaterThan(100)
    expect(shown?.image).toEqual(keeper.room.state.shown[0]?.image)
    expect(new TextDecoder("latin1").decode(shown?.image)).not.toContain(CANARY)
})

test("what is no image, or a large one, is not sent", async () => {
    const [, keeper] = await two()
    await expect(keeper.room.sendImage(new Uint8Array(100))).rejects.toThrow("expected a JPEG")
    expect(keeper.room.state.shown).toEqual([])
})

test("newcomers see nothing from before, until a keeper says it again in their own name", async () => {
    const [devices, keeper, one] = await two()
    const id = await one.room.say("rule one: be kind")
    await keeper.room.sync()
    const late = await devices.join(keeper, "late")
    await devices.settle()
    expect(texts(late)).toEqual([])
    await keeper.room.sayAgain(id)
    await devices.settle()
    expect(texts(late)).toEqual(["rule one: be kind"])
    const [again] = late.room.state.shown
    expect([again?.again, again?.from, again?.name]).toEqual([true, null, "member 1"])
    await expect(one.room.sayAgain(id)).rejects.toThrow("keepers")
})

test("what a muted member writes is shown to nobody, whatever their client does", async () => {
    const [devices, keeper, one] = await two()
    const { group } = one.room
    if (group === null) throw new Error("expected a group")
    await keeper.room.commit(({ settings }) => ({
        settings: { ...settings, muted: [idOfMember(one)] },
    }))
    await one.room.sync()
    await expect(one.room.say("loud")).rejects.toThrow("muted")
    // A changed client does not ask.
    const frame = { kind: "text", nonce: "ab".repeat(16), day: "2026-11-23", replyTo: "" } as const
    const seen = { seq: 0, chain: new Uint8Array(16) }
    const bytes = encodedFrame({ ...frame, text: "loud", proof: new Uint8Array(0) }, seen)
    const now = one.room.group
    if (now === null) throw new Error("expected a group")
    const { sealed } = await now.seal(bytes)
    await devices.server.delivery().post(one.room.circle, await now.doorKey(), sealed)
    await keeper.room.sync()
    expect(texts(keeper)).toEqual([])
    expect(warned(keeper)).toEqual([])
})

test("in a closed room nobody speaks, and it can be opened again", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, closed: true } }))
    await one.room.sync()
    expect(one.room.state.closed).toBe(true)
    await expect(one.room.say("hello?")).rejects.toThrow("closed")
    await keeper.room.commit(({ settings }) => ({ settings: { ...settings, closed: false } }))
    await devices.settle()
    await one.room.say("hello!")
    await keeper.room.sync()
    expect(texts(keeper)).toEqual(["hello!"])
})

test("a message of a later version is shown as one that cannot be read, and is no failure", async () => {
    const [devices, keeper, one] = await two()
    const { group } = keeper.room
    if (group === null) throw new Error("expected a group")
    const later = new Uint8Array(60).fill(200)
    later.set(new Uint8Array(24), 1)
    const { sealed } = await group.seal(later)
    await devices.server.delivery().post(keeper.room.circle, await group.doorKey(), sealed)
    await one.room.sync()
    expect(one.room.state.shown.map(({ kind }) => kind)).toEqual(["unreadable"])
})

test("whoever leaves is taken out by a keeper's device, and keeps nothing", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("bye")
    await one.room.sync()
    await one.room.leave()
    expect(await everythingIn(one)).toBe("")
    await keeper.room.sync()
    expect(keeper.room.state.members.map(({ name }) => name)).toEqual(["keeper"])
    expect(await Room.load(one.around, keeper.room.circle)).toBeNull()
    expect(devices.server.of(keeper.room.circle).epoch).toBeGreaterThan(2)
})

test("the last keeper cannot leave members without one", async () => {
    const [, keeper] = await two()
    await expect(keeper.room.leave()).rejects.toThrow("keeper first")
    expect(keeper.room.state.members.length).toBe(2)
})

test("a removed member reads nothing later, and its device has no key for it", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("before")
    await one.room.sync()
    const before = one.room.group
    const epochRow = before?.encodeEpoch()
    await keeper.room.commit(() => ({ remove: [idOfMember(one)] }))
    await keeper.room.say("after")
    await one.room.sync()
    expect(one.room.state.removed).toBe(true)
    expect(texts(one)).toEqual(["before"])
    const keys = await one.around.store.keys("")
    expect(keys.filter((key) => /\/(epoch|ratchets)$/.test(key))).toEqual([])
    // Overwritten in memory too: what the old state says now opens no epoch.
    expect(before?.encodeEpoch()).not.toEqual(epochRow)
    expect(await before?.doorKey()).not.toEqual(await keeper.room.group?.doorKey())
    await devices.restart(one)
    expect(one.room.state.removed).toBe(true)
    expect(texts(one)).toEqual(["before"])
})

test("after burning, nothing is left: not with the server, not with the keeper", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("soon gone")
    await one.room.sync()
    await keeper.room.burn(KEEPER_KEY)
    expect(await everythingIn(keeper)).toBe("")
    await one.room.sync()
    expect(one.room.state.burned).toBe(true)
    await expect(one.room.say("hello?")).rejects.toThrow("over")
    await one.room.forgetRoom()
    expect(await everythingIn(one)).toBe("")
    expect(devices.server.of(keeper.room.circle).log).toEqual([])
})

test("every device says at random times that it is there, and silence is shown after two days", async () => {
    const devices = new Devices()
    const [keeper, one, silent] = await devices.circle(2)
    if (one === undefined || silent === undefined) throw new Error("expected members")
    for (let day = 0; day < 4; day += 1) {
        devices.clock.days(1)
        await keeper.room.sync()
        await one.room.sync()
    }
    await keeper.room.sync()
    expect(keeper.room.state.unheard.map(({ name }) => name)).toEqual([silent.name])
    expect(texts(keeper)).toEqual([])
    const sizes = devices.server.of(keeper.room.circle).log.map(({ sealed }) => sealed.length)
    expect(sizes.slice(-3).every((size) => size === 512)).toBe(true)
})

test("frames of other parts wait until those have dealt with them", async () => {
    const [devices, keeper, one] = await two()
    const body = new Uint8Array(3700).fill(3)
    await one.room.send("boxed", body)
    await keeper.room.sync()
    await devices.restart(keeper)
    const [part, ...others] = keeper.room.received("boxed")
    expect(others).toEqual([])
    expect([part?.from, part?.body.length]).toEqual([idOfMember(one), 7400])
    await keeper.room.done(part?.seq ?? 0)
    expect(keeper.room.received("boxed")).toEqual([])
    expect(texts(keeper)).toEqual([])
})

test("a device that comes back from its store is in the same place", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("a")
    await one.room.sync()
    const state = one.room.state
    await devices.restart(one)
    expect(one.room.state).toEqual(state)
    await one.room.say("b")
    await keeper.room.sync()
    expect(texts(keeper)).toEqual(["a", "b"])
    expect(codeOf(one)).toBe(codeOf(keeper))
    expect(warned(keeper)).toEqual([])
})

test("proofs for keepers travel with texts, and a text without one is marked", async () => {
    const devices = new Devices()
    const proof = (content: Uint8Array): Uint8Array => Uint8Array.of(content.length % 256, 1, 2)
    const around = devices.around.bind(devices)
    devices.around = (name) => ({
        ...around(name),
        franking:
            name === "member 2"
                ? null
                : {
                      frank: proof,
                      checkedOnArrival: (untrusted, content) => {
                          if (untrusted[0] !== content.length % 256) {
                              throw new (class extends SafelightError {})("bad proof")
                          }
                          return untrusted.slice(0, 2)
                      },
                  },
    })
    const [keeper, one, two] = await devices.circle(2)
    if (one === undefined || two === undefined) throw new Error("expected members")
    await keeper.room.commit(({ settings }) => ({
        settings: { ...settings, franking: hex(ristretto255.Point.BASE.toBytes()) },
    }))
    await devices.settle()
    const proven = await one.room.say("with proof")
    const bare = await two.room.say("without")
    await keeper.room.sync()
    expect(keeper.room.state.shown.map(({ unproven }) => unproven)).toEqual([false, true])
    expect(keeper.room.provable(proven)?.kept?.length).toBe(2)
    expect(keeper.room.provable(bare)?.kept).toBeNull()
})

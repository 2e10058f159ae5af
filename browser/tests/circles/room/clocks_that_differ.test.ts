// Devices whose clocks differ must agree about every commit: where they do not, the room is two.
import { expect, test } from "vitest"

import { lookAtDoor } from "../../../src/circles/entering/door.js"
import { knockKeys, sealedKnock } from "../../../src/circles/entering/knock.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import { forced } from "../support/insides.js"
import { NOW, invitation } from "../support/people.js"
import { Devices, codeOf, texts, warned } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

async function three(): Promise<[Devices, Device, Device, Device]> {
    const devices = new Devices()
    const [keeper, one, other] = await devices.circle(2)
    if (one === undefined || other === undefined) throw new Error("expected members")
    const right = devices.clock
    devices.server.clock = () => right.now
    return [devices, keeper, one, other]
}

async function withClock<T>(devices: Devices, days: number, work: () => Promise<T>): Promise<T> {
    const right = devices.clock.now
    devices.server.clock = () => right
    devices.clock.days(days)
    try {
        return await work()
    } finally {
        devices.clock.days(-days)
    }
}

test.each([-400, -20, 20, 400])(
    "a clock %i days off stops no lawful commit, and the person is told of the clock, not of a member",
    async (days) => {
        const [devices, keeper, one] = await three()
        await devices.join(keeper, "newcomer")
        await keeper.room.say("welcome")
        await withClock(devices, days, async () => {
            await one.room.sync()
            expect(one.room.state.stopped).toBe(false)
            expect(texts(one)).toEqual(["welcome"])
            expect(warned(one)).toContain("clock-differs")
            expect(warned(one)).not.toContain("broken-rule")
            const told = one.room.state.warnings.find(({ kind }) => kind === "clock-differs")
            expect(told?.by).toBeNull()
        })
        // What it committed meanwhile, as its keys seemed due, was lawful to the others too.
        await devices.settle()
        expect(codeOf(one)).toBe(codeOf(keeper))
        expect(warned(keeper)).toEqual([])
        expect(warned(one)).toEqual([])
    },
)

test("a server that gives no date, or the right one within a day, makes nobody doubt their clock", async () => {
    const [devices, , one, other] = await three()
    await withClock(devices, 0.9, () => one.room.sync())
    delete devices.server.clock
    devices.clock.days(100)
    await other.room.sync()
    expect([warned(one), warned(other)].flat()).not.toContain("clock-differs")
})

async function newcomer(keeper: Device, now: Date) {
    const made = { suite: CLASSIC, circle: keeper.room.circle, name: "late" } as const
    return newMember({ ...made, invitation: invitation(), now })
}

test("keys made after their batch ended are refused by all alike, whatever their clocks say", async () => {
    const [devices, keeper, one, other] = await three()
    const { group } = keeper.room
    if (group === null) throw new Error("expected a member")
    // The batch ends on 30 November.
    const late = await newcomer(keeper, new Date("2026-12-02T00:00:00Z"))
    const last = await newcomer(keeper, new Date("2026-11-29T23:00:00Z"))
    const sealed = await forced(group, { add: [late.keyPackage] })
    const [reader, second] = [one.room.group, other.room.group]
    if (reader === null || second === null) throw new Error("expected members")
    const open = () => reader.open(sealed)
    await expect(withClock(devices, -300, open)).rejects.toThrow("before their batch ends")
    await expect(withClock(devices, 300, open)).rejects.toThrow("before their batch ends")
    const lawful = await forced(group, { add: [last.keyPackage] })
    const taken = await withClock(devices, 300, () => reader.open(lawful))
    const too = await withClock(devices, -300, () => second.open(lawful))
    expect([taken.kind, too.kind]).toEqual(["commit", "commit"])
})

test("attack: an invitation found a month later, with keys dated back, and a server that lets it through", async () => {
    const [devices, keeper] = await three()
    const dated = await newcomer(keeper, new Date("2026-11-29T00:00:00Z"))
    devices.clock.days(30)
    // No honest device adds them: the keys are over.
    await expect(keeper.room.commit(() => ({ add: [sentKeyPackage(dated)] }))).rejects.toThrow(
        "includes today",
    )
})

test("a keeper's wrong clock turns nobody away at the door; keys from after the end are turned away", async () => {
    const [, keeper] = await three()
    const { group } = keeper.room
    const [open] = group?.settings.batches ?? []
    if (group === null || open === undefined) throw new Error("expected an open batch")
    const own = await newcomer(keeper, NOW)
    const landing = { id: new Uint8Array(16), giverKey: new Uint8Array(32) }
    const keys = await knockKeys(unhex(open.knock_secret))
    const late = await newcomer(keeper, new Date("2026-12-03T00:00:00Z"))
    const knocks = new Map(
        await Promise.all(
            [own, late].map(async (who, at) => {
                const sent = sentKeyPackage(who)
                const sealed = await sealedKnock(keys, unhex(open.id), sent, landing)
                return [String(at), sealed] as const
            }),
        ),
    )
    const delivery = {
        knocks: () => Promise.resolve([...knocks.keys()].map((id) => ({ id, day: "2026-11-23" }))),
        knock: (_c: Uint8Array, _k: Uint8Array, id: string) =>
            Promise.resolve(knocks.get(id) ?? null),
    }
    const { suite, circle, settings, members } = group
    const look = (now: Date) =>
        lookAtDoor(
            delivery,
            new Uint8Array(32),
            { suite, circle, batches: settings.batches, now },
            members,
        )
    // In place of RSA stands a signature that no key made (`support/people.ts`).
    expect((await look(NOW)).bad.map(({ id, why }) => `${id} ${why}`)).toContain("0 not-signed")
    for (const days of [-100, 100]) {
        const seen = await look(new Date(NOW.getTime() + days * 24 * 3600 * 1000))
        expect(seen.bad.map(({ id }) => id)).not.toContain("0")
        expect(seen.good).toEqual([])
    }
    const then = await look(new Date("2026-12-03T12:00:00Z"))
    expect(then.bad).toContainEqual({ id: "1", why: "unreadable" })
    expect(hex(own.circle)).toBe(hex(circle))
})

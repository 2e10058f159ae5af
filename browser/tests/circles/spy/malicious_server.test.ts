// A server that lies (Done-when 4 of circles): each lie is noticed by members, by the name of what
// happened. It has every sealed byte and every door's hash, orders and answers as it likes, and
// has nobody's keys. What it can do unnoticed is to be silent; that shows after two days.
import { randomBytes } from "node:crypto"

import { beforeEach, describe, expect, test } from "vitest"

import type { LogDelivery, LogEntry, LogPage } from "../../../src/circles/delivery/delivery.js"
import { Room } from "../../../src/circles/room/room.js"
import { FakeServer } from "../support/fake_server.js"
import { codeOf, Devices, texts, warned, type Device } from "../support/rooms.js"

let devices: Devices
let keeper: Device
let speaker: Device
let victim: Device

beforeEach(async () => {
    devices = new Devices()
    const [first, second, third] = await devices.circle(2)
    if (second === undefined || third === undefined) throw new Error("three members")
    keeper = first
    speaker = second
    victim = third
}, 120_000)

/** What the victim alone is shown. */
function shown(bend: (entries: readonly LogEntry[]) => readonly LogEntry[]): void {
    devices.server.bend = (page, to): LogPage =>
        to === victim.name ? { ...page, entries: bend(page.entries) } : page
}

async function said(...words: string[]): Promise<void> {
    for (const text of words) await speaker.room.say(text)
}

/** From now on this device asks another server, or one that lies to it. */
async function movedTo(device: Device, delivery: LogDelivery): Promise<void> {
    const room = await Room.load({ ...device.around, delivery }, device.room.circle)
    if (room === null) throw new Error("expected the room in the store")
    device.room = room
}

function last(): number {
    return devices.server.of(keeper.room.circle).seq
}

describe("a server that tells the truth", () => {
    test("gives nobody a warning", async () => {
        await said("one", "two")
        await victim.room.say("three")
        await devices.settle()
        for (const device of devices.all) {
            expect(texts(device)).toEqual(["one", "two", "three"])
            expect(warned(device)).toEqual([])
        }
    })
})

describe("a server that withholds", () => {
    test("one message, is noticed by the gap", async () => {
        const kept = last() + 1
        shown((entries) => entries.filter(({ seq }) => seq !== kept))
        await said("kept back", "let through")
        await victim.room.sync()
        expect(texts(victim)).toEqual(["let through"])
        expect(warned(victim)).toContain("withheld")
    })

    test("one message, and counts the others anew, is noticed by what others saw", async () => {
        const kept = last() + 1
        const honest = devices.server.delivery(victim.name)
        const counted = async (circle: Uint8Array, doorKey: Uint8Array, after: number) => {
            const page = await honest.read(circle, doorKey, after < kept ? after : after + 1)
            const entries = page.entries
                .filter(({ seq }) => seq !== kept)
                .map((entry) => (entry.seq > kept ? { ...entry, seq: entry.seq - 1 } : entry))
            return { ...page, entries }
        }
        await movedTo(victim, { ...honest, read: counted })
        await said("kept back", "let through")
        await victim.room.sync()
        expect(texts(victim)).toEqual(["let through"])
        // It says that its sender had seen the number which it is given here itself.
        expect(warned(victim)).toEqual(["reordered"])
    })

    test("the end of the log, keeps back also what the victim writes, and that shows", async () => {
        const from = last()
        shown((entries) => entries.filter(({ seq }) => seq <= from))
        await said("kept back")
        await victim.room.say("has nobody written?")
        await victim.room.sync()
        expect(victim.room.state.shown.map(({ state }) => state)).toEqual(["waiting"])
        // Let the own message through, and the gap before it shows.
        shown((entries) => entries.filter(({ seq }) => seq !== from + 1))
        await victim.room.sync()
        expect(warned(victim)).toEqual(["withheld"])
    })

    test("everything from one member, is noticed after two days without any sign of life", async () => {
        shown(() => [])
        devices.clock.days(3)
        await said("is anybody there?")
        await victim.room.sync()
        expect(victim.room.state.unheard.map(({ name }) => name)).toContain(speaker.name)
    })
})

describe("a server that reorders", () => {
    test("two people's messages, is noticed", async () => {
        await said("first")
        await keeper.room.say("second")
        const [one, two] = [last() - 1, last()]
        shown((entries) => {
            const swapped = entries.map((entry) => {
                const other = { [one]: two, [two]: one }[entry.seq]
                const sealed = entries.find(({ seq }) => seq === other)?.sealed
                return sealed === undefined ? entry : { ...entry, sealed }
            })
            return swapped
        })
        await victim.room.sync()
        devices.server.bend = (page) => page
        await said("third")
        await victim.room.sync()
        expect(warned(victim)).toContain("forked")
    })

    test("numbers, is noticed", async () => {
        await said("first", "second")
        shown((entries) => [...entries].reverse())
        await victim.room.sync()
        expect(warned(victim)).toContain("reordered")
    })
})

describe("a server that replays", () => {
    test("a message under a new number, is noticed, and shows it once", async () => {
        await said("once")
        await victim.room.sync()
        const { log } = devices.server.of(keeper.room.circle)
        const again = log.at(-1)
        if (again === undefined) throw new Error("an entry")
        shown((entries) => [...entries, { ...again, seq: last() + 1 }])
        await victim.room.sync()
        expect(warned(victim)).toContain("replayed")
        expect(texts(victim)).toEqual(["once"])
    })

    test("a commit of before as if it were news, is noticed, and changes nothing", async () => {
        const { log } = devices.server.of(keeper.room.circle)
        const before = log.find(({ kind }) => kind === "commit")
        if (before === undefined) throw new Error("a commit")
        const code = codeOf(victim)
        shown((entries) => [...entries, { ...before, seq: last() + 1, epoch: 1 }])
        await victim.room.sync()
        expect(warned(victim).length).toBeGreaterThan(0)
        expect(codeOf(victim)).toBe(code)
    })
})

describe("a server that changes bytes", () => {
    test("of a message, is noticed", async () => {
        await said("whole")
        const at = last()
        shown((entries) =>
            entries.map((entry) =>
                entry.seq === at
                    ? { ...entry, sealed: entry.sealed.map((byte, n) => byte ^ Number(n === 200)) }
                    : entry,
            ),
        )
        await victim.room.sync()
        expect(texts(victim)).toEqual([])
        expect(warned(victim)).toContain("unreadable-entry")
    })

    test("and puts its own in, is noticed", async () => {
        shown((entries) => [
            ...entries,
            {
                seq: last() + 1,
                epoch: victim.room.state.epoch,
                kind: "message",
                sealed: new Uint8Array(randomBytes(512)),
            },
        ])
        await victim.room.sync()
        expect(warned(victim)).toContain("unreadable-entry")
    })

    test("and calls a message a commit, is noticed, and leads nobody away", async () => {
        await said("only words")
        const at = last()
        const code = codeOf(victim)
        shown((entries) =>
            entries.map((entry) => (entry.seq === at ? { ...entry, kind: "commit" } : entry)),
        )
        await victim.room.sync()
        expect(warned(victim).length).toBeGreaterThan(0)
        expect(codeOf(victim)).toBe(code)
    })
})

describe("a server that forks", () => {
    /** From now on the victim is alone on a copy of everything. */
    function forked(): FakeServer {
        const other = new FakeServer()
        for (const [id, kept] of devices.server.circles) {
            other.circles.set(id, {
                ...kept,
                doors: new Map(kept.doors),
                log: kept.log.map((entry) => ({ ...entry })),
            })
        }
        return other
    }

    function moved(device: Device, server: FakeServer): Promise<void> {
        return movedTo(device, server.delivery(device.name))
    }

    test("messages, is noticed by the first from somebody who has read past the fork", async () => {
        const other = forked()
        await moved(victim, other)
        await said("on one side", "after it")
        await victim.room.say("on the other")
        // The server lets messages through, as if nothing had happened.
        const crossing = devices.server.of(keeper.room.circle).log.slice(-2)
        other.bend = (page) => ({
            ...page,
            entries: [
                ...page.entries,
                ...crossing.map((entry) => ({ ...entry, seq: entry.seq + 1 })),
            ],
        })
        await victim.room.sync()
        expect(warned(victim)).toContain("forked")
    })

    test("commits, shows in the safety code at once, and whatever crosses is noticed", async () => {
        const other = forked()
        await moved(victim, other)
        await keeper.room.commit(() => ({}))
        await victim.room.commit(() => ({}))
        await speaker.room.sync()
        expect(codeOf(speaker)).toBe(codeOf(keeper))
        expect(codeOf(victim)).not.toBe(codeOf(keeper))
        await said("on one side")
        const crossing = devices.server.of(keeper.room.circle).log.at(-1)
        if (crossing === undefined) throw new Error("an entry")
        const after = other.of(keeper.room.circle).seq + 1
        other.bend = (page) => ({
            ...page,
            entries: [...page.entries, { ...crossing, seq: after }],
        })
        await victim.room.sync()
        expect(warned(victim)).toContain("unreadable-entry")
        expect(texts(victim)).toEqual([])
    })

    test("for good, leaves each side without a sign of life from the other", async () => {
        const other = forked()
        await moved(victim, other)
        devices.clock.days(3)
        await said("on one side")
        await victim.room.say("on the other")
        await victim.room.sync()
        await keeper.room.sync()
        expect(victim.room.state.unheard.map(({ name }) => name)).toContain(speaker.name)
        expect(keeper.room.state.unheard.map(({ name }) => name)).toContain(victim.name)
    })
})

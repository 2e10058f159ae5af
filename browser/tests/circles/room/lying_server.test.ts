// What a server can do to members who read its log, and that they notice.
import { expect, test } from "vitest"

import type { LogPage } from "../../../src/circles/delivery/delivery.js"
import { Devices, texts, warned } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

async function two(): Promise<[Devices, Device, Device]> {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    return [devices, keeper, one]
}

function only(
    name: string,
    bend: (page: LogPage) => LogPage,
): (page: LogPage, to: string) => LogPage {
    return (page, to) => (to === name ? bend(page) : page)
}

test("an honest server is warned of by nobody", async () => {
    const [devices, keeper, one] = await two()
    for (const text of ["a", "b", "c"]) {
        await keeper.room.say(text)
        await one.room.say(text)
    }
    await devices.settle()
    expect([...warned(keeper), ...warned(one)]).toEqual([])
    expect(texts(one).length).toBe(6)
})

test("a withheld message leaves a gap in the numbers", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("withheld")
    const hidden = keeper.room.state.shown.length
    const last = devices.server.of(keeper.room.circle).seq
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries.filter(({ seq }) => seq !== last),
    }))
    await keeper.room.say("given")
    await one.room.sync()
    expect(hidden).toBe(1)
    expect(texts(one)).toEqual(["given"])
    expect(warned(one)).toEqual(["withheld"])
})

test("a withheld message under numbers closed up is a fork to the next who speaks", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("withheld")
    const last = devices.server.of(keeper.room.circle).seq
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries
            .filter(({ seq }) => seq !== last)
            .map((entry) => (entry.seq > last ? { ...entry, seq: entry.seq - 1 } : entry)),
    }))
    await keeper.room.say("given")
    await one.room.sync()
    expect(texts(one)).toEqual(["given"])
    expect(warned(one)).toContain("reordered") // the keeper has read a number that is not there yet
    await one.room.say("I answer")
    await keeper.room.sync()
    expect(warned(keeper)).toContain("forked")
    // Whose word showed it, so that the two can compare their safety codes.
    const forked = keeper.room.state.warnings.find(({ kind }) => kind === "forked")
    expect(forked?.by?.name).toBe("member 1")
})

test("two members shown different messages in one place learn of it by the next", async () => {
    const devices = new Devices()
    const [keeper, one, other] = await devices.circle(2)
    if (one === undefined || other === undefined) throw new Error("expected members")
    await keeper.room.say("first")
    await keeper.room.say("second")
    const log = devices.server.of(keeper.room.circle).log
    const [a, b] = log.slice(-2)
    if (a === undefined || b === undefined) throw new Error("expected two messages")
    // To one of them, each in the other's place.
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
            entry.seq === a.seq
                ? { ...entry, sealed: b.sealed }
                : entry.seq === b.seq
                  ? { ...entry, sealed: a.sealed }
                  : entry,
        ),
    }))
    await one.room.sync()
    expect(warned(one).length).toBeGreaterThan(0)
    await one.room.say("from the fork")
    await other.room.sync()
    expect(warned(other)).toContain("forked")
})

test("a message given twice is shown once, and said to be a replay", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("once")
    await devices.settle()
    const kept = devices.server.of(keeper.room.circle)
    const [again] = kept.log.slice(-1)
    if (again === undefined) throw new Error("expected a message")
    kept.seq += 1
    kept.log.push({ ...again, seq: kept.seq })
    await one.room.sync()
    await keeper.room.sync()
    expect(texts(one)).toEqual(["once"])
    expect(warned(one)).toEqual(["replayed"])
    expect(warned(keeper)).toEqual(["replayed"])
    await keeper.room.say("and on")
    await one.room.sync()
    expect(texts(one)).toEqual(["once", "and on"])
})

test("numbers that come again or go back are noticed and change nothing", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("a")
    await devices.settle()
    const kept = devices.server.of(keeper.room.circle)
    const [entry] = kept.log.slice(-1)
    devices.server.bend = only("member 1", (page) =>
        entry === undefined ? page : { ...page, entries: [entry] },
    )
    await one.room.sync()
    expect(texts(one)).toEqual(["a"])
    expect(warned(one)).toEqual(["reordered"])
})

test("changed and invented bytes are shown as such, and the room goes on", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("a")
    const last = devices.server.of(keeper.room.circle).seq
    const bend = (sealed: Uint8Array): Uint8Array =>
        sealed.map((byte, at) => (at === 300 ? byte ^ 1 : byte))
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
            entry.seq === last ? { ...entry, sealed: bend(entry.sealed) } : entry,
        ),
    }))
    await one.room.sync()
    expect(texts(one)).toEqual([])
    expect(warned(one)).toEqual(["unreadable-entry"])
    await keeper.room.say("b")
    await one.room.sync()
    expect(texts(one)).toEqual(["b"])
})

test("an epoch ended by bytes that are no commit stops the room until the true ones come", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.commit(() => ({}))
    const last = devices.server.of(keeper.room.circle).seq
    const honest = devices.server.bend
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
            entry.seq === last ? { ...entry, sealed: new Uint8Array(2048).fill(1) } : entry,
        ),
    }))
    await one.room.sync()
    expect(one.room.state.stopped).toBe(true)
    expect(warned(one)).toEqual(["broken-epoch"])
    devices.server.bend = honest
    await one.room.sync()
    expect(one.room.state.stopped).toBe(false)
    await keeper.room.say("here again")
    await one.room.sync()
    expect(texts(one)).toEqual(["here again"])
})

test("a commit withheld by a server that says the epoch is over is missed", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.commit(() => ({}))
    devices.server.bend = only("member 1", (page) => ({ ...page, entries: [] }))
    await one.room.sync()
    expect(warned(one)).toEqual(["withheld"])
    expect(one.room.state.stopped).toBe(true)
    devices.server.bend = (page) => page
    await one.room.acknowledge()
    await devices.settle()
    expect([one.room.state.stopped, warned(one)]).toEqual([false, []])
})

test("a flood of bad entries hides no earlier warning", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("a")
    await one.room.sync()
    const kept = devices.server.of(keeper.room.circle)
    const [entry] = kept.log.slice(-1)
    if (entry === undefined) throw new Error("expected a message")
    kept.log.push({ ...entry, seq: (kept.seq += 1) })
    for (let n = 0; n < 40; n += 1) {
        const sealed = new Uint8Array(512).fill(n)
        kept.log.push({ ...entry, sealed, seq: (kept.seq += 1) })
    }
    await one.room.sync()
    expect(warned(one)[0]).toBe("replayed")
    expect(warned(one).length).toBe(9)
})

test("a commit passed off as a message leads nobody out of the circle", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.commit(() => ({}))
    const epoch = one.room.state.epoch
    devices.server.bend = only("member 1", (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...entry, kind: "message" })),
    }))
    await one.room.sync()
    expect(one.room.state.epoch).toBe(epoch)
    expect(warned(one)).toContain("unreadable-entry")
})

test("a message that was acknowledged and then kept from everybody is missed and sent again", async () => {
    const [devices, keeper, one] = await two()
    const kept = devices.server.of(keeper.room.circle)
    // The server says it has it, and drops it.
    const dropping = one.around.delivery.post.bind(one.around.delivery)
    Object.assign(one.around.delivery, {
        post: async (...asked: Parameters<typeof dropping>) => {
            const seq = await dropping(...asked)
            kept.log.pop()
            kept.seq -= 1
            Object.assign(one.around.delivery, { post: dropping })
            return seq
        },
    })
    await one.room.say("dropped")
    await keeper.room.say("after it")
    await devices.settle()
    expect(warned(one)).toEqual(["withheld"])
    expect(texts(keeper).sort()).toEqual(["after it", "dropped"])
    expect(texts(one).sort()).toEqual(["after it", "dropped"])
})

test("who was away for two weeks misses entries by age, and goes on", async () => {
    const [devices, keeper, one] = await two()
    await keeper.room.say("long ago")
    const kept = devices.server.of(keeper.room.circle)
    devices.clock.days(15)
    kept.log.length = 0
    await keeper.room.say("today")
    await one.room.sync()
    expect(warned(one)).toEqual(["missing-by-age"])
    expect(texts(one)).toEqual(["today"])
    await one.room.say("I am back")
    await keeper.room.sync()
    expect(warned(keeper)).toEqual([])
})

import { sha256 } from "@noble/hashes/sha2.js"
import { expect, test } from "vitest"

import * as actions from "../../../src/circles/keepers/actions.js"
import { boxedFrames, coverFrame, drawnId } from "../../../src/circles/keepers/boxed.js"
import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { encodedAnswer, encodedReport } from "../../../src/circles/keepers/reports.js"
import { suiteOf } from "../../../src/circles/mls/suites.js"
import { textBytes } from "../../../src/circles/room/content.js"
import { texts } from "../support/rooms.js"
import { KeptRooms } from "./kept_rooms.js"
import type { KeptDevice } from "./kept_rooms.js"

const idOf = ({ room }: KeptDevice) => room.state.me.id

function last({ room }: KeptDevice): string {
    const id = room.state.shown.at(-1)?.id
    if (id === undefined) throw new Error("expected a message")
    return id
}

function need(device: KeptDevice | undefined): KeptDevice {
    if (device === undefined) throw new Error("expected a member")
    return device
}

function sealedLengths(rooms: KeptRooms): number[] {
    return [...rooms.devices.server.circles.values()].flatMap(({ log }) =>
        log.filter(({ kind }) => kind === "message").map(({ sealed }) => sealed.length),
    )
}

test("a member reports what they read, the keeper believes it and answers, the others see frames", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(3)
    const [bad, reporter, other] = [need(members[0]), need(members[1]), need(members[2])]
    await bad.room.say("something that hurts")
    await rooms.settle()
    expect(reporter.room.state.shown.at(-1)?.unproven).toBe(false)
    await reporter.keepers.report("please look at this", [last(reporter)])
    await rooms.settle()
    const [report] = keeper.keepers.reports()
    expect(report).toMatchObject({ words: "please look at this", reporter: idOf(reporter) })
    expect(report?.messages).toMatchObject([{ senderId: idOf(bad), verdict: "proven" }])
    await keeper.keepers.answer(report?.id ?? "", "thank you, we talk to them")
    await rooms.settle()
    expect(reporter.keepers.answers()).toMatchObject([
        { report: report?.id, words: "thank you, we talk to them", from: idOf(keeper) },
    ])
    for (const outsider of [bad, other]) {
        expect(outsider.keepers.reports()).toEqual([])
        expect(outsider.keepers.answers()).toEqual([])
        expect(texts(outsider)).toEqual(["something that hurts"])
        expect(outsider.room.received("boxed")).toEqual([])
    }
    await keeper.keepers.dealtWith(report?.id ?? "")
    expect(keeper.keepers.reports()).toEqual([])
})

test("a report, an answer and a sign of life have one length on the wire", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(1)
    const member = need(members[0])
    await member.room.say("a short text")
    await rooms.settle()
    const before = sealedLengths(rooms).length
    await member.keepers.report("a report", [last(member)])
    await rooms.settle()
    await keeper.keepers.answer(keeper.keepers.reports()[0]?.id ?? "", "an answer")
    rooms.devices.clock.days(2) // both are due
    await rooms.settle()
    const lengths = sealedLengths(rooms).slice(before)
    expect(lengths).toEqual(lengths.map(() => 4096))
    expect(lengths.length).toBeGreaterThanOrEqual(4)
    expect(sealedLengths(rooms).slice(0, before)).toEqual([512])
})

test("an ordinary text stays in 1,024 bytes with its proof", async () => {
    const rooms = new KeptRooms()
    const keeper = await rooms.found()
    await keeper.room.say("y".repeat(540))
    await keeper.room.sync()
    expect(sealedLengths(rooms)).toEqual([1024])
})

test("keepers change, secrets are handed over, and a newcomer among them reads reports of before", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(3)
    const [second, bad, reporter] = [need(members[0]), need(members[1]), need(members[2])]
    await bad.room.say("said before the second keeper was one")
    await rooms.settle()
    const old = hex(keeper.keepers.serverKey ?? new Uint8Array(0))
    await keeper.keepers.act((acting, secrets) => actions.makeKeeper(acting, idOf(second), secrets))
    await rooms.settle()
    expect(second.keepers.ready).toBe(true)
    expect(second.keepers.serverKey).toEqual(keeper.keepers.serverKey)
    expect(hex(second.keepers.serverKey ?? new Uint8Array(0))).not.toBe(old)
    const circle = rooms.devices.server.of(keeper.room.circle)
    expect(circle.keeper).toBe(hex(sha256(second.keepers.serverKey ?? new Uint8Array(0))))
    await reporter.keepers.report("late, but still", [last(reporter)])
    await rooms.settle()
    for (const one of [keeper, second]) {
        expect(one.keepers.reports()[0]?.messages[0]?.verdict).toBe("proven-earlier")
    }
})

test("attack: a removed keeper opens reports, burns the room, or hands out secrets", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [second, member] = [need(members[0]), need(members[1])]
    await keeper.keepers.act((acting, secrets) => actions.makeKeeper(acting, idOf(second), secrets))
    await rooms.settle()
    const known = second.keepers.serverKey ?? new Uint8Array(0)
    await keeper.keepers.act((acting, secrets) => actions.remove(acting, idOf(second), secrets))
    await rooms.settle()
    expect(second.room.state.removed).toBe(true)
    expect(second.keepers.serverKey).toBeNull()
    await expect(second.around.delivery.burn(keeper.room.circle, known)).rejects.toThrow(
        "no such circle",
    )
    await member.room.say("and now?")
    await rooms.settle()
    expect(texts(second)).toEqual([])
    expect(keeper.keepers.ready).toBe(true)
    await keeper.room.burn(keeper.keepers.serverKey ?? new Uint8Array(0))
    expect(rooms.devices.server.of(keeper.room.circle).burned).toBe(true)
})

test("a keeper made none stays in the room and reads no report any more", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(3)
    const [second, bad, reporter] = [need(members[0]), need(members[1]), need(members[2])]
    await keeper.keepers.act((acting, secrets) => actions.makeKeeper(acting, idOf(second), secrets))
    await rooms.settle()
    await keeper.keepers.act((acting, secrets) =>
        actions.unmakeKeeper(acting, idOf(second), secrets),
    )
    await rooms.settle()
    expect(second.keepers.serverKey).toBeNull()
    await bad.room.say("something")
    await rooms.settle()
    await reporter.keepers.report("", [last(reporter)])
    await rooms.settle()
    expect(keeper.keepers.reports()).toHaveLength(1)
    expect(second.keepers.reports()).toEqual([])
})

test("a report about a keeper goes to the others only, and to nobody where there is no other", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [second, reporter] = [need(members[0]), need(members[1])]
    await keeper.room.say("said by a keeper")
    await rooms.settle()
    await expect(reporter.keepers.report("", [last(reporter)])).rejects.toThrow(
        "a keeper besides oneself",
    )
    await keeper.keepers.act((acting, secrets) => actions.makeKeeper(acting, idOf(second), secrets))
    await rooms.settle()
    await reporter.keepers.report("", [last(reporter)])
    await rooms.settle()
    expect(second.keepers.reports()).toHaveLength(1)
    expect(keeper.keepers.reports()).toEqual([])
})

test.each(["before", "after"] as const)(
    "cut off %s the commit that changes keepers, nobody is left without secrets",
    async (when) => {
        const rooms = new KeptRooms()
        const [keeper, ...members] = await rooms.circle(1)
        const second = need(members[0])
        rooms.devices.server.troubles = [{ asked: "commit", when }]
        const made = keeper.keepers.act((acting, secrets) =>
            actions.makeKeeper(acting, idOf(second), secrets),
        )
        await expect(made).rejects.toThrow(NetworkFailed)
        await rooms.restart(keeper)
        await rooms.settle()
        // The commit was on its way, and wins when the line is back.
        for (const one of [keeper, second]) {
            expect(one.room.state.settings.keepers).toContain(idOf(second))
            expect(one.keepers.ready).toBe(true)
        }
        expect(second.keepers.serverKey).toEqual(keeper.keepers.serverKey)
    },
)

test("attack: a muted member edits their client", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [loud, member] = [need(members[0]), need(members[1])]
    await keeper.keepers.act((acting) => actions.mute(acting, idOf(loud)))
    // Theirs has not heard of it: what they send now lands in the epoch before, or is refused.
    await rooms.settle()
    await expect(loud.room.say("let me speak")).rejects.toThrow("muted")
    // A changed client sends all the same; others do not show it.
    const group = loud.room.group
    if (group === null) throw new Error("expected a group")
    const settings = group.settings as { muted: readonly string[] }
    const muted = settings.muted
    settings.muted = []
    try {
        await loud.room.say("let me speak")
    } finally {
        settings.muted = muted
    }
    await rooms.settle()
    expect(texts(member)).toEqual([])
    expect(texts(keeper)).toEqual([])
    // Reporting is not writing: whoever is muted may still ask for help.
    await member.room.say("said to the muted one")
    await rooms.settle()
    await loud.keepers.report("I am being hurt", [last(loud)])
    await rooms.settle()
    expect(keeper.keepers.reports()).toHaveLength(1)
})

test("attack: a member who is no keeper answers, invites, hands over secrets and kills the app", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [spy, member] = [need(members[0]), need(members[1])]
    await spy.keepers.invite(idOf(member), "ab".repeat(16), "come to my room")
    await rooms.settle()
    expect(member.keepers.invitations()).toEqual([])
    const group = spy.room.group
    if (group === null) throw new Error("expected a group")
    const where = { suite: suiteOf(group.suite), circle: group.circle, sender: idOf(keeper) }
    for (const body of [
        await coverFrame(where),
        new Uint8Array(3700),
        new Uint8Array(1),
        new Uint8Array(0),
        new Uint8Array(2000).fill(1),
    ]) {
        await spy.room.send("boxed", body)
    }
    await rooms.settle()
    expect(keeper.keepers.ready).toBe(true)
    expect(keeper.keepers.reports()).toEqual([])
    for (const { room } of rooms.all) expect(room.received("boxed")).toEqual([])
    await member.room.say("still here")
    await rooms.settle()
    expect(texts(keeper)).toEqual(["still here"])
})

test("a report survives a keeper's restart in the middle of its frames", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [bad, reporter] = [need(members[0]), need(members[1])]
    for (let at = 0; at < 4; at += 1) await bad.room.say(`${String(at)} ${"z".repeat(1500)}`)
    await rooms.settle()
    const ids = reporter.room.state.shown.map(({ id }) => id)
    await reporter.keepers.report("long", ids)
    await keeper.room.sync()
    const frames = keeper.room.received("boxed")
    expect(frames.length).toBeGreaterThan(1)
    // Half of it was looked at, then the page was closed.
    const first = keeper.room.received.bind(keeper.room)
    keeper.room.received = (kind) => first(kind).slice(0, 1)
    await keeper.keepers.sync()
    expect(keeper.keepers.reports()).toEqual([])
    await rooms.restart(keeper)
    await rooms.settle()
    expect(keeper.keepers.reports()[0]?.messages.map(({ verdict }) => verdict)).toEqual([
        "proven",
        "proven",
        "proven",
        "proven",
    ])
    await keeper.keepers.sync()
    expect(keeper.keepers.reports()).toHaveLength(1)
})

test("attack: a report that is nonsense, or whose proof is false, takes no name from keepers", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [bad, reporter] = [need(members[0]), need(members[1])]
    await bad.room.say("something that hurts")
    await rooms.settle()
    const group = reporter.room.group
    const boxKey = group?.member(idOf(keeper))?.boxKey
    const found = reporter.room.provable(last(reporter))
    if (group === null || boxKey === undefined || found === null) throw new Error("a message")
    const changed = { ...found, content: textBytes("changed"), chosen: true, rest: null }
    const report = encodedReport({ words: "", messages: [changed] })
    const where = { suite: suiteOf(group.suite), circle: group.circle, sender: idOf(reporter) }
    for (const data of [
        report.slice(0, -1),
        Uint8Array.of(2, ...report.slice(1)),
        new Uint8Array(0),
        report,
    ]) {
        const message = { kind: "report", id: drawnId(), data } as const
        for (const frame of await boxedFrames(where, [boxKey], message)) {
            await reporter.room.send("boxed", frame)
        }
    }
    await rooms.settle()
    const inbox = new TextDecoder().decode(await keeper.room.shelf("keepers/inbox"))
    expect(JSON.parse(inbox)).toHaveLength(4)
    expect(keeper.keepers.reports()).toMatchObject([{ messages: [{ verdict: "false" }] }])
    expect(keeper.keepers.named()).toEqual([idOf(reporter), idOf(bad)])
    expect(bad.keepers.named()).toEqual([])
})

test("attack: a keeper writes to one member alone, as an answer to a report that was another's or none", async () => {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [reporter, member] = [need(members[0]), need(members[1])]
    await keeper.room.say("hello")
    await rooms.settle()
    await reporter.keepers.report("not about the keeper", [])
    await rooms.settle()
    const report = keeper.keepers.reports()[0]?.id ?? ""
    const group = keeper.room.group
    const boxKey = group?.member(idOf(member))?.boxKey
    if (group === null || boxKey === undefined) throw new Error("expected a group")
    const where = { suite: suiteOf(group.suite), circle: group.circle, sender: idOf(keeper) }
    for (const to of [report, "ab".repeat(16)]) {
        const data = encodedAnswer({ report: to, words: "come and meet me" })
        const message = { kind: "answer", id: drawnId(), data } as const
        for (const frame of await boxedFrames(where, [boxKey], message)) {
            await keeper.room.send("boxed", frame)
        }
    }
    await keeper.keepers.answer(report, "thank you")
    await rooms.settle()
    expect(member.keepers.answers()).toEqual([])
    // A restart forgets no report, and its days end like a message's.
    await rooms.restart(reporter)
    expect(reporter.keepers.answers()).toMatchObject([{ words: "thank you" }])
    rooms.devices.clock.days(8)
    await rooms.settle()
    expect(new TextDecoder().decode(await reporter.room.shelf("keepers/inbox"))).toBe("[]")
})

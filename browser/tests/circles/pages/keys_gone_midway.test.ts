// @vitest-environment happy-dom
// Keys are overwritten while a step of the room is under way: before a move, or where another
// object takes the room over. A step that went on sealed with zeros, which the server can open, and
// kept zeros in place of keys: the room was lost.
import { expect, test, vi } from "vitest"

import { hex } from "../../../src/circles/mls/bytes.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import type { RealRoom } from "../../../src/circles/pages/wired_room.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { KeptRooms } from "../keepers/kept_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const STEPS: readonly (readonly [string, number, (room: RealRoom) => Promise<unknown>])[] = [
    ["a text is said and sent", 21, (room) => room.say("secret", null).then(() => room.sync())],
    ["a commit is made", 60, ({ room }) => room.commit(() => ({}))],
    ["the log is read", 15, (room) => room.sync()],
]

test.each(STEPS)("attack: keys are overwritten while %s", async (_, stride, begin) => {
    const rooms = new KeptRooms()
    const [keeper, member] = await rooms.circle(1)
    if (member === undefined) throw new Error("a member")
    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    const { store, delivery } = member.around
    const inside = new RealInside(page, store, null, delivery as RealInside["delivery"])
    const id = hex(member.room.circle)
    let ended = 0
    for (let turns = 0; turns < 8 * stride; turns += stride) {
        const room = await inside.roomOf(id)
        if (room === null) throw new Error("the room is gone")
        await room.sync()
        await keeper.room.say("hello")
        await keeper.room.sync()
        const done = begin(room).then(
            () => "done",
            () => "ended",
        )
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
        room.forgetKeys()
        if ((await done) === "ended") ended += 1
        const again = await inside.roomOf(id)
        await again?.sync()
        await again?.say(`after ${String(turns)}`, null)
        await again?.sync()
        await keeper.room.sync()
        expect(again?.state.warnings, String(turns)).toEqual([])
        expect(keeper.room.state.warnings, String(turns)).toEqual([])
        const read = keeper.room.state.shown.map(({ text }) => text)
        expect(read).toContain(`after ${String(turns)}`)
    }
    expect(ended).toBeGreaterThan(0)
    inside.lock()
})

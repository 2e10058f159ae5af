// @vitest-environment happy-dom
import { expect, test, vi } from "vitest"

import { renewKey } from "../../../src/circles/entering/arriving.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { KeptRooms } from "../keepers/kept_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

function insideOf({ store, delivery }: { store: RealInside["store"]; delivery: unknown }) {
    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    return new RealInside(page, store, null, delivery as RealInside["delivery"])
}

test("a device that has just moved renews its keys once, while its rooms are listed and opened", async () => {
    const rooms = new KeptRooms()
    const [keeper, member] = await rooms.circle(1)
    if (member === undefined) throw new Error("a member")
    await member.room.say("before the move")
    await rooms.settle()
    await member.around.store.put(new Map([[renewKey(member.room.circle), Uint8Array.of(1)]]))

    // As the page does after unlocking: all at once.
    const inside = insideOf(member.around)
    const id = hex(member.room.circle)
    inside.resume()
    const [listed, opened] = await Promise.all([inside.rooms(), inside.open(id), inside.rooms()])
    expect(listed).toHaveLength(1)
    await vi.waitFor(async () => {
        expect(await member.around.store.keys("renew/")).toEqual([])
    })
    await opened.say("after the move", null)
    await keeper.room.sync()

    expect(opened.state).toMatchObject({ stopped: false, warnings: [] })
    expect(keeper.room.state.warnings).toEqual([])
    expect(keeper.room.state.shown.map(({ text }) => text)).toContain("after the move")
    inside.lock()
})

// @vitest-environment happy-dom
import { expect, test, vi } from "vitest"

import { hex } from "../../../src/circles/mls/bytes.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { KeptRooms } from "../keepers/kept_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

test("keepers find their page in a quiet room, and a reported name after its owner was taken out", async () => {
    const rooms = new KeptRooms()
    const [keeper, reporter, rude] = await rooms.circle(2)
    if (reporter === undefined || rude === undefined) throw new Error("two members")
    const ugly = await rude.room.say("ugly")
    await rooms.settle()
    await reporter.keepers.report("look", [ugly])
    await keeper.room.sync()

    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    const { store, delivery } = keeper.around
    const inside = new RealInside(page, store, null, delivery as RealInside["delivery"])
    const opened = await inside.open(hex(keeper.room.circle))
    const parts = await opened.keeping()
    if (parts === null) throw new Error("the keepers' page stays away")
    const told = { by: reporter.room.state.me.name, of: rude.room.state.me.name }
    await vi.waitFor(() => {
        expect(parts.reports()).toMatchObject([{ ...told, text: "ugly", verdict: "proven" }])
    })
    await parts.remove(rude.room.state.me.id)
    await vi.waitFor(() => {
        expect(opened.state.members).toHaveLength(2)
    })
    await opened.keeping()
    expect(parts.reports()).toMatchObject([told])
    inside.lock()
})

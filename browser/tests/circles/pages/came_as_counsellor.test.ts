// @vitest-environment happy-dom
// A grown-up who came into a room of minors as a counsellor, and whom no keeper has accepted, or
// one whom keepers have dismissed: to write as an ordinary member is what the rules forbid.
import { expect, test, vi } from "vitest"

import { acceptCounsellor, dismissCounsellor } from "../../../src/circles/keepers/actions.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import { BLOCKS } from "../../../src/circles/pages/wired_room.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { KeptRooms } from "../keepers/kept_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

test("attack: who came in as a counsellor writes and reacts only once accepted, in hours, and not after being dismissed", async () => {
    const rooms = new KeptRooms()
    const [keeper, counsellor] = await rooms.circle(1)
    if (counsellor === undefined) throw new Error("a member")
    const { store, delivery } = counsellor.around
    const minute = Math.floor(Date.now() / 60_000)
    const blocks = JSON.stringify([{ from: minute - 5, until: minute + 55 }])
    await store.put(new Map([[BLOCKS, new TextEncoder().encode(blocks)]]))
    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    const inside = new RealInside(page, store, null, delivery as RealInside["delivery"])
    const room = await inside.open(hex(counsellor.room.circle))
    const id = await keeper.room.say("hello")
    await keeper.room.sync()
    await room.sync()
    await room.say("an ordinary member", null)

    await room.marked(false, true)
    await expect(room.say("as if I belonged here", null)).rejects.toThrow("a counsellor writes")
    await expect(room.react(id, "👍")).rejects.toThrow("a counsellor writes")
    expect(room.resting).toBe(true)
    const me = counsellor.room.state.me.id
    await keeper.keepers.act((acting) => acceptCounsellor(acting, me))
    await room.sync()
    await room.say("in my hours", null)
    await keeper.keepers.act((acting) => dismissCounsellor(acting, me))
    await room.sync()
    await expect(room.say("after it", null)).rejects.toThrow("a counsellor writes")
    inside.lock()
})

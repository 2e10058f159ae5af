// @vitest-environment happy-dom
// No clock judges a commit. So an invitation that a spy inside has kept, and keys dated back before
// the end of its batch, let somebody in for as long as the batch stands in the settings.
import { afterEach, expect, test, vi } from "vitest"

import { withoutLongEnded } from "../../../src/circles/entering/keeper_batches.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { newMember } from "../../../src/circles/mls/own_member.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { KeptRooms } from "../keepers/kept_rooms.js"
import { forced } from "../support/insides.js"
import { NOW, invitation } from "../support/people.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
afterEach(() => {
    vi.useRealTimers()
})

test("attack: a spy lets somebody in by a batch that ended a month ago, until a keeper's device was there", async () => {
    const rooms = new KeptRooms()
    const [keeper, spy, honest] = await rooms.circle(2)
    if (spy === undefined || honest === undefined) throw new Error("two members")
    const made = { suite: rooms.devices.suite, circle: spy.room.circle, name: "accomplice" }
    const accomplice = await newMember({ ...made, invitation: invitation(), now: NOW })
    const added = async () => {
        const { group } = spy.room
        if (group === null) throw new Error("a member")
        return forced(group, { add: [accomplice.keyPackage] })
    }
    // They were let in without a landing.
    for (const { epoch } of keeper.room.welcomes) await keeper.room.welcomed(epoch)
    rooms.devices.clock.days(30)
    const opened = await honest.room.group?.open(await added())
    expect(opened?.kind).toBe("commit")

    vi.useFakeTimers({ toFake: ["Date"], now: rooms.devices.clock.now })
    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    const { store, delivery } = keeper.around
    const inside = new RealInside(page, store, null, delivery as RealInside["delivery"])
    const room = await inside.open(hex(keeper.room.circle))
    await vi.waitFor(
        () => {
            expect(room.state.settings.batches).toEqual([])
        },
        { timeout: 30_000 },
    )
    // Each renews its keys meanwhile.
    for (const { room: other } of [spy, honest, spy, honest]) await other.sync()
    expect(honest.room.state.warnings).toEqual([])
    await expect(honest.room.group?.open(await added())).rejects.toThrow("an open batch")
    inside.lock()
})

test("whoever knocked on a batch's last day is let in for as long as their keys are good", async () => {
    const rooms = new KeptRooms()
    const { settings } = (await rooms.found()).room.state
    expect(settings.batches.map(({ ends }) => ends)).toEqual(["2026-11-30"])
    expect(withoutLongEnded(settings, "2026-12-15")).toBeNull()
    expect(withoutLongEnded(settings, "2026-12-16")?.batches).toEqual([])
})

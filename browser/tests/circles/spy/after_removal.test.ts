// What a member still gets whom keepers take out or mute, and a server that renames an entry.
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { expect, test } from "vitest"

import { settingsExtension, settingsWithout } from "../../../src/circles/mls/policy.js"
import { BrokenRule } from "../../../src/circles/mls/problems.js"
import { forced } from "../support/insides.js"
import { SAID, batch, circleOf } from "../support/people.js"
import { Devices, idOfMember, texts, warned } from "../support/rooms.js"

// Whoever is removed opens the commit that removes them: it is sealed under their last epoch.
test("a removal brings no new batch, whose knocks the removed member could open", async () => {
    const [keeper, reader, spy] = await circleOf(3)
    if (keeper === undefined || reader === undefined || spy === undefined) {
        throw new Error("expected three")
    }
    const modulus = new Uint8Array(256).fill(0xc7)
    const fresh = {
        ...(await batch()),
        modulus: bytesToHex(modulus),
        id: bytesToHex(sha256(modulus)).slice(0, 32),
    }
    const settings = {
        ...settingsWithout(keeper.settings, new Set([spy.me.id])),
        batches: [fresh],
    }
    const remove = [spy.me.id]
    await expect(keeper.commit({ remove, settings }, SAID)).rejects.toThrow("ends all open batches")
    const sealed = await forced(keeper, {
        remove: [spy.me.leaf],
        extensions: [settingsExtension(settings)],
    })
    await expect(reader.open(sealed)).rejects.toThrow(BrokenRule)
    const removal = await keeper.commit({ remove, settings: { ...settings, batches: [] } }, SAID)
    expect((await reader.open(removal.sealed)).kind).toBe("commit")
})

test("a muted member shows nothing by frames that nobody can read either", async () => {
    const devices = new Devices()
    const [keeper, spy] = await devices.circle(1)
    if (spy === undefined) throw new Error("expected a member")
    const nonsense = async (): Promise<void> => {
        await spy.room.sync()
        const { group } = spy.room
        if (group === null) throw new Error("expected a member")
        const { sealed } = await group.seal(new Uint8Array(40).fill(1)) // a text cut off
        await spy.around.delivery.post(spy.room.circle, await group.doorKey(), sealed)
    }
    await nonsense()
    await keeper.room.sync()
    expect(texts(keeper)).toEqual(["unreadable"])
    await keeper.room.commit(({ settings }) => ({
        settings: { ...settings, muted: [idOfMember(spy)] },
    }))
    await nonsense()
    await keeper.room.sync()
    expect(texts(keeper)).toEqual(["unreadable"])
})

test("one's own message that the server calls a commit stops this device like all others", async () => {
    const devices = new Devices()
    const [keeper, one] = await devices.circle(1)
    if (one === undefined) throw new Error("expected a member")
    const from = devices.server.of(keeper.room.circle).seq
    devices.server.bend = (page) => ({
        ...page,
        entries: page.entries.map((entry) =>
            entry.seq > from ? { ...entry, kind: "commit" } : entry,
        ),
    })
    await one.room.say("hello")
    await keeper.room.sync()
    expect(warned(one)).toContain("broken-epoch")
    expect(warned(keeper)).toContain("broken-epoch")
})

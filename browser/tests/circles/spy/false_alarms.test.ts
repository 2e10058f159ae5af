// A member with a changed client who says false things of what they have seen: so that alarms are
// worth nothing, stand in another's name, or leave no place for a true one.
import { expect, test } from "vitest"

import { encodedFrame } from "../../../src/circles/room/content.js"
import type { Seen } from "../../../src/circles/room/content.js"
import { begun, grown, heardFrom, interrupted, seenOf } from "../../../src/circles/room/chain.js"
import type { EpochChain } from "../../../src/circles/room/chain.js"
import { Devices, warned } from "../support/rooms.js"
import type { Device } from "../support/rooms.js"

const SECRET = new Uint8Array(32).fill(3)
const LIE = new Uint8Array(16).fill(0xee)

function logged(entries: readonly string[], chain: EpochChain = begun(SECRET)): EpochChain {
    return entries.reduce(
        (now, text, at) => grown(now, at + 1, new TextEncoder().encode(text)),
        chain,
    )
}

/** Says so to everybody, through the honest server. */
async function claimed(spy: Device, claims: readonly Seen[]): Promise<void> {
    let { group } = spy.room
    for (const seen of claims) {
        if (group === null) throw new Error("expected a member")
        const made = await group.seal(encodedFrame({ kind: "heartbeat" }, seen))
        await spy.around.delivery.post(spy.room.circle, await group.doorKey(), made.sealed)
        group = made.group
    }
}

test("twenty false alarms of a spy leave the place for a true one in another's name", async () => {
    const devices = new Devices()
    const [keeper, spy, other] = await devices.circle(2)
    if (spy === undefined || other === undefined) throw new Error("expected members")
    await claimed(
        spy,
        Array.from({ length: 20 }, () => ({ seq: 0, chain: LIE })),
    )
    await keeper.room.sync()
    expect(warned(keeper)).toEqual(["forked", "forked", "forked"])
    expect(keeper.room.state.warnings.every(({ by }) => by?.name === "member 1")).toBe(true)
    await claimed(other, [{ seq: 0, chain: LIE }])
    await keeper.room.sync()
    expect(keeper.room.state.warnings.map(({ by }) => by?.name)).toContain("member 2")
})

test("an honest member is not accused because a spy spoke first after a gap", () => {
    const truth = logged(["a", "b", "c", "d"])
    const value = (seq: number): Seen => ({ seq, chain: bytesOf(truth, seq) })
    // Entry 2 was missed; the spy speaks in entry 3, an honest member in entry 4, another in 5.
    const gap = interrupted(logged(["a"]))
    const lied = heardFrom(gap, "spy", 3, { seq: 2, chain: LIE }, 3)
    expect(lied.contradicts).toBe("nobody")
    // On one member's word this device says nothing to others, so nobody accuses it either.
    expect(seenOf(lied.chain).chain).toEqual(new Uint8Array(16))
    const after = grown(lied.chain, 3, new TextEncoder().encode("c"))
    const honest = heardFrom(after, "honest", 4, value(3), 3)
    expect(honest.contradicts).toBe("another")
    const next = grown(honest.chain, 4, new TextEncoder().encode("d"))
    const agreed = heardFrom(next, "third", 5, value(4), 3)
    expect(agreed.contradicts).toBe("nobody")
    expect(seenOf(agreed.chain)).toEqual(value(4))
    // From here on the spy's lies are the spy's.
    expect(heardFrom(agreed.chain, "spy", 5, { seq: 4, chain: LIE }, 3).contradicts).toBe(
        "this device",
    )
})

test("a gap with a spy's help does not make a fork before it forgotten", () => {
    const here = logged(["a", "another b"])
    const there = logged(["a", "b"])
    const gap = interrupted(here)
    const lent = heardFrom(gap, "spy", 4, { seq: 3, chain: LIE }, 3)
    const seen = { seq: 2, chain: bytesOf(there, 2) }
    expect(heardFrom(gap, "honest", 4, seen, 3).contradicts).toBe("this device")
    expect(heardFrom(lent.chain, "honest", 5, seen, 3).contradicts).toBe("this device")
})

test("who has read little and writes after a gap raises no alarm", () => {
    const gap = interrupted(logged(["a"]))
    const { chain } = heardFrom(gap, "one", 5, { seq: 4, chain: LIE }, 3)
    const slow = { seq: 3, chain: bytesOf(logged(["a", "b", "c"]), 3) }
    expect(heardFrom(chain, "slow", 6, slow, 3).contradicts).toBe("nobody")
})

test("who misses entries and says so is not told to have gone back", async () => {
    const devices = new Devices()
    const [keeper, one, other] = await devices.circle(2)
    if (one === undefined || other === undefined) throw new Error("expected members")
    await one.room.say("before")
    await keeper.room.say("withheld")
    await other.room.sync()
    const last = devices.server.of(keeper.room.circle).seq
    devices.server.bend = (page, to) =>
        to !== "member 1"
            ? page
            : { ...page, entries: page.entries.filter(({ seq }) => seq !== last) }
    await keeper.room.say("given")
    await one.room.sync()
    expect(warned(one)).toEqual(["withheld"])
    await one.room.say("after")
    await keeper.room.sync()
    await other.room.sync()
    expect([warned(keeper), warned(other)]).toEqual([[], []])
})

function bytesOf(chain: EpochChain, seq: number): Uint8Array {
    const value = chain.values[seq - chain.from] ?? ""
    return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

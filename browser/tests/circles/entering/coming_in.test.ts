/** From an invitation to the welcome, with a browser that may close anywhere. */

import { beforeEach, describe, expect, test, vi } from "vitest"

import { clearLandings, ComingIn, ComingInError } from "../../../src/circles/entering/coming_in.js"
import { lookAtDoor } from "../../../src/circles/entering/door.js"
import type { LookedAt } from "../../../src/circles/entering/door.js"
import { isGenuine } from "../../../src/circles/entering/invitation.js"
import type { InvitationLink } from "../../../src/circles/entering/invitation.js"
import { DoorBusy, NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { Group } from "../../../src/circles/mls/group.js"
import { memberId } from "../../../src/circles/mls/leaf.js"
import { newMember } from "../../../src/circles/mls/own_member.js"
import { CLASSIC, POST_QUANTUM } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { CIRCLE, madeBatch, madeLink, NOW, settingsWith } from "./batches_for_tests.js"
import type { MadeBatch } from "./batches_for_tests.js"
import { DoorServer } from "./door_server.js"

const made = madeBatch()
const judging = { genuine: isGenuine, now: () => NOW }

/** A room with one member, known to the server, and everything at its door. */
class Room {
    constructor(
        public group: Group,
        readonly server: DoorServer,
    ) {}

    static async founded(
        server: DoorServer,
        suite: SuiteName = CLASSIC,
        batch: MadeBatch = made,
    ): Promise<Room> {
        const own = await newMember({
            suite,
            circle: CIRCLE,
            name: "Founder",
            invitation: null,
            now: NOW,
        })
        const me = hex(memberId(CIRCLE, own.keyPackage.leafNode.signaturePublicKey))
        const settings = { ...settingsWith(batch.batch), keepers: [me] }
        const room = new Room(await Group.create(own, settings, judging), server)
        await server.openBatch(CIRCLE, new Uint8Array(32), unhex(batch.batch.modulus))
        await room.known()
        return room
    }

    async known(): Promise<void> {
        this.server.doors.add(hex(await this.group.doorKey()))
    }

    async door(): Promise<LookedAt> {
        const { suite, settings, members } = this.group
        const door = { suite, circle: CIRCLE, batches: settings.batches, now: NOW }
        return lookAtDoor(this.server, await this.group.doorKey(), door, members)
    }

    /** Everybody who waits, one commit each. `heard`: whether the server has the commits. */
    async letIn(heard = true): Promise<void> {
        for (const { knock } of (await this.door()).good) {
            const { group, welcome } = await this.group.commit(
                { add: [knock.keyPackage] },
                new Uint8Array(0),
            )
            this.group = group
            if (heard) await this.known()
            if (welcome === null) throw new Error("a newcomer has a welcome")
            const { id, giverKey } = knock.landing
            await this.server.leaveWelcome(id, giverKey, welcome)
        }
    }
}

let server: DoorServer
let store: MemoryStore
beforeEach(() => {
    server = new DoorServer()
    store = new MemoryStore()
})

const at = (days: number): { now: () => Date } => ({
    now: () => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000),
})
const delivery = (): DoorServer => server
const begun = (link: InvitationLink, name = "Newcomer"): Promise<ComingIn> =>
    ComingIn.begin(store, link, name, NOW)

test.each([CLASSIC, POST_QUANTUM] as const)(
    "a newcomer of %s knocks, waits and comes in",
    async (suite) => {
        const room = await Room.founded(server, suite)
        const coming = await begun(await madeLink(made, suite))
        expect(coming.standing).toBe("begun")
        expect(await coming.carryOn(delivery())).toBe("waiting")
        expect(await coming.look(delivery(), at(0))).toBeNull()
        await room.letIn()
        const joined = await coming.look(delivery(), at(0))
        expect(joined?.group.safetyCode()).toEqual(room.group.safetyCode())
        expect(joined?.group.me.name).toBe("Newcomer")
        expect(joined?.policyChanged).toBe(false)
        await store.put(coming.rowsWhenInside())
        expect(await ComingIn.all(store)).toEqual([])
        await clearLandings(store, delivery())
        expect([server.landings.size, (await store.keys("")).length]).toEqual([0, 0])
    },
)

test("a browser that closes at any step goes on with the same keys and the same bytes", async () => {
    const room = await Room.founded(server)
    const [before] = [await begun(await madeLink(made))]
    const again = async (): Promise<ComingIn> => {
        const [found] = await ComingIn.all(store)
        if (found === undefined) throw new Error("expected that something was kept")
        expect([found.id, found.name]).toEqual([before.id, "Newcomer"])
        return found
    }
    server.lose.add("prepareLanding")
    await expect((await again()).carryOn(delivery())).rejects.toThrow(NetworkFailed)
    server.lose.add("comeIn")
    await expect((await again()).carryOn(delivery())).rejects.toThrow(NetworkFailed)
    expect(await (await again()).carryOn(delivery())).toBe("waiting")
    expect([server.landings.size, server.waiting.size]).toEqual([1, 1])
    await room.letIn()
    expect(await (await again()).look(delivery(), at(0))).not.toBeNull()
})

test("a knock that was dealt with before its answer came is waited for, not called stolen", async () => {
    const room = await Room.founded(server)
    const coming = await begun(await madeLink(made))
    server.lose.add("comeIn")
    await expect(coming.carryOn(delivery())).rejects.toThrow(NetworkFailed)
    await room.letIn()
    server.waiting.clear()
    server.spent.forEach((_, nonce) => server.spent.set(nonce, "a knock that is gone"))
    expect(await coming.carryOn(delivery())).toBe("waiting")
    expect(await coming.look(delivery(), at(0))).not.toBeNull()
})

test("a knock nobody answers ends after a week, and one that never was an invitation at once", async () => {
    await Room.founded(server)
    const coming = await begun(await madeLink(made))
    await coming.carryOn(delivery())
    expect(await coming.look(delivery(), at(7))).toBeNull()
    expect(coming.standing).toBe("waiting")
    expect(await coming.look(delivery(), at(8))).toBeNull()
    expect((await ComingIn.all(store))[0]?.standing).toBe("unanswered")
    await coming.giveUp()
    expect(await ComingIn.all(store)).toEqual([])
    const none = await begun(await madeLink(madeBatch()))
    expect(await none.carryOn(delivery())).toBe("no-invitation")
})

test("a full door keeps the invitation good", async () => {
    await Room.founded(server)
    const coming = await begun(await madeLink(made))
    vi.spyOn(server, "comeIn").mockRejectedValueOnce(new DoorBusy("as many as fit"))
    await expect(coming.carryOn(delivery())).rejects.toThrow(DoorBusy)
    expect(await coming.carryOn(delivery())).toBe("waiting")
})

test("nobody waits twice at one door, or at that of a room they are in", async () => {
    await Room.founded(server)
    await begun(await madeLink(made))
    await expect(begun(await madeLink(made))).rejects.toThrow(ComingInError)
    const inside = new MemoryStore()
    await inside.put(new Map([[`room/${hex(CIRCLE)}/place`, new Uint8Array(1)]]))
    const second = ComingIn.begin(inside, await madeLink(made), "Newcomer", NOW)
    await expect(second).rejects.toThrow(ComingInError)
})

describe("an invitation used twice", () => {
    test("lets the first one in; the second hears that somebody else used it", async () => {
        await Room.founded(server)
        const link = await madeLink(made)
        const first = await begun(link)
        const thief = await ComingIn.begin(new MemoryStore(), link, "Thief", NOW)
        expect(await first.carryOn(delivery())).toBe("waiting")
        expect(await thief.carryOn(delivery())).toBe("spent")
    })

    test("by a server that lets both through is seen inside, and one of them comes in", async () => {
        const room = await Room.founded(server)
        const link = await madeLink(made)
        await (await begun(link)).carryOn(delivery())
        server.spent.clear()
        await (await ComingIn.begin(new MemoryStore(), link, "Thief", NOW)).carryOn(delivery())
        const looked = await room.door()
        expect([looked.good.length, looked.bad.map(({ why }) => why)]).toEqual([1, ["twice"]])
        await room.letIn()
        expect((await room.door()).bad.map(({ why }) => why)).toEqual(["used", "used"])
        expect(room.group.members).toHaveLength(2)
    })
})

describe("a server that puts something of its own at the door", () => {
    test("is not believed: a knock that no batch signed, replayed, cut or of noise", async () => {
        const room = await Room.founded(server)
        const coming = await begun(await madeLink(made))
        await coming.carryOn(delivery())
        const [honest = new Uint8Array(0)] = server.waiting.values()
        // It knows a link of the batch, so it can seal; it cannot sign.
        const forged = await madeLink(made)
        const unsigned = { ...forged.invitation, signature: new Uint8Array(256).fill(3) }
        const another = new DoorServer()
        another.comeIn = (invited) => {
            server.waiting.set("f".repeat(16), invited.knock)
            return Promise.resolve()
        }
        const forging = { ...forged, invitation: unsigned }
        const forger = await ComingIn.begin(new MemoryStore(), forging, "Server", NOW)
        await forger.carryOn(another)
        server.waiting.set("a".repeat(16), honest)
        server.waiting.set("b".repeat(16), honest.slice(0, 8000))
        server.waiting.set("c".repeat(16), crypto.getRandomValues(new Uint8Array(8192)))
        const { good, bad } = await room.door()
        expect(good).toHaveLength(1)
        expect(bad.map(({ why }) => why).sort()).toEqual([
            "not-signed",
            "twice",
            "unreadable",
            "unreadable",
        ])
    })

    test("keeps whoever it names out of a knock's way: one that was looked at is not fetched again", async () => {
        const room = await Room.founded(server)
        await (await begun(await madeLink(made))).carryOn(delivery())
        const known = new Set(server.waiting.keys())
        const { suite, settings, members } = room.group
        const door = { suite, circle: CIRCLE, batches: settings.batches, now: NOW }
        const looked = await lookAtDoor(server, await room.group.doorKey(), door, members, known)
        expect(looked).toEqual({ good: [], bad: [] })
    })
})

describe("whoever stole the giver's key", () => {
    test("leaves welcomes that lead nowhere, and the right one is still found", async () => {
        const room = await Room.founded(server)
        const coming = await begun(await madeLink(made))
        await coming.carryOn(delivery())
        const [{ knock } = { knock: null }] = (await room.door()).good
        if (knock === null) throw new Error("expected a knock")
        const { id, giverKey } = knock.landing
        await server.leaveWelcome(id, giverKey, crypto.getRandomValues(new Uint8Array(500)))
        // A room of its own, under the same id and with the same batch, which the server never saw.
        const false_ = await Room.founded(new DoorServer())
        const made2 = await false_.group.commit({ add: [knock.keyPackage] }, new Uint8Array(0))
        await server.leaveWelcome(id, giverKey, made2.welcome ?? new Uint8Array(1))
        expect(await coming.look(delivery(), at(0))).toBeNull()
        await room.letIn()
        const joined = await coming.look(delivery(), at(0))
        expect(joined?.group.safetyCode()).toEqual(room.group.safetyCode())
    })

    test("can fill the landing, and the newcomer hears that it is of no use", async () => {
        const room = await Room.founded(server)
        const coming = await begun(await madeLink(made))
        await coming.carryOn(delivery())
        const [found] = (await room.door()).good
        if (found === undefined) throw new Error("expected a knock")
        const { id, giverKey } = found.knock.landing
        for (let n = 0; n < 8; n += 1) {
            await server.leaveWelcome(id, giverKey, Uint8Array.of(n))
        }
        expect(await coming.look(delivery(), at(0))).toBeNull()
        expect(coming.standing).toBe("stuffed")
    })
})

test("a link with other knock keys than the room announces opens no door", async () => {
    const room = await Room.founded(server)
    const link = await madeLink(made)
    const coming = await begun({ ...link, knock: (await madeLink(madeBatch())).knock })
    await coming.carryOn(delivery())
    expect((await room.door()).bad.map(({ why }) => why)).toEqual(["unreadable"])
    await room.letIn()
    expect(await coming.look(delivery(), at(0))).toBeNull()
})

test("what the server is shown has no name in it, and nothing that inside says who invited", async () => {
    const room = await Room.founded(server)
    const link = await madeLink(made)
    const coming = await begun(link, "A telling name")
    await coming.carryOn(delivery())
    await room.letIn()
    await coming.look(delivery(), at(0))
    const shown = server.shown.join(" ")
    const text = Buffer.from(shown.replace(/ /g, ""), "hex").toString("latin1")
    expect(text).not.toContain("A telling name")
    expect(shown).not.toContain(made.batch.knock_secret)
    expect(shown).not.toContain(hex(link.knock.linkKey))
    expect(shown).toContain(hex(link.invitation.nonce)) // as its message, once, to be spent
})

import { base64 } from "@scure/base"
import { describe, expect, test } from "vitest"

import {
    Burned,
    CircleFull,
    EpochOver,
    InvitationSpent,
    Misanswered,
    NetworkFailed,
    NoCircle,
    PIECE,
    Refused,
} from "../../../src/circles/delivery/delivery.js"
import { httpDelivery } from "../../../src/circles/delivery/http_delivery.js"
import { bytes, refused, told, WrittenNetwork } from "./network.js"
import type { Rule } from "./network.js"

const CIRCLE = bytes(16, 1)
const DOOR = bytes(32, 2)

function over(rule: Rule): { network: WrittenNetwork; delivery: ReturnType<typeof httpDelivery> } {
    const network = new WrittenNetwork(rule)
    return { network, delivery: httpDelivery(network) }
}

function entry(seq: number, changed: object = {}): object {
    const sealed = base64.encode(bytes(40))
    return { seq, epoch: 3, kind: "message", day: "2026-11-22", size: 40, sealed, ...changed }
}

function page(entries: readonly object[], changed: object = {}): object {
    return { epoch: 3, entries, more: false, ...changed }
}

describe("asking again", () => {
    test("the same bytes are sent again until they are answered, with growing pauses", async () => {
        const { network, delivery } = over((_, number) =>
            number < 3 ? null : told({ kept: "already here", seq: 9 }),
        )
        expect(await delivery.post(CIRCLE, DOOR, bytes(512))).toBe(9)
        expect(network.asked).toHaveLength(4)
        expect(new Set(network.asked.map(({ body }) => body.join()))).toHaveLength(1)
        for (const [at, least] of [700, 2000, 6000].entries()) {
            expect(network.pauses[at]).toBeGreaterThanOrEqual(least)
        }
        expect(network.asked[0]?.headers["Safelight-Key"]).toBe("02".repeat(32))
    })

    test("after some attempts the caller is told that it is not known to have arrived", async () => {
        const { network, delivery } = over(() => null)
        await expect(delivery.post(CIRCLE, DOOR, bytes(512))).rejects.toBeInstanceOf(NetworkFailed)
        expect(network.asked).toHaveLength(5)
    })

    test.each([
        ["epoch-over", 409, EpochOver],
        ["circle-full", 429, CircleFull],
        ["burned", 410, Burned],
        ["no-circle", 404, NoCircle],
        ["replayed", 409, Refused],
    ])("the server's own word %s is believed at once", async (problem, status, kind) => {
        const { network, delivery } = over(() => refused(problem, status))
        await expect(delivery.post(CIRCLE, DOOR, bytes(512))).rejects.toBeInstanceOf(kind)
        expect(network.asked).toHaveLength(1)
    })

    test("a proxy's refusal is no word of the server's: it is asked again", async () => {
        const { delivery } = over((_, number) =>
            number === 0
                ? new Response("<h1>blocked</h1>", { status: 404 })
                : told({ seq: 1 }, 201),
        )
        expect(await delivery.post(CIRCLE, DOOR, bytes(512))).toBe(1)
    })

    test("a captured line that answers 200 to everything is never believed", async () => {
        const { delivery } = over(() => new Response("<h1>welcome</h1>"))
        const asked = [
            delivery.post(CIRCLE, DOOR, bytes(512)),
            delivery.read(CIRCLE, DOOR, 0),
            delivery.burn(CIRCLE, DOOR),
            delivery.knocks(CIRCLE, DOOR),
            delivery.takeStash(CIRCLE, DOOR, DOOR),
        ]
        for (const one of asked) await expect(one).rejects.toBeInstanceOf(Misanswered)
    })

    test("a package is asked for once: a second asking would take a second one", async () => {
        const { network, delivery } = over(() => null)
        await expect(delivery.takePackage(CIRCLE, DOOR)).rejects.toBeInstanceOf(NetworkFailed)
        expect(network.asked).toHaveLength(1)
    })

    test.each([
        [0, false],
        [1, true],
    ])(
        "a spent invitation after %i lost answers is said to be perhaps ours",
        async (lost, ours) => {
            const { delivery } = over((_, number) =>
                number < lost ? null : refused("invitation-spent", 409),
            )
            const invited = {
                batch: CIRCLE,
                nonce: bytes(32),
                signature: bytes(256),
                knock: bytes(PIECE),
            }
            const failure: unknown = await delivery.comeIn(invited).catch((error: unknown) => error)
            expect(failure).toBeInstanceOf(InvitationSpent)
            expect((failure as InvitationSpent).perhapsByThis).toBe(ours)
        },
    )
})

describe("reading", () => {
    test("what a page holds is read in order, and large entries are fetched in pieces", async () => {
        const large = Uint8Array.from({ length: PIECE + 9 }, (_, at) => at % 251)
        const { network, delivery } = over(({ path }) => {
            const part = /\/entry\/5\/(\d)$/.exec(path)?.[1]
            if (part !== undefined) {
                return new Response(large.slice(Number(part) * PIECE, (Number(part) + 1) * PIECE))
            }
            const second = { kind: "commit", size: large.length, sealed: null }
            return told(page([entry(4), entry(5, second)], { epoch: null, more: true }))
        })
        const read = await delivery.read(CIRCLE, DOOR, 3)
        expect(read.epoch).toBeNull()
        expect(read.more).toBe(true)
        expect(read.entries.map(({ seq, kind }) => [seq, kind])).toEqual([
            [4, "message"],
            [5, "commit"],
        ])
        expect(read.entries.map(({ sealed }) => sealed)).toEqual([bytes(40), large])
        expect(network.asked[0]?.path).toBe(`/circle/${"01".repeat(16)}?after=3`)
    })

    test.each([
        ["a number that was read before", page([entry(3)])],
        ["numbers out of order", page([entry(5), entry(4)])],
        ["a number twice", page([entry(4), entry(4)])],
        ["a number that is none", page([entry(4.5)])],
        ["another length than announced", page([entry(4, { size: 41 })])],
        ["text that is no base64", page([entry(4, { sealed: "!".repeat(56) })])],
        ["a message longer than any", page([entry(4, { size: PIECE + 1, sealed: null })])],
        ["an unknown kind", page([entry(4, { kind: "note" })])],
        ["an epoch that is none", page([], { epoch: -1 })],
        ["no word on whether there is more", page([], { more: 1 })],
        ["more entries than fit", page(Array.from({ length: 101 }, (_, at) => entry(at + 4)))],
        ["no list", { epoch: 3, more: false }],
    ])("%s is no answer", async (_, answer) => {
        const { delivery } = over(() => told(answer))
        await expect(delivery.read(CIRCLE, DOOR, 3)).rejects.toBeInstanceOf(Misanswered)
    })

    test("an answer without end is cut off", async () => {
        const { network, delivery } = over(() => {
            const endless = new ReadableStream({
                pull(controller) {
                    controller.enqueue(bytes(PIECE))
                },
            })
            return new Response(endless)
        })
        await expect(delivery.read(CIRCLE, DOOR, 0)).rejects.toBeInstanceOf(NetworkFailed)
        expect(network.asked).toHaveLength(5)
    })

    test("a batch under another key's name is no batch", async () => {
        const modulus = "ab".repeat(256)
        const batch = { batch: "00".repeat(16), size: 8, redeemed: 0, ends: "2026-11-29", modulus }
        const { delivery } = over(() => told({ batches: [batch] }))
        await expect(delivery.batches(CIRCLE, DOOR)).rejects.toBeInstanceOf(Misanswered)
    })
})

describe("sending in pieces", () => {
    const outgoing = { doorKey: DOOR, epoch: 3, nextDoorHash: bytes(32, 9) }

    test("what fits goes whole, what is longer in pieces that the end names", async () => {
        const { network, delivery } = over((_, number) =>
            number === 1 ? refused("pieces-missing", 409) : told({ kept: "new", seq: 7 }, 201),
        )
        expect(await delivery.commit(CIRCLE, { ...outgoing, sealed: bytes(PIECE) })).toBe(7)
        expect(network.asked.map(({ path }) => path.split("/")[3])).toEqual(["commit"])
        const keeper = { key: bytes(32, 5), nextHash: bytes(32, 6) }
        const sealed = bytes(2 * PIECE + 5)
        expect(await delivery.commit(CIRCLE, { ...outgoing, sealed, keeper })).toBe(7)
        const pieces = network.asked.slice(2, -1)
        expect(pieces.map(({ body }) => body.length).sort()).toEqual([5, PIECE, PIECE].sort())
        for (const { headers } of pieces) {
            expect(headers["Safelight-Size"]).toBe(String(sealed.length))
            expect(headers["Safelight-Keeper-Key"]).toBe("05".repeat(32))
        }
        const end = network.asked.at(-1)
        expect(end?.body).toHaveLength(0)
        expect(pieces[0]?.path).toContain(end?.headers["Safelight-Digest"])
        expect(end?.headers["Safelight-Keeper"]).toBe("06".repeat(32))
    })

    test("pieces that the server has lost are sent again, a few times", async () => {
        let ends = 0
        const { network, delivery } = over(({ path }) => {
            if (!path.endsWith("/commit")) return told({ kept: "new" }, 201)
            ends += 1
            return ends < 4 ? refused("pieces-missing", 409) : told({ seq: 2 }, 201)
        })
        const sealed = bytes(PIECE + 1)
        expect(await delivery.commit(CIRCLE, { ...outgoing, sealed })).toBe(2)
        expect(network.asked).toHaveLength(4 + 3 * 2)
        ends = -10
        const failing = delivery.commit(CIRCLE, { ...outgoing, sealed })
        await expect(failing).rejects.toMatchObject({ problem: "pieces-missing" })
    })

    test("a commit that had arrived is known by its digest, and no piece is sent again", async () => {
        const { network, delivery } = over(() => told({ kept: "already here", seq: 2 }))
        const sealed = bytes(3 * PIECE)
        expect(await delivery.commit(CIRCLE, { ...outgoing, sealed })).toBe(2)
        expect(network.asked).toHaveLength(1)
    })

    test("what is longer than any commit is not sent at all", async () => {
        const { network, delivery } = over(() => told({ seq: 1 }, 201))
        const failing = delivery.commit(CIRCLE, { ...outgoing, sealed: bytes(96 * 1024 + 1) })
        await expect(failing).rejects.toBeInstanceOf(RangeError)
        expect(network.asked).toHaveLength(0)
    })

    test("a stash that comes back changed is refused", async () => {
        const { delivery } = over(({ method }) =>
            method === "POST"
                ? told({ size: 40, sha256: "00".repeat(32) })
                : new Response(bytes(40).slice()),
        )
        await expect(delivery.takeStash(CIRCLE, DOOR, DOOR)).rejects.toBeInstanceOf(Misanswered)
    })
})

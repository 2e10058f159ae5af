/** Moving by words: nothing is lost and no two copies act, whatever interrupts it. */

import { describe, expect, test } from "vitest"

import { Arriving, dropArrived, renewKey } from "../../../src/circles/entering/arriving.js"
import { randomBytes } from "../../../src/circles/entering/big_numbers.js"
import { carriedRows, uncarriedRows } from "../../../src/circles/entering/carried.js"
import { Leaving } from "../../../src/circles/entering/leaving.js"
import {
    movingKeys,
    movingWords,
    MovingWordsError,
    newMovingSecret,
    parsedMovingWords,
} from "../../../src/circles/entering/moving_words.js"
import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import type { StashDelivery } from "../../../src/circles/delivery/delivery.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { wordLists } from "../../support/word_lists.js"
import { NOW } from "./batches_for_tests.js"
import { acts, circleOf, oldDevice, ROOM } from "./moving_devices.js"
import { StashServer } from "./stash_server.js"

const LISTS = wordLists()
const never = (): boolean => false
const text = (of: string): Uint8Array => new TextEncoder().encode(of)

describe("the words", () => {
    test("lead back to what they stand for, in both languages and however they are typed", () => {
        for (const list of [LISTS.en, LISTS.ru]) {
            for (let i = 0; i < 20; i += 1) {
                const secret = newMovingSecret()
                const words = movingWords(secret, list)
                expect(words).toHaveLength(9)
                expect(hex(parsedMovingWords(words.join(" "), LISTS))).toBe(hex(secret))
                const typed = words.map((word) => word.toUpperCase().slice(0, 4)).join(", ")
                expect(hex(parsedMovingWords(typed, LISTS))).toBe(hex(secret))
            }
        }
    })

    test("with a slip are told from nine others, seldom by chance", () => {
        const words = movingWords(new Uint8Array(11).fill(7), LISTS.en)
        const problem = (typed: readonly string[]): string => {
            try {
                parsedMovingWords(typed.join(" "), LISTS)
                return "taken"
            } catch (error) {
                if (error instanceof MovingWordsError) return error.problem
                throw error
            }
        }
        expect(problem(words)).toBe("taken")
        expect(problem(words.slice(1))).toBe("count")
        expect(problem([])).toBe("count")
        expect(problem(["x".repeat(5000)])).toBe("count")
        expect(problem(["qqqq", ...words.slice(1)])).toBe("word")
        const others = Array.from({ length: 2048 }, (_, n) => LISTS.en.word(n))
        const found = others.map((word) => problem([word, ...words.slice(1)]))
        // The right one, and one of 2,048 others by chance.
        expect(found.filter((one) => one === "taken").length).toBeLessThanOrEqual(6)
    })

    test("give keys that have nothing in common with those of other words", async () => {
        const one = await movingKeys(new Uint8Array(11))
        const other = await movingKeys(new Uint8Array(11).fill(1))
        expect(await movingKeys(new Uint8Array(11))).toEqual(one)
        const all = [one, other].flatMap(({ id, key, sealing }) => [
            hex(id),
            hex(key),
            hex(sealing),
        ])
        expect(new Set(all).size).toBe(6)
        expect([one.id.length, one.key.length, one.sealing.length]).toEqual([16, 32, 32])
    })
})

describe("what is carried", () => {
    test("has one of four lengths, and is the same bytes each time", async () => {
        const store = await oldDevice()
        const key = randomBytes(32)
        const { sealed } = await carriedRows(store, key, never)
        expect(sealed).toHaveLength(64 * 1024)
        expect((await carriedRows(store, key, never)).sealed).toEqual(sealed)
        await store.put(new Map([["room/x", new Uint8Array(300_000)]]))
        const more = await carriedRows(store, key, never)
        expect(more.sealed).toHaveLength(1024 * 1024)
        expect(more.sealed.subarray(0, 24)).not.toEqual(sealed.subarray(0, 24))
    })

    test("is every row but those of this device alone", async () => {
        const key = randomBytes(32)
        const { sealed } = await carriedRows(await oldDevice(), key, never)
        expect([...uncarriedRows(sealed, key).keys()].sort()).toEqual([
            "room/00112233445566778899aabbccddeeff/shown/1",
            ROOM,
        ])
    })

    test("leaves pictures out where not all fits, and refuses what may not be left out", async () => {
        const store = await oldDevice()
        for (let n = 0; n < 5; n += 1) {
            await store.put(new Map([[`picture/${String(n)}`, new Uint8Array(500_000 + n)]]))
        }
        const key = randomBytes(32)
        const { sealed, leftOut } = await carriedRows(store, key, (one) =>
            one.startsWith("picture"),
        )
        expect([sealed.length, leftOut]).toEqual([2 * 1024 * 1024, 1])
        expect(uncarriedRows(sealed, key).has("picture/4")).toBe(false)
        expect(uncarriedRows(sealed, key).has(ROOM)).toBe(true)
        await expect(carriedRows(store, key, never)).rejects.toThrow(/fits into 2 MiB/)
    })

    test("opens under no other words, and not when it was changed or cut", async () => {
        const key = randomBytes(32)
        const { sealed } = await carriedRows(await oldDevice(), key, never)
        expect(() => uncarriedRows(sealed, randomBytes(32))).toThrow(/these words open/)
        const changed = sealed.slice()
        changed[1000] = (changed[1000] ?? 0) ^ 1
        for (const wrong of [
            changed,
            sealed.slice(0, -1),
            new Uint8Array(0),
            randomBytes(60_000),
        ]) {
            expect(() => uncarriedRows(wrong, key)).toThrow(/rooms that moved/)
        }
    })
})

test("a device that moves out freezes, sends and forgets; the other one has it all, and renews first", async () => {
    const [server, old, next] = [new StashServer(), await oldDevice(), new MemoryStore()]
    const leaving = Leaving.prepare(old, NOW)
    expect(await acts(old)).toBe(true)
    const words = leaving.words(LISTS.ru).join(" ")
    await leaving.send(server, never)
    expect(await old.keys("")).toEqual([])
    const arriving = await Arriving.begin(next, parsedMovingWords(words, LISTS))
    expect(await arriving.take(server, circleOf)).toBe("arrived")
    expect(new TextDecoder().decode(await next.get(ROOM))).toBe("a ratchet")
    const renew = renewKey(unhex("00112233445566778899aabbccddeeff"))
    expect(await next.get(renew)).toBeDefined()
    expect(await Arriving.begun(next)).toBeNull()
    await dropArrived(next, server)
    expect([server.lying.size, server.taken.size]).toEqual([0, 0])
    expect((await next.keys("moving/")).length).toBe(0)
    // The words lead nowhere any more.
    const third = await Arriving.begin(new MemoryStore(), parsedMovingWords(words, LISTS))
    expect(await third.take(server, circleOf)).toBe("nothing")
})

test("while it moves, the old device takes no change from anybody, and says why", async () => {
    const old = await oldDevice()
    const server = new StashServer()
    const cut = { ...bound(server), stash: () => Promise.reject(new NetworkFailed("cut")) }
    await expect(Leaving.prepare(old, NOW).send(cut, never)).rejects.toThrow(NetworkFailed)
    expect(await acts(old)).toBe(false)
    const change = old.put(new Map([[ROOM, text("newer")]]))
    await expect(change).rejects.toEqual(expect.objectContaining({ problem: "moving" }))
    const again = await Leaving.begun(old)
    expect(await again?.takeBack(server, never)).toBe("stays")
    await old.put(new Map([[ROOM, text("newer")]]))
    expect(await acts(old)).toBe(true)
})

test("taken back, the rooms are nobody else's; taken by another, they are not taken back", async () => {
    const [server, old] = [new StashServer(), await oldDevice()]
    const stuck = { ...bound(server), stash: lost(server.stash.bind(server)) }
    const leaving = Leaving.prepare(old, NOW)
    const words = parsedMovingWords(leaving.words(LISTS.en).join(" "), LISTS)
    await expect(leaving.send(stuck, never)).rejects.toThrow(NetworkFailed)
    expect(await leaving.takeBack(server, never)).toBe("stays")
    const late = await Arriving.begin(new MemoryStore(), words)
    expect(await late.take(server, circleOf)).toBe("nothing")
    // Once more, and this time the other device is there first.
    const second = Leaving.prepare(old, NOW)
    const others = parsedMovingWords(second.words(LISTS.en).join(" "), LISTS)
    await expect(second.send(stuck, never)).rejects.toThrow(NetworkFailed)
    const next = new MemoryStore()
    expect(await (await Arriving.begin(next, others)).take(server, circleOf)).toBe("arrived")
    expect(await second.takeBack(server, never)).toBe("moved")
    expect([await acts(old), await acts(next)]).toEqual([false, true])
})

test("a device with rooms of its own takes in no others", async () => {
    await expect(Arriving.begin(await oldDevice(), newMovingSecret())).rejects.toThrow(
        /without rooms/,
    )
})

test("after the server's days are over the person decides, and not the program", async () => {
    const old = await oldDevice()
    const cut = {
        ...bound(new StashServer()),
        stash: () => Promise.reject(new NetworkFailed("cut")),
    }
    const leaving = Leaving.prepare(old, NOW)
    await expect(leaving.send(cut, never)).rejects.toThrow(NetworkFailed)
    const days = (n: number): Date => new Date(NOW.getTime() + n * 24 * 60 * 60 * 1000)
    expect([leaving.isLate(days(3)), leaving.isLate(days(4))]).toEqual([false, true])
    await leaving.stay()
    expect(await acts(old)).toBe(true)
})

function bound(server: StashServer): StashDelivery {
    return {
        stash: (...of) => server.stash(...of),
        takeStash: (...of) => server.takeStash(...of),
        dropStash: (...of) => server.dropStash(...of),
    }
}

/** It takes effect, and nobody hears of it. */
function lost<Args extends unknown[]>(
    act: (...of: Args) => Promise<void>,
): (...of: Args) => Promise<void> {
    return async (...of) => {
        await act(...of)
        throw new NetworkFailed("expected an answer, got none")
    }
}

/** What somebody can do who has the device, its disk, another tab or the browser's buttons. */

import { beforeEach, describe, expect, test, vi } from "vitest"

import type { SealedStore } from "../../../src/circles/keeping/sealed_store.js"
import { MOVING_OUT } from "../../../src/circles/keeping/store.js"
import {
    createStore,
    setWipingPassphrase,
    unlockStore,
    whatIsHere,
} from "../../../src/circles/keeping/unlocking.js"
import type * as Slow from "../../../src/circles/keeping/scrypt.js"
import { bytes, CHEAP, meddle, newDevice, OTHER, PASSPHRASE, rowsOf, text } from "./devices.js"

// What scrypt costs is tested in passphrase.test.ts; here it is called some hundred times.
vi.mock("../../../src/circles/keeping/scrypt.js", async (original) => {
    const real: { readonly scrypt: typeof Slow.scrypt } = await original()
    const cheap: typeof Slow.scrypt = (secret, salt, of) =>
        real.scrypt(secret, salt, { ...of, cost: 4 })
    return { ...real, scrypt: cheap }
})

let device: IDBFactory
beforeEach(() => {
    device = newDevice()
})

const problem = (name: string): object => expect.objectContaining({ problem: name }) as object
const put = (store: SealedStore, key: string, value: string): Promise<void> =>
    store.put(new Map([[key, bytes(value)]]))

describe("two tabs", () => {
    test("never write on top of each other: the one opened later has it, the other is told", async () => {
        const first = await createStore(PASSPHRASE, CHEAP)
        await put(first, "state", "one")
        expect(await first.stillHeld()).toBe(true)
        const second = await unlockStore(PASSPHRASE)
        expect(await first.stillHeld()).toBe(false)
        await expect(put(first, "state", "stale")).rejects.toEqual(problem("taken-over"))
        await expect(first.get("state")).rejects.toEqual(problem("taken-over"))
        await expect(first.keys("")).rejects.toEqual(problem("taken-over"))
        expect(text(await second.get("state"))).toBe("one")
        await put(second, "state", "two")
        expect(text(await (await unlockStore(PASSPHRASE)).get("state"))).toBe("two")
    })

    test("are not what a window's own writes look like to its own looks", async () => {
        const store = await createStore(PASSPHRASE, CHEAP)
        for (const value of ["one", "two", "three"]) {
            const [, keys, held] = await Promise.all([
                put(store, "state", value),
                store.keys(""),
                store.stillHeld(),
            ])
            expect(keys).toEqual(["state"])
            expect(held).toBe(true)
        }
    })

    test("that write in the same moment leave one whole state, and only one of them goes on", async () => {
        const first = await createStore(PASSPHRASE, CHEAP)
        await put(first, "state", "old")
        const [taking, writing] = await Promise.allSettled([
            unlockStore(PASSPHRASE),
            first.put(
                new Map([
                    ["state", bytes("new")],
                    ["beside", bytes("new")],
                ]),
            ),
        ])
        if (taking.status === "rejected") throw new Error("expected a second tab")
        const second = taking.value
        const wanted = writing.status === "fulfilled" ? "new" : "old"
        expect(text(await second.get("state"))).toBe(wanted)
        expect(text(await second.get("beside"))).toBe(wanted === "new" ? "new" : undefined)
        await expect(put(first, "state", "again")).rejects.toEqual(problem("taken-over"))
    })

    test("of which one changes its mind about moving keep the freeze", async () => {
        const first = await createStore(PASSPHRASE, CHEAP)
        await put(first, "room/1", "one")
        await put(first, MOVING_OUT, "moving")
        const second = await unlockStore(PASSPHRASE)
        await expect(put(second, "room/1", "two")).rejects.toEqual(problem("moving"))
        await second.put(
            new Map([
                [MOVING_OUT, null],
                ["room/1", bytes("two")],
            ]),
        )
        expect(text(await second.get("room/1"))).toBe("two")
    })
})

describe("storage cleared under way", () => {
    test("is told as such at the next step, and nothing is written into the void", async () => {
        const store = await createStore(PASSPHRASE, CHEAP)
        await put(store, "state", "one")
        const all = new Map([...(await rowsOf(device)).keys()].map((where) => [where, null]))
        await meddle(device, all)
        await expect(put(store, "state", "two")).rejects.toEqual(problem("gone"))
        await expect(store.get("state")).rejects.toEqual(problem("gone"))
        expect((await rowsOf(device)).size).toBe(0)
        expect(await whatIsHere()).toBe("nothing")
    })

    test("with the database deleted by the browser is the same", async () => {
        const store = await createStore(PASSPHRASE, CHEAP)
        await new Promise((resolve) => {
            device.deleteDatabase("data").onsuccess = resolve
        })
        await expect(put(store, "state", "two")).rejects.toEqual(problem("gone"))
        await expect(unlockStore(PASSPHRASE)).rejects.toEqual(problem("passphrase"))
    })
})

describe("somebody with the disk", () => {
    async function filled(): Promise<SealedStore> {
        const store = await createStore(PASSPHRASE, CHEAP)
        await put(store, "state", "generation 1")
        await put(store, "other", "x")
        return store
    }
    const refused = async (rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> => {
        const before = await rowsOf(device)
        await meddle(device, rows)
        const opened = unlockStore(PASSPHRASE).then((store) => store.get("state"))
        await expect(opened).rejects.toEqual(problem("passphrase"))
        await meddle(device, before)
        expect(text(await (await unlockStore(PASSPHRASE)).get("state"))).toBe("generation 2")
    }

    test("cannot put an older value back: a ratchet that went on does not begin again", async () => {
        const store = await filled()
        const old = await rowsOf(device)
        await put(store, "state", "generation 2")
        const now = await rowsOf(device)
        const changed = [...old].filter(([where, value]) => now.get(where)?.join() !== value.join())
        // The value alone, name and value, and the head alone, each beside what is there now.
        for (const table of [["v/"], ["n/", "v/"], ["a/"]]) {
            const some = changed.filter(([where]) => table.some((one) => where.startsWith(one)))
            expect(some.length).toBeGreaterThan(0)
            await refused(new Map(some))
        }
    })

    test("cannot change a byte, take a row away, or put one in the place of another", async () => {
        const store = await filled()
        await put(store, "state", "generation 2")
        const rows = await rowsOf(device)
        for (const [where, value] of rows) {
            const wrong = value.slice()
            wrong[value.length >> 1] = (wrong[value.length >> 1] ?? 0) ^ 1
            // Half of the lock is a slot of nobody's, which may hold any bytes; its salt may not.
            if (where === "a/1") wrong[5] = (wrong[5] ?? 0) ^ 1
            if (where.startsWith("v/")) continue
            await refused(new Map([[where, wrong]]))
            await refused(new Map([[where, null]]))
        }
        const names = [...rows.keys()].filter((where) => where.startsWith("n/"))
        const [one = "", other = ""] = names
        await refused(
            new Map([
                [one, rows.get(other) ?? null],
                [other, rows.get(one) ?? null],
            ]),
        )
    })

    test("cannot make a guess cheaper by writing another cost into the lock", async () => {
        await put(await filled(), "state", "generation 2")
        const lock = (await rowsOf(device)).get("a/1")
        for (const cost of [1, 12, 14, 30, 255]) {
            const wrong = lock?.slice() ?? new Uint8Array(0)
            wrong[1] = cost
            await refused(new Map([["a/1", wrong]]))
        }
    })

    test("can put all of an older day back together: that is not noticed, and said so", async () => {
        const store = await filled()
        const old = await rowsOf(device)
        await put(store, "state", "generation 2")
        await meddle(device, old)
        expect(text(await (await unlockStore(PASSPHRASE)).get("state"))).toBe("generation 1")
    })

    test("hears the same for a wrong passphrase and for damage", async () => {
        await put(await filled(), "state", "generation 2")
        const wrong = await unlockStore(OTHER).catch((error: unknown) => String(error))
        const lock = (await rowsOf(device)).get("a/1")?.slice() ?? new Uint8Array(0)
        lock[30] = (lock[30] ?? 0) ^ 1
        lock[120] = (lock[120] ?? 0) ^ 1
        await meddle(device, new Map([["a/1", lock]]))
        const damaged = await unlockStore(PASSPHRASE).catch((error: unknown) => String(error))
        expect(damaged).toBe(wrong)
    })

    test("cannot see whether there is a wiping passphrase, or which of two slots opens", async () => {
        const slotsIn = async (): Promise<readonly string[]> => {
            const lock = (await rowsOf(device)).get("a/1") ?? new Uint8Array(0)
            expect(lock).toHaveLength(2 + 16 + 2 * 73)
            return [lock.subarray(18, 91).join(), lock.subarray(91).join()]
        }
        const places = new Set<number>()
        const store = await createStore(PASSPHRASE, CHEAP)
        for (let n = 0; n < 50; n += 1) {
            const before = await slotsIn()
            await setWipingPassphrase(store, PASSPHRASE, n % 2 === 0 ? OTHER : null)
            // The slot that opens is the one that stayed.
            places.add((await slotsIn()).findIndex((slot) => before.includes(slot)))
        }
        expect([...places].sort()).toEqual([0, 1])
    })
})

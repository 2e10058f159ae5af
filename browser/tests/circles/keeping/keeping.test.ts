/** Kept under a passphrase: `src/circles/keeping`. */

import { IDBObjectStore as FDBObjectStore } from "fake-indexeddb"
import { beforeEach, describe, expect, test, vi } from "vitest"

import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import type { SealedStore } from "../../../src/circles/keeping/sealed_store.js"
import type { Store } from "../../../src/circles/keeping/store.js"
import {
    changePassphrase,
    createStore,
    setWipingPassphrase,
    unlockStore,
    whatIsHere,
    wipeEverything,
} from "../../../src/circles/keeping/unlocking.js"
import type * as Slow from "../../../src/circles/keeping/scrypt.js"
import {
    bytes,
    CHEAP,
    meddle,
    newDevice,
    onTheDisk,
    OTHER,
    PASSPHRASE,
    rowsOf,
    text,
    useDevice,
} from "./devices.js"

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

const put = (store: Store, rows: Record<string, string | null>): Promise<void> =>
    store.put(
        new Map(
            Object.entries(rows).map(([key, value]) => [key, value === null ? null : bytes(value)]),
        ),
    )
const problem = (name: string): object => expect.objectContaining({ problem: name }) as object

describe.each([
    ["in memory", () => Promise.resolve<Store>(new MemoryStore())],
    ["sealed", () => createStore(PASSPHRASE, CHEAP) as Promise<Store>],
])("every store, %s", (_, made) => {
    test("gives back what was put, and nothing else", async () => {
        const store = await made()
        expect(await store.get("room/1")).toBeUndefined()
        await put(store, { "room/1": "one", "room/2": "", other: "x".repeat(5000) })
        expect(text(await store.get("room/1"))).toBe("one")
        expect(text(await store.get("room/2"))).toBe("")
        expect(text(await store.get("other"))).toHaveLength(5000)
        expect(await store.keys("room/")).toEqual(["room/1", "room/2"])
        await put(store, { "room/1": null, "room/2": "two" })
        expect(await store.get("room/1")).toBeUndefined()
        expect(await store.keys("")).toEqual(["other", "room/2"])
        await store.wipe()
    })

    test("keeps its own copy of a value", async () => {
        const store = await made()
        const value = bytes("mine")
        await store.put(new Map([["key", value]]))
        value.fill(0)
        ;(await store.get("key"))?.fill(1)
        expect(text(await store.get("key"))).toBe("mine")
    })

    test("takes all rows or none", async () => {
        const store = await made()
        await put(store, { good: "before" })
        await expect(put(store, { good: "after", "bad key": "x" })).rejects.toEqual(
            problem("too-large"),
        )
        expect(text(await store.get("good"))).toBe("before")
        await expect(put(store, { ["k".repeat(95)]: "x" })).rejects.toEqual(problem("too-large"))
    })
})

test("what was kept opens again with the passphrase, however it is typed, and with no other", async () => {
    expect(await whatIsHere()).toBe("nothing")
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { "room/1": "words" })
    store.lock()
    expect(await whatIsHere()).toBe("kept")
    await expect(unlockStore(OTHER)).rejects.toEqual(problem("passphrase"))
    const again = await unlockStore(`  ${PASSPHRASE.toUpperCase().replace(/ /g, "  ")} `)
    expect(text(await again.get("room/1"))).toBe("words")
})

test("a passphrase that could be guessed is refused before anything is written", async () => {
    for (const weak of ["", "short", "aaaaaaaaaaaaaaaa", "1 2 3 4 5"]) {
        await expect(createStore(weak, CHEAP)).rejects.toEqual(problem("weak"))
    }
    expect(await whatIsHere()).toBe("nothing")
})

test("a second store does not write over the first", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { kept: "yes" })
    await expect(createStore(OTHER, CHEAP)).rejects.toEqual(problem("exists"))
    expect(text(await (await unlockStore(PASSPHRASE)).get("kept"))).toBe("yes")
})

test("on the disk stand no name, no value and no length", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { "room/anime": "a secret sentence", short: "1", longer: "1".repeat(400) })
    const disk = await onTheDisk(device)
    for (const secret of ["anime", "room", "secret", "short", PASSPHRASE, "copper"]) {
        expect(disk).not.toContain(secret)
    }
    const lengths = [...(await rowsOf(device))]
        .filter(([where]) => where.startsWith("v/"))
        .map(([, value]) => value.length)
    expect(new Set(lengths)).toEqual(new Set([512 + 40]))
    const names = [...(await rowsOf(device))].filter(([where]) => where.startsWith("n/"))
    expect(new Set(names.map(([, value]) => value.length)).size).toBe(1)
})

test("a locked store gives nothing, and what was being written is whole or not there", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { state: "old" })
    const writing = put(store, { state: "new", more: "rows" })
    const next = put(store, { state: "newer" })
    store.lock()
    await Promise.allSettled([writing, next])
    expect(store.isLocked).toBe(true)
    await expect(store.get("state")).rejects.toEqual(problem("locked"))
    await expect(put(store, { state: "later" })).rejects.toEqual(problem("locked"))
    const again = await unlockStore(PASSPHRASE)
    const found = [text(await again.get("state")), text(await again.get("more"))]
    expect([
        ["old", undefined],
        ["new", "rows"],
        ["newer", "rows"],
    ]).toContainEqual(found)
})

test("many writes at once end in the order in which they were asked for", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
            put(store, { last: String(n), [`n${String(n)}`]: "" }),
        ),
    )
    expect(text(await store.get("last"))).toBe("19")
    expect(await store.keys("n")).toHaveLength(20)
})

test("another passphrase opens the same, the old one nothing any more", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { "room/1": "one", "room/2": "two" })
    const before = await rowsOf(device)
    await expect(changePassphrase(store, OTHER, OTHER)).rejects.toEqual(problem("passphrase"))
    await changePassphrase(store, PASSPHRASE, OTHER)
    await put(store, { "room/3": "three" })
    await expect(unlockStore(PASSPHRASE)).rejects.toEqual(problem("passphrase"))
    const again = await unlockStore(OTHER)
    expect(await again.keys("room/")).toEqual(["room/1", "room/2", "room/3"])
    expect(text(await again.get("room/2"))).toBe("two")
    // Nothing of before is there, and an old lock beside the new rows opens nothing.
    const after = await rowsOf(device)
    for (const [where, value] of before) {
        if (where.startsWith("a/")) continue
        expect([...after.keys()]).not.toContain(where)
        expect(value).not.toEqual(after.get(where))
    }
    await meddle(device, new Map([["a/1", before.get("a/1") ?? null]]))
    await expect(unlockStore(PASSPHRASE)).rejects.toEqual(problem("passphrase"))
})

test("deleting leaves nothing, also with another window open", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { "room/1": "one" })
    const other = await unlockStore(PASSPHRASE)
    await other.wipe()
    expect(await whatIsHere()).toBe("nothing")
    expect(await onTheDisk(device)).toBe("")
    await expect(store.get("room/1")).rejects.toEqual(problem("gone"))
    await createStore(PASSPHRASE, CHEAP)
    await wipeEverything()
    expect(await onTheDisk(device)).toBe("")
})

test("the wiping passphrase deletes everything and opens an empty store, then and later", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await put(store, { "room/1": "one" })
    await expect(setWipingPassphrase(store, OTHER, OTHER)).rejects.toEqual(problem("passphrase"))
    await expect(setWipingPassphrase(store, PASSPHRASE, PASSPHRASE)).rejects.toEqual(
        problem("weak"),
    )
    const lock = (await rowsOf(device)).get("a/1")
    await setWipingPassphrase(store, PASSPHRASE, OTHER)
    // Whether there is a second passphrase does not show.
    expect((await rowsOf(device)).get("a/1")).toHaveLength(lock?.length ?? 0)
    store.lock()
    expect(text(await (await unlockStore(PASSPHRASE)).get("room/1"))).toBe("one")
    const empty = await unlockStore(OTHER)
    expect(await empty.keys("")).toEqual([])
    await put(empty, { fresh: "start" })
    empty.lock()
    await expect(unlockStore(PASSPHRASE)).rejects.toEqual(problem("passphrase"))
    expect(await (await unlockStore(OTHER)).keys("")).toEqual(["fresh"])
})

test("taken back, the wiping passphrase is a wrong one", async () => {
    const store = await createStore(PASSPHRASE, CHEAP)
    await setWipingPassphrase(store, PASSPHRASE, OTHER)
    await setWipingPassphrase(store, PASSPHRASE, null)
    await expect(unlockStore(OTHER)).rejects.toEqual(problem("passphrase"))
    await unlockStore(PASSPHRASE)
})

test("a window that keeps nothing says so", async () => {
    useDevice(undefined)
    expect(await whatIsHere()).toBe("unavailable")
    await expect(createStore(PASSPHRASE, CHEAP)).rejects.toEqual(problem("unavailable"))
    const refusing = {
        open: () => {
            throw new DOMException("The operation is insecure.", "SecurityError")
        },
    }
    useDevice(refusing as unknown as IDBFactory)
    expect(await whatIsHere()).toBe("unavailable")
    await expect(unlockStore(PASSPHRASE)).rejects.toEqual(problem("unavailable"))
})

test("no more room changes nothing and can be told from everything else", async () => {
    const store: SealedStore = await createStore(PASSPHRASE, CHEAP)
    await put(store, { state: "old" })
    const full = vi.spyOn(FDBObjectStore.prototype, "put").mockImplementation(function (
        this: IDBObjectStore,
    ): never {
        throw new DOMException("no room", "QuotaExceededError")
    })
    await expect(put(store, { state: "new" })).rejects.toEqual(problem("full"))
    full.mockRestore()
    expect(text(await store.get("state"))).toBe("old")
})

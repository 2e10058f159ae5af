import { expect, test } from "vitest"

import { drawnId } from "../../../src/circles/keepers/boxed.js"
import {
    ReseedError,
    burnedReseed,
    continuedReseed,
    plannedReseed,
    readReseed,
} from "../../../src/circles/keepers/reseed.js"
import type { ReseedActs } from "../../../src/circles/keepers/reseed.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import type { Store } from "../../../src/circles/keeping/store.js"

const [OLD, FRESH] = [drawnId(), drawnId()]
const TRUSTED = [drawnId(), drawnId(), drawnId()]

class Cut extends Error {}

/** What the world has seen, and a line that is cut before or after one of its steps. */
class World implements ReseedActs {
    readonly founded = new Set<string>()
    readonly mail = new Map<string, { member: string; invitation: string }>()
    readonly burned = new Set<string>()
    readonly forgotten = new Set<string>()
    made = 0
    steps = 0

    constructor(
        private readonly cutAt: number,
        private readonly when: "before" | "after",
    ) {}

    async #step<T>(effect: () => T): Promise<T> {
        this.steps += 1
        const cut = this.steps === this.cutAt
        if (cut && this.when === "before") throw new Cut("cut before")
        const result = effect()
        await Promise.resolve()
        if (cut) throw new Cut("cut after")
        return result
    }

    found(fresh: string): Promise<string> {
        return this.#step(() => {
            this.founded.add(fresh)
            return fresh
        })
    }

    invitation(): Promise<string> {
        return this.#step(() => {
            this.made += 1
            return `invitation ${String(this.made)}`
        })
    }

    send(_old: string, member: string, message: string, invitation: string): Promise<void> {
        // Fire comes last.
        expect(this.burned.size).toBe(0)
        return this.#step(() => {
            const before = this.mail.get(message)
            if (before !== undefined) expect(before.invitation).toBe(invitation)
            this.mail.set(message, { member, invitation })
        })
    }

    burn(old: string): Promise<void> {
        expect(this.founded).toEqual(new Set([FRESH]))
        expect(new Set([...this.mail.values()].map(({ member }) => member))).toEqual(
            new Set(TRUSTED),
        )
        return this.#step(() => void this.burned.add(old))
    }

    forget(old: string): Promise<void> {
        return this.#step(() => void this.forgotten.add(old))
    }
}

async function begun(): Promise<Store> {
    const store = new MemoryStore()
    await plannedReseed(store, { old: OLD, fresh: FRESH, members: TRUSTED, drawnId })
    return store
}

async function goingOn(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
        try {
            await work()
            return
        } catch (error) {
            if (!(error instanceof Cut)) throw error
        }
    }
}

const STEPS = 1 + 2 * TRUSTED.length + 2

test.each(
    Array.from({ length: STEPS }, (_, at) =>
        (["before", "after"] as const).map((when) => [at + 1, when] as const),
    ).flat(),
)("cut off at step %i, %s it was done, nothing stays half", async (cutAt, when) => {
    const store = await begun()
    const world = new World(cutAt, when)
    await goingOn(() => continuedReseed(store, OLD, world))
    expect(world.burned.size).toBe(0)
    expect((await readReseed(store, OLD))?.stage).toBe("waiting")
    await goingOn(async () => {
        // After a cut the page is opened again: it knows no more than the store.
        const stage = (await readReseed(store, OLD))?.stage
        if (stage === "waiting") await burnedReseed(store, OLD, world)
        else if (stage !== undefined) await continuedReseed(store, OLD, world)
    })
    expect(world.founded).toEqual(new Set([FRESH]))
    expect(world.burned).toEqual(new Set([OLD]))
    expect(world.forgotten).toEqual(new Set([OLD]))
    const invitations = [...world.mail.values()].map(({ invitation }) => invitation)
    expect(new Set(invitations).size).toBe(TRUSTED.length)
    expect(world.mail.size).toBe(TRUSTED.length)
    expect(await store.keys("")).toEqual([])
})

test("whoever was left out is sent nothing, and the new room stands in nothing they get", async () => {
    const store = await begun()
    const world = new World(0, "before")
    await continuedReseed(store, OLD, world)
    await burnedReseed(store, OLD, world)
    expect([...world.mail.values()].map(({ member }) => member).sort()).toEqual([...TRUSTED].sort())
})

test("the fire is not lit before all invitations are on their way", async () => {
    const store = await begun()
    const world = new World(3, "before")
    await expect(continuedReseed(store, OLD, world)).rejects.toThrow(Cut)
    await expect(burnedReseed(store, OLD, world)).rejects.toThrow(ReseedError)
    expect(world.burned.size).toBe(0)
})

test("a room is begun anew once at a time, and with each member once", async () => {
    const store = await begun()
    const again = { old: OLD, fresh: drawnId(), members: TRUSTED, drawnId }
    await expect(plannedReseed(store, again)).rejects.toThrow("go on with that")
    const twice = { old: drawnId(), fresh: FRESH, members: [OLD, OLD], drawnId }
    await expect(plannedReseed(store, twice)).rejects.toThrow("each member once")
})

test("an invitation that was sent is no longer on the device", async () => {
    const store = await begun()
    await continuedReseed(store, OLD, new World(0, "before"))
    const kept = new TextDecoder().decode(await store.get(`reseed.${OLD}`))
    expect(kept).not.toContain("invitation 1")
    expect(kept).toContain('"stage":"waiting"')
})

/** Moving by words with a crash at each step of it; what is kept stays, what was in memory is gone. */

import { describe, expect, test, vi } from "vitest"

import { Arriving, dropArrived } from "../../../src/circles/entering/arriving.js"
import { Leaving } from "../../../src/circles/entering/leaving.js"
import { parsedMovingWords } from "../../../src/circles/entering/moving_words.js"
import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import type { StashDelivery } from "../../../src/circles/delivery/delivery.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import type { Store } from "../../../src/circles/keeping/store.js"
import type * as Slow from "../../../src/circles/keeping/scrypt.js"
import { wordLists } from "../../support/word_lists.js"
import { NOW } from "./batches_for_tests.js"
import { acts, circleOf, oldDevice } from "./moving_devices.js"
import { StashServer } from "./stash_server.js"

// What words cost is tested elsewhere; here they are derived some hundred times.
vi.mock("../../../src/circles/keeping/scrypt.js", async (original) => {
    const real: { readonly scrypt: typeof Slow.scrypt } = await original()
    const cheap: typeof Slow.scrypt = (secret, salt, of) =>
        real.scrypt(secret, salt, { ...of, cost: 4 })
    return { ...real, scrypt: cheap }
})

const EN = wordLists().en
const never = (): boolean => false

/** Crashes at one operation of all that both devices do, before or after it took effect. */
class Crash extends Error {}
class World {
    count = 0

    constructor(
        readonly at: number,
        readonly after: boolean,
    ) {}

    async step<Result>(act: () => Promise<Result>): Promise<Result> {
        this.count += 1
        const isHere = this.count === this.at
        if (isHere && !this.after) throw new Crash()
        const result = await act()
        if (isHere) throw new Crash()
        return result
    }

    store(inner: Store): Store {
        return {
            get: (key) => inner.get(key),
            keys: (prefix) => inner.keys(prefix),
            put: (rows) => this.step(() => inner.put(rows)),
            wipe: () => this.step(() => inner.wipe()),
        }
    }

    delivery(inner: StashDelivery): StashDelivery {
        return {
            stash: (...of) => this.step(() => inner.stash(...of)),
            takeStash: (...of) => this.step(() => inner.takeStash(...of)),
            dropStash: (...of) => this.step(() => inner.dropStash(...of)),
        }
    }
}

async function survives(act: () => Promise<unknown>): Promise<void> {
    try {
        await act()
    } catch (error) {
        if (!(error instanceof Crash)) throw error
    }
}

const STEPS = Array.from({ length: 9 }, (_, at) => at + 1)
const CASES = STEPS.flatMap((at) => [false, true].map((after) => [at, after] as const))

describe.each(CASES)("interrupted at step %i (after it took effect: %s)", (at, after) => {
    test("the move ends with all rooms on the new device, and never with two that act", async () => {
        const [server, old, next] = [new StashServer(), await oldDevice(), new MemoryStore()]
        const world = new World(at, after)
        const delivery = world.delivery(server)
        const check = async (): Promise<void> => {
            expect([await acts(old), await acts(next)]).not.toEqual([true, true])
            const here = (await old.keys("room/")).length + (await next.keys("room/")).length
            expect(here + server.lying.size + server.taken.size).toBeGreaterThan(0)
        }
        const leaving = Leaving.prepare(world.store(old), NOW)
        let words = leaving.words(EN).join(" ")
        const arrive = async (): Promise<void> => {
            const store = world.store(next)
            const begun = await Arriving.begun(store)
            const here =
                begun ?? (await Arriving.begin(store, parsedMovingWords(words, { en: EN })))
            if ((await here.take(delivery, circleOf)) === "nothing") return
            await dropArrived(store, delivery)
        }
        await survives(() => leaving.send(delivery, never))
        await check()
        // Whatever became of it, the person tries the words on the new device, and comes back.
        await survives(arrive)
        await check()
        const unfinished = await Leaving.begun(world.store(old))
        if (unfinished !== null) await survives(() => unfinished.send(delivery, never))
        await check()
        if (await acts(old)) {
            const again = Leaving.prepare(world.store(old), NOW)
            words = again.words(EN).join(" ")
            await again.send(delivery, never)
        }
        if (!(await acts(next))) await arrive()
        await dropArrived(next, server)
        await check()
        expect([await acts(old), await acts(next)]).toEqual([false, true])
        expect(await old.keys("")).toEqual([])
        expect([server.lying.size, server.taken.size]).toEqual([0, 0])
    })

    test("the move can be taken back, unless the other device has it, and never is it both", async () => {
        const [server, old, next] = [new StashServer(), await oldDevice(), new MemoryStore()]
        const world = new World(at, after)
        const delivery = world.delivery(server)
        const leaving = Leaving.prepare(world.store(old), NOW)
        const words = parsedMovingWords(leaving.words(EN).join(" "), { en: EN })
        // The upload arrives and its answer is lost: nobody wipes.
        const unheard = { ...delivery, stash: lost((...of) => delivery.stash(...of)) }
        await leaving.send(unheard, never).catch(() => undefined)
        const back = async (): Promise<void> => {
            await (await Leaving.begun(world.store(old)))?.takeBack(delivery, never)
        }
        await survives(back)
        await (await Arriving.begin(next, words)).take(server, circleOf)
        expect([await acts(old), await acts(next)]).not.toEqual([true, true])
        await back()
        expect([await acts(old), await acts(next)].filter(Boolean)).toHaveLength(1)
    })
})

test("the steps above are all there are", async () => {
    const [server, old] = [new StashServer(), await oldDevice()]
    const world = new World(0, false)
    const leaving = Leaving.prepare(world.store(old), NOW)
    const words = parsedMovingWords(leaving.words(EN).join(" "), { en: EN })
    await leaving.send(world.delivery(server), never)
    const next = world.store(new MemoryStore())
    const arriving = await Arriving.begin(next, words)
    await arriving.take(world.delivery(server), circleOf)
    await dropArrived(next, world.delivery(server))
    expect(STEPS.at(-1)).toBeGreaterThanOrEqual(world.count)
})

/** It takes effect, and nobody hears of it. */
function lost(act: StashDelivery["stash"]): StashDelivery["stash"] {
    return async (...of) => {
        await act(...of)
        throw new NetworkFailed("expected an answer, got none")
    }
}

import { expect, test } from "vitest"

import { loader, LoadError } from "../../src/loading/load.js"

/** Answers each address with what stands for it, and fails for all others. */
class Served {
    readonly asked: string[] = []
    readonly pauses: number[] = []

    constructor(readonly modules: Readonly<Record<string, unknown>>) {}

    load = loader({
        importAt: (address) => {
            this.asked.push(address)
            const found = this.modules[address]
            if (found === "never") return new Promise(() => undefined)
            return found === undefined
                ? Promise.reject(new TypeError("Failed to fetch"))
                : Promise.resolve(found)
        },
        pause: (milliseconds) => {
            this.pauses.push(milliseconds)
            // Silence is waited for beside every attempt, so it must not end before an answer.
            return new Promise((resolve) => setTimeout(resolve, milliseconds / 1000))
        },
    })
}

test("a module is fetched once, however many need it", async () => {
    const served = new Served({ "./a.js": { a: 1 } })
    const [first, second] = await Promise.all([served.load("a.js"), served.load("a.js")])
    expect(first).toBe(second)
    expect(served.asked).toEqual(["./a.js"])
})

test("a module that fails is asked for under other addresses, after growing pauses", async () => {
    const served = new Served({ "./a.js?3": { a: 1 } })
    expect(await served.load("a.js")).toEqual({ a: 1 })
    expect(served.asked).toEqual(["./a.js", "./a.js?1", "./a.js?2", "./a.js?3"])
    expect(served.pauses.filter((pause) => pause < 20_000)).toEqual([500, 1000, 2000])
})

test("a connection that freezes is given up, and the next one is used", async () => {
    const served = new Served({ "./a.js": "never", "./a.js?1": { a: 1 } })
    expect(await served.load("a.js")).toEqual({ a: 1 })
})

test("a module that never comes is an error, and is asked for anew later", async () => {
    const served = new Served({})
    await expect(served.load("a.js")).rejects.toBeInstanceOf(LoadError)
    const asked = served.asked.length
    await expect(served.load("a.js")).rejects.toBeInstanceOf(LoadError)
    expect(served.asked).toHaveLength(2 * asked)
})

test("a module that lacks another one is not itself fetched again", async () => {
    const asked: string[] = []
    const load = loader({
        importAt: async (address) => {
            asked.push(address)
            if (address === "./page.js") await load("part.js")
            throw new TypeError("Failed to fetch")
        },
        pause: (milliseconds) =>
            milliseconds < 20_000 ? Promise.resolve() : new Promise(() => undefined),
    })
    await expect(load("page.js")).rejects.toBeInstanceOf(LoadError)
    expect(asked.filter((address) => address.startsWith("./page.js"))).toEqual(["./page.js"])
})

import { expect, test } from "vitest"

import { currentPolicy, knownPolicy } from "../../../src/circles/keepers/current_policy.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import type { Network } from "../../../src/sending/network.js"
import { vector } from "../../support/vectors.js"
import type { PolicyVector } from "./rules.js"

const GOOD = vector("circles-policies/good.json") as PolicyVector
const PART = 300

/** A server that shows `text` in parts. */
function showing(text: string): Network {
    const bytes = new TextEncoder().encode(text)
    const parts = Math.max(1, Math.ceil(bytes.length / PART))
    return {
        fetch: (address) => {
            const number = Number(/^\/circles\/policy\/(\d+)$/.exec(address)?.[1])
            const body = bytes.slice(number * PART, (number + 1) * PART)
            const headers = { "Safelight-Parts": String(parts) }
            return Promise.resolve(new Response(body, { headers }))
        },
        pause: () => Promise.resolve(),
        breathe: () => Promise.resolve(),
    }
}

test("rules come in parts, are kept, and are there without a network", async () => {
    const store = new MemoryStore()
    expect(await knownPolicy(store, GOOD.root)).toBeNull()
    const policy = await currentPolicy(showing(GOOD.signed.slice()), store, GOOD.root).catch(
        (error: unknown) => error,
    )
    expect(policy).toMatchObject({ version: 2, hash: GOOD.hash })
    expect((await knownPolicy(store, GOOD.root))?.hash).toBe(GOOD.hash)
    expect(await knownPolicy(store, "00".repeat(32))).toBeNull()
})

test("attack: forged or rolled-back rules", async () => {
    const store = new MemoryStore()
    await currentPolicy(showing(GOOD.signed), store, GOOD.root)
    for (const name of ["signed-by-another-root", "changed-payload", "grown-ups-among-minors"]) {
        const { signed } = vector(`circles-policies/${name}.json`) as PolicyVector
        await expect(currentPolicy(showing(signed), store, GOOD.root)).rejects.toThrow()
    }
    const older = vector("circles-policies/older.json") as PolicyVector
    expect((await currentPolicy(showing(older.signed), new MemoryStore(), GOOD.root)).version).toBe(
        1,
    )
    await expect(currentPolicy(showing(older.signed), store, GOOD.root)).rejects.toThrow(
        "rules 1 are older than 2",
    )
    expect((await knownPolicy(store, GOOD.root))?.hash).toBe(GOOD.hash)
})

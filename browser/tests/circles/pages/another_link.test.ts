// @vitest-environment happy-dom
// A newcomer whose line was cut, and who then opens another invitation; and a browser that closes
// between two steps of knocking.
import { expect, test } from "vitest"

import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import { linkText } from "../../../src/circles/entering/invitation.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { Page } from "../../../src/circles/pages/page.js"
import { RealInside } from "../../../src/circles/pages/wired_inside.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { madeBatch, madeLink } from "../entering/batches_for_tests.js"

const link = await madeLink(madeBatch())
const other = { ...link, circle: link.circle.map((byte) => byte ^ 1) }
const cut = { prepareLanding: () => Promise.reject(new NetworkFailed("cut")) }

function insideOf(store: MemoryStore): RealInside {
    const page = new Page(document.createElement("main"), "en", words, () => undefined)
    return new RealInside(page, store, null, cut as never)
}

async function knocked(inside: RealInside, of: typeof link): Promise<void> {
    const invitation = inside.readInvitation(linkText(of))
    if (invitation === null) throw new Error("a link")
    await expect(inside.knock(invitation, "Anna", "14-17")).rejects.toThrow("cut")
}

test("a second invitation is not taken for the first, whose knock was cut; the first one again is", async () => {
    const store = new MemoryStore()
    const inside = insideOf(store)
    await knocked(inside, link)
    await knocked(inside, other)
    await knocked(inside, link)
    expect(await store.keys("enter/")).toHaveLength(2)
    expect(await store.keys("age/")).toHaveLength(2)
    inside.lock()
})

test("attack: a browser that closes while knocking forgets no age: the two are one write", async () => {
    const store = new MemoryStore()
    const puts: string[][] = []
    const put = store.put.bind(store)
    store.put = (rows) => {
        puts.push([...rows.keys()].map((key) => key.split("/")[0] ?? ""))
        return put(rows)
    }
    const inside = insideOf(store)
    await knocked(inside, link)
    expect(puts[0]?.sort()).toEqual(["age", "enter"])
    inside.lock()
})

// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { rulesKnown } from "../../../src/circles/keepers/rules_here.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { showFounding } from "../../../src/circles/pages/founding_view.js"
import { showHelp } from "../../../src/circles/pages/help_view.js"
import { Page } from "../../../src/circles/pages/page.js"
import { words as firstWords } from "../../../src/circles/pages/words/en.js"
import { more } from "../../../src/circles/pages/words/more_en.js"
import { vector } from "../../support/vectors.js"
import type { PolicyVector } from "../keepers/rules.js"
import { FakeInside } from "./fake_rooms.js"

const GOOD = vector("circles-policies/good.json") as PolicyVector

const words = { ...firstWords, ...more }

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

function eventually(looked: () => void): Promise<void> {
    return vi.waitFor(looked, { timeout: 20_000, interval: 20 })
}

let page: Page
let inside: FakeInside

beforeEach(async () => {
    document.body.innerHTML = '<main id="main" data-letter="/en/3" data-help="/en/5"></main>'
    const main = document.querySelector<HTMLElement>("main")
    if (main === null) throw new Error("no main")
    page = new Page(main, "en", firstWords, () => undefined)
    inside = new FakeInside()
    const store = new MemoryStore()
    await store.put(new Map([["rules", new TextEncoder().encode(GOOD.signed)]]))
    inside.told = await rulesKnown(store, { rootHex: GOOD.root, language: "en" })
    inside.bands = () => Promise.resolve(inside.told?.bands ?? [])
})

function select(label: string, value: string): void {
    const found = [...document.querySelectorAll("label")].find((one) =>
        one.textContent.startsWith(label),
    )
    const control = document.querySelector<HTMLSelectElement>(`#${found?.htmlFor ?? ""}`)
    if (control === null) throw new Error(`no ${label}`)
    control.value = value
}

function found(): void {
    for (const input of document.querySelectorAll<HTMLInputElement>("input[type=text]")) {
        input.value = "x"
    }
    document.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }))
}

test("attack: a grown-up founds a room of minors on the page, and is told that it cannot be", async () => {
    await showFounding(page, inside, () => undefined)
    select(words["found-own"], "18")
    select(words["found-band"], "14-17")
    found()
    expect(document.body.textContent).toContain(words["found-refused"])
    expect(inside.founded).toEqual([])
    select(words["found-own"], "14-17")
    found()
    await eventually(() => {
        expect(inside.founded).toMatchObject([{ band: "14-17" }])
    })
})

test("a room of minors keeps messages no longer than the rules allow", async () => {
    await showFounding(page, inside, () => undefined)
    select(words["found-own"], "14-17")
    select(words["found-band"], "14-17")
    select(words["found-days"], "30")
    found()
    expect(document.body.textContent).toContain(words["found-refused"])
    expect(inside.founded).toEqual([])
})

test("help shows the signed numbers and steps, and without rules what there is otherwise", async () => {
    showHelp(page, inside, () => undefined)
    await eventually(() => {
        expect(document.body.textContent).toContain("Emergency services")
    })
    expect(document.body.textContent).toContain("within 15 minutes")
    inside.told = null
    showHelp(page, inside, () => undefined)
    await Promise.resolve()
    expect(document.body.textContent).toContain(words["help-letter"])
    expect(document.body.textContent).not.toContain("Emergency services")
})

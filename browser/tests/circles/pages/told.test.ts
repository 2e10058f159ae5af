// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { KeepingError } from "../../../src/circles/keeping/store.js"
import { showMove } from "../../../src/circles/pages/device.js"
import { showDoor } from "../../../src/circles/pages/door.js"
import { showEntering, showWaiting } from "../../../src/circles/pages/entering_view.js"
import { showInside } from "../../../src/circles/pages/inside.js"
import { showKeepers } from "../../../src/circles/pages/keepers_view.js"
import { Page } from "../../../src/circles/pages/page.js"
import type { Report, Rules } from "../../../src/circles/pages/parts.js"
import { showPeople } from "../../../src/circles/pages/people_view.js"
import { showReporting } from "../../../src/circles/pages/reporting_view.js"
import { showRoom } from "../../../src/circles/pages/room_view.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { late } from "../../../src/circles/pages/words/late.js"
import { more } from "../../../src/circles/pages/words/more_en.js"
import { FakeDoor, FakeInside, KEEPER, message, OTHER, PASSPHRASE, THIRD } from "./fake_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const say = late.en
const WAYS = { again: () => undefined, leave: () => undefined, moved: () => Promise.resolve() }
const nothing = (): void => undefined

let page: Page
let inside: FakeInside

beforeEach(() => {
    document.body.innerHTML = '<main id="main"></main>'
    const main = document.querySelector<HTMLElement>("main")
    if (main === null) throw new Error("no main")
    page = new Page(main, "en", words, nothing)
    inside = new FakeInside()
})

function said(): string {
    return document.body.textContent
}

function button(text: string): HTMLElement {
    const found = [...document.querySelectorAll("button")].find((one) => one.textContent === text)
    if (found === undefined) throw new Error(`no button ${text}`)
    return found
}

function eventually(looked: () => void): Promise<void> {
    return vi.waitFor(looked, { timeout: 20_000, interval: 20 })
}

function until(text: string): Promise<void> {
    return eventually(() => {
        expect(said()).toContain(text)
    })
}

const RULES = {
    bands: [
        { code: "14-17", name: "14 to 17" },
        { code: "18", name: "18 and older" },
    ],
} as unknown as Rules

test("whoever comes in says their age where signed rules have bands, and is asked nothing without", async () => {
    await showEntering(page, inside, { kind: "invitation" }, nothing)
    expect(document.querySelector("form select")?.isConnected ?? false).toBe(false)
    inside.told = RULES
    await showEntering(page, inside, { kind: "invitation" }, nothing)
    const name = document.querySelector<HTMLInputElement>("input[name=room-name]")
    const age = document.querySelector<HTMLSelectElement>("form select")
    if (name === null || age === null) throw new Error("no form")
    expect([...age.options].map(({ value }) => value)).toEqual(["", "14-17", "18"])
    name.value = "river"
    const form = document.querySelector("form")
    form?.dispatchEvent(new Event("submit", { cancelable: true }))
    expect(inside.knocked).toEqual([])
    age.value = "14-17"
    form?.dispatchEvent(new Event("submit", { cancelable: true }))
    await until(words["enter-waits"])
    expect(inside.ages).toEqual(["14-17"])
})

test("a door that opened into a room of another age says that this device left it", async () => {
    inside.look = () => Promise.reject(Object.assign(new Error(), { name: "AnotherAge" }))
    showWaiting(page, inside, "2".repeat(32), nothing)
    button(words["enter-look"]).click()
    await until(words["enter-another-age"])
})

test("after unlocking, what was cut off goes on; not while a move is unfinished", async () => {
    await showInside(page, inside)
    expect(inside.resumed).toBe(1)
    const move = await inside.prepareMove()
    inside.unfinishedMove = () => Promise.resolve(move)
    await showInside(page, inside)
    expect(inside.resumed).toBe(1)
})

test("rules that changed since the invitation are shown before the room", async () => {
    inside.room.rulesChanged = true
    showRoom(page, inside, inside.room, nothing)
    await until(say["rules-what"])
    expect(said()).not.toContain("Message 1")
    button(say["rules-go-on"]).click()
    await eventually(() => {
        expect(inside.room.done).toEqual([["rulesSeen"]])
    })
})

test("a keeper's answer is shown when it comes, also into an open room, until it was read", async () => {
    const { room } = inside
    showRoom(page, inside, room, nothing)
    await Promise.resolve()
    expect(said()).not.toContain(say["answer-title"])
    room.answered = [{ id: "a", from: "keeper", day: "2026-11-23", words: "<b>We look</b>" }]
    room.set({ epoch: 4 })
    await until("<b>We look</b>")
    button(say["answer-read"]).click()
    await eventually(() => {
        expect(room.done).toEqual([["answerRead", "a"]])
        expect(said()).not.toContain(say["answer-title"])
    })
})

test("members are told of invitations that the server lists and nobody announced", () => {
    inside.room.doubted = true
    inside.room.set({ keeper: false, me: OTHER })
    showRoom(page, inside, inside.room, nothing)
    expect(said()).toContain(words["warn-batches"])
})

test("an invitation that was refused, or answered with nonsense, is told apart", async () => {
    for (const [made, text] of [
        ["refused", say["invite-refused"]],
        ["garbage", say["invite-garbage"]],
    ] as const) {
        inside.room.invitation = made
        showPeople(page, inside, inside.room, WAYS)
        button(words["invite-ask"]).click()
        await until(text)
    }
})

test("a report about a keeper says past whom it goes, and is not offered where nobody could read it", () => {
    const { room } = inside
    room.set({ me: THIRD, settings: { ...room.state.settings, keepers: [KEEPER.id, OTHER.id] } })
    const about = message(5, { from: OTHER, name: OTHER.name })
    showReporting(page, room, about, nothing)
    expect(document.querySelector("#past")?.textContent).toContain("the other keepers: keeper")
    expect(button(more["report-send"]).isConnected).toBe(true)
    room.set({ settings: { ...room.state.settings, keepers: [OTHER.id] } })
    showReporting(page, room, about, nothing)
    expect(said()).toContain("Write a letter")
    expect(said()).not.toContain(more["report-send"])
})

test("only the messages that were ticked go with a report", async () => {
    const { room } = inside
    room.set({ shown: [1, 2, 3].map((id) => message(id)) })
    showReporting(page, room, message(2), nothing)
    const ticks = [...document.querySelectorAll<HTMLInputElement>("#context input")]
    expect(ticks).toHaveLength(2)
    if (ticks[1]) ticks[1].checked = true
    button(more["report-send"]).click()
    await eventually(() => {
        expect(room.done).toEqual([["report", message(2).id, "", [message(3).id]]])
    })
})

test("a report that comes while a keeper looks is shown; what they type is not taken from them", async () => {
    const { room } = inside
    const report: Report = {
        ...{ id: "r1", by: "other", of: "third", day: "2026-11-23", text: "ugly", note: "" },
        ...{ picture: null, verdict: "proven", byKeeper: true, context: [] },
    }
    await showKeepers(page, room, WAYS)
    room.reported = [report]
    room.set({ epoch: 4 })
    expect(said()).toContain("Reports: 1")
    expect(said()).toContain(say["report-by-keeper"])
    const typed = document.querySelector<HTMLTextAreaElement>("#reports textarea")
    if (typed) typed.value = "Thank you"
    room.reported = [report, { ...report, id: "r2" }]
    room.set({ epoch: 5 })
    expect(document.querySelector<HTMLTextAreaElement>("#reports textarea")?.value).toBe(
        "Thank you",
    )
    button(say["answer-send"]).click()
    await eventually(() => {
        expect(room.done).toEqual([["answer", "r1", "Thank you"]])
    })
    await until("Reports: 2")
    page.show("over")
})

test("a page whose module does not come says so where it was pressed", async () => {
    const { room } = inside
    room.keeping = () => Promise.reject(Object.assign(new Error(), { name: "LoadError" }))
    showRoom(page, inside, room, nothing)
    button(words["room-keepers"]).click()
    await until(words["problem-network"])
    expect(button(words["room-keepers"]).getAttribute("aria-disabled")).toBeNull()
})

test("of a move of long ago the person decides on which device the rooms are", async () => {
    const move = { ...(await inside.prepareMove()), late: true }
    const stayed: string[] = []
    showMove(
        page,
        { ...move, stay: () => Promise.resolve(void stayed.push("stay")) },
        () => stayed.push("back"),
        true,
    )
    expect(said()).toContain(say["late-what"])
    expect(document.querySelector("#words")).toBeNull()
    button(say["late-here"]).click()
    await eventually(() => {
        expect(stayed).toEqual(["stay", "back"])
    })
})

test("unlocking shows how far it is, and a page hidden meanwhile drops what it opened", async () => {
    const door = new FakeDoor()
    door.here = "kept"
    const going: { now: () => void } = { now: nothing }
    door.unlock = (passphrase, progressed) =>
        new Promise((resolve, reject) => {
            progressed(0.5)
            going.now = () => {
                if (passphrase === PASSPHRASE) resolve(door.inside)
                else reject(new KeepingError("passphrase", "wrong"))
            }
        })
    await showDoor(page, door)
    expect(said()).toContain(words["opening-what"])
    const bar = document.querySelector("progress")
    expect(bar?.hidden).toBe(true)
    const typed = document.querySelector<HTMLInputElement>("input[type=password]")
    if (typed === null) throw new Error("no field")
    const opened = async (text: string): Promise<void> => {
        typed.value = text
        document.querySelector<HTMLElement>("button[type=submit]")?.click()
        await eventually(() => {
            expect(bar?.hidden).toBe(false)
        })
    }
    await opened("another sentence")
    expect(bar?.value).toBe(0.5)
    going.now()
    await until(words["passphrase-wrong"])
    expect(bar?.hidden).toBe(true)
    await opened(PASSPHRASE)
    page.hide()
    going.now()
    await eventually(() => {
        expect(door.inside.locked).toBe(1)
    })
    expect(said()).not.toContain(words["rooms-title"])
})

test("people whose names look alike are told apart where members stand, too", () => {
    const { room } = inside
    const members = ["a1b2c3d4e5", "0011223344"].map((id, at) => ({
        ...OTHER,
        id: id.padEnd(32, "0"),
        name: at === 0 ? "Sasha" : "S\u0430sh\u0430",
    }))
    room.set({ members: [KEEPER, ...members] })
    showPeople(page, inside, room, WAYS)
    const marks = [...document.querySelectorAll(".cards small")].map((one) => one.textContent)
    expect(marks.map((text) => text.trim())).toEqual(["a1b2 c3d4", "0011 2233"])
})

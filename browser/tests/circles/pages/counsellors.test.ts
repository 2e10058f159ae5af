// @vitest-environment happy-dom
import { randomBytes } from "@noble/hashes/utils.js"
import { beforeEach, expect, test, vi } from "vitest"

import { acceptCounsellor } from "../../../src/circles/keepers/actions.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { showCounsellor } from "../../../src/circles/pages/counsellor_view.js"
import { showKeepers } from "../../../src/circles/pages/keepers_view.js"
import { Page } from "../../../src/circles/pages/page.js"
import type { CounsellorState } from "../../../src/circles/pages/parts.js"
import { showPeople } from "../../../src/circles/pages/people_view.js"
import { Counselling } from "../../../src/circles/pages/wired_counselling.js"
import { words } from "../../../src/circles/pages/words/en.js"
import { late } from "../../../src/circles/pages/words/late.js"
import { KeptRooms } from "../keepers/kept_rooms.js"
import { goodRules, rosterOf, statement, TODAY } from "../keepers/rules.js"
import { FakeInside, OTHER } from "./fake_rooms.js"

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const DESK = randomBytes(32)
const VOUCHING = {
    roster: rosterOf([{ name: "desk-1", secret: DESK }]),
    policy: goodRules(),
    today: TODAY,
}
const NOON = new Date("2026-11-23T12:05:00Z")
const WAYS = { again: () => undefined, leave: () => undefined, moved: () => Promise.resolve() }

let page: Page
let inside: FakeInside

beforeEach(() => {
    document.body.innerHTML = '<main id="main"></main>'
    const main = document.querySelector<HTMLElement>("main")
    if (main === null) throw new Error("no main")
    page = new Page(main, "en", words, () => undefined)
    inside = new FakeInside()
})

async function press(text: string): Promise<void> {
    const found = [...document.querySelectorAll("button")].find((one) => one.textContent === text)
    if (found === undefined) throw new Error(`no button ${text}`)
    found.click()
    await vi.waitFor(
        () => {
            expect(found.getAttribute("aria-disabled")).toBeNull()
        },
        { timeout: 20_000 },
    )
}

function said(): string {
    return document.body.textContent
}

function signed(key: string, pseudonym = "a lamp"): string {
    return statement({ pseudonym, key, valid_until: TODAY }, DESK)
}

test("a statement counts for this device's key alone, and hours begin and end by it", async () => {
    const store = new MemoryStore()
    let now = NOON
    const around = { store, page: { root: "" }, counsellingIn: () => Promise.resolve([]) }
    const own = new Counselling(
        around,
        () => Promise.resolve(VOUCHING),
        () => now,
    )
    expect(await own.state()).toBeNull()
    await own.begin()
    const key = (await own.state())?.key ?? ""
    expect(await own.takeIn(signed("0".repeat(64)))).toBe("another-member")
    expect(await own.takeIn("not a statement")).toBe("malformed")
    expect((await own.state())?.hours).toBeNull()
    expect(await own.takeIn(`  ${signed(key)}\n`)).toBeNull()
    expect((await own.state())?.hours?.now.state).toBe("may-begin")

    await own.clockIn(120)
    expect((await own.state())?.hours?.now).toEqual({ state: "working", minutesLeft: 115 })
    now = new Date("2026-11-23T12:20:00Z")
    await own.clockOut() // with the quarter that has begun
    expect((await own.state())?.hours?.now).toEqual({ state: "working", minutesLeft: 10 })
    now = new Date("2026-11-23T12:31:00Z")
    expect((await own.state())?.hours?.now).toEqual({ state: "break", minutes: 29 })
    await own.clockIn(60) // not before the break is over
    expect((await own.state())?.hours?.weekMinutes).toBe(30)
    await own.forget()
    expect(await own.state()).toBeNull()
    expect(await store.keys("")).toEqual([])
})

test("members see who was checked, keepers the hours too, and whoever comes in later as well", async () => {
    const rooms = new KeptRooms()
    const [keeper, counsellor] = await rooms.circle(2)
    if (counsellor === undefined) throw new Error("a counsellor")
    const own = new Counselling(
        {
            store: counsellor.around.store,
            page: { root: "" },
            counsellingIn: () => Promise.resolve([counsellor.keepers]),
        },
        () => Promise.resolve(VOUCHING),
        () => NOON,
    )
    await own.begin()
    expect(await own.takeIn(signed((await own.state())?.key ?? ""))).toBeNull()
    const vouching = vi.fn(() => Promise.resolve(VOUCHING))
    const other = new Counselling(
        { store: new MemoryStore(), page: { root: "" }, counsellingIn: () => Promise.resolve([]) },
        vouching,
        () => NOON,
    )
    expect(await other.linesOf(keeper.keepers)).toEqual([])
    expect(vouching).not.toHaveBeenCalled() // no roster is fetched where there is nobody
    await own.showCard(counsellor.keepers)
    await own.clockIn(60)
    await rooms.settle()

    const { id, name } = counsellor.room.state.me
    const known = { id, name, accepted: false, pseudonym: "a lamp" }
    expect(await other.linesOf(keeper.keepers)).toMatchObject([{ ...known, hours: { broken: [] } }])
    await keeper.keepers.act((acting) => acceptCounsellor(acting, id))
    const late = await rooms.join(keeper, "late")
    await rooms.settle()
    expect(await other.linesOf(late.keepers)).toMatchObject([{ accepted: true, pseudonym: null }])
    await own.showCardAgain(counsellor.keepers)
    await rooms.settle()
    // No member but a keeper is told of hours.
    const [line] = await other.linesOf(late.keepers)
    expect(line).toEqual({ ...known, accepted: true, hours: null })
})

test("the rules of now are here before anybody is judged by them, and are fetched once", async () => {
    const asked: string[] = []
    const { rules, counsellor } = inside
    inside.rules = () => {
        asked.push("rules")
        return rules()
    }
    inside.counsellor = () => {
        asked.push("counsellor")
        return counsellor()
    }
    await showCounsellor(page, inside, () => undefined)
    expect(asked).toEqual(["rules", "counsellor"])
})

test("the counsellor's page begins a key, says what is wrong with a statement, begins and ends a block", async () => {
    await showCounsellor(page, inside, () => undefined)
    await press(late.en["counsellor-begin"])
    inside.counsellorState = { key: "ab".repeat(32), hours: null }
    await showCounsellor(page, inside, () => undefined)
    expect(document.querySelector("#counsellor-key")?.textContent).toBe("ab".repeat(32))
    const pasted = document.querySelector("textarea")
    if (pasted !== null) pasted.value = "bad"
    await press(late.en["counsellor-take"])
    expect(said()).toContain(late.en["counsellor-not-malformed"])

    const hours = { pseudonym: "a lamp", until: TODAY, weekMinutes: 45, mostMinutes: 720 }
    const at = (now: NonNullable<CounsellorState["hours"]>["now"]): void => {
        inside.counsellorState = { key: "ab".repeat(32), hours: { ...hours, now } }
    }
    at({ state: "may-begin", minutes: 85 })
    await showCounsellor(page, inside, () => undefined)
    expect(said()).toContain("In the last seven days: 45 min of 12 h.")
    expect([...document.querySelectorAll("option")].map(({ value }) => value)).toEqual([
        "15",
        "30",
        "60",
        "90",
    ])
    const length = document.querySelector("select")
    if (length !== null) length.value = "60"
    await press(late.en["counsellor-in"])
    at({ state: "working", minutesLeft: 85 })
    await showCounsellor(page, inside, () => undefined)
    expect(said()).toContain("1 h 25 min left")
    await press(late.en["counsellor-out"])
    at({ state: "break", minutes: 29 })
    await showCounsellor(page, inside, () => undefined)
    expect(said()).toContain("Rest first: 29 min.")
    expect(inside.counselled).toEqual([["begin"], ["takeIn", "bad"], ["clockIn", 60], ["clockOut"]])
    page.show("over")
})

test("a keeper accepts only a card that holds; members see whom nobody vouches for as not checked", async () => {
    const { room } = inside
    const line = { id: OTHER.id, name: OTHER.name, accepted: false, hours: null }
    room.counselling = [{ ...line, pseudonym: null }]
    await showKeepers(page, room, WAYS)
    expect(said()).toContain(late.en["counsellor-unchecked"])
    expect(said()).not.toContain(late.en["counsellor-accept"])
    const hours = { weekMinutes: 800, broken: ["week"] as const }
    room.counselling = [{ ...line, pseudonym: "a lamp", hours }]
    await showKeepers(page, room, WAYS)
    expect(said()).toContain("13 h 20 min")
    expect(said()).toContain(late.en["counsellor-broken"])
    await press(late.en["counsellor-accept"])
    expect(room.done).toEqual([["acceptCounsellor", OTHER.id, true]])

    room.set({ settings: { ...room.state.settings, counsellors: [OTHER.id] } })
    showPeople(page, inside, room, WAYS)
    await vi.waitFor(() => {
        expect(said()).toContain("counsellor, checked: a lamp")
    })
    room.counselling = []
    showPeople(page, inside, room, WAYS)
    await Promise.resolve()
    expect(said()).toContain(late.en["counsellor-unchecked"])
})

// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { NetworkFailed } from "../../../src/circles/delivery/delivery.js"
import { showDoor } from "../../../src/circles/pages/door.js"
import { Page } from "../../../src/circles/pages/page.js"
import { words as firstEnglish } from "../../../src/circles/pages/words/en.js"
import { late } from "../../../src/circles/pages/words/late.js"
import { more as moreEnglish } from "../../../src/circles/pages/words/more_en.js"
import { more as moreRussian } from "../../../src/circles/pages/words/more_ru.js"
import { words as firstRussian } from "../../../src/circles/pages/words/ru.js"
import { FakeDoor, KEEPER, LINK, message, OTHER, PASSPHRASE } from "./fake_rooms.js"

const english = { ...firstEnglish, ...moreEnglish }
const russian = { ...firstRussian, ...moreRussian }

// A busy machine takes its time: scrypt, modules that are fetched by a press.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

function eventually(looked: () => void): Promise<void> {
    return vi.waitFor(looked, { timeout: 20_000, interval: 20 })
}

let door: FakeDoor
let page: Page
let left: string[]

beforeEach(() => {
    document.title = "Notes"
    document.body.innerHTML =
        '<header><a id="hide" href="/en/9/0">Hide</a></header>' +
        '<main id="main" data-neutral="/en/9/0" data-letter="/en/3" data-help="/en/5"></main>' +
        '<template id="neutral"><main class="glance"><h1>Notes</h1></main></template>'
    const main = document.querySelector<HTMLElement>("main")
    if (main === null) throw new Error("no main")
    left = []
    door = new FakeDoor()
    page = new Page(main, "en", firstEnglish, (address) => left.push(address))
})

function button(text: string): HTMLElement {
    const found = [...document.querySelectorAll("button")].find((one) => one.textContent === text)
    if (found === undefined) throw new Error(`no button ${text}`)
    return found
}

function said(): string {
    return document.body.textContent
}

async function until(text: string): Promise<void> {
    await eventually(() => {
        expect(said()).toContain(text)
    })
}

function type(selector: string, text: string): void {
    const found = document.querySelector<HTMLInputElement>(selector)
    if (found === null) throw new Error(`no ${selector}`)
    found.value = text
}

async function inside(): Promise<void> {
    door.here = "kept"
    await showDoor(page, door)
    type("input[type=password]", PASSPHRASE)
    button(english.open).click()
    await until(english["rooms-title"])
}

async function inRoom(): Promise<void> {
    await inside()
    document.querySelector<HTMLElement>(".lines button")?.click()
    await eventually(() => {
        expect(document.querySelector(".log li")).not.toBeNull()
    })
}

test("before a passphrase was typed nothing tells what the page is for", async () => {
    const tells = /room|circle|invit|member|message|chat/i
    for (const here of ["nothing", "kept", "unavailable"] as const) {
        door.here = here
        await showDoor(page, door)
        expect(said()).not.toMatch(tells)
        expect(document.title).toBe("Notes")
    }
})

test("a wrong passphrase opens nothing and says so; the right one opens", async () => {
    door.here = "kept"
    await showDoor(page, door)
    type("input[type=password]", "another sentence that is wrong")
    button(english.open).click()
    await until(english["passphrase-wrong"])
    expect(said()).not.toContain(english["rooms-title"])
    type("input[type=password]", PASSPHRASE)
    button(english.open).click()
    await until(english["rooms-title"])
})

test("hiding drops the keys, empties the page and leads to the neutral one", async () => {
    await inRoom()
    page.hide()
    expect(door.inside.locked).toBe(1)
    expect(door.inside.room.listeners).toBe(0)
    expect(said()).not.toContain("Message 1")
    expect(document.querySelector(".glance")).not.toBeNull()
    expect(left).toEqual(["/en/9/0"])
})

test("what is under way when the page is hidden does not come back to the screen", async () => {
    await inside()
    let goOn: () => void = () => undefined
    door.inside.open = () =>
        new Promise((resolve) => {
            goOn = () => {
                resolve(door.inside.room)
            }
        })
    document.querySelector<HTMLElement>(".lines button")?.click()
    await eventually(() => {
        expect(goOn.toString()).toContain("resolve")
    })
    page.hide()
    goOn()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(said()).not.toContain("Message 1")
})

test("without use the page hides itself after ten minutes, and not before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
        page.entered(door.inside)
        vi.advanceTimersByTime(9 * 60_000)
        page.used()
        vi.advanceTimersByTime(9 * 60_000)
        expect(left).toEqual([])
        vi.advanceTimersByTime(60_000)
        expect(left).toEqual(["/en/9/0"])
    } finally {
        vi.useRealTimers()
    }
    return Promise.resolve()
})

test("an invitation waits for the passphrase, asks for a name and knocks once", async () => {
    page.invitation = LINK
    door.here = "kept"
    await showDoor(page, door)
    await until(english["door-invited"])
    type("input[type=password]", PASSPHRASE)
    button(english.open).click()
    await until(english["enter-rules-title"])
    button(english["enter-ask"]).click()
    await until(english["enter-name-bad"])
    type("input[name=room-name]", "river")
    const ask = button(english["enter-ask"])
    ask.click()
    ask.click()
    await until(english["enter-waits"])
    expect(door.inside.knocked).toEqual(["river"])
})

test("text is sent with what it answers, and stays when sending fails", async () => {
    await inRoom()
    const { room } = door.inside
    button(english["room-reply"]).click()
    expect(said()).toContain("Answer to other")
    type("textarea", "Yes, gladly")
    room.fails = new NetworkFailed("no answer")
    button(english["room-send"]).click()
    await until(english["problem-network"])
    expect(document.querySelector("textarea")?.value).toBe("Yes, gladly")
    room.fails = null
    button(english["room-send"]).click()
    await eventually(() => {
        expect(room.done).toEqual([["say", "Yes, gladly", message(1).id]])
    })
    await eventually(() => {
        expect(document.querySelector("textarea")?.value).toBe("")
    })
})

test("what others write is text, whatever stands in it", async () => {
    await inRoom()
    const text = '<img src="x" onerror="alert(1)"><a href="javascript:1">x</a>'
    door.inside.room.set({ shown: [message(9, { text, name: "<b>other</b>" })] })
    expect(said()).toContain(text)
    expect(document.querySelectorAll(".log img, .log a, .log b")).toHaveLength(0)
})

test("a picture that is none of three kinds is not drawn", async () => {
    await inRoom()
    const svg = new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>")
    const jpeg = jpegOf(480, 640)
    const image = (bytes: Uint8Array): Parameters<typeof message>[1] => ({
        kind: "image",
        image: bytes,
    })
    door.inside.room.set({ shown: [message(8, image(svg)), message(9, image(jpeg))] })
    const drawn = [...document.querySelectorAll<HTMLImageElement>(".log img")]
    expect(drawn.map(({ src }) => src.slice(0, 23))).toEqual(["data:image/jpeg;base64,"])
})

test("a picture that would unpack to a gigabyte is not drawn", async () => {
    await inRoom()
    const image = (bytes: Uint8Array): Parameters<typeof message>[1] => ({
        kind: "image",
        image: bytes,
    })
    const bombs = [jpegOf(65_535, 65_535), pngOf(50_000, 50_000), webpOf(16_000), pngOf(0, 5)]
    const whole = [jpegOf(480, 640), pngOf(1080, 2400), webpOf(800)]
    door.inside.room.set({
        shown: [...bombs, ...whole, jpegOf(1, 1).slice(0, 9)].map((bytes, at) =>
            message(at + 20, image(bytes)),
        ),
    })
    const drawn = [...document.querySelectorAll<HTMLImageElement>(".log img")]
    expect(drawn.map(({ src }) => src.slice(11, 15))).toEqual(["jpeg", "png;", "webp"])
})

/** As far as the frame header. */
function jpegOf(width: number, height: number): Uint8Array {
    const sides = [height >> 8, height & 255, width >> 8, width & 255]
    const app0 = [0xff, 0xe0, 0, 4, 0, 0]
    return Uint8Array.of(0xff, 0xd8, ...app0, 0xff, 0xc2, 0, 11, 8, ...sides, 1, 0, 0x11, 0)
}

function pngOf(width: number, height: number): Uint8Array {
    const bytes = new Uint8Array(40)
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])
    new DataView(bytes.buffer).setUint32(16, width)
    new DataView(bytes.buffer).setUint32(20, height)
    return bytes
}

/** A square, without loss. */
function webpOf(side: number): Uint8Array {
    const bytes = new Uint8Array(40)
    bytes.set(new TextEncoder().encode("RIFF    WEBPVP8L"))
    bytes[20] = 0x2f
    new DataView(bytes.buffer).setUint32(21, ((side - 1) << 14) | (side - 1), true)
    return bytes
}

test("members whose names look alike are told apart by what nobody chooses", async () => {
    await inRoom()
    const state = door.inside.room.state
    const [me] = state.members
    if (me === undefined) throw new Error("expected a member")
    const ids = ["a1b2c3d4e5", "0011223344", "5566778899"].map((id) => id.padEnd(32, "0"))
    const names = ["Sasha", "S\u0430sh\u0430", "Sasha (you)"]
    const members = ids.map((id, at) => ({ ...me, id, name: names[at] ?? "" }))
    const shown = members.map((from, at) => message(at + 30, { from, name: from.name }))
    door.inside.room.set({ members, shown })
    const who = [...document.querySelectorAll(".log .who")].slice(-3)
    const marks = who.map((line) => line.querySelector("small")?.textContent.trim() ?? "")
    expect(marks).toEqual(["a1b2 c3d4", "0011 2233", ""])
    // What a name says of itself stands in the name.
    expect(who.map((line) => line.querySelector("bdi")?.textContent)).toEqual(names)
})

test("a message that did not change is not drawn anew, so it is not read aloud again", async () => {
    await inRoom()
    const { room } = door.inside
    const before = document.querySelector(".log li:not(.day)")
    room.set({ shown: [...room.state.shown, message(7)] })
    expect(document.querySelector(".log li:not(.day)")).toBe(before)
    expect(document.querySelectorAll(".log li:not(.day)")).toHaveLength(3)
})

test("each warning is said in plain words, and only as often as it comes", async () => {
    await inRoom()
    const { room } = door.inside
    const warning = { kind: "withheld", seq: 4, by: null, day: "2026-11-22" } as const
    room.set({ warnings: [warning] })
    expect(said()).toContain(english["warn-withheld"])
    const box = document.querySelector("[role=alert]")
    room.set({ epoch: 4 })
    expect(document.querySelector("[role=alert]")).toBe(box)
    button(english["warn-hide"]).click()
    expect(said()).not.toContain(english["warn-withheld"])
    room.set({ warnings: [warning, { ...warning, seq: 9 }] })
    expect(said()).toContain(english["warn-withheld"])
})

test("burning happens only once the box is ticked", async () => {
    await inRoom()
    button(english["room-keepers"]).click()
    await until(english["keep-burn-what"])
    const burning = document.querySelector("details#keep-burn")
    const press = burning?.querySelector("button")
    press?.click()
    await until(english["keep-tick-first"])
    expect(door.inside.room.done).toEqual([])
    const sure = burning?.querySelector<HTMLInputElement>("input[type=checkbox]")
    if (sure) sure.checked = true
    press?.click()
    await eventually(() => {
        expect(door.inside.room.done).toEqual([["burn"]])
    })
})

test("somebody who is no keeper finds no keepers' page, and cannot write where it is closed", async () => {
    const { room } = door.inside
    room.set({ keeper: false, me: OTHER, closed: true })
    await inRoom()
    expect(button(english["room-keepers"]).hidden).toBe(true)
    expect(said()).toContain(english["room-closed"])
    expect(document.querySelector<HTMLElement>("form.write")?.hidden).toBe(true)
    room.set({ keeper: true })
    expect(button(english["room-keepers"]).hidden).toBe(false)
})

test("help opens a letter that knows nothing of the room", async () => {
    await inRoom()
    button(english["room-help"]).click()
    await until(english["help-letter"])
    const link = document.querySelector<HTMLAnchorElement>('a[href="/en/3"]')
    expect(link?.getAttribute("rel")).toBe("noopener noreferrer")
    expect(link?.target).toBe("_blank")
})

test("both languages have every sentence, with the same places to fill", () => {
    const places = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).sort()
    expect(Object.keys(russian)).toEqual(Object.keys(english))
    expect(Object.keys(late.ru)).toEqual(Object.keys(late.en))
    const others: Readonly<Record<string, string>> = { ...russian, ...late.ru }
    for (const [key, text] of Object.entries({ ...english, ...late.en })) {
        const other = others[key] ?? ""
        expect(places(other), key).toEqual(places(text))
        expect(other, key).toMatch(/[а-яА-Я]|^\{\w+\}:? \{\w+\}$/)
    }
    expect(KEEPER.name).toBe("keeper")
})

/** Behind the door: the list of rooms, and what leads from it. */

import { act, pressing, problemKey } from "./acting.js"
import { button, element, field, paragraph } from "./elements.js"
import { showEntering, showWaiting } from "./entering_view.js"
import type { Page } from "./page.js"
import type { Inside, RoomLine } from "./parts.js"
import { showRoom } from "./room_view.js"
import type { Key } from "./words/en.js"

/** Where a person gets to: what they came for by a link, else the list. */
export async function showInside(page: Page, inside: Inside): Promise<void> {
    const move = await inside.unfinishedMove()
    if (move !== null) {
        const { showMove } = await import("./device.js")
        showMove(page, move, back, true)
        return
    }
    inside.resume()
    if (page.invitation !== "") {
        const invitation = inside.readInvitation(page.invitation)
        page.invitation = ""
        if (invitation !== null) {
            await showEntering(page, inside, invitation, back)
            return
        }
        await showList(page, inside)
        page.main.append(page.problem("enter-not"))
        return
    }
    await showList(page, inside)

    function back(): void {
        void showList(page, inside)
    }
}

export async function showList(page: Page, inside: Inside): Promise<void> {
    const lines = await inside.rooms()
    const back = (): void => {
        void showList(page, inside)
    }
    const list = element("ul", { class: "plain lines" })
    for (const line of lines) list.append(element("li", {}, lineButton(page, inside, line, back)))
    const linkTo = (key: Key, go: () => Promise<void>): HTMLElement =>
        pressing(page, page.say(key), go, { class: "quiet" }, { place: ways })
    const ways = element("div", { class: "row" })
    ways.append(
        button(
            page.say("rooms-invited"),
            () => {
                showPasting(page, inside, back)
            },
            { class: "quiet" },
        ),
        linkTo("rooms-found", async () => {
            await (await import("./founding_view.js")).showFounding(page, inside, back)
        }),
        linkTo("rooms-device", async () => {
            ;(await import("./device.js")).showDevice(page, inside, back)
        }),
    )
    page.show(
        page.say("rooms-title"),
        inside.keeps ? null : paragraph(page.say("memory-only"), { class: "notice" }),
        lines.length === 0 ? paragraph(page.say("rooms-none")) : list,
        ways,
        paragraph(page.say("rooms-hidden"), { class: "help" }),
    )
    // Doors at which this device waits are looked at by themselves, once.
    for (const line of lines) {
        if (line.state === "waiting") inside.look(line.id).catch(saidOf(page))
    }
}

/** Only what will not come again is said; the rest is looked at again. */
function saidOf(page: Page): (error: unknown) => void {
    return (error) => {
        const key = problemKey(error)
        if (key === "enter-another-age") page.main.append(page.problem(key))
    }
}

function lineButton(page: Page, inside: Inside, line: RoomLine, back: () => void): HTMLElement {
    const told: string[] = []
    if (line.state === "waiting") told.push(page.say("rooms-waiting"))
    if (line.state === "closed") told.push(page.say("rooms-closed"))
    if (line.state === "anew") told.push(page.say("rooms-anew"))
    if (line.state === "burned") told.push(page.say("rooms-burned"))
    if (line.state === "removed") told.push(page.say("room-removed"))
    if (line.unread > 0) told.push(page.say("rooms-new", { count: String(line.unread) }))
    const press = button("", () => {
        if (line.state === "waiting") {
            showWaiting(page, inside, line.id, back)
            return
        }
        void act(page, { control: press }, async () => {
            showRoom(page, inside, await inside.open(line.id), back)
        })
    })
    press.append(line.name, element("small", {}, told.join(" · ")))
    return press
}

function showPasting(page: Page, inside: Inside, back: () => void): void {
    const pasted = field(
        page.say("enter-paste"),
        element("textarea", { rows: "4", autocapitalize: "none" }),
        page.say("enter-paste-help"),
    )
    const press = element("button", { type: "submit" }, page.say("open"))
    const form = element("form", {}, pasted.whole, press)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        form.querySelector("[role=alert]")?.remove()
        const whole = pasted.control.value.trim()
        const invitation = inside.readInvitation(whole.slice(whole.indexOf("#") + 1))
        if (invitation === null) {
            form.append(page.problem("enter-not"))
            pasted.control.focus()
            return
        }
        pasted.control.value = ""
        void showEntering(page, inside, invitation, back)
    })
    page.show(page.say("rooms-invited"), form, button(page.say("back"), back, { class: "quiet" }))
}

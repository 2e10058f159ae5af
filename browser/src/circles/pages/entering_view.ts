/** Coming in by an invitation: the rules, a name for this room, the knock, and waiting. */

import { act, pressing, problemKey } from "./acting.js"
import { button, element, paragraph, picked, textField } from "./elements.js"
import { COUNSELLOR } from "./own_band.js"
import type { Page } from "./page.js"
import type { Inside, Invitation } from "./parts.js"
import { showRoom } from "./room_view.js"
import type { Key } from "./words/en.js"

const LONGEST_NAME = 30
/** Seconds between looks while somebody watches; between the two by chance, so that looks of
 * several people at one door do not show a pattern. */
const SOONEST_LOOK = 10
const LATEST_LOOK = 25

const RULES = [
    "enter-rule-name",
    "enter-rule-screens",
    "enter-rule-read",
    "enter-rule-kind",
    "enter-rule-meet",
    "enter-rule-vanish",
] as const satisfies readonly Key[]

export function rules(page: Page): HTMLElement {
    return element("ul", {}, ...RULES.map((key) => element("li", {}, page.say(key))))
}

export function nameField(page: Page) {
    const name = textField(page.say("enter-name"), page.say("enter-rule-name"), LONGEST_NAME)
    name.control.setAttribute("name", "room-name")
    return name
}

export async function showEntering(
    page: Page,
    inside: Inside,
    invitation: Invitation,
    back: () => void,
): Promise<void> {
    const signed = await inside.rules().catch(() => null)
    const name = nameField(page)
    const bands = (signed?.bands ?? []).map((band) => [band.code, band.name] as const)
    if (signed !== null && (await inside.isCounsellor())) {
        bands.push([COUNSELLOR, page.say("enter-counsellor")])
    }
    // No answer is chosen beforehand: a press on the way would be a lie about one's age.
    const own = picked(page.say("enter-age"), [["", ""], ...bands], "")
    own.control.required = true
    const press = element("button", { type: "submit" }, page.say("enter-ask"))
    const age = [own.whole, paragraph(page.say("enter-age-what"), { class: "help" })]
    const form = element("form", {}, name.whole, ...(signed === null ? [] : age), press)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        form.querySelector("[role=alert]")?.remove()
        const chosen = name.control.value.trim()
        if (chosen === "") {
            form.append(page.problem("enter-name-bad"))
            name.control.focus()
            return
        }
        const mine = own.control.value
        if (signed !== null && mine === "") {
            form.append(page.problem("enter-age"))
            own.control.focus()
            return
        }
        void act(page, { control: press, busy: "enter-working", place: form }, async () => {
            showWaiting(page, inside, await inside.knock(invitation, chosen, mine), back)
        })
    })
    page.show(
        page.say("enter-title"),
        element("h2", {}, page.say("enter-rules-title")),
        rules(page),
        form,
        button(page.say("back"), back, { class: "quiet" }),
    )
}

export function showWaiting(page: Page, inside: Inside, id: string, back: () => void): void {
    const told = paragraph("", { role: "status" })
    let timer: ReturnType<typeof setTimeout> | undefined
    let ended = false
    const look = async (said: boolean): Promise<void> => {
        clearTimeout(timer)
        const room = await inside.look(id).catch((error: unknown) => {
            if (problemKey(error) !== "enter-another-age") throw error
            page.show(page.say("enter-title"), page.problem("enter-another-age"), out)
            return null
        })
        if (ended) return
        if (room === null) {
            if (said) told.textContent = page.say("enter-not-yet")
            again()
            return
        }
        page.aloud(page.say("enter-joined"))
        showRoom(page, inside, await inside.open(room), back)
    }
    const again = (): void => {
        const chance = (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255
        const seconds = SOONEST_LOOK + chance * (LATEST_LOOK - SOONEST_LOOK)
        timer = setTimeout(() => {
            look(false).catch(again)
        }, 1000 * seconds)
    }
    const out = button(page.say("rooms-title"), back, { class: "quiet" })
    const press = pressing(page, page.say("enter-look"), () => look(true))
    const giveUp = pressing(
        page,
        page.say("enter-give-up"),
        async () => {
            await inside.giveUp(id)
            back()
        },
        { class: "danger" },
    )
    page.show(
        page.say("enter-title"),
        paragraph(page.say("enter-waits"), { class: "notice" }),
        told,
        element("div", { class: "row" }, press, out, giveUp),
    )
    page.onEnd(() => {
        ended = true
        clearTimeout(timer)
    })
    again()
}

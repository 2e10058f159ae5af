/** Founding a room: what it is called, for whom, how long messages stay, which keys. */

import { dayOf } from "../../sealing/day.js"
import { act } from "./acting.js"
import { button, element, paragraph, picked, textField, tick } from "./elements.js"
import { nameField } from "./entering_view.js"
import type { Page } from "./page.js"
import type { Inside } from "./parts.js"
import { showRoom } from "./room_view.js"

const LONGEST_NAME = 40

export async function showFounding(page: Page, inside: Inside, back: () => void): Promise<void> {
    const rules = await inside.rules()
    const bands = await inside.bands()
    const listed = bands.map(({ code, name: called }) => [code, called] as const)
    const own = picked(page.say("found-own"), listed, bands[0]?.code ?? "")
    const name = textField(page.say("found-name"), page.say("found-name-help"), LONGEST_NAME)
    const mine = nameField(page)
    const band = picked(page.say("found-band"), listed, bands[0]?.code ?? "")
    const days = picked(
        page.say("found-days"),
        [
            ["1", page.say("found-days-1")],
            ["7", page.say("found-days-7")],
            ["30", page.say("found-days-30")],
        ],
        "7",
    )
    const saving = tick(page.say("found-saving"))
    const suite = tick(page.say("found-suite"))
    suite.control.checked = true
    const press = element("button", { type: "submit" }, page.say("found-create"))
    const form = element(
        "form",
        {},
        name.whole,
        mine.whole,
        rules === null ? null : own.whole,
        band.whole,
        rules === null ? null : paragraph(rules.aboutAges, { class: "help" }),
        days.whole,
        saving.whole,
        suite.whole,
        paragraph(page.say("found-suite-help"), { class: "help" }),
        press,
    )
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        form.querySelector("[role=alert]")?.remove()
        for (const one of [name.control, mine.control]) {
            if (one.value.trim() !== "") continue
            form.append(page.problem("enter-name-bad"))
            one.focus()
            return
        }
        const refused = rules?.refusesFounding(
            band.control.value,
            own.control.value,
            Number(days.control.value),
            dayOf(new Date()),
        )
        if (refused !== undefined && refused !== null) {
            form.append(page.problem("found-refused"))
            own.control.focus()
            return
        }
        void act(page, { control: press, busy: "found-working", place: form }, async () => {
            const room = await inside.found({
                name: name.control.value.trim(),
                myName: mine.control.value.trim(),
                band: band.control.value,
                days: Number(days.control.value),
                saving: saving.control.checked,
                postQuantum: suite.control.checked,
            })
            showRoom(page, inside, room, back)
        })
    })
    page.show(
        page.say("found-title"),
        paragraph(page.say("found-lead")),
        form,
        button(page.say("back"), back, { class: "quiet" }),
    )
}

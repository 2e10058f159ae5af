/** Showing one message to the keepers, with proof for them alone. */

import type { Shown } from "../room/room_state.js"
import { act } from "./acting.js"
import { button, element, field, paragraph } from "./elements.js"
import type { Page } from "./page.js"
import type { OpenRoom } from "./parts.js"

const LONGEST_NOTE = 500

export function showReporting(page: Page, room: OpenRoom, message: Shown, back: () => void): void {
    const quoted = message.text ?? page.say("room-picture-of", { name: message.name })
    const note = field(
        page.say("report-note"),
        element("textarea", { rows: "3", maxlength: String(LONGEST_NOTE) }),
        page.say("report-note-help"),
    )
    const press = element("button", { type: "submit" }, page.say("report-send"))
    const form = element(
        "form",
        {},
        note.whole,
        element(
            "div",
            { class: "row" },
            press,
            button(page.say("cancel"), back, { class: "quiet" }),
        ),
    )
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        void act(page, { control: press, place: form }, async () => {
            await room.report(message.id, note.control.value.trim())
            back()
            page.aloud(page.say("report-sent"))
            page.main
                .querySelector("h1")
                ?.after(paragraph(page.say("report-sent"), { class: "notice", id: "reported" }))
        })
    })
    page.show(
        page.say("report-title"),
        element("blockquote", {}, `${message.name}: ${quoted}`),
        paragraph(page.say("report-what")),
        room.state.settings.franking === ""
            ? paragraph(page.say("report-none"), { class: "problem" })
            : form,
        room.state.settings.franking === ""
            ? button(page.say("back"), back, { class: "quiet" })
            : null,
    )
}

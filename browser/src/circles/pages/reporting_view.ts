/** Showing one message to the keepers, with proof for them alone. */

import type { Shown } from "../room/room_state.js"
import { act } from "./acting.js"
import { button, element, field, paragraph, tick } from "./elements.js"
import type { Page } from "./page.js"
import type { OpenRoom } from "./parts.js"
import { lateWords } from "./words/late.js"
import { learnMore } from "./words/more.js"

const LONGEST_NOTE = 500
/** Messages on each side of the one that is reported, and letters of each, to choose from. */
const AROUND = 3
const LONGEST_QUOTE = 80

export function showReporting(page: Page, room: OpenRoom, message: Shown, back: () => void): void {
    learnMore(page)
    const quoted = textOf(page, message)
    const note = field(
        page.say("report-note"),
        element("textarea", { rows: "3", maxlength: String(LONGEST_NOTE) }),
        page.say("report-note-help"),
    )
    const others = around(room, message).map((other) => ({
        id: other.id,
        ...tick(`${other.name}: ${quoteOf(page, other)}`),
    }))
    const press = element("button", { type: "submit" }, page.say("report-send"))
    const form = element(
        "form",
        {},
        note.whole,
        others.length === 0 ? null : context(page, others),
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
            const chosen = others.filter(({ control }) => control.checked).map(({ id }) => id)
            await room.report(message.id, note.control.value.trim(), chosen)
            back()
            page.aloud(page.say("report-sent"))
            page.main
                .querySelector("h1")
                ?.after(paragraph(page.say("report-sent"), { class: "notice", id: "reported" }))
        })
    })
    const past = pastWhom(page, room, message)
    const sendable = room.state.settings.franking !== "" && past?.readable !== false
    page.show(
        page.say("report-title"),
        element("blockquote", {}, `${message.name}: ${quoted}`),
        paragraph(page.say("report-what")),
        past === null ? null : paragraph(past.told, { class: "notice", id: "past" }),
        room.state.settings.franking === ""
            ? paragraph(page.say("report-none"), { class: "problem" })
            : null,
        sendable ? form : button(page.say("back"), back, { class: "quiet" }),
    )
}

/** What a reporter must know where the message is a keeper's own; null: it is not. */
function pastWhom(
    page: Page,
    room: OpenRoom,
    { from }: Shown,
): { readonly told: string; readonly readable: boolean } | null {
    const { settings, members, me } = room.state
    if (from === null || !settings.keepers.includes(from.id)) return null
    const others = members.filter(
        ({ id }) => id !== from.id && id !== me.id && settings.keepers.includes(id),
    )
    const names = others.map(({ name }) => name).join(", ")
    const key = others.length === 0 ? "report-only" : "report-past"
    const told = lateWords(page)(key, { name: from.name, others: names })
    return { told, readable: others.length > 0 }
}

/** What stands before and after it, as far as keepers could be shown it. */
function around(room: OpenRoom, message: Shown): readonly Shown[] {
    const { shown } = room.state
    const at = shown.findIndex(({ id }) => id === message.id)
    return shown
        .slice(Math.max(0, at - AROUND), at + AROUND + 1)
        .filter(({ id }) => id !== message.id && room.reportable(id))
}

function context(page: Page, others: readonly { readonly whole: HTMLElement }[]): HTMLElement {
    const say = lateWords(page)
    return element(
        "fieldset",
        { class: "field", id: "context" },
        element("legend", {}, say("report-add")),
        paragraph(say("report-add-help"), { class: "help" }),
        ...others.map(({ whole }) => whole),
    )
}

function textOf(page: Page, message: Shown): string {
    return message.text ?? page.say("room-picture-of", { name: message.name })
}

function quoteOf(page: Page, message: Shown): string {
    const text = textOf(page, message)
    return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
}

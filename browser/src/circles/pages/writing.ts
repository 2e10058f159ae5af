/** Writing in a room: a text, an answer, a picture without what it says of its maker. */

import { act } from "./acting.js"
import { button, element, field, paragraph } from "./elements.js"
import type { Page } from "./page.js"
import type { OpenRoom } from "./parts.js"
import type { Shown } from "../room/room_state.js"

/** Characters; more would not fit into one message with everything around it. */
export const LONGEST_TEXT = 2000

export interface Writing {
    readonly whole: HTMLElement
    readonly replyTo: (message: Shown) => void
    /** Whether anybody may write now. */
    readonly allow: (allowed: boolean) => void
}

export function writing(page: Page, room: OpenRoom): Writing {
    let answered: string | null = null
    const text = field(
        page.say("room-write"),
        element("textarea", {
            rows: "2",
            maxlength: String(LONGEST_TEXT),
            autocapitalize: "sentences",
        }),
    )
    const answer = element("div", { class: "row", hidden: true })
    const send = element("button", { type: "submit" }, page.say("room-send"))
    const file = element("input", {
        type: "file",
        accept: "image/jpeg,image/png,image/webp",
        "aria-label": page.say("room-picture"),
    })
    const pictures = element(
        "details",
        {},
        element("summary", {}, page.say("room-picture")),
        paragraph(page.say("room-picture-help"), { class: "help" }),
        file,
    )
    const form = element("form", { class: "write" }, answer, text.whole, send)
    if (room.pictures) form.append(pictures)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        const written = text.control.value
        if (written.trim() === "") {
            text.control.focus()
            return
        }
        void act(page, { control: send, place: form }, async () => {
            await room.say(written, answered)
            // What was typed meanwhile stays.
            if (text.control.value === written) text.control.value = ""
            endAnswer()
        }).then((sent) => {
            if (sent) page.aloud(page.say("room-sent"))
            text.control.focus()
        })
    })
    file.addEventListener("change", () => {
        const chosen = file.files?.[0]
        if (chosen === undefined) return
        void act(page, { control: send, busy: "room-picture-sending", place: form }, async () => {
            const { smallPicture } = await import("./pictures.js")
            await room.sendPicture(await smallPicture(chosen))
            pictures.open = false
        }).finally(() => {
            file.value = ""
        })
    })

    function endAnswer(): void {
        answered = null
        answer.hidden = true
        answer.replaceChildren()
    }

    return {
        whole: form,
        replyTo(message) {
            answered = message.id
            answer.hidden = false
            answer.replaceChildren(
                paragraph(page.say("room-reply-to", { name: message.name })),
                button(
                    page.say("room-reply-cancel"),
                    () => {
                        endAnswer()
                        text.control.focus()
                    },
                    { class: "quiet" },
                ),
            )
            text.control.focus()
        },
        allow(allowed) {
            form.hidden = !allowed
        },
    }
}

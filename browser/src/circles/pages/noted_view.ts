/** What a person is told before they go on in a room: other rules, and keepers' answers. */

import { pressing } from "./acting.js"
import { element, paragraph } from "./elements.js"
import type { Page } from "./page.js"
import type { Answered, Inside, OpenRoom, Ways } from "./parts.js"
import { lateWords } from "./words/late.js"

/** In place of the room, until somebody says that they go on. */
export function showRulesChanged(page: Page, inside: Inside, room: OpenRoom, ways: Ways): void {
    const say = lateWords(page)
    const goOn = pressing(page, say("rules-go-on"), async () => {
        await room.rulesSeen()
        ways.again()
    })
    const leave = pressing(
        page,
        say("rules-leave"),
        async () => {
            await room.leave()
            ways.leave()
        },
        { class: "danger" },
        { busy: "keep-working" },
    )
    const help = pressing(
        page,
        page.say("room-help"),
        async () => {
            const { showHelp } = await import("./help_view.js")
            showHelp(page, inside, ways.again)
        },
        { class: "quiet" },
    )
    page.show(
        say("rules-title"),
        paragraph(say("rules-what"), { class: "notice" }),
        element("div", { class: "row" }, help, goOn, leave),
    )
}

export function answersBox(page: Page, room: OpenRoom, found: readonly Answered[]): HTMLElement {
    const say = lateWords(page)
    const box = element("section", { class: "notice", id: "answers" })
    box.append(element("h2", {}, say("answer-title")))
    for (const { id, from, day, words } of found) {
        const read = pressing(page, say("answer-read"), async () => {
            await room.answerRead(id)
            one.remove()
            if (box.querySelector("blockquote") === null) box.remove()
        })
        const told = paragraph(say("answer-by", { name: from, day: page.day(day) }))
        const one = element("div", {}, told, element("blockquote", {}, words), read)
        box.append(one)
    }
    return box
}

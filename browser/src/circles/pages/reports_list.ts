/** For keepers: what was reported, what it is worth, and an answer to whoever reported it. */

import { element, field, paragraph, pictureOf, section } from "./elements.js"
import type { Attributes } from "./elements.js"
import type { Page } from "./page.js"
import type { KeeperParts, Report } from "./parts.js"
import { lateWords } from "./words/late.js"

const LONGEST_ANSWER = 500

type Button = (text: string, what: () => Promise<void>, attributes?: Attributes) => HTMLElement

export class ReportsList {
    readonly whole = element("div", { id: "reports" })
    #shown = ""

    constructor(
        private readonly page: Page,
        private readonly keeper: KeeperParts,
        private readonly button: Button,
    ) {
        this.update()
    }

    /** Anew where there are others; what somebody is typing waits until they have sent it. */
    update(): void {
        const found = this.keeper.reports()
        const now = JSON.stringify(found.map(({ id, by, of }) => [id, by, of]))
        const typing = [...this.whole.querySelectorAll("textarea")].some(
            ({ value }) => value !== "",
        )
        if (now === this.#shown || typing) return
        this.#shown = now
        const { page } = this
        const list = element("ul", { class: "plain cards" })
        list.append(...found.map((report) => this.#line(report)))
        const title = page.say("keep-reports", { count: String(found.length) })
        const none = paragraph(page.say("keep-reports-none"), { class: "help" })
        this.whole.replaceChildren(section(title, found.length === 0 ? none : list))
    }

    #line(report: Report): HTMLElement {
        const { page } = this
        const { by, of, day, picture, text, note, id } = report
        return element(
            "li",
            {},
            paragraph(page.say("keep-report-by", { name: by })),
            paragraph(page.say("keep-report-of", { name: of, day: page.day(day) })),
            element("blockquote", {}, text),
            picture === null ? null : pictureOf(picture, page.say("room-picture-of", { name: of })),
            ...this.#weight(report),
            note === "" ? null : paragraph(page.say("keep-report-note")),
            note === "" ? null : element("blockquote", {}, note),
            this.#answering(id),
            this.button(page.say("keep-report-done"), () => this.keeper.dealtWith(id), {
                class: "quiet",
            }),
        )
    }

    /** What the report is worth, and what the reporter added to it. */
    #weight({ verdict, byKeeper, context }: Report): readonly HTMLElement[] {
        const { page } = this
        const say = lateWords(page)
        const proof = {
            proven: page.say("keep-report-proven"),
            "proven-earlier": say("report-earlier"),
            unproven: page.say("keep-report-unproven"),
            false: say("report-false"),
        }[verdict]
        const lines = [paragraph(proof, { class: "help" })]
        if (byKeeper) lines.push(paragraph(say("report-by-keeper"), { class: "notice" }))
        if (context.length === 0) return lines
        const added = context.map(({ of, text }) => say("report-context-of", { name: of, text }))
        return [
            ...lines,
            paragraph(say("report-context")),
            ...added.map((text) => element("blockquote", {}, text)),
        ]
    }

    #answering(report: string): HTMLElement {
        const say = lateWords(this.page)
        const words = field(
            say("answer-write"),
            element("textarea", { rows: "2", maxlength: String(LONGEST_ANSWER) }),
            say("answer-write-help"),
        )
        const send = this.button(say("answer-send"), async () => {
            const typed = words.control.value.trim()
            if (typed !== "") await this.keeper.answer(report, typed)
        })
        const title = element("summary", {}, say("answer-write"))
        return element("details", {}, title, words.whole, send)
    }
}

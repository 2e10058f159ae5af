/** What desks answered, opened in the page. */

import { sentence } from "../intake/said.js"
import type { Receipt } from "../sealing/receipt.js"
import type { Network } from "../sending/network.js"
import type { DeskAnswer } from "../vocabulary/messages.js"
import { AnswerError, openedAnswer } from "./mailbox.js"
import type { ListedAnswer, MailboxState } from "./mailbox.js"

export class AnswersList {
    /** Opened once; kept for as long as the page is open. */
    readonly #opened = new Map<string, HTMLLIElement>()

    constructor(
        readonly page: Document,
        readonly network: Network,
    ) {}

    /**
     * Show all answers in `ol#answers`, the newest first. `told`: before each that is fetched now,
     * which (from 1) and of how many. Throws `SendingError`.
     */
    async show(
        receipt: Receipt,
        { answers, more }: MailboxState,
        told: (number: number, count: number) => void,
    ): Promise<void> {
        const list = this.page.getElementById("answers")
        if (list === null) return
        if (answers.length === 0) {
            list.replaceChildren(this.#line(sentence(this.page, "no-answers")))
            return
        }
        const lines: HTMLLIElement[] = []
        const closed = answers.filter(({ id }) => !this.#opened.has(id))
        for (const listed of answers) {
            const index = closed.indexOf(listed)
            if (index >= 0) told(index + 1, closed.length)
            lines.push(this.#opened.get(listed.id) ?? (await this.#openedLine(receipt, listed)))
        }
        if (more) lines.push(this.#line(sentence(this.page, "more-answers")))
        list.replaceChildren(...lines)
    }

    clear(): void {
        this.#opened.clear()
        this.page.getElementById("answers")?.replaceChildren()
    }

    async #openedLine(receipt: Receipt, listed: ListedAnswer): Promise<HTMLLIElement> {
        let line: HTMLLIElement
        try {
            line = this.#answerLine(await openedAnswer(receipt, listed, this.network))
        } catch (error) {
            if (!(error instanceof AnswerError)) throw error
            line = this.#line(sentence(this.page, "answer-damaged", { day: listed.day }))
        }
        this.#opened.set(listed.id, line)
        return line
    }

    #answerLine({ written, desk, status, text }: DeskAnswer): HTMLLIElement {
        const line = this.#line(sentence(this.page, "answer-from", { desk, day: written }))
        if (status !== null) line.append(this.#paragraph(sentence(this.page, `status-${status}`)))
        // Line ends as they were written: text only, whatever stands in it.
        for (const paragraph of text === "" ? [] : text.split("\n")) {
            line.append(this.#paragraph(paragraph))
        }
        return line
    }

    #line(text: string): HTMLLIElement {
        const line = this.page.createElement("li")
        line.append(this.#paragraph(text))
        return line
    }

    #paragraph(text: string): HTMLParagraphElement {
        const paragraph = this.page.createElement("p")
        paragraph.textContent = text
        return paragraph
    }
}

/** The receipt's page: how it stands, what desks answered, writing again, taking everything back. */

import { FilesList } from "../intake/files_list.js"
import { lock, metaContent, showWhatNeedsScript } from "../intake/page_parts.js"
import { problemOf } from "../intake/problems.js"
import { Said, sentence } from "../intake/said.js"
import type { Surroundings } from "../intake/surroundings.js"
import { dayOf } from "../sealing/day.js"
import { ReceiptError } from "../sealing/receipt.js"
import type { Receipt } from "../sealing/receipt.js"
import { WordListError } from "../sealing/word_list.js"
import { Delivery } from "../sending/delivery.js"
import type { Item, Step } from "../sending/delivery.js"
import { SendingError } from "../sending/network.js"
import { messageBytes } from "../vocabulary/messages.js"
import { AnswersList } from "./answers_list.js"
import { readMailbox, withdraw } from "./mailbox.js"
import type { MailboxState } from "./mailbox.js"
import { likelyWords, receiptFrom, replacedWord } from "./typed_words.js"

interface UnderWay {
    readonly content: string
    readonly delivery: Delivery
}

interface Parts {
    readonly ask: HTMLFormElement
    readonly words: HTMLTextAreaElement
    readonly section: HTMLElement
    readonly write: HTMLFormElement
    readonly text: HTMLTextAreaElement
    readonly withdraw: HTMLFormElement
    readonly sure: HTMLInputElement
}

/** Take over the receipt's page. Does nothing on a page without its forms. */
export function enhanceConversation(page: Document, surroundings: Surroundings): void {
    const parts = partsOf(page)
    if (parts === null) return
    const said = new Said(page)
    const answers = new AnswersList(page, surroundings)
    const language = page.documentElement.lang
    let receipt: Receipt | null = null
    let underWay: UnderWay | null = null
    let busy = false
    /** Where to go on when the page is not locked any more; what is locked takes no focus. */
    const goOn: { at: HTMLElement | null } = { at: null }

    // First of all: from here on no word and no text leaves by a form of the browser's.
    on(parts.ask, lookUp)
    on(parts.write, write)
    on(parts.withdraw, takeBack)
    const files = FilesList.on(page)
    showWhatNeedsScript(page)

    function on(form: HTMLFormElement, act: () => Promise<void>): void {
        form.addEventListener("submit", (event) => {
            event.preventDefault()
            if (!busy) void guarded(form, act)
        })
    }

    async function guarded(form: HTMLFormElement, act: () => Promise<void>): Promise<void> {
        busy = true
        form.setAttribute("aria-busy", "true")
        lock(form, true)
        said.problem("")
        likely(new Map())
        try {
            await act()
        } catch (error) {
            show(error)
        } finally {
            busy = false
            said.progress(null)
            form.removeAttribute("aria-busy")
            lock(form, false)
            goOn.at?.focus()
            goOn.at = null
        }
    }

    async function lookUp(): Promise<void> {
        said.status(sentence(page, "asking"))
        receipt = await receiptFrom(parts?.words.value ?? "", (wanted) =>
            surroundings.loadWords(wanted),
        )
        await refresh(receipt)
    }

    async function refresh(asked: Receipt): Promise<void> {
        const found = await readMailbox(asked, surroundings)
        tellState(found)
        if (found.state !== "open" || parts === null) return
        // The words are not needed on the screen any more, where others may read them.
        parts.words.value = ""
        parts.ask.hidden = true
        parts.section.hidden = false
        await answers.show(asked, found, (number, count) => {
            const values = { number: number.toString(), count: count.toString() }
            said.status(sentence(page, "opening-answer", values))
        })
        said.status("")
    }

    function tellState({ state, fetched, answers: listed }: MailboxState): void {
        const key =
            state === "open" ? (fetched ? "state-fetched" : "state-waiting") : `state-${state}`
        said.status("")
        const line = page.getElementById("answer")
        if (line !== null) {
            line.hidden = false
            line.textContent = sentence(page, key, { count: listed.length.toString() })
        }
        if (state === "withdrawn" && parts !== null) {
            parts.section.hidden = true
            parts.ask.hidden = true
            parts.words.value = ""
        }
    }

    async function write(): Promise<void> {
        if (receipt === null || parts === null) return
        await files?.looked()
        const undecided = files?.undecided ?? null
        if (undecided !== null) {
            said.problem(sentence(page, "problem-files-undecided"))
            goOn.at = undecided
            return
        }
        const text = parts.text.value
        if (text.trim() === "" && (files?.isEmpty ?? true)) {
            said.problem(sentence(page, "problem-nothing"))
            goOn.at = parts.text
            return
        }
        const content = JSON.stringify([text, files?.key ?? ""])
        if (underWay?.content !== content) {
            underWay = { content, delivery: delivery(receipt, text) }
        }
        const trust = {
            rootHex: metaContent(page, "safelight-root"),
            today: dayOf(surroundings.now()),
        }
        await underWay.delivery.send(surroundings, trust, tell)
        underWay = null
        parts.write.reset()
        files?.clear()
        await refresh(receipt)
        said.status(sentence(page, "sent-again"))
    }

    function delivery(owner: Receipt, text: string): Delivery {
        const facts = { mailboxId: owner.mailboxId, written: dayOf(surroundings.now()), language }
        const items: Item[] = [...(files?.items(facts) ?? [])]
        if (text.trim() !== "") {
            const bytes = messageBytes(text, facts)
            items.unshift({ content: () => new Blob([bytes]) })
        }
        return new Delivery(owner, items, false)
    }

    async function takeBack(): Promise<void> {
        if (receipt === null || parts === null) return
        if (!parts.sure.checked) {
            said.problem(sentence(page, "problem-not-sure"))
            goOn.at = parts.sure
            return
        }
        said.status(sentence(page, "withdrawing"))
        const state = await withdraw(receipt, surroundings)
        await underWay?.delivery.abandon(surroundings)
        underWay = null
        parts.withdraw.reset()
        parts.write.reset()
        answers.clear()
        tellState({ state, fetched: false, answers: [], more: false })
    }

    function tell({ doing, item, items, percent }: Step): void {
        said.progress(doing === "sending" ? percent : null)
        said.status(
            sentence(page, items > 1 ? `${doing}-part` : doing, {
                percent: (percent - (percent % 10)).toString(),
                number: (item + 1).toString(),
                count: items.toString(),
            }),
        )
    }

    function show(error: unknown): void {
        said.status("")
        const withdrawn = error instanceof SendingError && error.problem === "withdrawn"
        if (withdrawn) tellState({ state: "withdrawn", fetched: false, answers: [], more: false })
        said.problem(problemSentence(error))
        likely(likelyWords(error))
        const isOfWords = error instanceof ReceiptError || error instanceof WordListError
        if (isOfWords) goOn.at = parts?.words ?? null
    }

    function problemSentence(error: unknown): string {
        if (error instanceof ReceiptError) {
            const positions = [...error.wrong.keys()].join(", ")
            return sentence(page, `words-${error.problem}`, { positions })
        }
        // Imported words did not come: the same as any other cut.
        if (error instanceof Error && error.name === "LoadError") {
            return sentence(page, "problem-network")
        }
        const key = problemOf(error, page, () => surroundings.now())
        const values = key === "problem-clock" ? { day: dayOf(surroundings.now()) } : {}
        return sentence(page, key, values)
    }

    /** For each mistyped word a line with the words that may have been meant, as buttons. */
    function likely(wrong: ReadonlyMap<number, readonly string[]>): void {
        const list = page.getElementById("likely")
        if (list === null) return
        list.hidden = wrong.size === 0
        list.replaceChildren(
            ...[...wrong].map(([position, words]) => {
                const line = page.createElement("li")
                const key = words.length > 0 ? "likely" : "no-likely"
                line.append(sentence(page, key, { position: position.toString() }))
                for (const word of words) line.append(" ", likelyButton(position, word))
                return line
            }),
        )
    }

    function likelyButton(position: number, word: string): HTMLButtonElement {
        const button = page.createElement("button")
        button.type = "button"
        button.textContent = word
        button.addEventListener("click", () => {
            if (parts === null) return
            parts.words.value = replacedWord(parts.words.value, position, word)
            button.closest("li")?.remove()
            parts.words.focus()
        })
        return button
    }
}

function partsOf(page: Document): Parts | null {
    const ask = page.querySelector<HTMLFormElement>("form#ask")
    const words = page.querySelector<HTMLTextAreaElement>("textarea#words")
    const section = page.querySelector<HTMLElement>("section#conversation")
    const write = page.querySelector<HTMLFormElement>("form#write")
    const text = page.querySelector<HTMLTextAreaElement>("form#write textarea#text")
    const withdraw = page.querySelector<HTMLFormElement>("form#withdraw")
    const sure = page.querySelector<HTMLInputElement>("input#sure")
    const all = { ask, words, section, write, text, withdraw, sure }
    return Object.values(all).every((part) => part !== null) ? (all as Parts) : null
}

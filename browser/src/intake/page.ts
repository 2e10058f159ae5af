/** The form's page: what is typed becomes an envelope, and the receipt is shown when it arrived. */

import { dayOf } from "../sealing/day.js"
import { hexOf, Receipt } from "../sealing/receipt.js"
import { Delivery } from "../sending/delivery.js"
import type { Item, Step } from "../sending/delivery.js"
import { SendingError } from "../sending/network.js"
import { filledForm } from "../vocabulary/filled_form.js"
import type { FilledForm } from "../vocabulary/filled_form.js"
import { reportBytes, ReportTooLargeError } from "../vocabulary/report.js"
import { FilesList } from "./files_list.js"
import { fieldsOf, followConditions, rulesOf } from "./form_fields.js"
import { lock, metaContent, showWhatNeedsScript } from "./page_parts.js"
import { problemOf } from "./problems.js"
import { receiptPlace, showReceipt, removeForm } from "./receipt_shown.js"
import { Said, sentence } from "./said.js"
import type { Surroundings } from "./surroundings.js"

/** What is under way: kept in memory, so that a second press of the button sends the same bytes. */
interface UnderWay {
    readonly content: string
    readonly delivery: Delivery
    shown: boolean
}

/** Take over the form's page. Does nothing on a page without the form. */
export function enhance(page: Document, surroundings: Surroundings): void {
    const form = page.querySelector<HTMLFormElement>("form#report")
    if (form === null) return
    const language = form.dataset["language"] ?? ""
    const said = new Said(page)
    let busy = false
    let underWay: UnderWay | null = null

    // First of all: from here on the browser never sends the form by itself.
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        if (!busy) void send(form)
    })
    const files = FilesList.on(page)
    followConditions(form)
    showWhatNeedsScript(page)
    // Asked for early: when the report has arrived its words must be here.
    surroundings.loadWords(language).catch(() => undefined) // asked for again when sending

    async function send(form: HTMLFormElement): Promise<void> {
        begin(form)
        let undecided: HTMLElement | null = null
        try {
            await files?.looked()
            undecided = files?.undecided ?? null
            if (undecided === null) await delivered(form)
            else said.problem(sentence(page, "problem-files-undecided"))
        } catch (error) {
            // Anything at all may have gone wrong; the one wrong answer is silence.
            show(error)
        } finally {
            end(form)
            undecided?.focus() // what is locked takes no focus
        }
    }

    async function delivered(form: HTMLFormElement): Promise<void> {
        // What is needed to show the receipt must be here before anything is sent.
        const place = receiptPlace(page)
        const words = await surroundings.loadWords(language).catch(() => {
            throw new SendingError("network", "the word list did not load; send again when online")
        })
        const now = current(form)
        const { delivery } = now
        const trust = {
            rootHex: metaContent(page, "safelight-root"),
            today: dayOf(surroundings.now()),
        }
        await delivery.send(surroundings, trust, tell, 1)
        if (!now.shown) {
            now.shown = true
            const title = delivery.size > 1 ? sentence(page, "title-files") : null
            showReceipt(form, place, delivery.receipt.words(words), title)
        }
        // The words can be written down while the files are on their way.
        await delivery.send(surroundings, trust, tell)
        said.progress(null)
        said.status(sentence(page, "sent"))
        underWay = null
        files?.clear()
        removeForm(page)
    }

    /** What is to be sent: what an earlier press began, unless something was changed since. */
    function current(form: HTMLFormElement): UnderWay {
        if (underWay?.shown === true) return underWay
        const written = dayOf(surroundings.now())
        const filled = filledForm(fieldsOf(form), rulesOf(form), { language, today: written })
        const content = JSON.stringify(filled) + (files?.key ?? "")
        if (underWay?.content !== content) {
            const receipt = Receipt.generate()
            const facts = { mailboxId: receipt.mailboxId, written }
            const items = [reportItem(filled, receipt, written), ...(files?.items(facts) ?? [])]
            underWay = { content, delivery: new Delivery(receipt, items, true), shown: false }
        }
        return underWay
    }

    function tell({ doing, item, items, percent }: Step): void {
        const isFile = item > 0
        const values = {
            percent: (percent - (percent % 10)).toString(),
            number: item.toString(),
            count: (items - 1).toString(),
        }
        said.progress(doing === "sending" ? percent : null)
        said.status(sentence(page, isFile ? `${doing}-file` : doing, values))
    }

    function begin(form: HTMLFormElement): void {
        busy = true
        form.setAttribute("aria-busy", "true")
        said.problem("")
        lock(form, true)
        for (const control of form.querySelectorAll("[aria-invalid]")) {
            control.removeAttribute("aria-invalid")
        }
    }

    function end(form: HTMLFormElement): void {
        busy = false
        form.removeAttribute("aria-busy")
        lock(form, false)
    }

    function show(error: unknown): void {
        said.status("")
        said.progress(null)
        const key = problemKey(error)
        const values = key === "problem-clock" ? { day: dayOf(surroundings.now()) } : {}
        said.problem(sentence(page, key, values))
        // Shown again after the receipt, where the files wait for it.
        for (const button of page.querySelectorAll<HTMLElement>("#report button")) {
            button.hidden = false
        }
        if (error instanceof ReportTooLargeError && error.question !== null) {
            page.getElementById(error.question)?.setAttribute("aria-invalid", "true")
        }
    }

    function problemKey(error: unknown): string {
        const key = problemOf(error, page, () => surroundings.now())
        if (underWay?.shown === true) return "problem-files"
        const isTaken = error instanceof SendingError && error.problem === "taken"
        // A refusal now does not mean that an attempt without an answer kept nothing.
        if (underWay?.delivery.unconfirmed === true && !isTaken) return "problem-network"
        if (isTaken) underWay = null // another receipt next time
        return key
    }
}

function reportItem(filled: FilledForm, receipt: Receipt, written: ReturnType<typeof dayOf>): Item {
    return {
        async content(rosterVersion) {
            const replyTo = await receipt.replyRecipient()
            const bytes = reportBytes(filled, {
                written,
                replyTo: replyTo.text,
                mailboxId: receipt.mailboxId,
                withdrawalVerifier: receipt.withdrawalVerifier,
                messageKey: hexOf(receipt.messageKey),
                rosterVersion,
            })
            return new Blob([bytes])
        },
    }
}

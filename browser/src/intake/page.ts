/**
 * The form's page with a script: what is sent has been sealed here, or nothing is sent.
 *
 * The page brings every sentence along. Nothing is stored, no history entry is made, and
 * whatever goes wrong, what was typed stays where it is.
 */

import { SafelightError } from "../errors.js"
import { dayOf } from "../sealing/day.js"
import type { Day } from "../sealing/day.js"
import { Receipt } from "../sealing/receipt.js"
import { RecipientError } from "../sealing/recipients.js"
import { RosterError, verifiedRoster } from "../sealing/roster.js"
import type { Roster } from "../sealing/roster.js"
import { SealError, sealBytes } from "../sealing/seal.js"
import type { SealedReport } from "../sealing/seal.js"
import type { WordList } from "../sealing/word_list.js"
import { deposit, DepositError } from "./deposit.js"
import type { Network } from "./deposit.js"
import { filledForm, reportBytes, ReportTooLargeError } from "./report.js"
import type { FilledForm } from "./report.js"

/** The page lacks something that the script needs. */
export class PageError extends SafelightError {
    override readonly name = "PageError"
}

export interface Surroundings extends Network {
    now(): Date
    /** The word list of the page's language. Rejects when it cannot be had now. */
    loadWords(language: string): Promise<WordList>
}

type StatusKey = "sealing" | "sending" | "sent"
type ProblemKey = "problem-network" | "problem-roster" | "problem-too-long" | "problem-refused"

/** A report under way: kept in memory, so that a second press of the button sends the same bytes. */
interface Sealed {
    readonly content: string
    readonly receipt: Receipt
    readonly report: SealedReport
    /** Sent once without an answer, so nobody may say that nothing was kept. */
    unconfirmed: boolean
}

/** Take over the form's page. Does nothing on a page without the form. */
export function enhance(page: Document, surroundings: Surroundings): void {
    const form = page.querySelector<HTMLFormElement>("form#report")
    if (form === null) return
    const language = form.dataset["language"] ?? ""
    let busy = false
    let sealed: Sealed | null = null

    // First of all: from here on the browser never sends the form by itself.
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        if (!busy) void send(form)
    })
    // A button that worked earlier would send the form in the clear if the script is late;
    // a hidden one would still do so on Enter, so it is disabled as well.
    for (const late of page.querySelectorAll<HTMLElement>("[data-needs-script]")) {
        late.hidden = false
        // A button is disabled as well, or the Enter key would press it unseen.
        late.removeAttribute("disabled")
    }
    for (const early of page.querySelectorAll<HTMLElement>("[data-until-script]")) {
        early.hidden = true
    }
    // Asked for early: when the report has arrived its words must be here.
    surroundings.loadWords(language).catch(() => undefined) // asked for again when sending

    async function send(form: HTMLFormElement): Promise<void> {
        begin(form)
        try {
            // What is needed to show the receipt must be here before anything is sent.
            const place = receiptPlace(page)
            const words = await wordsFor(language)
            const receipt = await sentReceipt(form)
            showReceipt(form, place, receipt.words(words))
            say("sent")
        } catch (error) {
            // Anything at all may have gone wrong; the one wrong answer is silence.
            if (error instanceof DepositError && error.problem === "taken") sealed = null
            show(problemNow(error), error)
        } finally {
            end(form)
        }
    }

    function problemNow(error: unknown): ProblemKey {
        if (sealed === null || !(error instanceof DepositError)) return problemOf(error)
        if (error.problem === "network") sealed.unconfirmed = true
        return sealed.unconfirmed ? "problem-network" : problemOf(error)
    }

    async function wordsFor(language: string): Promise<WordList> {
        try {
            return await surroundings.loadWords(language)
        } catch {
            throw new DepositError("network", "the word list did not load; send again when online")
        }
    }

    async function sentReceipt(form: HTMLFormElement): Promise<Receipt> {
        say("sealing")
        await surroundings.pause(30) // sealing blocks the page, so let it show the sentence first
        const today = dayOf(surroundings.now())
        const roster = currentRoster(page, today)
        const filled = filledForm(form)
        const content = JSON.stringify(filled)
        if (sealed?.content !== content)
            sealed = {
                content,
                unconfirmed: false,
                ...(await sealedReport(filled, roster, today)),
            }
        say("sending")
        const { receipt, report } = sealed
        await deposit(report, { id: receipt.mailboxId, verifier: receipt.verifier }, surroundings)
        sealed = null
        return receipt
    }

    function begin(form: HTMLFormElement): void {
        busy = true
        form.setAttribute("aria-busy", "true")
        // Not `disabled`: a person who pressed the button would lose their place.
        for (const button of form.querySelectorAll("button"))
            button.setAttribute("aria-disabled", "true")
        for (const control of form.querySelectorAll("[aria-invalid]"))
            control.removeAttribute("aria-invalid")
        const problem = page.getElementById("problem")
        if (problem !== null) {
            problem.hidden = true
            problem.textContent = ""
        }
    }

    function end(form: HTMLFormElement): void {
        busy = false
        form.removeAttribute("aria-busy")
        for (const button of form.querySelectorAll("button"))
            button.removeAttribute("aria-disabled")
    }

    function show(key: ProblemKey, error: unknown): void {
        say(null)
        const problem = page.getElementById("problem")
        if (problem !== null) {
            problem.hidden = false
            problem.textContent = sentence(page, key)
        }
        if (error instanceof ReportTooLargeError && error.question !== null) {
            page.getElementById(error.question)?.setAttribute("aria-invalid", "true")
        }
    }

    function say(key: StatusKey | null): void {
        const status = page.getElementById("status")
        if (status !== null) status.textContent = key === null ? "" : sentence(page, key)
    }
}

function currentRoster(page: Document, today: Day): Roster {
    const root = page.querySelector<HTMLMetaElement>('meta[name="safelight-root"]')
    return verifiedRoster(page.getElementById("roster")?.textContent ?? "", {
        rootHex: root?.content ?? "",
        today,
        // A page that remembered a version would leave a trace of the visit.
        lastSeenVersion: null,
    })
}

async function sealedReport(
    filled: FilledForm,
    roster: Roster,
    today: Day,
): Promise<Pick<Sealed, "receipt" | "report">> {
    const receipt = Receipt.generate()
    const replyTo = await receipt.replyRecipient()
    const bytes = reportBytes(filled, { written: today, replyTo, mailboxId: receipt.mailboxId })
    return { receipt, report: await sealBytes(bytes, roster.recipients(today)) }
}

function problemOf(error: unknown): ProblemKey {
    if (error instanceof ReportTooLargeError) return "problem-too-long"
    if (
        error instanceof RosterError ||
        error instanceof RecipientError ||
        error instanceof SealError
    ) {
        return "problem-roster"
    }
    if (error instanceof DepositError) {
        if (error.problem === "network") return "problem-network"
        if (error.problem === "too-large") return "problem-too-long"
    }
    return "problem-refused"
}

function sentence(page: Document, key: StatusKey | ProblemKey): string {
    return (
        page
            .querySelector<HTMLTemplateElement>(`template#say-${key}`)
            ?.content.textContent.trim() ?? ""
    )
}

interface ReceiptPlace {
    readonly section: HTMLElement
    readonly list: HTMLElement
}

function receiptPlace(page: Document): ReceiptPlace {
    const section = page.getElementById("receipt")
    const list = page.getElementById("receipt-words")
    if (section === null || list === null) {
        throw new PageError(
            "expected a place for the receipt in the page; nothing is sent without one",
        )
    }
    return { section, list }
}

/** In place of the form and everything typed into it. */
function showReceipt(
    form: HTMLFormElement,
    { section, list }: ReceiptPlace,
    words: readonly string[],
): void {
    const page = form.ownerDocument
    list.replaceChildren(
        ...words.map((word) => {
            const item = page.createElement("li")
            item.textContent = word
            return item
        }),
    )
    form.reset()
    // The status line stays where the form was, so that a screen reader goes on hearing it;
    // to the eye, the receipt's heading says the same.
    page.getElementById("status")?.classList.add("aloud")
    form.replaceWith(...form.querySelectorAll("#status"))
    // Nothing is left above the receipt, and no link to another language that would lose it.
    for (const read of page.querySelectorAll("main > h1, #before, header nav")) read.remove()
    section.hidden = false
    const heading = section.querySelector<HTMLElement>("h1, h2, h3") ?? section
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
    page.documentElement.scrollTop = 0
}

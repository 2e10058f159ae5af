/** The receipt, in place of the form and everything typed into it. */

import { SafelightError } from "../errors.js"

/** The page has no place for the receipt. */
export class ReceiptPlaceError extends SafelightError {
    override readonly name = "ReceiptPlaceError"
}

export interface ReceiptPlace {
    readonly section: HTMLElement
    readonly list: HTMLElement
}

export function receiptPlace(page: Document): ReceiptPlace {
    const section = page.getElementById("receipt")
    const list = page.getElementById("receipt-words")
    if (section === null || list === null) {
        throw new ReceiptPlaceError(
            "expected a place for the receipt in the page; nothing is sent without one",
        )
    }
    return { section, list }
}

/**
 * Show the words. `title` stands above them while files are still on their way, in place of the
 * page's own, which says that all has arrived.
 *
 * There is no button that copies them: a clipboard is read by other programs, kept by phones and
 * sent to one's other devices. Paper is none of that; the browser prints the page.
 */
export function showReceipt(
    form: HTMLFormElement,
    { section, list }: ReceiptPlace,
    words: readonly string[],
    title: string | null,
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
    // Of the form only what says how the files are doing, and the button to try them again.
    for (const part of [...form.children]) {
        if (!part.matches("#problem, #status, #progress, button[data-needs-script]")) part.remove()
    }
    for (const button of form.querySelectorAll<HTMLElement>("button")) button.hidden = true
    // Between title and words: above the links that lead away.
    list.before(form)
    // Nothing is left above the receipt, and no link to another language that would lose it.
    for (const read of page.querySelectorAll("main > h1, #before, header nav")) read.remove()
    section.hidden = false
    const heading = section.querySelector<HTMLElement>("h1, h2, h3") ?? section
    if (title !== null) {
        heading.dataset["afterwards"] = heading.textContent
        heading.textContent = title
    }
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
    page.documentElement.scrollTop = 0
}

/** Everything has arrived: of the form only the status line stays, for screen readers. */
export function removeForm(page: Document): void {
    for (const heading of page.querySelectorAll<HTMLElement>("[data-afterwards]")) {
        heading.textContent = heading.dataset["afterwards"] ?? ""
    }
    const form = page.getElementById("report")
    form?.replaceWith(...form.querySelectorAll("#status"))
}

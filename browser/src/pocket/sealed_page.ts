/** After sealing: the twelve words, the file, and the same as pictures. Nothing has been sent. */

import type { Language, WordList } from "../sealing/word_list.js"
import { button, element, paragraph } from "./elements.js"
import { frames } from "./frames.js"
import { leaveNow } from "./leaving.js"
import { printedSheet, shownPictures } from "./qr_pictures.js"
import type { SealedDeposit } from "./sealed_deposit.js"
import { say } from "./sentences.js"
import type { Sentence } from "./sentences.js"

export function sealedPage(
    deposit: SealedDeposit,
    words: WordList,
    language: Language,
): readonly HTMLElement[] {
    const title = (key: Sentence) => element("h2", {}, say(key, language))
    const list = element(
        "ol",
        { id: "receipt-words", translate: "no" },
        ...deposit.receipt.words(words).map((word) => element("li", {}, word)),
    )
    const ways = ["upload", "mail", "stick", "pictures"] as const
    return [
        element("h1", { tabindex: "-1" }, say("sealed", language)),
        element(
            "section",
            { class: "words" },
            title("words-title"),
            paragraph(say("words-help", language)),
            list,
            button(say("print-words", language), () => {
                print("words")
            }),
        ),
        element(
            "section",
            {},
            title("save-title"),
            paragraph(say("save-help", language)),
            button(say("save", language), () => {
                save(deposit.file)
            }),
        ),
        element(
            "section",
            {},
            title("send-title"),
            element(
                "ul",
                {},
                ...ways.map((way) => element("li", {}, say(`send-${way}`, language))),
            ),
            ...pictures(deposit, language),
        ),
        element(
            "section",
            {},
            title("clear-title"),
            paragraph(say("clear-help", language)),
            button(say("clear", language), leaveNow),
        ),
    ]
}

/** Made when somebody asks for them: on an old phone they take a moment. */
function pictures(deposit: SealedDeposit, language: Language): readonly HTMLElement[] {
    const texts = frames(deposit.reportFile)
    const place = element("div", { id: "pictures" })
    const sheet = element("div", { id: "sheet" })
    const notes = [paragraph(say("pictures-help", language, String(texts.length)))]
    if (deposit.photos > 0) notes.push(paragraph(say("pictures-without-photos", language)))
    return [
        element(
            "div",
            { class: "row" },
            button(say("show-pictures", language), () => {
                place.replaceChildren(...notes, shownPictures(texts, language))
            }),
            button(say("print-pictures", language), () => {
                if (sheet.childElementCount === 0) sheet.append(printedSheet(texts, language))
                print("pictures")
            }),
        ),
        place,
        sheet,
    ]
}

/** The style sheet leaves on paper only what is asked for: words and pictures never together. */
function print(what: "words" | "pictures"): void {
    document.body.dataset["print"] = what
    window.print()
}

/** A name that says nothing; two random digits, so that a second file does not need one. */
function save(file: Uint8Array<ArrayBuffer>): void {
    const [number = 0] = crypto.getRandomValues(new Uint16Array(1))
    const address = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }))
    const link = element("a", { href: address, download: `data-${String(10 + (number % 90))}.bin` })
    document.body.append(link)
    link.click()
    link.remove()
    // The browser reads the file after the click, and nothing says when it has.
    setTimeout(() => {
        URL.revokeObjectURL(address)
    }, 60_000)
}

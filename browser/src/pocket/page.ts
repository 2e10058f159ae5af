/** The pocket form's page: a choice of three, a form, then words, a file and pictures. */

import { sha256 } from "@noble/hashes/sha2.js"
import { hex } from "@scure/base"

import { fieldsOf, rulesOf } from "../intake/form_fields.js"
import { dayOf } from "../sealing/day.js"
import type { Day } from "../sealing/day.js"
import type { Language, WordList } from "../sealing/word_list.js"
import { filledForm } from "../vocabulary/filled_form.js"
import { ReportTooLargeError } from "../vocabulary/report.js"
import { inLanguage } from "./data.js"
import type { PocketData, QuestionSet } from "./data.js"
import { button, element, paragraph } from "./elements.js"
import { leaveByShift, leaveNow } from "./leaving.js"
import { Photos } from "./photos.js"
import { questionForm } from "./question_form.js"
import { sealedDeposit } from "./sealed_deposit.js"
import { sealedPage } from "./sealed_page.js"
import { say } from "./sentences.js"
import { usable } from "./usable.js"
import type { Usable } from "./usable.js"

export interface Surroundings {
    readonly data: PocketData
    readonly words: Readonly<Record<Language, WordList>>
    now(): Date
    pause(milliseconds: number): Promise<void>
}

type UsableNow = Extract<Usable, { state: "usable" }>

/** Show the form in `main`. Whatever is wrong with it is said before anything can be typed. */
export function startPocket(main: HTMLElement, around: Surroundings, first: Language): void {
    leaveByShift()
    showStart(main, around, first)
}

function showStart(main: HTMLElement, around: Surroundings, language: Language): void {
    document.documentElement.lang = language
    document.title = say("title", language)
    const today = dayOf(around.now())
    const found = usable(around.data, today)
    const parts: (Node | string)[] = [
        header(language, () => {
            showStart(main, around, language === "ru" ? "en" : "ru")
        }),
        element("h1", { tabindex: "-1" }, say("title", language)),
    ]
    if (found.state !== "usable") {
        parts.push(paragraph(refusal(found, language, today), { class: "problem", role: "alert" }))
        main.replaceChildren(...parts)
        return
    }
    if (found.behind) {
        const sentence = say(
            "clock-behind",
            language,
            inWords(found.day, language),
            inWords(today, language),
        )
        parts.push(paragraph(sentence, { class: "problem", role: "alert" }))
    }
    const doors = around.data.forms.map((set) => {
        const door = button(inLanguage(set.title, language), () => {
            showForm(main, around, found, set, language)
        })
        door.className = "door"
        return door
    })
    parts.push(
        element("h2", {}, say("choose-door", language)),
        ...doors,
        ...whatItDoes(language),
        paragraph(say("can-use-until", language, inWords(found.roster.expires, language))),
        paragraph(say("fingerprint", language)),
        paragraph(fingerprint(around.data.root), { class: "fingerprint" }),
    )
    main.replaceChildren(...parts)
}

function refusal(found: Exclude<Usable, UsableNow>, language: Language, day: Day): string {
    const today = inWords(day, language)
    if (found.state === "expired") {
        return say("expired", language, inWords(found.lastDay, language), today)
    }
    return found.state === "nobody"
        ? say("nobody-today", language, today)
        : say("damaged", language)
}

/** A day as people write it, in the calendar and the language of the page. */
function inWords(day: Day, language: Language): string {
    const facts = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const
    return new Date(`${day}T00:00:00Z`).toLocaleDateString(language, facts)
}

function header(language: Language, other: (() => void) | null): HTMLElement {
    const leave = button(say("leave", language), leaveNow)
    leave.className = "leave"
    const choice = other === null ? [] : [button(say("other-language", language), other)]
    return element("header", {}, ...choice, leave)
}

function whatItDoes(language: Language): readonly HTMLElement[] {
    const keys = ["offline", "sealed", "words", "skip", "traces"] as const
    return [
        element("h2", {}, say("what-title", language)),
        element("ul", {}, ...keys.map((key) => element("li", {}, say(`what-${key}`, language)))),
        paragraph(say("no-crisis-line", language), { class: "notice" }),
    ]
}

/** As sealing/roster.py writes it: 128 bits of SHA-256, in groups of four. */
function fingerprint(root: string): string {
    return (
        hex
            .encode(sha256(hex.decode(root)))
            .slice(0, 32)
            .match(/.{4}/g) ?? []
    ).join(" ")
}

function showForm(
    main: HTMLElement,
    around: Surroundings,
    found: UsableNow,
    set: QuestionSet,
    language: Language,
): void {
    const form = questionForm(set, language, found.day)
    const photos = new Photos(language)
    const problem = paragraph("", { id: "problem", class: "problem", role: "alert", hidden: true })
    const status = paragraph("", { id: "status", role: "status" })
    const seal = element("button", { type: "submit" }, say("seal", language))
    let busy = false
    form.append(photos.place, problem, status, seal)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        if (!busy) void sealNow()
    })

    async function sealNow(): Promise<void> {
        busy = true
        problem.hidden = true
        status.textContent = say("sealing", language)
        await around.pause(30) // sealing blocks the page, so let it show the sentence first
        try {
            const filled = filledForm(fieldsOf(form), rulesOf(form), {
                language,
                today: found.day,
            })
            if (Object.keys(filled.answers).length === 0) {
                complain(say("problem-nothing", language))
                return
            }
            const deposit = await sealedDeposit(filled, await photos.wanted(), found)
            form.reset()
            main.replaceChildren(
                header(language, null),
                ...sealedPage(deposit, around.words[language], language),
            )
            main.querySelector<HTMLElement>("h1")?.focus()
            document.documentElement.scrollTop = 0
        } catch (error) {
            // Whatever went wrong, the one wrong answer is silence.
            const tooLong = error instanceof ReportTooLargeError
            complain(say(tooLong ? "problem-too-long" : "problem-other", language))
        } finally {
            busy = false
            status.textContent = ""
        }
    }

    function complain(sentence: string): void {
        problem.textContent = sentence
        problem.hidden = false
    }

    main.replaceChildren(
        header(language, null),
        element("h1", { tabindex: "-1" }, inLanguage(set.title, language)),
        button(say("back", language), () => {
            form.reset()
            showStart(main, around, language)
        }),
        form,
    )
    main.querySelector<HTMLElement>("h1")?.focus()
    document.documentElement.scrollTop = 0
}

/** The one page: what it shows now, what it says aloud, and how it is hidden and locked. */

import type { Inside } from "./parts.js"
import { filled } from "./filled.js"
import { element, heading, paragraph } from "./elements.js"
import type { Child } from "./elements.js"
import type { Key, Words } from "./words/en.js"

/** Minutes without a key or a touch until the page hides itself. */
const LONGEST_REST = 10
const SHIFTS = 3
const WITHIN = 1500

export type Language = "ru" | "en"

/** What a view may do when it is replaced: end streams and timers. */
export type Ending = () => void

export class Page {
    #inside: Inside | null = null
    #ending: Ending | null = null
    #rest: ReturnType<typeof setTimeout> | undefined
    #hidden = false
    #words: Partial<Record<Key, string>>
    readonly #aloud: HTMLElement
    /** The invitation that came behind `#` and was not dealt with yet; "" without one. */
    invitation = ""

    constructor(
        readonly main: HTMLElement,
        readonly language: Language,
        words: Words,
        /** Leads to another page for good; its own page keeps nothing. */
        private readonly leaveFor: (address: string) => void,
    ) {
        this.#words = words
        this.#aloud = element("p", { class: "aloud", role: "status" })
        main.after(this.#aloud)
    }

    say(key: Key, values: Readonly<Record<string, string>> = {}): string {
        return filled(this.#words[key] ?? "", values)
    }

    /** Sentences that came later. */
    learn(words: Partial<Record<Key, string>>): void {
        this.#words = { ...this.#words, ...words }
    }

    /** A day as people say it: "24 November". */
    day(iso: string): string {
        const date = new Date(`${iso}T00:00:00Z`)
        if (Number.isNaN(date.getTime())) return iso
        return date.toLocaleDateString(this.language, {
            day: "numeric",
            month: "long",
            timeZone: "UTC",
        })
    }

    get letter(): string {
        return this.main.dataset["letter"] ?? "/"
    }

    /** The root key that signs rules, 64 hex digits. */
    get root(): string {
        return this.main.dataset["root"] ?? ""
    }

    get helpers(): string {
        return this.main.dataset["help"] ?? "/"
    }

    /** Replace what is shown. The heading takes the focus, so that a screen reader reads it. */
    show(title: string, ...children: readonly Child[]): void {
        if (this.#hidden) return
        const ending = this.#ending
        this.#ending = null
        ending?.()
        const top = heading(title)
        this.main.replaceChildren(top, ...children.filter((child) => child !== null))
        scrollTo(0, 0)
        top.focus({ preventScroll: true })
    }

    /** What is to be ended when something else is shown, or the page is hidden. */
    onEnd(ending: Ending): void {
        const before = this.#ending
        this.#ending = () => {
            before?.()
            ending()
        }
    }

    /** Read aloud, and seen only where it stands elsewhere too. */
    aloud(text: string): void {
        this.#aloud.textContent = text
    }

    /** false: hidden while it was being opened, which takes an old phone some seconds. */
    entered(inside: Inside): boolean {
        if (this.#hidden) {
            inside.lock()
            return false
        }
        this.#inside = inside
        this.used()
        return true
    }

    /** A person is there: the time until locking begins anew. */
    used(): void {
        clearTimeout(this.#rest)
        if (this.#inside === null || this.#hidden) return
        this.#rest = setTimeout(
            () => {
                this.hide()
            },
            LONGEST_REST * 60 * 1000,
        )
    }

    /** Keys leave memory, and the neutral page stands here before anything is fetched. */
    hide(): void {
        if (this.#hidden) return
        this.#forget()
        // A new page frees what this one still has in memory; on a slow line it takes seconds.
        this.leaveFor(this.main.dataset["neutral"] ?? "/")
    }

    #forget(): void {
        this.#hidden = true
        clearTimeout(this.#rest)
        this.#ending?.()
        this.#ending = null
        this.#inside?.lock()
        this.#inside = null
        const neutral = document.querySelector<HTMLTemplateElement>("template#neutral")
        const shown = neutral === null ? [] : [neutral.content.cloneNode(true)]
        document.body.replaceChildren(...shown)
    }

    /** Say what went wrong, in words of the page. */
    problem(key: Key, values: Readonly<Record<string, string>> = {}): HTMLElement {
        return paragraph(this.say(key, values), { class: "problem", role: "alert" })
    }

    listen(): void {
        for (const kind of ["keydown", "pointerdown", "scroll"]) {
            addEventListener(
                kind,
                () => {
                    this.used()
                },
                { passive: true },
            )
        }
        this.#listenForShift()
        // Whatever the browser keeps of a page that was left has nothing of the inside in it.
        addEventListener("pagehide", () => {
            if (!this.#hidden) this.#forget()
        })
        addEventListener("pageshow", (event) => {
            if (event.persisted) this.leaveFor(location.pathname)
        })
        const link = document.getElementById("hide")
        link?.addEventListener("click", (event) => {
            event.preventDefault()
            this.hide()
        })
    }

    // As on the pages of the intake: Esc is no sign of a person to a browser.
    #listenForShift(): void {
        let times: number[] = []
        addEventListener("keydown", (event) => {
            if (event.key !== "Shift") times = []
            else if (!event.repeat) {
                times = [...times, event.timeStamp].slice(-SHIFTS)
                const [first = 0] = times
                if (times.length === SHIFTS && event.timeStamp - first < WITHIN) this.hide()
            }
        })
    }
}

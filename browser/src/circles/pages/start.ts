/** What the page of circles does once its own module is there. Called by /static/10.js. */

import { showDoor } from "./door.js"
import { Page } from "./page.js"
import type { Language } from "./page.js"
import { wiredDoor } from "./wired_door.js"
import type { Words } from "./words/en.js"

export function start(): void {
    const main = document.querySelector<HTMLElement>("main#main")
    if (main === null) return
    const invitation = takenFromAddress()
    const language: Language = document.documentElement.lang === "ru" ? "ru" : "en"
    void begun(main, language, invitation)
}

async function begun(main: HTMLElement, language: Language, invitation: string): Promise<void> {
    const words = await wordsOf(language)
    const page = new Page(main, language, words, (address) => {
        location.replace(address)
    })
    page.invitation = invitation
    page.listen()
    addEventListener("hashchange", () => {
        const another = takenFromAddress()
        if (another !== "") page.invitation = another
    })
    keepLanguageLinksQuiet(page)
    await showDoor(page, wiredDoor(page))
}

async function wordsOf(language: Language): Promise<Words> {
    const module = language === "ru" ? await import("./words/ru.js") : await import("./words/en.js")
    return module.words
}

/** The invitation behind `#`, which is gone from the address before anything else happens. */
function takenFromAddress(): string {
    const { hash, pathname } = location
    if (hash.length < 2) return ""
    // eslint-disable-next-line no-restricted-globals -- takes a trace away: no entry is added
    history.replaceState(null, "", pathname)
    return hash.slice(1)
}

/** A change of language must neither add an entry to the history nor lose the invitation. */
function keepLanguageLinksQuiet(page: Page): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>("#languages a")) {
        link.addEventListener("click", (event) => {
            event.preventDefault()
            location.replace(link.pathname + (page.invitation === "" ? "" : `#${page.invitation}`))
        })
    }
}

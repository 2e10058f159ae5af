/** What the form's page does once all its modules are there. */

import { isObject } from "../sealing/json.js"
import { isLanguage, WordList, WordListError } from "../sealing/word_list.js"
import { enhance } from "./page.js"

/** Called by /static/report.js. */
export function start(): void {
    enhance(document, {
        fetch: (address, request) => fetch(address, request),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        now: () => new Date(),
        loadWords,
    })
}

/** Only the page's own language is fetched, once. */
async function loadWords(language: string): Promise<WordList> {
    if (!isLanguage(language)) throw new WordListError("expected a page in ru or en")
    const imported = await globalThis.safelightModule(`words-${language}.js`)
    if (isObject(imported) && typeof imported["words"] === "string") {
        return new WordList(language, imported["words"])
    }
    throw new WordListError("expected a module of words; load the page again")
}

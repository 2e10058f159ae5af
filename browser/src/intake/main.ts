/** What /static/report.js does when the form's page loads it. */

import { isObject } from "../sealing/json.js"
import { isLanguage, WordList, WordListError } from "../sealing/word_list.js"
import { enhance } from "./page.js"

let loading: Promise<WordList> | null = null
let failures = 0

/** Only the page's own language is fetched, once. */
function loadWords(language: string): Promise<WordList> {
    loading ??= importedList(language).catch((error: unknown) => {
        loading = null
        failures += 1
        throw error
    })
    return loading
}

async function importedList(language: string): Promise<WordList> {
    if (!isLanguage(language)) throw new WordListError("expected a page in ru or en")
    // Some browsers remember a failed import as failed; another address is asked for anew.
    const address = `./words-${language}.js${failures === 0 ? "" : `?${String(failures)}`}`
    const imported: unknown = await import(address)
    if (isObject(imported) && typeof imported["words"] === "string") {
        return new WordList(language, imported["words"])
    }
    throw new WordListError("expected a module of words; load the page again")
}

enhance(document, {
    fetch: (address, request) => fetch(address, request),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: () => new Date(),
    loadWords,
})

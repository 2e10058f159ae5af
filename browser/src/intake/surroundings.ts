/** The world outside a page's script, so that tests can be without one. */

import { isObject } from "../sealing/json.js"
import { isLanguage, WordList, WordListError } from "../sealing/word_list.js"
import { browserNetwork } from "../sending/browser_network.js"
import type { Network } from "../sending/network.js"

export interface Surroundings extends Network {
    now(): Date
    /** The word list of a language. Rejects when it cannot be had now. */
    loadWords(language: string): Promise<WordList>
}

/** The browser's own. */
export function browserSurroundings(): Surroundings {
    return {
        ...browserNetwork(),
        now: () => new Date(),
        loadWords,
    }
}

async function loadWords(language: string): Promise<WordList> {
    if (!isLanguage(language)) throw new WordListError("expected a page in ru or en")
    const imported = await globalThis.safelightModule(`${language}.js`)
    if (isObject(imported) && typeof imported["words"] === "string") {
        return new WordList(language, imported["words"])
    }
    throw new WordListError("expected a module of words; load the page again")
}

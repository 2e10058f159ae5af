/** The world outside a page's script, so that tests can be without one. */

import { isObject } from "../sealing/json.js"
import { isLanguage, WordList, WordListError } from "../sealing/word_list.js"
import type { Network } from "../sending/network.js"

export interface Surroundings extends Network {
    now(): Date
    /** The word list of a language. Rejects when it cannot be had now. */
    loadWords(language: string): Promise<WordList>
}

/** The browser's own. */
export function browserSurroundings(): Surroundings {
    return {
        fetch: (address, request) => fetch(address, request),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        breathe,
        now: () => new Date(),
        loadWords,
    }
}

/** Not a timer: browsers let those of a page in the background run once a second. */
function breathe(): Promise<void> {
    return new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
            port1.close()
            resolve()
        }
        port2.postMessage(null)
    })
}

async function loadWords(language: string): Promise<WordList> {
    if (!isLanguage(language)) throw new WordListError("expected a page in ru or en")
    const imported = await globalThis.safelightModule(`${language}.js`)
    if (isObject(imported) && typeof imported["words"] === "string") {
        return new WordList(language, imported["words"])
    }
    throw new WordListError("expected a module of words; load the page again")
}

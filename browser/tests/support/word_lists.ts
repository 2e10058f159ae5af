import { existsSync, readFileSync } from "node:fs"

import { WordList } from "../../src/sealing/word_list.js"
import type { Language } from "../../src/sealing/word_list.js"
import { inRepository } from "./repository.js"

function path(language: Language): string {
    return inRepository(`safelight/sealing/wordlists/${language}.txt`)
}

export function wordList(language: Language): WordList {
    return new WordList(language, readFileSync(path(language), "utf8"))
}

/** Both lists. Where there is no Russian one yet, English stands in for it. */
export function wordLists(): Readonly<Record<Language, WordList>> {
    return { en: wordList("en"), ru: wordList(existsSync(path("ru")) ? "ru" : "en") }
}

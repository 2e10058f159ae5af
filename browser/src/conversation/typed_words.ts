/** Twelve typed words as a receipt. They never leave the page. */

import { Receipt, ReceiptError } from "../sealing/receipt.js"
import { folded } from "../sealing/word_list.js"
import type { Language, WordList } from "../sealing/word_list.js"

/** The language that most of the words are written in. */
export function languageOf(typed: string): Language {
    const words = folded(typed).match(/\p{L}+/gu) ?? []
    const cyrillic = words.filter((word) => /[а-я]/.test(word)).length
    return 2 * cyrillic > words.length ? "ru" : "en"
}

/** Only the list that is needed is loaded. Throws `ReceiptError`. */
export async function receiptFrom(
    typed: string,
    loadWords: (language: string) => Promise<WordList>,
): Promise<Receipt> {
    const list = await loadWords(languageOf(typed))
    return Receipt.parse(typed, { en: list, ru: list })
}

/** The words with the one at `position` (from 1) replaced; all else as it was typed. */
export function replacedWord(typed: string, position: number, word: string): string {
    let seen = 0
    return typed.replace(/[\p{L}\p{M}\p{Cf}]+/gu, (before) => {
        if (!/\p{L}/u.test(before)) return before
        seen += 1
        return seen === position ? word : before
    })
}

/** For each word that is on no list: which, and what may have been meant. */
export function likelyWords(error: unknown): ReadonlyMap<number, readonly string[]> {
    return error instanceof ReceiptError ? error.wrong : new Map()
}

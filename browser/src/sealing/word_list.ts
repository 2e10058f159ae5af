/** The receipt's word lists, and what a typed word may have meant (twin: sealing/word_list.py). */

import { SafelightError } from "../errors.js"

export class WordListError extends SafelightError {
    override readonly name = "WordListError"
}

export type Language = "en" | "ru"

export function isLanguage(untrusted: string): untrusted is Language {
    return untrusted === "en" || untrusted === "ru"
}

export const WORDS = 2048
// In both lists the first four letters belong to one word only (BIP39's rule), so somebody
// who wrote down four letters has written down the word.
const PREFIX = 4
const MOST_SUGGESTIONS = 5
const FURTHEST = 2

/** Lower case, composed, without invisible characters, and with е for ё. */
export function folded(text: string): string {
    return text
        .replace(/\p{Cf}/gu, "")
        .normalize("NFKC")
        .toLowerCase()
        .replace(/ё/g, "е")
}

export class WordList {
    readonly #words: readonly string[]
    readonly #numbers: ReadonlyMap<string, number>

    /** `text`: the words in their order, with white space between. */
    constructor(
        readonly language: Language,
        text: string,
    ) {
        this.#words = Object.freeze(text.trim().split(/\s+/))
        const beginnings = new Set(this.#words.map((word) => folded(word).slice(0, PREFIX)))
        if (this.#words.length !== WORDS || beginnings.size !== WORDS) {
            throw new WordListError(
                `the ${language} word list is damaged: ${String(beginnings.size)} of ${String(WORDS)} ` +
                    "beginnings differ; load the page again",
            )
        }
        this.#numbers = new Map(this.#words.flatMap(spellings))
    }

    word(number: number): string {
        const word = this.#words[number]
        if (word === undefined)
            throw new WordListError(`no word ${String(number)}; a list has ${String(WORDS)}`)
        return word
    }

    /** The number of a folded word, or of a beginning of four letters or more; null: not listed. */
    numberOf(foldedWord: string): number | null {
        return this.#numbers.get(foldedWord) ?? null
    }

    /** Words of the list at most two slips away, nearest first; at most five. */
    similar(foldedWord: string): readonly string[] {
        return this.#words
            .map((word) => ({ word, distance: slips(foldedWord, folded(word)) }))
            .filter(({ distance }) => distance <= FURTHEST)
            .sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1))
            .slice(0, MOST_SUGGESTIONS)
            .map(({ word }) => word)
    }
}

function spellings(word: string, number: number): [string, number][] {
    const letters = folded(word)
    const shortest = Math.min(PREFIX, letters.length)
    return Array.from({ length: letters.length - shortest + 1 }, (_, more) => [
        letters.slice(0, shortest + more),
        number,
    ])
}

/**
 * How many letters were left out, added, mistaken or swapped with a neighbour: optimal string
 * alignment (restricted Damerau–Levenshtein) distance.
 */
export function slips(typed: string, meant: string): number {
    let before: readonly number[] = []
    let last: readonly number[] = Array.from({ length: meant.length + 1 }, (_, column) => column)
    for (let row = 1; row <= typed.length; row += 1) {
        const current = [row]
        for (let column = 1; column <= meant.length; column += 1) {
            const mistaken = typed[row - 1] === meant[column - 1] ? 0 : 1
            const swapped =
                row > 1 &&
                column > 1 &&
                typed[row - 1] === meant[column - 2] &&
                typed[row - 2] === meant[column - 1]
            current.push(
                Math.min(
                    cost(last, column) + 1,
                    cost(current, column - 1) + 1,
                    cost(last, column - 1) + mistaken,
                    swapped ? cost(before, column - 2) + 1 : Infinity,
                ),
            )
        }
        before = last
        last = current
    }
    return cost(last, meant.length)
}

function cost(row: readonly number[], column: number): number {
    return row[column] ?? Infinity
}

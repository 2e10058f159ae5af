/**
 * Nine words that carry all rooms from one device to another: 88 random bits and 11 to find a slip.
 *
 * Address, the server's key and the key of the contents all come from them, each by scrypt: whoever
 * has the server's bytes has 2^88 words to try, each at that price.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { SafelightError } from "../../errors.js"
import { folded } from "../../sealing/word_list.js"
import type { Language, WordList } from "../../sealing/word_list.js"
import { scrypt } from "../keeping/scrypt.js"
import { ascii, joined } from "../mls/bytes.js"
import { bytesOf, numberOf, randomBytes } from "./big_numbers.js"

export const MOVING_WORDS = 9
const WORD_BITS = 11n
const SECRET = 11
const LONGEST_INPUT = 1000
// 8 MiB and two seconds without a compiler on this machine (browser/scripts/measure-keeping.mjs);
// both devices must use the same.
const COST = 13

/**
 * - `count`: not nine words. - `word`: some are not on the list (`wrong`: their places and what they
 *   may have been). - `checksum`: all are, but not together.
 */
export type WordsProblem = "count" | "word" | "checksum"

export class MovingWordsError extends SafelightError {
    override readonly name = "MovingWordsError"

    constructor(
        readonly problem: WordsProblem,
        message: string,
        readonly wrong: ReadonlyMap<number, readonly string[]> = new Map(),
    ) {
        super(message)
    }
}

export interface MovingKeys {
    /** Where it lies at the server, 16 bytes, and what opens it there, 32. */
    readonly id: Uint8Array
    readonly key: Uint8Array
    /** What it is sealed under, 32 bytes; the server never sees it. */
    readonly sealing: Uint8Array
}

/** What the words stand for: 11 random bytes, drawn for one move. */
export function newMovingSecret(): Uint8Array {
    return randomBytes(SECRET)
}

export function movingWords(secret: Uint8Array, list: WordList): readonly string[] {
    const value = (numberOf(secret) << WORD_BITS) | checksum(secret)
    return Array.from({ length: MOVING_WORDS }, (_, at) => {
        const shift = WORD_BITS * BigInt(MOVING_WORDS - 1 - at)
        return list.word(Number(BigInt.asUintN(Number(WORD_BITS), value >> shift)))
    })
}

/** Read nine words of either list, in any case, spacing or punctuation. `MovingWordsError`. */
export function parsedMovingWords(
    untrusted: string,
    lists: Readonly<Partial<Record<Language, WordList>>>,
): Uint8Array {
    const typed = folded(untrusted.slice(0, LONGEST_INPUT)).match(/\p{L}+/gu) ?? []
    if (typed.length !== MOVING_WORDS) {
        throw new MovingWordsError(
            "count",
            `expected ${String(MOVING_WORDS)} words, got ${String(typed.length)}`,
        )
    }
    const cyrillic = typed.filter((word) => /[а-я]/.test(word)).length
    const list = lists[2 * cyrillic > MOVING_WORDS ? "ru" : "en"] ?? lists.en ?? lists.ru
    const numbers = typed.map((word) => list?.numberOf(word) ?? null)
    const wrong = new Map(
        typed.flatMap((word, at) =>
            numbers[at] === null ? [[at + 1, list?.similar(word) ?? []] as const] : [],
        ),
    )
    if (wrong.size > 0) {
        throw new MovingWordsError("word", "expected words of the list, got others", wrong)
    }
    const value = numbers.reduce((bits, number) => (bits << WORD_BITS) | BigInt(number ?? 0), 0n)
    const secret = bytesOf(value >> WORD_BITS, SECRET)
    if (BigInt.asUintN(Number(WORD_BITS), value) !== checksum(secret)) {
        throw new MovingWordsError(
            "checksum",
            "expected nine words that belong together, got others: one was mistaken for another, or " +
                "two changed places",
        )
    }
    return secret
}

/** Seconds on an old phone, in which the page can be used. */
export async function movingKeys(secret: Uint8Array): Promise<MovingKeys> {
    const salt = ascii("safelight moving v1")
    const made = await scrypt(secret, salt, { cost: COST, length: 16 + 32 + 32 })
    return { id: made.slice(0, 16), key: made.slice(16, 48), sealing: made.slice(48) }
}

function checksum(secret: Uint8Array): bigint {
    const digest = sha256(joined(ascii("safelight moving words v1\0"), secret))
    return numberOf(digest.subarray(0, 2)) >> 5n
}

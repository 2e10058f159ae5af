/**
 * From a passphrase to a key: scrypt (RFC 7914), as costly as this device bears.
 *
 * Whoever takes the device can guess as fast as they can compute; what protects is the number of
 * words. Measured with `browser/scripts/measure-keeping.mjs` (docs/spec/circles-entering.md).
 */

import { folded } from "../../sealing/word_list.js"
import type { WordList } from "../../sealing/word_list.js"
import { scrypt } from "./scrypt.js"
import type { Progressed } from "./scrypt.js"
import { KeepingError } from "./store.js"

/** Words that the device draws: 55 bits. A person's own choice has fewer, however long. */
export const DRAWN_WORDS = 5
/** Letters, spaces not counted. Five words of the lists have about thirty. */
export const LEAST_LETTERS = 12
const LEAST_DIFFERENT = 6
const LONGEST = 1000

/** log2 of scrypt's N with r = 8: 8 MiB and 32 MiB of memory. */
export const LEAST_COST = 13
export const MOST_COST = 15
/** Milliseconds that a person waits at each unlocking, on the device where the key was made. */
const BEARABLE = 1500
const TRIAL_COST = 10

export const KEY = 32

/**
 * Phones write capitals and spaces by themselves, keyboards differ in what they compose: such
 * differences must not lock anybody out.
 */
export function foldedPassphrase(typed: string): string {
    if (typed.length > LONGEST) {
        throw new KeepingError(
            "weak",
            `expected a passphrase below ${String(LONGEST)} characters, got a longer one; shorten it`,
        )
    }
    return folded(typed).trim().replace(/\s+/gu, " ")
}

/** Throw `KeepingError` "weak" for what somebody could guess; a long passphrase may still be bad. */
export function checkPassphrase(typed: string): void {
    const letters = foldedPassphrase(typed).replace(/ /g, "")
    if (letters.length < LEAST_LETTERS || new Set(letters).size < LEAST_DIFFERENT) {
        throw new KeepingError(
            "weak",
            `expected at least ${String(LEAST_LETTERS)} letters, ${String(LEAST_DIFFERENT)} of them ` +
                "different; got fewer; let the device draw words",
        )
    }
}

/** A passphrase nobody chose. */
export function drawnPassphrase(list: WordList, words = DRAWN_WORDS): string {
    // 2,048 words divide 2^16 evenly, so each is as likely as any other.
    const numbers = crypto.getRandomValues(new Uint16Array(words))
    return Array.from(numbers, (number) => list.word(number & 0x7ff)).join(" ")
}

/** The key, 32 bytes. Seconds on an old phone, in which the page can be used. */
export function keyFrom(
    typed: string,
    salt: Uint8Array,
    cost: number,
    progressed?: Progressed,
): Promise<Uint8Array> {
    const secret = new TextEncoder().encode(foldedPassphrase(typed))
    return scrypt(secret, salt, { cost, length: KEY, progressed })
}

/** The dearest cost that this device computes within a bearable time. `now`: milliseconds. */
export async function bearableCost(now: () => number = () => performance.now()): Promise<number> {
    const nothing = new Uint8Array()
    const trial = async (): Promise<number> => {
        const started = now()
        await scrypt(nothing, nothing, { cost: TRIAL_COST, length: KEY })
        return now() - started
    }
    // The first one is compiled, which says little about the next: but what was as slow as this is
    // not compiled at all, and more trials would only take longer.
    if ((await trial()) > BEARABLE) return LEAST_COST
    // Tor Browser rounds to 100 ms. A trial that shows as nothing took less, so that 32 times as
    // much is still some seconds at most.
    const each = Math.min(await trial(), await trial())
    for (let cost = MOST_COST; cost > LEAST_COST; cost -= 1) {
        if (each * 2 ** (cost - TRIAL_COST) <= BEARABLE) return cost
    }
    return LEAST_COST
}

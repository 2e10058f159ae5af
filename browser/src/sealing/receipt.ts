/**
 * The receipt: 128 random bits, shown as twelve words (twin: sealing/receipt.py).
 *
 * Everything about the mailbox derives from it. No password hashing: there is nothing to guess.
 */

import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { hex } from "@scure/base"

import { SafelightError } from "../errors.js"
import { hybridRecipientFromSeed } from "./recipients.js"
import type { HybridRecipient } from "./recipients.js"
import { folded } from "./word_list.js"
import type { Language, WordList } from "./word_list.js"

const SECRET = 16
const WORD_COUNT = 12
const WORD_BITS = 11n
const CHECKSUM_BITS = 4n
const LONGEST_INPUT = 1000

export type ReceiptProblem = "length" | "count" | "word" | "checksum"

/** Twelve words that are no receipt. The message never contains a typed or a suggested word. */
export class ReceiptError extends SafelightError {
    override readonly name = "ReceiptError"

    /**
     * `wrong` maps each position (1 to 12) that is not on the list to similar words, nearest
     * first. They say what the receipt may be: for the person who typed, and for nobody else.
     */
    constructor(
        readonly problem: ReceiptProblem,
        message: string,
        readonly wrong: ReadonlyMap<number, readonly string[]> = new Map(),
    ) {
        super(message)
    }
}

export class Receipt {
    readonly #secret: Uint8Array

    constructor(secret: Uint8Array) {
        if (secret.length !== SECRET) {
            throw new ReceiptError(
                "length",
                `a receipt is ${String(SECRET)} bytes; got ${String(secret.length)}`,
            )
        }
        this.#secret = secret.slice()
    }

    static generate(): Receipt {
        return new Receipt(crypto.getRandomValues(new Uint8Array(SECRET)))
    }

    /**
     * Read twelve words of either list, in any case, spacing or punctuation; е stands for ё, and
     * the first four letters for a word.
     */
    static parse(untrustedWords: string, lists: Readonly<Record<Language, WordList>>): Receipt {
        if (untrustedWords.length > LONGEST_INPUT) {
            throw new ReceiptError(
                "length",
                `a receipt is ${String(WORD_COUNT)} words; ${String(untrustedWords.length)} characters are too many`,
            )
        }
        const typed = folded(untrustedWords).match(/\p{L}+/gu) ?? []
        if (typed.length !== WORD_COUNT) {
            throw new ReceiptError(
                "count",
                `a receipt is ${String(WORD_COUNT)} words; got ${String(typed.length)}`,
            )
        }
        const cyrillic = typed.filter((word) => /[а-я]/.test(word)).length
        return new Receipt(
            secretOf(listedNumbers(typed, lists[2 * cyrillic > WORD_COUNT ? "ru" : "en"])),
        )
    }

    /** The twelve words, as BIP39 writes 128 bits: the bits, then 4 bits of their SHA-256. */
    words(list: WordList): readonly string[] {
        const value = (numberOf(this.#secret) << CHECKSUM_BITS) | checksum(this.#secret)
        return Array.from({ length: WORD_COUNT }, (_, position) =>
            list.word(
                Number(
                    BigInt.asUintN(
                        Number(WORD_BITS),
                        value >> (WORD_BITS * BigInt(WORD_COUNT - 1 - position)),
                    ),
                ),
            ),
        )
    }

    /** Where the report goes: 32 hex digits. */
    get mailboxId(): string {
        return hex.encode(this.#derived("safelight receipt v1 mailbox id", 16))
    }

    /** Opens the mailbox to its owner. Never sent with a report. */
    get authKey(): Uint8Array {
        return this.#derived("safelight receipt v1 mailbox auth", 32)
    }

    /** What the server keeps to check `authKey` later: 64 hex digits. */
    get verifier(): string {
        return hex.encode(sha256(this.authKey))
    }

    /** Shows desks that a withdrawal is the reporter's: 32 bytes, sent with nothing else. */
    get withdrawalProof(): Uint8Array {
        return this.#derived("safelight receipt v1 withdrawal", 32)
    }

    /** What stands in the report to check `withdrawalProof` later: 64 hex digits. */
    get withdrawalVerifier(): string {
        return hex.encode(sha256(this.withdrawalProof))
    }

    /** 32 secret bytes: they stand in the report, and tag what is said later (`message_tag`). */
    get messageKey(): Uint8Array {
        return this.#derived("safelight receipt v1 message key", 32)
    }

    /** 32 secret bytes: the identity that opens what a desk answers. */
    get replySeed(): Uint8Array {
        return this.#derived("safelight receipt v1 reply identity", 32)
    }

    /** What a desk seals its answer to. */
    replyRecipient(): Promise<HybridRecipient> {
        return hybridRecipientFromSeed(this.replySeed)
    }

    #derived(info: string, size: number): Uint8Array {
        return hkdf(sha256, this.#secret, undefined, new TextEncoder().encode(info), size)
    }
}

function listedNumbers(typed: readonly string[], list: WordList): readonly number[] {
    const numbers = typed.map((word) => list.numberOf(word))
    const wrong = new Map(
        typed.flatMap((word, index) =>
            numbers[index] === null ? [[index + 1, list.similar(word)] as const] : [],
        ),
    )
    if (wrong.size > 0) {
        throw new ReceiptError(
            "word",
            `not on the list of words: number ${[...wrong.keys()].join(", ")} of ${String(WORD_COUNT)}; ` +
                "compare with what was written down",
            wrong,
        )
    }
    return numbers.filter((number) => number !== null)
}

function secretOf(numbers: readonly number[]): Uint8Array {
    const value = numbers.reduce((bits, number) => (bits << WORD_BITS) | BigInt(number), 0n)
    const digits = (value >> CHECKSUM_BITS).toString(16).padStart(2 * SECRET, "0")
    const secret = hex.decode(digits)
    if (BigInt.asUintN(Number(CHECKSUM_BITS), value) !== checksum(secret)) {
        throw new ReceiptError(
            "checksum",
            "the words are all on the list, but do not belong together: one was mistaken for " +
                "another, or two changed places; compare with what was written down",
        )
    }
    return secret
}

/** Bytes as hex digits, as headers carry them. */
export function hexOf(bytes: Uint8Array): string {
    return hex.encode(bytes)
}

function numberOf(secret: Uint8Array): bigint {
    return BigInt(`0x${hex.encode(secret)}`)
}

function checksum(secret: Uint8Array): bigint {
    return BigInt(sha256(secret)[0] ?? 0) >> (8n - CHECKSUM_BITS)
}

/** Whom an envelope is sealed to: the recipients of the age format, C2SP age.md. */

import { bech32 } from "@scure/base"
import { Encrypter, identityToRecipient } from "age-encryption"

import { SafelightError } from "../errors.js"

export class RecipientError extends SafelightError {
    override readonly name = "RecipientError"
}

/** ML-KEM-768 with X25519 (`age1pq1…`): what reports are sealed to. */
export interface HybridRecipient {
    readonly kind: "hybrid"
    readonly text: string
}

/** X25519 alone (`age1…`): known so that it can be refused by name. */
export interface X25519Recipient {
    readonly kind: "x25519"
    readonly text: string
}

export type Recipient = HybridRecipient | X25519Recipient

export function parseRecipient(untrusted: string): Recipient {
    const kind = recipientKind(untrusted)
    try {
        new Encrypter().addRecipient(untrusted)
    } catch {
        // The library's reasons quote the text, so they end here.
        throw new RecipientError(`the ${kind} recipient is damaged; copy it again from the desk`)
    }
    if (
        kind === "hybrid" &&
        !isReducedKey(bech32.fromWords(bech32.decode(untrusted as `age1${string}`, false).words))
    ) {
        throw new RecipientError(
            "the recipient's ML-KEM-768 key is not valid; the desk needs a new one",
        )
    }
    return Object.freeze({ kind, text: untrusted })
}

const MLKEM_MODULUS = 3329
const MLKEM_COEFFICIENTS = 1152 // bytes: 3 × 256 numbers of 12 bits

/** FIPS 203 §7.2, "modulus check": the library's own lets numbers beyond the modulus pass. */
function isReducedKey(key: Uint8Array): boolean {
    for (let at = 0; at < MLKEM_COEFFICIENTS; at += 3) {
        const three = (key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16)
        if ((three & 0xfff) >= MLKEM_MODULUS || three >> 12 >= MLKEM_MODULUS) return false
    }
    return true
}

function recipientKind(untrusted: string): Recipient["kind"] {
    if (untrusted.startsWith("age1pq1")) return "hybrid"
    // Bech32 data never contains "1", so a second "1" is another, unknown kind of recipient.
    if (untrusted.startsWith("age1") && !untrusted.slice("age1".length).includes("1"))
        return "x25519"
    throw new RecipientError(
        "expected a recipient that starts with age1pq1; copy it again from the desk",
    )
}

/** The public half of the key that `seed` (32 bytes) stands for. */
export async function hybridRecipientFromSeed(seed: Uint8Array): Promise<HybridRecipient> {
    return Object.freeze({
        kind: "hybrid",
        text: await identityToRecipient(hybridIdentityText(seed)),
    })
}

/** `AGE-SECRET-KEY-PQ-1…` for a seed of 32 bytes. */
export function hybridIdentityText(seed: Uint8Array): string {
    if (seed.length !== 32) {
        throw new RecipientError(`${String(seed.length)} bytes; the seed of a key is 32`)
    }
    return bech32.encodeFromBytes("AGE-SECRET-KEY-PQ-", seed).toUpperCase()
}

/**
 * In the served script, in place of `@noble/hashes/scrypt.js`: envelopes are sealed to desks and
 * answers to receipts, never to a passphrase.
 */

import { LeftOutError } from "./left_out.js"

export function scrypt(): never {
    throw new LeftOutError("passphrases are not part of this script; seal to a key age1pq1…")
}

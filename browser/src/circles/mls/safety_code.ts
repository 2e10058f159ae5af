/** Digits that two people compare outside: equal digits, equal group, members and history. */

import { sha512 } from "@noble/hashes/sha2.js"

import { ascii, joined } from "./bytes.js"

const GROUPS = 12
const BYTES = 5

/** Twelve groups of five digits, 199 bits, of the epoch authenticator (RFC 9420, section 8.7). */
export function safetyCode(epochAuthenticator: Uint8Array): readonly string[] {
    const digest = sha512(joined(ascii("safelight circle safety code v1\0"), epochAuthenticator))
    return Array.from({ length: GROUPS }, (_, at) => {
        const number = digest
            .subarray(at * BYTES, (at + 1) * BYTES)
            .reduce((sum, byte) => sum * 256 + byte, 0)
        return String(number % 100_000).padStart(5, "0")
    })
}

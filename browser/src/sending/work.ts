/** Paying for an upload with a little computing (docs/spec; twin: intake/work.py). */

import { sha256 } from "@noble/hashes/sha2.js"

import { fetched } from "./network.js"
import type { Answer, Network } from "./network.js"

export interface Challenge {
    readonly text: string
    readonly bits: number
    /** One solution pays for this many bytes. */
    readonly unit: number
}

/** Dearer than this no honest server asks; a page must not compute for ever. */
const CEILING_BITS = 22
const CHALLENGE = /^v1\.[0-9]{1,2}\.[0-9]{1,12}\.[0-9a-f]{32}\.[0-9a-f]{32}$/
/** How long the page may be deaf: milliseconds. */
const SLICE = 25
const BETWEEN_LOOKS = 64

export function challengeIn({ facts }: Answer): Challenge | null {
    const { challenge, bits, unit } = facts
    const fits =
        typeof challenge === "string" &&
        CHALLENGE.test(challenge) &&
        isWhole(bits, 0, CEILING_BITS) &&
        isWhole(unit, 1024, 2 ** 40)
    return fits ? { text: challenge, bits, unit } : null
}

function isWhole(value: unknown, least: number, most: number): value is number {
    return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

/** The challenge of this moment. */
export function freshChallenge(network: Network): Promise<Challenge> {
    return fetched(network, "/work", { method: "GET" }, challengeIn)
}

/** Zero bits to find for an upload of `size` bytes: twice the bytes, twice the work. */
export function priceBits(size: number, { bits, unit }: Challenge): number {
    return bits + Math.ceil(Math.log2(Math.max(1, Math.ceil(size / unit))))
}

/**
 * The value of the header `Safelight-Work` for an upload of `size` bytes. Computes in slices, so
 * that the page can be scrolled, read and left meanwhile. `now`: milliseconds.
 */
export async function solvedWork(
    challenge: Challenge,
    size: number,
    network: Network,
    now: () => number = () => performance.now(),
): Promise<string> {
    const wanted = priceBits(size, challenge)
    const text = new TextEncoder().encode(challenge.text)
    const begun = sha256.create().update(text)
    const scratch = sha256.create()
    const nonce = new Uint8Array(8)
    const view = new DataView(nonce.buffer)
    const digest = new Uint8Array(32)
    let until = now() + SLICE
    for (let count = 0; ; count += 1) {
        view.setUint32(0, Math.floor(count / 2 ** 32))
        view.setUint32(4, count % 2 ** 32)
        begun._cloneInto(scratch)
        scratch.update(nonce)
        scratch.digestInto(digest)
        if (zeroBits(digest) >= wanted) return `${challenge.text} ${hexOf(nonce)}`
        if (count % BETWEEN_LOOKS === 0 && now() >= until) {
            await network.breathe()
            until = now() + SLICE
        }
    }
}

/** Zero bits at the beginning, as far as 32 of them. */
function zeroBits(digest: Uint8Array): number {
    const first =
        (((digest[0] ?? 0) << 24) |
            ((digest[1] ?? 0) << 16) |
            ((digest[2] ?? 0) << 8) |
            (digest[3] ?? 0)) >>>
        0
    return Math.clz32(first)
}

function hexOf(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

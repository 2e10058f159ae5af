/** Paying for an upload with a little computing (docs/spec; twin: intake/work.py). */

import { fetched } from "./network.js"
import type { Answer, Network } from "./network.js"
import { digestsOf } from "./work_kernel.js"

export interface Challenge {
    readonly text: string
    readonly bits: number
    /** One solution pays for this many bytes. */
    readonly unit: number
}

/** Dearer than this no honest server asks (intake/work.py); a page must not compute for ever. */
const CEILING_BITS = 20
const LEAST_UNIT = 512 * 1024
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
        isWhole(unit, LEAST_UNIT, 2 ** 40)
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
    const digestWith = digestsOf(new TextEncoder().encode(challenge.text))
    let until = now() + SLICE
    for (let count = 0; ; count += 1) {
        // More than 32 zero bits are never asked for.
        if (Math.clz32(digestWith(count)[0] ?? 0) >= wanted) {
            return `${challenge.text} ${count.toString(16).padStart(16, "0")}`
        }
        if (count % BETWEEN_LOOKS === 0 && now() >= until) {
            await network.breathe()
            until = now() + SLICE
        }
    }
}

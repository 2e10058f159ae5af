/** What is longer than a piece goes in pieces, and comes in pieces, each on its own connection. */

import { sha256 } from "@noble/hashes/sha2.js"

import { hexOf } from "../../sealing/receipt.js"
import type { Network } from "../../sending/network.js"
import { answered } from "./asking.js"
import type { Question } from "./asking.js"
import { Misanswered, PIECE, Refused } from "./delivery.js"

/** One after the other would wait for the line each time; more would only crowd it. */
const AT_ONCE = 4
/** A piece was damaged, or an epoch's end swept it away: all are sent again this often. */
const ROUNDS = 3

type Shown = Question["shown"]

export function piecesIn(size: number): number {
    return Math.ceil(size / PIECE)
}

/** Run `each` for 0 to `count` - 1, some at once; the first failure ends all. */
export async function some(count: number, each: (number: number) => Promise<void>): Promise<void> {
    let next = 0
    let failed = false
    const lane = async (): Promise<void> => {
        while (next < count && !failed) {
            const number = next
            next += 1
            try {
                await each(number)
            } catch (error) {
                failed = true
                throw error
            }
        }
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, lane))
}

/**
 * Send something below `path` that ends with `end`: with the bytes if they are one piece, else
 * with the digest of what went before in pieces. `shown` goes with each.
 */
export async function sentWhole<Thing>(
    network: Network,
    sealed: Uint8Array,
    { path, shown }: { readonly path: string; readonly shown: Shown },
    end: (whole: { readonly body: Uint8Array } | { readonly digest: string }) => Promise<Thing>,
): Promise<Thing> {
    if (sealed.length <= PIECE) return end({ body: sealed })
    const digest = hexOf(sha256(sealed))
    // First the end: what arrived in an earlier try, whose answer was lost, is known by its digest,
    // and by then the keys that its pieces need may open nothing any more.
    for (let round = 0; ; round += 1) {
        try {
            return await end({ digest })
        } catch (error) {
            const missing = error instanceof Refused && error.problem === "pieces-missing"
            if (!missing || round === ROUNDS) throw error
        }
        await some(piecesIn(sealed.length), (number) =>
            answered(
                network,
                {
                    method: "POST",
                    path: `${path}/piece/${digest}/${String(number)}`,
                    shown: { ...shown, Size: String(sealed.length) },
                    body: sealed.subarray(number * PIECE, (number + 1) * PIECE),
                },
                ({ status }) => (status === 200 || status === 201 ? undefined : null),
            ),
        )
    }
}

/** Fetch `size` bytes in pieces, numbered after `path`. */
export async function fetchedWhole(
    network: Network,
    { path, shown }: { readonly path: string; readonly shown: Shown },
    size: number,
): Promise<Uint8Array> {
    const whole = new Uint8Array(size)
    await some(piecesIn(size), async (number) => {
        const from = number * PIECE
        const wanted = Math.min(PIECE, size - from)
        const bytes = await answered(
            network,
            { method: "GET", path: `${path}/${String(number)}`, shown },
            (told) => (told.status === 200 && told.bytes.length === wanted ? told.bytes : null),
        )
        whole.set(bytes, from)
    })
    return whole
}

export function checkedLength(bytes: Uint8Array, most: number): void {
    if (bytes.length < 1 || bytes.length > most) {
        throw new RangeError(`expected 1 to ${String(most)} bytes, got ${String(bytes.length)}`)
    }
}

export function mismatched(): Misanswered {
    return new Misanswered("expected what was left there, got other bytes; try another network")
}

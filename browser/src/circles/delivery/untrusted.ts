/** Parts of an answer, believed only in the one form that the server gives them. */

import { base64 } from "@scure/base"

import { isObject } from "../../sealing/json.js"
import { hexOf } from "../../sealing/receipt.js"

const DAY = /^\d{4}-\d{2}-\d{2}$/
const ROW = /^[0-7][0-9a-f]{15}$/

export function wholeFrom(untrusted: unknown, least: number, most: number): number | null {
    const fits =
        Number.isSafeInteger(untrusted) && Number(untrusted) >= least && Number(untrusted) <= most
    return fits ? Number(untrusted) : null
}

export function dayFrom(untrusted: unknown): string | null {
    return typeof untrusted === "string" && DAY.test(untrusted) ? untrusted : null
}

/** The id of something that waits: the server's, random. */
export function rowFrom(untrusted: unknown): string | null {
    return typeof untrusted === "string" && ROW.test(untrusted) ? untrusted : null
}

/** Bytes from lower-case hex of exactly that length. */
export function hexFrom(untrusted: unknown, length: number): Uint8Array | null {
    if (typeof untrusted !== "string" || !/^[0-9a-f]*$/.test(untrusted)) return null
    if (untrusted.length !== 2 * length) return null
    return Uint8Array.from({ length }, (_, at) => parseInt(untrusted.slice(2 * at, 2 * at + 2), 16))
}

/** Bytes from canonical base64 of exactly that length. */
export function base64From(untrusted: unknown, length: number): Uint8Array | null {
    if (typeof untrusted !== "string" || untrusted.length !== 4 * Math.ceil(length / 3)) return null
    try {
        const bytes = base64.decode(untrusted)
        return bytes.length === length ? bytes : null
    } catch {
        return null
    }
}

/** All of a list of at most `most` things, or null if one of them is no such thing. */
export function listFrom<Thing>(
    untrusted: unknown,
    most: number,
    read: (one: Readonly<Record<string, unknown>>) => Thing | null,
): readonly Thing[] | null {
    if (!Array.isArray(untrusted) || untrusted.length > most) return null
    const found: Thing[] = []
    for (const one of untrusted) {
        const thing = isObject(one) ? read(one) : null
        if (thing === null) return null
        found.push(thing)
    }
    return found
}

export function idOf(bytes: Uint8Array): string {
    if (bytes.length !== 16) throw new RangeError("an id is 16 bytes")
    return hexOf(bytes)
}

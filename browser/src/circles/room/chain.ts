/**
 * A chain over the log of one epoch: everybody who saw the same entries in the same places has the
 * same value, and says it in every message. So a server that shows people different logs is caught
 * by the next message that passes between them.
 *
 * It starts anew with each epoch, from a secret of that epoch, so newcomers need nobody's word;
 * what went before is in MLS's own transcript.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { ascii, hex, joined, uint64 } from "../mls/bytes.js"
import type { Seen } from "./content.js"

const VALUE = 16
// A sender who has not read for longer than so many messages cannot be compared with.
const REMEMBERED = 200

/** Immutable, and plain data, so that it can be kept as JSON. */
export interface EpochChain {
    /** The value before the first entry. */
    readonly base: string
    /** Values from `from` on, one for each number; at most the last 200. */
    readonly values: readonly string[]
    /** Number of the first of `values`; 0 with none. */
    readonly from: number
    /** Entries are missing: nothing can be compared before somebody's value is taken over. */
    readonly broken: boolean
    /** Who lent the first of `values`; "" if it is this device's own, or confirmed by another. */
    readonly lender: string
    /** Seen here before entries were missed; null: none were. */
    readonly before: { readonly values: readonly string[]; readonly from: number } | null
}

/** `secret`: the exporter's for label `safelight chain`, 32 bytes. */
export function begun(secret: Uint8Array): EpochChain {
    const base = sha256(joined(ascii("safelight circle chain v1\0"), secret)).slice(0, VALUE)
    return { base: hex(base), values: [], from: 0, broken: false, lender: "", before: null }
}

/** With one more entry. `seq` is the one after the last, or any if there is none yet. */
export function grown(chain: EpochChain, seq: number, sealed: Uint8Array): EpochChain {
    if (chain.broken) return chain
    const before = chain.values.at(-1) ?? chain.base
    const made = sha256(joined(bytes(before), uint64(seq), sha256(sealed)))
    const values = [...chain.values, hex(made.slice(0, VALUE))]
    const from = chain.from === 0 ? seq : chain.from
    const surplus = Math.max(0, values.length - REMEMBERED)
    return { ...chain, values: values.slice(surplus), from: from + surplus }
}

/** What was seen before stays known: a fork before the gap still shows. */
export function interrupted(chain: EpochChain): EpochChain {
    const { values, from } = chain
    const own = !chain.broken && chain.lender === ""
    const before = own ? { values, from } : chain.before
    return { ...chain, values: [], from: 0, broken: true, lender: "", before }
}

/** Nothing on the word of one member alone. */
export function seenOf({ broken, lender, base, values, from }: EpochChain): Seen {
    if (broken || lender !== "") return { seq: 0, chain: new Uint8Array(VALUE) }
    const seq = values.length === 0 ? 0 : from + values.length - 1
    return { seq, chain: bytes(values.at(-1) ?? base) }
}

/** Zeros: the sender misses entries and says so. */
export function isUnknown({ chain }: Seen): boolean {
    return chain.every((byte) => byte === 0)
}

export interface Heard {
    readonly chain: EpochChain
    readonly contradicts: "nobody" | "this device" | "another"
}

/**
 * What `by` says in the entry `seq` against what was seen here. After entries were missed, whoever
 * saw all before `seq` lends their value, until another member says the same.
 */
export function heardFrom(
    chain: EpochChain,
    by: string,
    seq: number,
    seen: Seen,
    others: number,
): Heard {
    const told = hex(seen.chain)
    const known = ownValue(chain, seen.seq)
    if (known === "unknown")
        return { chain: lent(chain, by, seq, seen, others), contradicts: "nobody" }
    const borrowed = chain.lender !== "" && chain.lender !== by && seen.seq >= chain.from
    if (told === known) {
        return { chain: borrowed ? { ...chain, lender: "" } : chain, contradicts: "nobody" }
    }
    if (!borrowed) return { chain, contradicts: "this device" }
    // Whoever comes next decides.
    return { chain: lent(interrupted(chain), by, seq, seen, others), contradicts: "another" }
}

/** "unknown" where this device cannot know; "" where there can be none. */
function ownValue({ base, values, from, broken, before }: EpochChain, seq: number): string {
    if (seq === 0) return base
    const own = values[seq - from] ?? before?.values[seq - before.from]
    if (own !== undefined) return own
    if (broken || (seq < from && (before !== null || values.length === REMEMBERED)))
        return "unknown"
    return ""
}

function lent(chain: EpochChain, by: string, seq: number, seen: Seen, others: number): EpochChain {
    if (!chain.broken || seen.seq !== seq - 1) return chain
    // With one other member there is nobody whom a wrong value could turn against.
    const lender = others > 1 ? by : ""
    return { ...chain, values: [hex(seen.chain)], from: seen.seq, broken: false, lender }
}

function bytes(value: string): Uint8Array {
    return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

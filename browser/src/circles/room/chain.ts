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

export type Compared = "same" | "other" | "not comparable"

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
}

/** `secret`: the exporter's for label `safelight chain`, 32 bytes. */
export function begun(secret: Uint8Array): EpochChain {
    const base = sha256(joined(ascii("safelight circle chain v1\0"), secret)).slice(0, VALUE)
    return { base: hex(base), values: [], from: 0, broken: false }
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

export function interrupted(chain: EpochChain): EpochChain {
    return { ...chain, values: [], from: 0, broken: true }
}

export function seenOf(chain: EpochChain): Seen {
    const value = chain.broken ? "" : (chain.values.at(-1) ?? chain.base)
    const seq = chain.broken || chain.values.length === 0 ? 0 : chain.from + chain.values.length - 1
    return { seq, chain: value === "" ? new Uint8Array(VALUE) : bytes(value) }
}

/** What somebody says they saw against what was seen here. */
export function compared(chain: EpochChain, seen: Seen): Compared {
    // Zeros: the sender misses entries and says so.
    if (chain.broken || seen.chain.every((byte) => byte === 0)) return "not comparable"
    const told = hex(seen.chain)
    if (seen.seq === 0) return told === chain.base ? "same" : "other"
    const own = chain.values[seen.seq - chain.from]
    if (own !== undefined) return told === own ? "same" : "other"
    return chain.from > 0 && seen.seq < chain.from && chain.values.length === REMEMBERED
        ? "not comparable"
        : "other"
}

/** After entries were missed: whoever saw all before `seq` lends their value. */
export function resumed(chain: EpochChain, seq: number, seen: Seen): EpochChain {
    if (!chain.broken || seen.seq !== seq - 1 || seen.chain.every((byte) => byte === 0))
        return chain
    return { base: chain.base, values: [hex(seen.chain)], from: seen.seq, broken: false }
}

function bytes(value: string): Uint8Array {
    return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

/**
 * All rows of a device as sealed bytes of one of a few lengths. The same rows and the same words
 * give the same bytes, so that an upload that was cut goes on with what the server has already.
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { pad, PaddingError, unpad } from "../../sealing/padding.js"
import { LARGEST_STASH } from "../delivery/delivery.js"
import { MOVING_OUT } from "../keeping/store.js"
import type { Store } from "../keeping/store.js"
import { ascii, joined, long, Reader } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"

const TAG = 16
const VERSION = 1
/** So that the length says nothing finer about how many rooms move. */
const SIZES = [64 * 1024, 256 * 1024, 1024 * 1024, LARGEST_STASH]
/** Of this device alone: moves, and landings at the server that it still clears up. */
const STAYS = ["moving/", "landed/"]
const NONCE = 24
const AROUND = NONCE + TAG

export interface Carried {
    readonly sealed: Uint8Array
    /** Rows that did not fit, of those that may be left out. */
    readonly leftOut: number
}

/**
 * Seal all rows. `dispensable`: may be left out where not all fits, the largest first (pictures).
 * Throws `Unreadable` if the rest does not fit.
 */
export async function carriedRows(
    store: Store,
    sealing: Uint8Array,
    dispensable: (key: string) => boolean,
): Promise<Carried> {
    const rows: { key: string; row: Uint8Array }[] = []
    for (const key of await store.keys("")) {
        const value = await store.get(key)
        if (value === undefined || STAYS.some((prefix) => key.startsWith(prefix))) continue
        rows.push({ key, row: joined(long(ascii(key)), long(value)) })
    }
    const most = LARGEST_STASH - AROUND - 2
    let length = rows.reduce((sum, { row }) => sum + row.length, 0)
    const out = new Set<string>()
    const bySize = [...rows].sort((one, other) => other.row.length - one.row.length)
    for (const { key, row } of bySize) {
        if (length <= most || !dispensable(key)) continue
        out.add(key)
        length -= row.length
    }
    const size = SIZES.find((one) => length + AROUND + 2 <= one)
    if (size === undefined) {
        throw new Unreadable("rooms that move: expected what fits into 2 MiB, got more")
    }
    const parts = rows.filter(({ key }) => !out.has(key)).map(({ row }) => row)
    const content = pad(joined(Uint8Array.of(VERSION), ...parts), size - AROUND)
    // A function of the content, so that the same words never seal two contents under one nonce.
    const nonce = hmac(sha256, sealing, content).slice(0, NONCE)
    const sealed = joined(nonce, xchacha20poly1305(sealing, nonce).encrypt(content))
    content.fill(0)
    return { sealed, leftOut: out.size }
}

/** Throws `Unreadable` for anything else than what `carriedRows` made under these words. */
export function uncarriedRows(
    untrusted: Uint8Array,
    sealing: Uint8Array,
): ReadonlyMap<string, Uint8Array> {
    const read = new Reader(openedContent(untrusted, sealing), "rooms that moved")
    if (read.byte() !== VERSION) throw read.problem("version 1")
    const rows = new Map<string, Uint8Array>()
    while (read.left > 0) {
        const key = new TextDecoder().decode(read.long())
        if (key === MOVING_OUT || rows.has(key)) throw read.problem("each row once")
        rows.set(key, read.long())
    }
    return rows
}

function openedContent(untrusted: Uint8Array, sealing: Uint8Array): Uint8Array {
    try {
        const opening = xchacha20poly1305(sealing, untrusted.subarray(0, NONCE))
        return unpad(opening.decrypt(untrusted.subarray(NONCE)))
    } catch (error) {
        if (error instanceof PaddingError)
            throw new Unreadable("rooms that moved: expected padding")
        throw new Unreadable("rooms that moved: expected what these words open, got other bytes")
    }
}

/**
 * scrypt (RFC 7914) with r = 8 and p = 1, in slices between which the page is painted and used.
 *
 * noble's own asynchronous one gives control to promises that are due, and to nothing else: without
 * a compiler (Tor Browser's "safer") an old phone stood still for twenty seconds. noble's stays the
 * readable twin that a test holds this against.
 */

import { pbkdf2 } from "@noble/hashes/pbkdf2.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { breathe } from "../../sending/breathing.js"

const R = 8
/** 32-bit words of a block. */
const WORDS = 32 * R
/** Milliseconds of computing until the page has its turn. */
const SLICE = 40
/** Blocks between looks at the clock. */
const TOGETHER = 8

/** From 0 to 1; called some times a second. */
export type Progressed = (done: number) => void

export interface Cost {
    /** log2 of N. */
    readonly cost: number
    /** Bytes of the result. */
    readonly length: number
    readonly progressed?: Progressed | undefined
}

export async function scrypt(
    secret: Uint8Array,
    salt: Uint8Array,
    { cost, length, progressed }: Cost,
): Promise<Uint8Array> {
    const blocks = 2 ** cost
    const bytes = pbkdf2(sha256, secret, salt, { c: 1, dkLen: 4 * WORDS })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const all = new Uint32Array(WORDS * blocks)
    let now = Uint32Array.from({ length: WORDS }, (_, at) => view.getUint32(4 * at, true))
    let next = new Uint32Array(WORDS)
    let since = performance.now()
    for (let step = 0; step < 2 * blocks; step += TOGETHER) {
        for (let one = step; one < Math.min(step + TOGETHER, 2 * blocks); one += 1) {
            if (one < blocks) all.set(now, one * WORDS)
            else xorInto(now, all, ((now[WORDS - 16] ?? 0) & (blocks - 1)) * WORDS)
            mixedBlock(now, next)
            ;[now, next] = [next, now]
        }
        if (performance.now() - since < SLICE) continue
        progressed?.(step / (2 * blocks))
        await breathe()
        since = performance.now()
    }
    now.forEach((word, at) => {
        view.setUint32(4 * at, word, true)
    })
    const made = pbkdf2(sha256, secret, bytes, { c: 1, dkLen: length })
    for (const used of [all, now, next, bytes]) used.fill(0)
    return made
}

function xorInto(block: Uint32Array, all: Uint32Array, from: number): void {
    for (let at = 0; at < WORDS; at += 1) block[at] = (block[at] ?? 0) ^ (all[from + at] ?? 0)
}

/** scryptBlockMix, section 4: even parts go to the first half, odd ones to the second. */
function mixedBlock(input: Uint32Array, output: Uint32Array): void {
    let [before, from] = [input, WORDS - 16]
    for (let part = 0; part < 2 * R; part += 1) {
        const to = 16 * ((part >> 1) + (part & 1) * R)
        salsaOfXor(before, from, input, 16 * part, output, to)
        before = output
        from = to
    }
}

// In variables of its own, written out: without a compiler each access to an array costs as much
// as the sum itself.
/** Salsa20/8 (section 3) of the exclusive or of two parts of 16 words. */
function salsaOfXor(
    before: Uint32Array,
    from: number,
    input: Uint32Array,
    at: number,
    output: Uint32Array,
    to: number,
): void {
    const s00 = (before[from] ?? 0) ^ (input[at] ?? 0)
    const s01 = (before[from + 1] ?? 0) ^ (input[at + 1] ?? 0)
    const s02 = (before[from + 2] ?? 0) ^ (input[at + 2] ?? 0)
    const s03 = (before[from + 3] ?? 0) ^ (input[at + 3] ?? 0)
    const s04 = (before[from + 4] ?? 0) ^ (input[at + 4] ?? 0)
    const s05 = (before[from + 5] ?? 0) ^ (input[at + 5] ?? 0)
    const s06 = (before[from + 6] ?? 0) ^ (input[at + 6] ?? 0)
    const s07 = (before[from + 7] ?? 0) ^ (input[at + 7] ?? 0)
    const s08 = (before[from + 8] ?? 0) ^ (input[at + 8] ?? 0)
    const s09 = (before[from + 9] ?? 0) ^ (input[at + 9] ?? 0)
    const s10 = (before[from + 10] ?? 0) ^ (input[at + 10] ?? 0)
    const s11 = (before[from + 11] ?? 0) ^ (input[at + 11] ?? 0)
    const s12 = (before[from + 12] ?? 0) ^ (input[at + 12] ?? 0)
    const s13 = (before[from + 13] ?? 0) ^ (input[at + 13] ?? 0)
    const s14 = (before[from + 14] ?? 0) ^ (input[at + 14] ?? 0)
    const s15 = (before[from + 15] ?? 0) ^ (input[at + 15] ?? 0)
    let x00 = s00
    let x01 = s01
    let x02 = s02
    let x03 = s03
    let x04 = s04
    let x05 = s05
    let x06 = s06
    let x07 = s07
    let x08 = s08
    let x09 = s09
    let x10 = s10
    let x11 = s11
    let x12 = s12
    let x13 = s13
    let x14 = s14
    let x15 = s15
    let t: number
    for (let round = 0; round < 8; round += 2) {
        t = (x00 + x12) | 0
        x04 ^= (t << 7) | (t >>> 25)
        t = (x04 + x00) | 0
        x08 ^= (t << 9) | (t >>> 23)
        t = (x08 + x04) | 0
        x12 ^= (t << 13) | (t >>> 19)
        t = (x12 + x08) | 0
        x00 ^= (t << 18) | (t >>> 14)
        t = (x05 + x01) | 0
        x09 ^= (t << 7) | (t >>> 25)
        t = (x09 + x05) | 0
        x13 ^= (t << 9) | (t >>> 23)
        t = (x13 + x09) | 0
        x01 ^= (t << 13) | (t >>> 19)
        t = (x01 + x13) | 0
        x05 ^= (t << 18) | (t >>> 14)
        t = (x10 + x06) | 0
        x14 ^= (t << 7) | (t >>> 25)
        t = (x14 + x10) | 0
        x02 ^= (t << 9) | (t >>> 23)
        t = (x02 + x14) | 0
        x06 ^= (t << 13) | (t >>> 19)
        t = (x06 + x02) | 0
        x10 ^= (t << 18) | (t >>> 14)
        t = (x15 + x11) | 0
        x03 ^= (t << 7) | (t >>> 25)
        t = (x03 + x15) | 0
        x07 ^= (t << 9) | (t >>> 23)
        t = (x07 + x03) | 0
        x11 ^= (t << 13) | (t >>> 19)
        t = (x11 + x07) | 0
        x15 ^= (t << 18) | (t >>> 14)
        t = (x00 + x03) | 0
        x01 ^= (t << 7) | (t >>> 25)
        t = (x01 + x00) | 0
        x02 ^= (t << 9) | (t >>> 23)
        t = (x02 + x01) | 0
        x03 ^= (t << 13) | (t >>> 19)
        t = (x03 + x02) | 0
        x00 ^= (t << 18) | (t >>> 14)
        t = (x05 + x04) | 0
        x06 ^= (t << 7) | (t >>> 25)
        t = (x06 + x05) | 0
        x07 ^= (t << 9) | (t >>> 23)
        t = (x07 + x06) | 0
        x04 ^= (t << 13) | (t >>> 19)
        t = (x04 + x07) | 0
        x05 ^= (t << 18) | (t >>> 14)
        t = (x10 + x09) | 0
        x11 ^= (t << 7) | (t >>> 25)
        t = (x11 + x10) | 0
        x08 ^= (t << 9) | (t >>> 23)
        t = (x08 + x11) | 0
        x09 ^= (t << 13) | (t >>> 19)
        t = (x09 + x08) | 0
        x10 ^= (t << 18) | (t >>> 14)
        t = (x15 + x14) | 0
        x12 ^= (t << 7) | (t >>> 25)
        t = (x12 + x15) | 0
        x13 ^= (t << 9) | (t >>> 23)
        t = (x13 + x12) | 0
        x14 ^= (t << 13) | (t >>> 19)
        t = (x14 + x13) | 0
        x15 ^= (t << 18) | (t >>> 14)
    }
    output[to] = x00 + s00
    output[to + 1] = x01 + s01
    output[to + 2] = x02 + s02
    output[to + 3] = x03 + s03
    output[to + 4] = x04 + s04
    output[to + 5] = x05 + s05
    output[to + 6] = x06 + s06
    output[to + 7] = x07 + s07
    output[to + 8] = x08 + s08
    output[to + 9] = x09 + s09
    output[to + 10] = x10 + s10
    output[to + 11] = x11 + s11
    output[to + 12] = x12 + s12
    output[to + 13] = x13 + s13
    output[to + 14] = x14 + s14
    output[to + 15] = x15 + s15
}

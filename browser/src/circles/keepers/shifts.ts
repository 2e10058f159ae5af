/**
 * A counsellor's hours: blocks that they announce, signed, and that keepers can add up.
 *
 * The counsellor's own client stops at the limits of the rules; keepers' clients see what does not
 * fit. It protects a counsellor who wants it, and shows one who does not: nobody's clock is checked.
 */

import { ed25519 } from "@noble/curves/ed25519.js"

import { Reader, ascii, hex, joined, uint64, unhex } from "../mls/bytes.js"
import { signed } from "./counsellor.js"
import type { CounsellorRules } from "./policy.js"

const MINUTE = 60_000
const WEEK = 7 * 24 * 60
/** A quarter of an hour: when exactly somebody works is nobody's business. */
const STEP = 15
const MOST_BLOCKS = 400

/** Minutes since 1970, whole quarters of an hour. `until` is what was announced. */
export interface Block {
    readonly from: number
    readonly until: number
}

/** - `week-over`: twelve hours in seven days. - `break`: the block is over, rest first. */
export type MayWork =
    | { readonly state: "working"; readonly minutesLeft: number }
    | { readonly state: "may-begin"; readonly minutes: number }
    | { readonly state: "break"; readonly minutes: number }
    | { readonly state: "week-over"; readonly minutes: number }

/** Whether a counsellor may write now, by their blocks in all rooms. */
export function mayWork(blocks: readonly Block[], rules: CounsellorRules, now: Date): MayWork {
    const minute = Math.floor(now.getTime() / MINUTE)
    const last = [...blocks].sort((a, b) => a.until - b.until).at(-1)
    if (last !== undefined && last.from > minute) {
        // The clock was turned back: nothing begins before what was announced is over.
        return { state: "break", minutes: last.until - minute + rules.break_minutes }
    }
    if (last !== undefined && minute < last.until) {
        return { state: "working", minutesLeft: last.until - minute }
    }
    const rested = last === undefined ? rules.break_minutes : minute - last.until
    if (rested < rules.break_minutes) {
        return { state: "break", minutes: rules.break_minutes - rested }
    }
    const begin = minute - (minute % STEP)
    const longest = longestFrom(blocks, rules, begin)
    if (longest <= minute - begin) {
        return { state: "week-over", minutes: nextFree(blocks, rules, minute) - minute }
    }
    return { state: "may-begin", minutes: longest - (minute - begin) }
}

/** The block that begins now, as long as the rules allow or shorter; null if none may. */
export function begunBlock(
    blocks: readonly Block[],
    rules: CounsellorRules,
    now: Date,
    minutes: number,
): Block | null {
    const may = mayWork(blocks, rules, now)
    if (may.state !== "may-begin") return null
    const minute = Math.floor(now.getTime() / MINUTE)
    const from = minute - (minute % STEP)
    const length = Math.min(
        Math.max(STEP, minutes - (minutes % STEP)),
        longestFrom(blocks, rules, from),
    )
    return { from, until: from + length }
}

/** The block under way ends with the quarter of an hour that has begun. */
export function endedBlock(blocks: readonly Block[], now: Date): readonly Block[] {
    const minute = Math.floor(now.getTime() / MINUTE)
    const quarter = minute - (minute % STEP) + STEP
    return blocks.map((block) =>
        block.from <= minute && minute < block.until
            ? { ...block, until: Math.min(block.until, quarter) }
            : block,
    )
}

/** Minutes in whole steps that a block from `begin` may have. */
function longestFrom(blocks: readonly Block[], rules: CounsellorRules, begin: number): number {
    const block = rules.block_minutes - (rules.block_minutes % STEP)
    for (let length = block; length > 0; length -= STEP) {
        const with_ = [...blocks, { from: begin, until: begin + length }]
        if (inSevenDays(with_, begin + length) <= rules.week_minutes) return length
    }
    return 0
}

function nextFree(blocks: readonly Block[], rules: CounsellorRules, minute: number): number {
    let at = minute
    while (longestFrom(blocks, rules, at - (at % STEP)) === 0 && at < minute + WEEK) at += STEP
    return at
}

/** Minutes announced within the seven days before `until`. */
function inSevenDays(blocks: readonly Block[], until: number): number {
    return blocks.reduce((sum, block) => {
        const from = Math.max(block.from, until - WEEK)
        return sum + Math.max(0, Math.min(block.until, until) - from)
    }, 0)
}

/** What a keeper sees of somebody's hours. */
export interface Hours {
    readonly weekMinutes: number
    /** What the rules forbid: too long a block, too short a break, too long a week. */
    readonly broken: readonly ("block" | "break" | "week")[]
}

export function hoursOf(
    untrustedBlocks: readonly Block[],
    rules: CounsellorRules,
    now: Date,
): Hours {
    const blocks = [...untrustedBlocks].sort((a, b) => a.from - b.from)
    const broken = new Set<"block" | "break" | "week">()
    blocks.forEach((block, at) => {
        if (block.until - block.from > rules.block_minutes) broken.add("block")
        const before = blocks[at - 1]
        if (before !== undefined && block.from - before.until < rules.break_minutes) {
            broken.add("break")
        }
        if (inSevenDays(blocks, block.until) > rules.week_minutes) broken.add("week")
    })
    const minute = Math.floor(now.getTime() / MINUTE)
    return { weekMinutes: inSevenDays(blocks, minute), broken: [...broken].sort() }
}

/** Whether what a counsellor wrote lies within what they announced. */
export function covered(blocks: readonly Block[], written: Date): boolean {
    const minute = Math.floor(written.getTime() / MINUTE)
    return blocks.some(({ from, until }) => from <= minute && minute <= until)
}

/** The blocks of the last seven days, signed by the counsellor's key, for keepers of every room. */
export function signedShifts(blocks: readonly Block[], secret: Uint8Array): Uint8Array {
    const kept = [...blocks].sort((a, b) => a.from - b.from).slice(-MOST_BLOCKS)
    const bytes = joined(...kept.map(({ from, until }) => joined(uint64(from), uint64(until))))
    return joined(ed25519.sign(joined(ascii(LABEL), bytes), secret), bytes)
}

const LABEL = "safelight counsellor shifts v1\0"

/** Throws `Unreadable`; null if `key` (64 hex digits) did not sign them. */
export function checkedShifts(untrusted: Uint8Array, key: string): readonly Block[] | null {
    const read = new Reader(untrusted, "a counsellor's shifts")
    const signature = read.take(64)
    const bytes = read.rest()
    if (bytes.length % 16 !== 0 || bytes.length > 16 * MOST_BLOCKS) throw read.problem("blocks")
    if (!signed(signature, joined(ascii(LABEL), bytes), key)) return null
    const each = new Reader(bytes, "a counsellor's shifts")
    const blocks: Block[] = []
    while (each.left > 0) {
        const block = { from: each.uint64(), until: each.uint64() }
        if (block.until <= block.from) throw each.problem("blocks that end after they begin")
        blocks.push(block)
    }
    return blocks
}

/** Which key signs for a counsellor in this device's own store. */
export function shiftKeyOf(secret: Uint8Array): string {
    return hex(ed25519.getPublicKey(secret))
}

/** Of hex that a person pasted: 32 bytes, or null. */
export function pastedSecret(untrusted: string): Uint8Array | null {
    const digits = untrusted.trim().toLowerCase()
    return /^[0-9a-f]{64}$/.test(digits) ? unhex(digits) : null
}

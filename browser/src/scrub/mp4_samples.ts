/** Where a track's samples stand in the file (ISO/IEC 14496-12 §8.7), as chunks of bytes. */

import { box, checkedTable, joined, only } from "./mp4_boxes.js"
import type { Box } from "./mp4_boxes.js"
import { fieldsOf, MalformedError } from "./file_window.js"

export interface Chunk {
    readonly from: number
    readonly size: number
}

const MOST_CHUNKS = 2 ** 18
const MOST_SAMPLES = 2 ** 24

/** The chunks of a track in their order, with exactly the bytes that its samples have. */
export function chunksOf(table: readonly Box[]): readonly Chunk[] {
    const offsets = chunkOffsets(table)
    const sizes = sampleSizes(only(table, "stsz"))
    const runs = chunkRuns(only(table, "stsc"), offsets.length)
    let sample = 0
    const chunks = offsets.map((from, index) => {
        const last = sample + (runs[index] ?? 0)
        const size = sizes.sum(sample, last)
        sample = last
        return { from, size }
    })
    if (sample !== sizes.count) throw new MalformedError("as many samples as chunks hold")
    return chunks
}

function chunkOffsets(table: readonly Box[]): readonly number[] {
    const long = table.some((entry) => entry.type === "co64")
    if (long && table.some((entry) => entry.type === "stco")) throw new MalformedError("one table")
    const body = only(table, long ? "co64" : "stco")
    const count = checkedTable(body, long ? 8 : 4, [0])
    if (count > MOST_CHUNKS) throw new MalformedError("fewer chunks")
    const fields = fieldsOf(body)
    return Array.from({ length: count }, (_, index) =>
        long ? Number(fields.getBigUint64(8 + 8 * index)) : fields.getUint32(8 + 4 * index),
    )
}

interface Sizes {
    readonly count: number
    /** Of the samples from `first` to before `last`. */
    sum(first: number, last: number): number
}

function sampleSizes(body: Uint8Array): Sizes {
    const fields = fieldsOf(body)
    const same = fields.getUint32(4)
    const count = fields.getUint32(8)
    if (body.length !== 12 + (same === 0 ? 4 * count : 0) || count > MOST_SAMPLES) {
        throw new MalformedError("a table of sizes")
    }
    // QuickTime says 1 for plain sound and means another size (QuickTime File Format, "stsz").
    if (same === 1) throw new MalformedError("sizes of samples in bytes")
    return {
        count,
        sum: (first, last) => {
            if (last > count) throw new MalformedError("a sample's size")
            if (same !== 0) return same * (last - first)
            let sum = 0
            for (let at = first; at < last; at += 1) sum += fields.getUint32(12 + 4 * at)
            return sum
        },
    }
}

/** Samples in each of `chunks` chunks. */
function chunkRuns(body: Uint8Array, chunks: number): readonly number[] {
    const entries = checkedTable(body, 12, [0])
    const fields = fieldsOf(body)
    const runs: number[] = []
    for (let index = 0; index < entries; index += 1) {
        const at = 8 + 12 * index
        const next = index + 1 < entries ? fields.getUint32(at + 12) : chunks + 1
        const samples = fields.getUint32(at + 4)
        if (fields.getUint32(at) !== runs.length + 1 || next <= runs.length + 1) {
            throw new MalformedError("chunks in order")
        }
        if (next > chunks + 1 || samples > MOST_SAMPLES) throw new MalformedError("such chunks")
        while (runs.length + 1 < next) runs.push(samples)
    }
    if (runs.length !== chunks) throw new MalformedError("samples for every chunk")
    return runs
}

/** The table of where chunks begin, of one length for all tracks of a file. */
export function offsetTable(offsets: readonly number[], long: boolean): Uint8Array {
    const body = new Uint8Array(8 + offsets.length * (long ? 8 : 4))
    const fields = fieldsOf(body)
    fields.setUint32(4, offsets.length)
    offsets.forEach((offset, index) => {
        if (long) fields.setBigUint64(8 + 8 * index, BigInt(offset))
        else fields.setUint32(8 + 4 * index, offset)
    })
    return box(long ? "co64" : "stco", joined(body))
}

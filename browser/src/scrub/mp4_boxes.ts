/** Boxes of the ISO base media file format (ISO/IEC 14496-12 §4.2), in memory. */

import { bytesOfName, fieldsOf, MalformedError, nameAt } from "./file_window.js"

export interface Box {
    readonly type: string
    /** Without the header. */
    readonly body: Uint8Array
}

const HEADER = 8
// Millions of empty boxes would need more memory than the file.
const MOST_BOXES = 10_000

/** The boxes that fill `bytes`; QuickTime may end a list with zeros instead of a box. */
export function boxesIn(bytes: Uint8Array): readonly Box[] {
    const fields = fieldsOf(bytes)
    const boxes: Box[] = []
    for (let at = 0; at < bytes.length;) {
        if (bytes.length - at < HEADER) {
            if (bytes.subarray(at).some((byte) => byte !== 0)) throw new MalformedError("a box")
            break
        }
        const size = fields.getUint32(at)
        if (boxes.length >= MOST_BOXES) throw new MalformedError("fewer boxes")
        if (size < HEADER || at + size > bytes.length) throw new MalformedError("a box of its size")
        boxes.push({ type: nameAt(bytes, at + 4), body: bytes.subarray(at + HEADER, at + size) })
        at += size
    }
    return boxes
}

export function only(boxes: readonly Box[], type: string): Uint8Array {
    const body = atMostOne(boxes, type)
    if (body === null) throw new MalformedError(`a box ${type}`)
    return body
}

export function atMostOne(boxes: readonly Box[], type: string): Uint8Array | null {
    const found = boxes.filter((box) => box.type === type)
    if (found.length > 1) throw new MalformedError(`one box ${type}`)
    return found[0]?.body ?? null
}

export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
    return joined(
        header(
            type,
            parts.reduce((sum, part) => sum + part.length, 0),
        ),
        ...parts,
    )
}

/** The header of a box whose body has `length` bytes, long where it must be. */
export function header(type: string, length: number): Uint8Array {
    const long = HEADER + length >= 2 ** 32
    const bytes = new Uint8Array(long ? 16 : HEADER)
    const fields = fieldsOf(bytes)
    fields.setUint32(0, long ? 1 : HEADER + length)
    bytes.set(bytesOfName(type), 4)
    if (long) fields.setBigUint64(8, BigInt(16 + length))
    return bytes
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
        bytes.set(part, at)
        at += part.length
    }
    return bytes
}

/** A copy in which the bytes from `from` up to `to` are zero. */
export function zeroed(body: Uint8Array, ...ranges: readonly (readonly [number, number])[]) {
    const copy = Uint8Array.from(body)
    for (const [from, to] of ranges) copy.fill(0, from, to)
    return copy
}

/** A full box's body of exactly the length that its count of entries says. */
export function checkedTable(body: Uint8Array, entry: number, version: readonly number[]): number {
    const fields = fieldsOf(body)
    const count = fields.getUint32(4)
    if (!version.includes(fields.getUint8(0)) || body.length !== 8 + count * entry) {
        throw new MalformedError("a table of its length")
    }
    return count
}

/**
 * PNG (W3C PNG, third edition): kept are the chunks without which the picture, or its animation,
 * would not be the same. All text, times, EXIF (but the orientation), profiles, densities and
 * private chunks go, and whatever stands after IEND: cropped screenshots were found to carry the
 * uncropped rest there (CVE-2023-21036).
 */

import { bytesOfName, fieldsOf, MalformedError, nameAt, startsWith } from "./file_window.js"
import type { FileWindow } from "./file_window.js"
import { orientationIn, tiffOf } from "./orientation.js"
import { Pieces } from "./pieces.js"
import type { Kept } from "./pieces.js"

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

// Each kept chunk with the lengths it may have.
const KEPT: ReadonlyMap<string, (length: number) => boolean> = new Map([
    ["IHDR", (length: number) => length === 13],
    ["PLTE", (length: number) => length > 0 && length <= 768 && length % 3 === 0],
    ["tRNS", (length: number) => length > 0 && length <= 256],
    ["IDAT", () => true],
    ["sRGB", (length: number) => length === 1],
    ["gAMA", (length: number) => length === 4],
    ["cICP", (length: number) => length === 4],
    ["acTL", (length: number) => length === 8],
    ["fcTL", (length: number) => length === 26],
    ["fdAT", (length: number) => length > 4],
])
// An odd exponent is a mark of the program that wrote it.
const USUAL_GAMMAS: readonly number[] = [45455, 100000]

const MOST_CHUNKS = 200_000

export function isPng(start: Uint8Array): boolean {
    return startsWith(start, SIGNATURE)
}

export async function scrubbedPng(source: FileWindow): Promise<Kept> {
    const pieces = new Pieces()
    pieces.add(SIGNATURE)
    const seen = new Set<string>()
    let orientation: number | null = null
    for (let at = SIGNATURE.length, count = 0; ; count += 1) {
        if (count > MOST_CHUNKS) throw new MalformedError("fewer chunks")
        const head = await source.bytes(at, 8)
        const length = fieldsOf(head).getUint32(0)
        const name = nameAt(head, 4)
        const end = at + 12 + length
        if (!/^[A-Za-z]{4}$/.test(name) || end > source.size) throw new MalformedError("a chunk")
        if ((name === "IHDR") !== (seen.size === 0)) throw new MalformedError("IHDR first, once")
        if (name === "IEND") {
            if (length !== 0 || !seen.has("IDAT")) throw new MalformedError("IEND after an image")
            break
        }
        if (name === "eXIf" && orientation === null && length < 2 ** 16) {
            orientation = orientationIn(await source.bytes(at + 8, length))
            // Before the image, and once: where readers look for it.
            if (!seen.has("IDAT")) writeOrientation(pieces, orientation)
        }
        if (await isKept(source, name, at, length)) {
            await checkSum(source, at, length)
            pieces.keep(at, end)
        }
        seen.add(name)
        at = end
    }
    pieces.add(chunk("IEND", new Uint8Array(0)))
    return { pieces, type: "image/png" }
}

async function isKept(
    source: FileWindow,
    name: string,
    at: number,
    length: number,
): Promise<boolean> {
    const lengthFits = KEPT.get(name)
    if (lengthFits === undefined) {
        // A capital first letter says that the image cannot be read without it.
        if (/^[A-Z]/.test(name)) throw new MalformedError("chunks of an image")
        return false
    }
    if (!lengthFits(length)) throw new MalformedError("a chunk of its length")
    if (name !== "gAMA") return true
    return USUAL_GAMMAS.includes(fieldsOf(await source.bytes(at + 8, 4)).getUint32(0))
}

function writeOrientation(pieces: Pieces, orientation: number): void {
    const tiff = tiffOf(orientation)
    if (tiff !== null) pieces.add(chunk("eXIf", tiff))
}

function chunk(name: string, body: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(12 + body.length)
    const fields = fieldsOf(bytes)
    fields.setUint32(0, body.length)
    bytes.set(bytesOfName(name), 4)
    bytes.set(body, 8)
    fields.setUint32(8 + body.length, crc(bytes.subarray(4, 8 + body.length)) ^ -1)
    return bytes
}

async function checkSum(source: FileWindow, at: number, length: number): Promise<void> {
    let sum = -1
    const end = at + 8 + length
    for (let from = at + 4; from < end;) {
        const bytes = (await source.bytesFrom(from)).subarray(0, end - from)
        sum = crc(bytes, sum)
        from += bytes.length
    }
    if (fieldsOf(await source.bytes(end, 4)).getInt32(0) !== (sum ^ -1)) {
        throw new MalformedError("a chunk with its check sum")
    }
}

let table: Int32Array | null = null

/** CRC-32 (ISO 3309) of `bytes` after `before`; inverted at the end by the caller. */
function crc(bytes: Uint8Array, before = -1): number {
    table ??= Int32Array.from({ length: 256 }, (_, byte) => {
        let value = byte
        for (let bit = 0; bit < 8; bit += 1) {
            value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
        }
        return value
    })
    let sum = before
    for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8)
    return sum
}

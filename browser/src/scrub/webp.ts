/**
 * WebP (RFC 9649): image data, transparency and animation are kept. EXIF (but the orientation),
 * XMP, colour profiles and unknown chunks go, also inside the frames of an animation, and whatever
 * stands after the RIFF. The flags of VP8X say what is left.
 */

import { bytesOfName, fieldsOf, MalformedError, nameAt, startsWith } from "./file_window.js"
import type { FileWindow } from "./file_window.js"
import { orientationIn, tiffOf } from "./orientation.js"
import { Pieces } from "./pieces.js"
import type { Kept } from "./pieces.js"

const EXIF_FLAG = 0x08
const ALPHA_FLAG = 0x10
const ANIMATION_FLAG = 0x02
const LARGEST_EXIF = 2 ** 20
const FRAME_HEADER = 16
const MOST_CHUNKS = 20_000

export function isWebp(start: Uint8Array): boolean {
    return nameAt(start, 0) === "RIFF" && startsWith(start.subarray(8), [...bytesOfName("WEBP")])
}

export async function scrubbedWebp(source: FileWindow): Promise<Kept> {
    const size = fieldsOf(await source.bytes(4, 4)).getUint32(0, true)
    const end = 8 + size
    if (size % 2 !== 0 || end > source.size) throw new MalformedError("a whole RIFF")
    const chunks = await chunksIn(source, 12, end)
    const image = new Pieces()
    let extended: Uint8Array | null = null
    let orientation: number | null = null
    let animated = false
    let pictures = 0
    for (const chunk of chunks) {
        if (chunk.name === "VP8X") {
            if (chunk !== chunks[0] || chunk.length !== 10) throw new MalformedError("VP8X first")
            extended = Uint8Array.from(await source.bytes(chunk.from, 10))
        } else if (chunk.name === "EXIF" && chunk.length <= LARGEST_EXIF) {
            orientation ??= orientationIn(await source.bytes(chunk.from, chunk.length))
        } else if (chunk.name === "ANIM" && chunk.length === 6) {
            animated = true
            keep(image, chunk)
        } else if (chunk.name === "ANMF") {
            await keepFrame(image, source, chunk)
            pictures += 1
        } else if (isImage(chunk)) {
            keep(image, chunk)
            if (chunk.name !== "ALPH") pictures += 1
        }
    }
    if (pictures === 0 || (pictures > 1 && !animated)) throw new MalformedError("one picture")
    return { pieces: framed(image, extended, tiffOf(orientation ?? 1)), type: "image/webp" }
}

function framed(image: Pieces, extended: Uint8Array | null, tiff: Uint8Array | null): Pieces {
    const body = new Pieces()
    body.add(bytesOfName("WEBP"))
    if (extended !== null) {
        const flags = (extended[0] ?? 0) & (ALPHA_FLAG | ANIMATION_FLAG)
        extended.set([tiff === null ? flags : flags | EXIF_FLAG, 0, 0, 0])
        body.add(header("VP8X", 10), extended)
    }
    body.append(image)
    // Without VP8X no reader looks for EXIF.
    if (extended !== null && tiff !== null) body.add(header("EXIF", tiff.length), tiff)
    const whole = new Pieces()
    whole.add(header("RIFF", body.size))
    whole.append(body)
    return whole
}

interface Chunk {
    readonly name: string
    /** The content, without its header and padding. */
    readonly from: number
    readonly length: number
}

async function chunksIn(source: FileWindow, from: number, end: number): Promise<readonly Chunk[]> {
    const chunks: Chunk[] = []
    for (let at = from; at < end;) {
        if (chunks.length >= MOST_CHUNKS) throw new MalformedError("fewer chunks")
        const head = await source.bytes(at, 8)
        const length = fieldsOf(head).getUint32(4, true)
        chunks.push({ name: nameAt(head, 0), from: at + 8, length })
        at += 8 + length + (length % 2)
        if (at > end) throw new MalformedError("chunks that end with the file")
    }
    return chunks
}

function isImage({ name, length }: Chunk): boolean {
    return (name === "VP8 " || name === "VP8L" || name === "ALPH") && length > 0
}

function keep(pieces: Pieces, { name, from, length }: Chunk): void {
    pieces.add(header(name, length))
    pieces.keep(from, from + length)
    if (length % 2 !== 0) pieces.add([0])
}

/** ANMF: where and how long, then chunks of its own. */
async function keepFrame(pieces: Pieces, source: FileWindow, frame: Chunk): Promise<void> {
    const from = frame.from + FRAME_HEADER
    if (frame.length < FRAME_HEADER) throw new MalformedError("a frame")
    const inside = (await chunksIn(source, from, frame.from + frame.length)).filter(isImage)
    if (inside.filter((chunk) => chunk.name !== "ALPH").length !== 1) {
        throw new MalformedError("one picture in a frame")
    }
    const kept = new Pieces()
    for (const chunk of inside) keep(kept, chunk)
    pieces.add(header("ANMF", FRAME_HEADER + kept.size))
    pieces.keep(frame.from, from)
    pieces.append(kept)
}

function header(name: string, length: number): Uint8Array {
    const bytes = new Uint8Array(8)
    bytes.set(bytesOfName(name))
    fieldsOf(bytes).setUint32(4, length, true)
    return bytes
}

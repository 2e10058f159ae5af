/** The clean pictures of pictures.ts with a canary in every place that is known to hold metadata. */

import { boxesIn, box, joined } from "../../src/scrub/mp4_boxes.js"
import { PICTURES } from "./pictures.js"

export const CANARY = "CANARY"

export function clean(name: keyof typeof PICTURES): Uint8Array {
    return ascii(atob(PICTURES[name]))
}

export function ascii(text: string): Uint8Array {
    return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
}

function canary(place: string): Uint8Array {
    return ascii(`${CANARY}-${place}`)
}

export function be32(value: number): Uint8Array {
    return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

function le32(value: number): Uint8Array {
    return be32(value).reverse()
}

/** EXIF as a phone writes it: make, orientation, a maker's note, GPS, a thumbnail after it all. */
export function exif(orientation: number): Uint8Array {
    const entry = (tag: number, type: number, count: number, value: Uint8Array): Uint8Array =>
        joined(Uint8Array.of(tag & 0xff, tag >> 8, type, 0), le32(count), value)
    const text = canary("exif-gps-makernote")
    const directory = joined(
        Uint8Array.of(4, 0),
        entry(0x010f, 2, text.length, le32(62)),
        entry(0x0112, 3, 1, Uint8Array.of(orientation, 0, 0, 0)),
        entry(0x8825, 4, 1, le32(62)),
        entry(0x927c, 7, text.length, le32(62)),
        le32(62),
    )
    return joined(
        Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0),
        directory,
        text,
        canary("exif-thumbnail"),
    )
}

// --- JPEG -------------------------------------------------------------------

export function jpegSegment(marker: number, ...parts: readonly Uint8Array[]): Uint8Array {
    const body = joined(...parts)
    const length = body.length + 2
    return joined(Uint8Array.of(0xff, marker, length >> 8, length & 0xff), body)
}

export function dirtyJpeg(jpeg: Uint8Array, orientation = 1): Uint8Array {
    const end = jpeg.length - 2
    const before = [
        jpegSegment(0xe0, ascii("JFXX\0\x10"), canary("jfxx-thumbnail")),
        jpegSegment(0xe1, ascii("Exif\0\0"), exif(orientation)),
        jpegSegment(0xe1, ascii("http://ns.adobe.com/xap/1.0/\0"), canary("xmp")),
        jpegSegment(0xe1, ascii("http://ns.adobe.com/xmp/extension/\0"), canary("xmp-extended")),
        jpegSegment(0xe2, ascii("ICC_PROFILE\0\x01\x01"), canary("icc-description")),
        jpegSegment(0xe2, ascii("MPF\0"), canary("mpf")),
        jpegSegment(0xeb, ascii("JP"), canary("c2pa-manifest")),
        jpegSegment(0xed, ascii("Photoshop 3.0\x008BIM"), canary("iptc")),
        jpegSegment(0xef, canary("app15")),
        jpegSegment(0xfe, canary("comment")),
        Uint8Array.of(0xff, 0xff, 0xff), // fill bytes
    ]
    return joined(
        jpeg.subarray(0, 2),
        ...before,
        jpeg.subarray(2, end),
        jpegSegment(0xfe, canary("comment-after-scan")),
        jpeg.subarray(end),
        box("ftyp", ascii("mp42")), // a motion photo's film
        box("mdat", canary("motion-photo")),
        canary("maker-trailer"),
    )
}

// --- PNG --------------------------------------------------------------------

const CRC_TABLE = Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit += 1)
        value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    return value
})

export function pngChunk(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
    const body = joined(ascii(name), ...parts)
    let crc = -1
    for (const byte of body) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0)
    return joined(be32(body.length - 4), body, be32(~crc))
}

/** zlib (RFC 1950) that stores and does not compress, so that the canary stays readable. */
function stored(place: string): Uint8Array {
    const text = canary(place)
    const length = [text.length, 0, 255 - text.length, 255]
    let [one, two] = [1, 0]
    for (const byte of text) {
        one = (one + byte) % 65521
        two = (two + one) % 65521
    }
    return joined(Uint8Array.of(0x78, 1, 1, ...length), text, be32(two * 65536 + one))
}

const PNG_START = 8 + 25 // signature and IHDR

export function dirtyPng(png: Uint8Array, orientation = 1): Uint8Array {
    const end = png.length - 12
    return joined(
        png.subarray(0, PNG_START),
        pngChunk("tEXt", ascii("Author\0"), canary("tEXt")),
        pngChunk("zTXt", ascii("Comment\0\0"), stored("zTXt")),
        pngChunk("iTXt", ascii("XML:com.adobe.xmp\0\0\0\0\0"), canary("iTXt")),
        pngChunk("eXIf", exif(orientation)),
        pngChunk("iCCP", ascii("CANARY-icc\0\0"), stored("iCCP")),
        pngChunk("pHYs", Uint8Array.of(0, 0, 11, 19, 0, 0, 11, 19, 1)),
        pngChunk("gAMA", ascii("CANA")),
        pngChunk("caBX", canary("c2pa-manifest")),
        png.subarray(PNG_START, end),
        pngChunk("tIME", Uint8Array.of(7, 234, 11, 22, 12, 0, 0)),
        pngChunk("prVt", canary("private")),
        png.subarray(end),
        canary("cropped-screenshot"),
    )
}

// --- WebP -------------------------------------------------------------------

export function riffChunk(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
    const body = joined(...parts)
    return joined(ascii(name), le32(body.length), body, new Uint8Array(body.length % 2))
}

interface RiffChunk {
    readonly name: string
    readonly body: Uint8Array
}

export function riffChunks(bytes: Uint8Array): RiffChunk[] {
    const chunks: RiffChunk[] = []
    const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < bytes.length;) {
        const length = fields.getUint32(at + 4, true)
        const name = String.fromCharCode(...bytes.subarray(at, at + 4))
        chunks.push({ name, body: bytes.subarray(at + 8, at + 8 + length) })
        at += 8 + length + (length % 2)
    }
    return chunks
}

/** `size` in pixels, for a file that has no VP8X yet. */
export function dirtyWebp(webp: Uint8Array, size: [number, number], orientation = 1): Uint8Array {
    const chunks = riffChunks(webp.subarray(12))
    const given = chunks.find(({ name }) => name === "VP8X")?.body
    const alpha = chunks.some(({ name }) => name === "VP8L" || name === "ALPH") ? 0x10 : 0
    const extended = Uint8Array.from(
        given ?? [alpha, 0, 0, 0, size[0] - 1, 0, 0, size[1] - 1, 0, 0],
    )
    extended.set([(extended[0] ?? 0) | 0x2c | 0xc1, 0x43, 0x41, 0x4e]) // ICC, EXIF, XMP, reserved
    const image = chunks
        .filter(({ name }) => name !== "VP8X")
        .map(({ name, body }) =>
            riffChunk(name, body, name === "ANMF" ? riffChunk("CNRY", canary("frame")) : ascii("")),
        )
    const body = joined(
        ascii("WEBP"),
        riffChunk("VP8X", extended),
        riffChunk("ICCP", canary("icc")),
        ...image,
        riffChunk("EXIF", exif(orientation)),
        riffChunk("XMP ", canary("xmp")),
        riffChunk("CNRY", canary("unknown")),
    )
    return joined(ascii("RIFF"), le32(body.length), body, canary("after-riff"))
}

// --- MP4 --------------------------------------------------------------------

const CONTAINERS = ["moov", "trak", "mdia", "minf", "stbl"]

/** `bytes` with every box replaced by what `change` makes of it; null leaves it out. */
function changed(
    bytes: Uint8Array,
    change: (type: string, body: Uint8Array) => Uint8Array | null,
): Uint8Array {
    return joined(
        ...boxesIn(bytes).flatMap(({ type, body }) => {
            const inside = CONTAINERS.includes(type) ? changed(body, change) : body
            return change(type, inside) ?? []
        }),
    )
}

function overwritten(body: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(body)
    copy.set(bytes, at)
    return copy
}

/** A third track, as phones keep where they were: its one sample is `sample` bytes at `offset`. */
function locationTrack(track: Uint8Array, offset: number, sample: number): Uint8Array {
    return changed(track, (type, body) => {
        const table = (...numbers: readonly number[]): Uint8Array =>
            box(type, joined(new Uint8Array(4), ...numbers.map(be32)))
        if (type === "hdlr") return box(type, overwritten(body, 8, ascii("meta")))
        if (type === "tkhd") return box(type, overwritten(body, 12, be32(9)))
        if (type === "stsz") return table(0, 1, sample)
        if (type === "stsc") return table(1, 1, 1, 1)
        if (type === "stts") return table(1, 1, 1)
        if (type === "stco") return table(1, offset)
        return ["stss", "ctts", "edts"].includes(type) ? null : box(type, body)
    })
}

export function dirtyMovie(movie: Uint8Array): Uint8Array {
    const top = boxesIn(movie)
    const bodyOf = (wanted: string): Uint8Array =>
        top.find(({ type }) => type === wanted)?.body ?? new Uint8Array(0)
    const oldStart = placeOf(movie, "mdat")
    const start = joined(
        box("ftyp", bodyOf("ftyp"), ascii("cnry")),
        box("free", canary("free")),
        box("uuid", ascii("0123456789abcdef"), canary("xmp-uuid")),
    )
    const hidden = canary("between-samples")
    const location = canary("gps-track")
    const mdat = box("mdat", hidden, bodyOf("mdat"), location)
    const newStart = start.length + 8 + hidden.length
    const moov = changed(bodyOf("moov"), (type, body) => {
        const late = be32(3_800_000_000)
        const time = joined(late, late)
        if (["mvhd", "tkhd"].includes(type)) return box(type, overwritten(body, 4, time))
        if (type === "mdhd") {
            const russian = overwritten(body, 20, Uint8Array.of(0x4a, 0xb3))
            return box(type, overwritten(russian, 4, time))
        }
        if (type === "hdlr") {
            return box(type, body.subarray(0, 12), ascii("CANARY-maker"), canary("handler-name"))
        }
        if (type === "stsd") return box(type, dirtyDescription(body))
        if (type === "stco") return box(type, shifted(body, newStart - oldStart))
        if (type === "trak") {
            return box(
                type,
                body,
                box("udta", box("name", canary("track-name"))),
                box("meta", canary("track-meta")),
                box("tref", canary("tref")),
            )
        }
        return box(type, body)
    })
    const sound =
        boxesIn(moov)
            .filter(({ type }) => type === "trak")
            .at(-1)?.body ?? new Uint8Array(0)
    const extra = locationTrack(
        sound,
        start.length + mdat.length - location.length,
        location.length,
    )
    const places = box(
        "udta",
        box("\xa9xyz", canary("xyz")),
        box("loci", canary("loci")),
        box("meta", box("keys", canary("keys")), box("ilst", canary("ilst"))),
    )
    return joined(
        start,
        mdat,
        box("moov", moov, box("trak", extra), places, box("meta", canary("meta"))),
        box("sefd", canary("maker-trailer")),
        box("meta", canary("top-meta")),
    )
}

function placeOf(movie: Uint8Array, type: string): number {
    let at = 0
    for (const found of boxesIn(movie)) {
        if (found.type === type) return at + 8
        at += 8 + found.body.length
    }
    throw new Error(`expected a box ${type}`)
}

function dirtyDescription(body: Uint8Array): Uint8Array {
    return joined(
        body.subarray(0, 8),
        ...boxesIn(body.subarray(8)).map(({ type, body: entry }) => {
            const picture = type === "avc1"
            const made = picture ? overwritten(entry, 42, canary("compressor")) : entry
            const icc = box("colr", ascii("prof"), canary("icc"))
            return box(type, overwritten(made, picture ? 12 : 12, ascii("CNRY")), icc)
        }),
    )
}

function shifted(offsets: Uint8Array, by: number): Uint8Array {
    const copy = Uint8Array.from(offsets)
    const fields = new DataView(copy.buffer)
    for (let at = 8; at < copy.length; at += 4) fields.setUint32(at, fields.getUint32(at) + by)
    return copy
}

/** Boxes by name and text. */
export function joinedParts(...parts: readonly (readonly [string, string])[]): Uint8Array {
    return joined(...parts.map(([type, text]) => box(type, ascii(text))))
}

/** The film with a box of `hole` bytes before the header: too large to be made in memory. */
export function largeMovie(
    movie: Uint8Array,
    hole: number,
): { readonly start: Uint8Array; readonly hole: number; readonly end: Uint8Array } {
    const top = boxesIn(movie)
    const bodyOf = (wanted: string): Uint8Array =>
        top.find(({ type }) => type === wanted)?.body ?? new Uint8Array(0)
    const data = bodyOf("mdat")
    const start = joined(
        box("ftyp", bodyOf("ftyp")),
        be32(8 + data.length + hole),
        ascii("mdat"),
        data,
    )
    const by = start.length - data.length - placeOf(movie, "mdat")
    const moov = changed(bodyOf("moov"), (type, body) =>
        box(type, type === "stco" ? shifted(body, by) : body),
    )
    return { start, hole, end: box("moov", moov) }
}

const SIZE: [number, number] = [24, 16]

/** One of the clean pictures with everything in it that can be. */
export function dirty(name: keyof typeof PICTURES, orientation = 1): Uint8Array {
    const bytes = clean(name)
    if (name.startsWith("jpeg")) return dirtyJpeg(bytes, orientation)
    if (name.startsWith("png")) return dirtyPng(bytes, orientation)
    if (name.startsWith("webp")) return dirtyWebp(bytes, SIZE, orientation)
    return dirtyMovie(bytes)
}

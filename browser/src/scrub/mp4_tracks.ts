/**
 * What is kept of a movie's header (ISO/IEC 14496-12 §8; QuickTime File Format). Times, names,
 * languages and makers are zeroed; boxes that are not on a list here are left out. Tracks that are
 * neither picture nor sound go: phones and drones write the places they pass into such tracks.
 */

import { bytesOfName, fieldsOf, MalformedError, nameAt } from "./file_window.js"
import { atMostOne, box, boxesIn, checkedTable, joined, only, zeroed } from "./mp4_boxes.js"
import type { Box } from "./mp4_boxes.js"
import { chunksOf, offsetTable } from "./mp4_samples.js"
import type { Chunk } from "./mp4_samples.js"

export interface Track {
    readonly picture: boolean
    readonly chunks: readonly Chunk[]
    /** The whole `trak`, with chunks that begin at `offsets`. */
    written(offsets: readonly number[], long: boolean): Uint8Array
}

const VIDEO_CODECS: readonly string[] = [
    ...["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01", "mp4v", "s263"],
]
const AUDIO_CODECS: readonly string[] = [
    ...["mp4a", "alac", "Opus", "fLaC", "ac-3", "ec-3", "samr", "sawb", ".mp3"],
]
// What a decoder needs to start, and how the picture is shaped and coloured.
const CODEC_BOXES: ReadonlySet<string> = new Set([
    ...["avcC", "hvcC", "vpcC", "av1C", "esds", "alac", "dOps", "dfLa", "dac3", "dec3"],
])
const SIZED_BOXES: ReadonlyMap<string, number> = new Map([
    ["pasp", 8],
    ["clap", 32],
    ["clli", 4],
    ["mdcv", 24],
    ["dvcC", 24],
    ["dvvC", 24],
])
const FULL = 4 // version and flags

export function movieHeader(body: Uint8Array): Uint8Array {
    const long = fieldsOf(body).getUint8(0) === 1
    if (body.length !== (long ? 112 : 100)) throw new MalformedError("a movie's header")
    // After the matrix QuickTime keeps what was selected and shown last.
    const matrixEnd = body.length - 28
    return box(
        "mvhd",
        zeroed(
            body,
            [1, FULL],
            times(long),
            [matrixEnd - 46, matrixEnd - 36],
            [matrixEnd, matrixEnd + 24],
        ),
    )
}

/** Null for a track that is neither picture nor sound. */
export function keptTrack(body: Uint8Array): Track | null {
    const boxes = boxesIn(body)
    const media = boxesIn(only(boxes, "mdia"))
    const handler = nameAt(only(media, "hdlr"), 8)
    if (handler !== "vide" && handler !== "soun") return null
    const information = boxesIn(only(media, "minf"))
    checkSelfContained(information)
    const table = boxesIn(only(information, "stbl"))
    const picture = handler === "vide"
    const before = [trackHeader(only(boxes, "tkhd")), ...editList(atMostOne(boxes, "edts"))]
    const mediaHeaders = [mediaHeader(only(media, "mdhd")), handlerBox(handler)]
    const head = picture
        ? sized("vmhd", only(information, "vmhd"), 12)
        : sized("smhd", only(information, "smhd"), 8)
    const tables = [sampleDescription(only(table, "stsd"), picture), ...timeTables(table)]
    return {
        picture,
        chunks: chunksOf(table),
        written: (offsets, long) =>
            box(
                "trak",
                ...before,
                box(
                    "mdia",
                    ...mediaHeaders,
                    box(
                        "minf",
                        head,
                        box("dinf", dataReference()),
                        box("stbl", ...tables, offsetTable(offsets, long)),
                    ),
                ),
            ),
    }
}

function times(long: boolean): readonly [number, number] {
    return [FULL, FULL + (long ? 16 : 8)]
}

function trackHeader(body: Uint8Array): Uint8Array {
    const long = fieldsOf(body).getUint8(0) === 1
    if (body.length !== (long ? 96 : 84)) throw new MalformedError("a track's header")
    const afterId = FULL + (long ? 20 : 12)
    const afterDuration = afterId + 4 + (long ? 8 : 4)
    return box(
        "tkhd",
        zeroed(
            body,
            [1, 3],
            times(long),
            [afterId, afterId + 4],
            [afterDuration, afterDuration + 8],
        ),
    )
}

function mediaHeader(body: Uint8Array): Uint8Array {
    const long = fieldsOf(body).getUint8(0) === 1
    if (body.length !== (long ? 36 : 24)) throw new MalformedError("a media header")
    const copy = zeroed(body, [1, FULL], times(long), [body.length - 4, body.length])
    fieldsOf(copy).setUint16(body.length - 4, 0x55c4) // "und": no language
    return box("mdhd", copy)
}

/** The handler's name and maker say which program or phone made the film. */
function handlerBox(handler: string): Uint8Array {
    return box("hdlr", new Uint8Array(8), bytesOfName(handler), new Uint8Array(13))
}

function editList(edits: Uint8Array | null): readonly Uint8Array[] {
    const list = edits === null ? null : atMostOne(boxesIn(edits), "elst")
    if (list === null) return []
    checkedTable(list, list[0] === 1 ? 20 : 12, [0, 1])
    return [box("edts", box("elst", zeroed(list, [1, FULL])))]
}

function sized(type: string, body: Uint8Array, size: number): Uint8Array {
    if (body.length !== size) throw new MalformedError(`a box ${type} of its size`)
    return box(type, body)
}

/** Samples in another file could not be sent with this one. */
function checkSelfContained(information: readonly Box[]): void {
    const references = only(boxesIn(only(information, "dinf")), "dref")
    for (const reference of boxesIn(references.subarray(8))) {
        if ((fieldsOf(reference.body).getUint32(0) & 1) === 0) {
            throw new MalformedError("samples in the file itself")
        }
    }
}

function dataReference(): Uint8Array {
    return box(
        "dref",
        Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1),
        box("url ", Uint8Array.of(0, 0, 0, 1)),
    )
}

function timeTables(table: readonly Box[]): readonly Uint8Array[] {
    const kept: Uint8Array[] = []
    const keep = (type: string, body: Uint8Array): void => {
        kept.push(box(type, zeroed(body, [1, FULL])))
    }
    const times = only(table, "stts")
    checkedTable(times, 8, [0])
    keep("stts", times)
    const shifts = atMostOne(table, "ctts")
    if (shifts !== null) {
        checkedTable(shifts, 8, [0, 1])
        keep("ctts", shifts)
    }
    const keyFrames = atMostOne(table, "stss")
    if (keyFrames !== null) {
        checkedTable(keyFrames, 4, [0])
        keep("stss", keyFrames)
    }
    keep("stsc", only(table, "stsc")) // both are checked where the chunks are counted
    keep("stsz", only(table, "stsz"))
    return kept
}

function sampleDescription(body: Uint8Array, picture: boolean): Uint8Array {
    const count = fieldsOf(body).getUint32(4)
    const entries = boxesIn(body.subarray(8))
    if (entries.length !== count || count === 0) throw new MalformedError("descriptions of samples")
    return box(
        "stsd",
        joined(new Uint8Array(4), body.subarray(4, 8)),
        ...entries.map((entry) => {
            if (!(picture ? VIDEO_CODECS : AUDIO_CODECS).includes(entry.type)) {
                throw new MalformedError("a usual codec")
            }
            return box(entry.type, ...(picture ? videoEntry(entry.body) : audioEntry(entry.body)))
        }),
    )
}

function videoEntry(body: Uint8Array): readonly Uint8Array[] {
    // Reserved and vendor; the compressor's name; see QuickTime's "Video sample description".
    const head = zeroed(checkedStart(body, 78), [0, 6], [8, 24], [36, 40], [42, 74])
    fieldsOf(head).setUint16(6, 1) // the one data reference
    return [head, ...codecBoxes(body.subarray(78))]
}

function audioEntry(body: Uint8Array): readonly Uint8Array[] {
    // QuickTime's versions 1 and 2 put four or nine more numbers before the boxes.
    const length = [28, 44, 64][fieldsOf(body).getUint16(8)]
    if (length === undefined) throw new MalformedError("a known description of sound")
    const head = zeroed(checkedStart(body, length), [0, 6], [10, 16])
    fieldsOf(head).setUint16(6, 1)
    return [head, ...codecBoxes(body.subarray(length))]
}

function checkedStart(body: Uint8Array, length: number): Uint8Array {
    if (body.length < length) throw new MalformedError("a description of samples")
    return body.subarray(0, length)
}

function codecBoxes(body: Uint8Array): readonly Uint8Array[] {
    return boxesIn(body).flatMap(({ type, body: inside }) => {
        if (CODEC_BOXES.has(type)) return [box(type, inside)]
        if (SIZED_BOXES.get(type) === inside.length) return [box(type, inside)]
        if (type === "colr" && isPlainColour(inside)) return [box(type, inside)]
        if (type === "damr" && inside.length === 9) return [box(type, zeroed(inside, [0, 5]))]
        if (type === "wave") return [soundInside(inside)]
        return []
    })
}

/** Numbers of known colour spaces; not a profile, which names a device. */
function isPlainColour(body: Uint8Array): boolean {
    const kind = nameAt(body, 0)
    return (kind === "nclx" && body.length === 11) || (kind === "nclc" && body.length === 10)
}

/** QuickTime's `wave`: the format, the decoder's start, and an end of zeros. */
function soundInside(body: Uint8Array): Uint8Array {
    const kept = boxesIn(body).flatMap(({ type, body: inside }) => {
        if (type === "frma" && inside.length === 4) return [box(type, inside)]
        if (type === "esds" || type === "alac") return [box(type, inside)]
        if (type === "mp4a" && inside.length === 4) return [box(type, new Uint8Array(4))]
        return []
    })
    return box("wave", ...kept, box("\0\0\0\0"))
}

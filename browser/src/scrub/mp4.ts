/**
 * MP4 and QuickTime (ISO/IEC 14496-12). The file is written anew: a plain `ftyp`, the movie's
 * header without what mp4_tracks.ts leaves out, then the samples of its pictures and sound and not
 * a byte more. So nothing that stands between, before or after the samples comes along.
 *
 * What stands *inside* samples stays: removing it means to decode.
 */

import { bytesOfName, fieldsOf, MalformedError, nameAt } from "./file_window.js"
import type { FileWindow } from "./file_window.js"
import { box, boxesIn, header, only } from "./mp4_boxes.js"
import type { Chunk } from "./mp4_samples.js"
import { keptTrack, movieHeader } from "./mp4_tracks.js"
import type { Track } from "./mp4_tracks.js"
import { Pieces } from "./pieces.js"
import type { Kept } from "./pieces.js"

const FIRST_BOXES: readonly string[] = ["ftyp", "moov", "mdat", "wide", "free", "skip"]
// Pictures in the same family of files (HEIC, AVIF, Canon's raw files): not films.
const PICTURES = /^(?:hei|hev|mif|msf|avi|crx|jp|j2)/
const FRAGMENTS: ReadonlySet<string> = new Set(["moof", "styp", "sidx", "ssix", "mfra", "prft"])
// Hours of film; read whole, and copied in parts.
const LARGEST_MOOV = 8 * 2 ** 20
const MOST_CHUNKS = 2 ** 18
const MOST_BOXES = 10_000
const MOST_TRACKS = 64

export function isMovie(start: Uint8Array): boolean {
    return FIRST_BOXES.includes(nameAt(start, 4))
}

export async function scrubbedMovie(source: FileWindow): Promise<Kept> {
    const { quickTime, moov, data } = await topBoxes(source)
    const boxes = boxesIn(moov)
    if (boxes.some(({ type }) => type === "mvex" || type === "cmov")) {
        throw new MalformedError("a movie in one piece")
    }
    const tracks = boxes
        .filter(({ type }) => type === "trak")
        .slice(0, MOST_TRACKS + 1)
        .flatMap(({ body }) => keptTrack(body) ?? [])
    if (tracks.length === 0 || tracks.length > MOST_TRACKS) throw new MalformedError("a track")
    const samples = placed(tracks, data)
    const start = fileType(quickTime)
    const movie = (first: number, long: boolean): Uint8Array =>
        box(
            "moov",
            movieHeader(only(boxes, "mvhd")),
            ...tracks.map((track) =>
                track.written(
                    track.chunks.map((chunk) => first + (samples.places.get(chunk) ?? 0)),
                    long,
                ),
            ),
        )
    // The table's width decides how far down the samples stand, and the other way round.
    const long = start.length + moov.length + 16 + samples.pieces.size >= 2 ** 31
    const mdat = header("mdat", samples.pieces.size)
    const first = start.length + movie(0, long).length + mdat.length
    const pieces = new Pieces()
    pieces.add(start, movie(first, long), mdat)
    pieces.append(samples.pieces)
    const film = tracks.some((track) => track.picture)
    return { pieces, type: film ? (quickTime ? "video/quicktime" : "video/mp4") : "audio/mp4" }
}

/** One of two, so that it says nothing of the program that made the film. */
function fileType(quickTime: boolean): Uint8Array {
    return quickTime
        ? box("ftyp", bytesOfName("qt  "), new Uint8Array(4), bytesOfName("qt  "))
        : box("ftyp", bytesOfName("isom"), Uint8Array.of(0, 0, 2, 0), bytesOfName("isomiso2mp41"))
}

interface Top {
    readonly quickTime: boolean
    readonly moov: Uint8Array
    /** Where samples may stand: the bodies of `mdat`. */
    readonly data: readonly Chunk[]
}

async function topBoxes(source: FileWindow): Promise<Top> {
    let quickTime = true // what has no `ftyp` is older than it
    let moov: Uint8Array | null = null
    const data: Chunk[] = []
    let count = 0
    for (let at = 0; at < source.size; count += 1) {
        const head = await source.bytes(at, 8)
        const type = nameAt(head, 4)
        const short = fieldsOf(head).getUint32(0)
        const headLength = short === 1 ? 16 : 8
        let size = short
        if (short === 1) {
            size = Number(fieldsOf(await source.bytes(at, 16)).getBigUint64(8))
        } else if (short === 0) size = source.size - at
        if (size < headLength || at + size > source.size || count > MOST_BOXES) {
            throw new MalformedError("a box of its size")
        }
        const from = at + headLength
        if (type === "ftyp") {
            const brand = nameAt(await source.bytes(from, 4), 0)
            if (PICTURES.test(brand)) throw new MalformedError("a film")
            quickTime = brand === "qt  "
        } else if (type === "moov") {
            if (moov !== null || size > LARGEST_MOOV) throw new MalformedError("one movie")
            moov = Uint8Array.from(await source.bytes(from, size - headLength))
        } else if (type === "mdat") data.push({ from, size: size - headLength })
        else if (FRAGMENTS.has(type)) throw new MalformedError("a movie in one piece")
        at += size
    }
    if (moov === null) throw new MalformedError("a movie")
    return { quickTime, moov, data }
}

interface Samples {
    readonly pieces: Pieces
    /** Each chunk's place in `pieces`. */
    readonly places: ReadonlyMap<Chunk, number>
}

/** The chunks of all tracks in the order in which they stand, one after the other. */
function placed(tracks: readonly Track[], data: readonly Chunk[]): Samples {
    const chunks = tracks.flatMap((track) => track.chunks)
    if (chunks.length > MOST_CHUNKS) throw new MalformedError("fewer chunks")
    chunks.sort((one, other) => one.from - other.from || one.size - other.size)
    const pieces = new Pieces()
    const places = new Map<Chunk, number>()
    let end = 0
    let place = 0 // both are in order, so one pass finds where each chunk lies
    for (const chunk of chunks) {
        // Samples that point elsewhere would carry what stands there; those that share bytes
        // could make a small file huge.
        for (; place < data.length; place += 1) {
            const { from, size } = data[place] ?? chunk
            if (chunk.from + chunk.size <= from + size) break
        }
        const inside = (data[place]?.from ?? Infinity) <= chunk.from
        if (!inside || chunk.from < end) throw new MalformedError("chunks of their own in mdat")
        end = chunk.from + chunk.size
        places.set(chunk, pieces.size)
        pieces.keep(chunk.from, end)
    }
    return { pieces, places }
}

/**
 * JPEG (ITU-T T.81, annex B): the tables, the frame and the scans are kept. Every APPn and every
 * comment goes, with all that stands after the end of the image (a motion photo's film, further
 * pictures of MPF, what a phone's maker appends). Three facts change how the pixels are shown and
 * are written anew: JFIF or Adobe's mark (they say which colours) and the orientation.
 *
 * Colour profiles go as well: they name the device that made or showed the picture. A photo in
 * wide colours looks a little paler for it; the numbers of its pixels are the same.
 */

import { fieldsOf, MalformedError, startsWith } from "./file_window.js"
import type { FileWindow } from "./file_window.js"
import { EXIF_START, orientationIn, tiffOf } from "./orientation.js"
import { Pieces } from "./pieces.js"
import type { Kept } from "./pieces.js"

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const DQT = 0xdb
const DHT = 0xc4
const DRI = 0xdd
const COM = 0xfe
const APP0 = 0xe0
const APP1 = 0xe1
const APP14 = 0xee
const APP15 = 0xef
// Baseline, extended and progressive: what browsers show.
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2]
const MOST_COMPONENTS = 4
// An image has some dozens of segments and hardly any fill bytes; each is a step of its own.
const MOST_SEGMENTS = 10_000
const MOST_FILL = 64 * 1024

const JFIF = [0x4a, 0x46, 0x49, 0x46, 0]
const ADOBE = [0x41, 0x64, 0x6f, 0x62, 0x65]
const ADOBE_TRANSFORM = 11

export function isJpeg(start: Uint8Array): boolean {
    return startsWith(start, [0xff, SOI, 0xff])
}

export async function scrubbedJpeg(source: FileWindow): Promise<Kept> {
    const told: Told = { jfif: false, transform: null, orientation: null }
    const image = new Pieces()
    let frames = 0
    let scans = 0
    for (let at = 2, segments = 0; ; segments += 1) {
        if (segments > MOST_SEGMENTS) throw new MalformedError("fewer segments")
        const { marker, after } = await markerAt(source, at)
        if (marker === EOI) break
        const length = fieldsOf(await source.bytes(after, 2)).getUint16(0)
        if (length < 2) throw new MalformedError("a segment's length")
        const body = await source.bytes(after + 2, length - 2)
        at = after + length
        if ((marker >= APP0 && marker <= APP15) || marker === COM) {
            listen(told, marker, body)
            continue
        }
        checkSegment(marker, body)
        if (FRAMES.includes(marker)) frames += 1
        image.keep(after - 2, at)
        if (marker !== SOS) continue
        scans += 1
        const end = await endOfScan(source, at)
        image.keep(at, end)
        at = end
    }
    if (frames !== 1 || scans === 0) throw new MalformedError("one image in a JPEG file")
    const pieces = new Pieces()
    pieces.add([0xff, SOI])
    writeTold(pieces, told)
    pieces.append(image)
    pieces.add([0xff, EOI])
    return { pieces, type: "image/jpeg" }
}

/** What the dropped segments say about how to show the pixels. */
interface Told {
    jfif: boolean
    transform: number | null
    orientation: number | null
}

function listen(told: Told, marker: number, body: Uint8Array): void {
    if (marker === APP0 && startsWith(body, JFIF)) told.jfif = true
    if (marker === APP14 && startsWith(body, ADOBE)) {
        told.transform ??= body[ADOBE_TRANSFORM] ?? null
    }
    if (marker === APP1 && startsWith(body, EXIF_START)) {
        told.orientation ??= orientationIn(body)
    }
}

function writeTold(pieces: Pieces, told: Told): void {
    // Version 1.01, no unit, square pixels, no thumbnail.
    if (told.jfif) pieces.add(segment(APP0, [...JFIF, 1, 1, 0, 0, 1, 0, 1, 0, 0]))
    const tiff = tiffOf(told.orientation ?? 1)
    if (tiff !== null) pieces.add(segment(APP1, [...EXIF_START, ...tiff]))
    // Other values mean nothing, and could say something.
    if (told.transform !== null && told.transform <= 2) {
        pieces.add(segment(APP14, [...ADOBE, 0, 100, 0, 0, 0, 0, told.transform]))
    }
}

function segment(marker: number, body: readonly number[]): readonly number[] {
    const length = body.length + 2
    return [0xff, marker, length >> 8, length & 0xff, ...body]
}

/** A marker may have any number of 0xff before it; those are dropped. */
async function markerAt(
    source: FileWindow,
    at: number,
): Promise<{ readonly marker: number; readonly after: number }> {
    if ((await source.bytes(at, 1))[0] !== 0xff) throw new MalformedError("a marker")
    let after = at + 1
    while (after - at <= MOST_FILL) {
        const marker = (await source.bytes(after, 1))[0] ?? 0
        after += 1
        if (marker !== 0xff) return { marker, after }
    }
    throw new MalformedError("a marker")
}

/** Kept segments have no room left in which anything else could stand. */
function checkSegment(marker: number, body: Uint8Array): void {
    if (marker === DQT) checkTables(body, (first) => (first >> 4 === 0 ? 64 : 128))
    else if (marker === DHT) {
        checkTables(body, (_, at) => 16 + sum(body.subarray(at + 1, at + 17)))
    } else if (marker === DRI) expect(body.length === 2)
    else if (marker === SOS) {
        const components = body[0] ?? 0
        expect(components >= 1 && components <= MOST_COMPONENTS)
        expect(body.length === 4 + 2 * components)
    } else if (FRAMES.includes(marker)) {
        const fields = fieldsOf(body)
        const components = fields.getUint8(5)
        expect(components >= 1 && components <= MOST_COMPONENTS)
        expect(body.length === 6 + 3 * components)
        expect(fields.getUint16(1) > 0 && fields.getUint16(3) > 0)
    } else throw new MalformedError("segments of an image")
}

function checkTables(body: Uint8Array, size: (first: number, at: number) => number): void {
    let at = 0
    while (at < body.length) at += 1 + size(body[at] ?? 0, at)
    expect(at === body.length && at > 0)
}

function expect(fact: boolean): void {
    if (!fact) throw new MalformedError("a well-formed segment")
}

function sum(bytes: Uint8Array): number {
    return bytes.reduce((total, byte) => total + byte, 0)
}

/** Where the next marker begins; in a scan 0xff stands before a zero, or begins a restart mark. */
async function endOfScan(source: FileWindow, from: number): Promise<number> {
    let at = from
    for (;;) {
        const bytes = await source.bytesFrom(at)
        let found = bytes.indexOf(0xff)
        while (found >= 0 && found + 1 < bytes.length) {
            const next = bytes[found + 1] ?? 0
            if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at + found
            found = bytes.indexOf(0xff, found + 2)
        }
        // A lone 0xff at the window's end is looked at again with what follows it.
        at += found >= 0 ? found : bytes.length
        if (at + 1 >= source.size) throw new MalformedError("the end of an image")
    }
}

/**
 * Metadata taken out of photos and videos, by bytes (docs/spec/scrub.md).
 *
 * Not by canvas: Tor Browser gives noise instead of pixels, and a photo is evidence. What is kept
 * is what a decoder needs and nothing else; whatever is not understood makes the answer "unknown".
 */

import { FileWindow, MalformedError } from "./file_window.js"
import { isJpeg, scrubbedJpeg } from "./jpeg.js"
import { isMovie, scrubbedMovie } from "./mp4.js"
import type { Kept } from "./pieces.js"
import { isPng, scrubbedPng } from "./png.js"
import { isWebp, scrubbedWebp } from "./webp.js"

export interface Scrubbed {
    /** Without metadata, or the very file that was given when nothing is known about it. */
    readonly blob: Blob
    /** By the bytes when they are known, not by the file's name. */
    readonly type: string
    readonly outcome: "removed" | "unknown"
}

const ENOUGH_TO_TELL = 16

/**
 * The same picture or film without metadata, made of slices of `file`: it is read in windows and
 * never held in memory. "unknown" gives the file back as it came: another kind, cut off, damaged,
 * or with something inside that nobody here can vouch for. Rejects only when `file` cannot be read.
 */
export async function scrubbed(file: Blob): Promise<Scrubbed> {
    const source = new FileWindow(file)
    try {
        const { pieces, type } = await scrubbedSource(source)
        return { blob: pieces.blob(file, type), type, outcome: "removed" }
    } catch (error) {
        // DataView has RangeError for reading beyond the end of a damaged structure.
        if (!(error instanceof MalformedError) && !(error instanceof RangeError)) throw error
        return { blob: file, type: file.type, outcome: "unknown" }
    }
}

async function scrubbedSource(source: FileWindow): Promise<Kept> {
    const start = await source.bytes(0, Math.min(ENOUGH_TO_TELL, source.size))
    if (isJpeg(start)) return scrubbedJpeg(source)
    if (isPng(start)) return scrubbedPng(source)
    if (isWebp(start)) return scrubbedWebp(source)
    if (isMovie(start)) return scrubbedMovie(source)
    throw new MalformedError("a JPEG, PNG, WebP or MP4 file")
}

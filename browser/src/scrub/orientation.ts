/**
 * Which way up a photo stands: the one thing of its EXIF data that is needed to look at it.
 * (TIFF 6.0 §2; Exif 2.32, tag 0x0112.)
 */

import { fieldsOf, startsWith } from "./file_window.js"

const UPRIGHT = 1
const TURNED_MOST = 8
const ORIENTATION = 0x0112
const SHORT = 3
const ENTRY = 12
const LITTLE = [0x49, 0x49, 0x2a, 0x00]
const BIG = [0x4d, 0x4d, 0x00, 0x2a]

/** "Exif" and two zeros: stands before the TIFF data in JPEG, and by mistake in some WebP. */
export const EXIF_START: readonly number[] = [0x45, 0x78, 0x69, 0x66, 0, 0]

/** 1 to 8 as Exif counts, and 1 where nothing readable is said. */
export function orientationIn(untrusted: Uint8Array): number {
    const tiff = startsWith(untrusted, EXIF_START)
        ? untrusted.subarray(EXIF_START.length)
        : untrusted
    const little = startsWith(tiff, LITTLE)
    if (!little && !startsWith(tiff, BIG)) return UPRIGHT
    try {
        const fields = fieldsOf(tiff)
        const directory = fields.getUint32(4, little)
        const entries = fields.getUint16(directory, little)
        for (let index = 0; index < entries; index += 1) {
            const at = directory + 2 + ENTRY * index
            if (fields.getUint16(at, little) !== ORIENTATION) continue
            const value = fields.getUint16(at + 8, little)
            const readable = fields.getUint16(at + 2, little) === SHORT
            return readable && value >= UPRIGHT && value <= TURNED_MOST ? value : UPRIGHT
        }
    } catch (error) {
        if (!(error instanceof RangeError)) throw error
    }
    return UPRIGHT
}

/** TIFF data that says the orientation and nothing else; null for a photo that stands upright. */
export function tiffOf(orientation: number): Uint8Array | null {
    if (orientation === UPRIGHT) return null
    const tiff = new Uint8Array(26)
    const fields = fieldsOf(tiff)
    tiff.set(BIG)
    fields.setUint32(4, 8)
    fields.setUint16(8, 1) // entries
    fields.setUint16(10, ORIENTATION)
    fields.setUint16(12, SHORT)
    fields.setUint32(14, 1)
    fields.setUint16(18, orientation)
    return tiff
}

/** A picture as a room carries it: small, and without what it says of place, time and device. */

import { SafelightError } from "../../errors.js"
import { scrubbed } from "../../scrub/scrubbed.js"
import { isDrawable } from "./elements.js"
import type { Key } from "./words/en.js"

/** What a room takes: some dozens of messages of 8 kB would be a picture of a phone. */
export const LARGEST_PICTURE = 48 * 1024
/** Longest side in pixels, tried one after another. */
const SIDES = [1024, 800, 640, 480, 320] as const
const QUALITY = 0.6
const KINDS = ["image/jpeg", "image/png", "image/webp"]

export class PictureError extends SafelightError {
    override readonly name = "PictureError"

    constructor(readonly says: Key) {
        super("expected a picture that can be made small and clean, got another; choose another")
    }
}

/** Throws `PictureError`. */
export async function smallPicture(file: Blob): Promise<Uint8Array> {
    const clean = await scrubbed(file)
    if (clean.outcome !== "removed" || !KINDS.includes(clean.type)) {
        throw new PictureError("room-picture-unknown")
    }
    if (clean.blob.size <= LARGEST_PICTURE) {
        const bytes = new Uint8Array(await clean.blob.arrayBuffer())
        if (isDrawable(bytes)) return bytes
    }
    for (const side of SIDES) {
        const smaller = await drawnSmaller(clean.blob, side)
        if (smaller === null || smaller.size > LARGEST_PICTURE) continue
        // A browser may write its own name into what it draws.
        const again = await scrubbed(smaller)
        if (again.outcome === "removed") return new Uint8Array(await again.blob.arrayBuffer())
    }
    throw new PictureError("room-picture-large")
}

/** Through a canvas, which some browsers answer with noise: then it was never small enough. */
async function drawnSmaller(picture: Blob, side: number): Promise<Blob | null> {
    const drawn = await createImageBitmap(picture).catch(() => null)
    if (drawn === null) throw new PictureError("room-picture-unknown")
    const scale = Math.min(1, side / Math.max(drawn.width, drawn.height))
    const canvas = document.createElement("canvas")
    canvas.width = Math.max(1, Math.round(drawn.width * scale))
    canvas.height = Math.max(1, Math.round(drawn.height * scale))
    canvas.getContext("2d")?.drawImage(drawn, 0, 0, canvas.width, canvas.height)
    drawn.close()
    return new Promise((resolve) => {
        canvas.toBlob(resolve, "image/jpeg", QUALITY)
    })
}

/** Files made to keep a browser busy or to fill its memory: looked at briefly, and left alone. */

import { expect, test } from "vitest"

import { scrubbed } from "../../src/scrub/scrubbed.js"
import { randomNumbers } from "../support/random_numbers.js"
import * as made from "../support/with_metadata.js"

const MIB = 2 ** 20
// With room for a busy machine.
const BRIEFLY = 2500

function box(name: string, ...parts: readonly Uint8Array[]): Uint8Array {
    const body = Buffer.concat(parts)
    return Buffer.concat([made.be32(8 + body.length), made.ascii(name), body])
}

function filled(length: number, part: Uint8Array): Uint8Array {
    return Buffer.alloc(length, part)
}

const SOI = Uint8Array.of(0xff, 0xd8)
const COMMENT = Uint8Array.of(0xff, 0xfe, 0, 2)
const RIFF = (size: number): Uint8Array => {
    const head = Buffer.from("RIFF....WEBP")
    head.writeUInt32LE(4 + size, 4)
    return head
}

const HOSTILE: readonly (readonly [string, () => readonly Uint8Array[]])[] = [
    ["a JPEG of fill bytes", () => [SOI, filled(48 * MIB, Uint8Array.of(0xff))]],
    ["a JPEG of comments", () => [SOI, filled(24 * MIB, COMMENT)]],
    [
        "a PNG of empty chunks",
        () => [made.clean("png").subarray(0, 33), filled(24 * MIB, made.pngChunk("teXt"))],
    ],
    [
        "a WebP of empty chunks",
        () => [RIFF(32 * MIB), filled(32 * MIB, Buffer.from("XXXX\0\0\0\0"))],
    ],
    ["a film of empty boxes", () => [box("moov", filled(7 * MIB, box("free")))]],
    ["a film with a huge header", () => [box("moov", new Uint8Array(32 * MIB))]],
]

test.each(HOSTILE)("%s is left as it is, soon", async (_, parts) => {
    const file = new Blob(parts().map((part) => Uint8Array.from(part)))
    const before = performance.now()
    expect(await scrubbed(file)).toEqual({ blob: file, type: "", outcome: "unknown" })
    expect(performance.now() - before).toBeLessThan(BRIEFLY)
})

test.each(["jpeg", "jpegProgressive", "png", "webp", "webpAnimated", "mp4", "mov"] as const)(
    "%s with changed bytes anywhere never hangs or fails, and is no larger for it",
    async (name) => {
        const dirty = made.dirty(name)
        const next = randomNumbers(name.length)
        for (let round = 0; round < 150; round += 1) {
            const bytes = Uint8Array.from(dirty)
            for (let change = 0; change < 1 + (round % 4); change += 1) {
                const at = Math.floor(next() * bytes.length)
                // Sizes of zero, of one (which means 64 bits) and the largest do most harm.
                const values = [0, 1, 0x7f, 0xff, Math.floor(next() * 256)]
                bytes.fill(values[Math.floor(next() * 5)] ?? 0, at, at + 1 + Math.floor(next() * 8))
            }
            const { blob, outcome } = await scrubbed(new Blob([bytes]))
            if (outcome === "removed") expect(blob.size).toBeLessThan(bytes.length + 64)
            else expect(blob.size).toBe(bytes.length)
        }
    },
)

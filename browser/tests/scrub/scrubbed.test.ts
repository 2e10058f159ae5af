import { describe, expect, test } from "vitest"

import { orientationIn } from "../../src/scrub/orientation.js"
import { scrubbed } from "../../src/scrub/scrubbed.js"
import type { Scrubbed } from "../../src/scrub/scrubbed.js"
import type { PICTURES } from "../support/pictures.js"
import * as made from "../support/with_metadata.js"

const SIZE: [number, number] = [24, 16]

type Name = keyof typeof PICTURES

const DIRTY: readonly (readonly [Name, string, (bytes: Uint8Array) => Uint8Array])[] = [
    ["jpeg", "image/jpeg", made.dirtyJpeg],
    ["jpegProgressive", "image/jpeg", made.dirtyJpeg],
    ["jpegCmyk", "image/jpeg", made.dirtyJpeg],
    ["png", "image/png", made.dirtyPng],
    ["pngAnimated", "image/png", made.dirtyPng],
    ["webp", "image/webp", (bytes) => made.dirtyWebp(bytes, SIZE)],
    ["webpLossless", "image/webp", (bytes) => made.dirtyWebp(bytes, SIZE)],
    ["webpAnimated", "image/webp", (bytes) => made.dirtyWebp(bytes, SIZE)],
    ["mp4", "video/mp4", made.dirtyMovie],
    ["mov", "video/quicktime", made.dirtyMovie],
]

async function bytesOf(result: Scrubbed): Promise<Uint8Array> {
    return new Uint8Array(await result.blob.arrayBuffer())
}

function scrubbedBytes(bytes: Uint8Array, type = ""): Promise<Scrubbed> {
    return scrubbed(new Blob([Uint8Array.from(bytes)], { type }))
}

function text(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString("latin1")
}

describe.each(DIRTY)("%s", (name, type, dirty) => {
    test("every canary is gone and nothing else", async () => {
        const before = dirty(made.clean(name))
        expect(text(before).split(made.CANARY).length).toBeGreaterThan(5)
        const after = await scrubbedBytes(before)
        expect(after).toMatchObject({ outcome: "removed", type })
        expect(after.blob.type).toBe(type)
        const bytes = await bytesOf(after)
        expect(text(bytes)).not.toMatch(/canar|CNRY|cnry/i)
        // The same pixels and samples: what stays of the dirty file is what stays of the clean one.
        if (!type.endsWith("webp")) {
            expect(bytes).toEqual(await bytesOf(await scrubbedBytes(made.clean(name))))
        }
    })

    test("what was scrubbed once stays the same", async () => {
        const once = await bytesOf(await scrubbedBytes(dirty(made.clean(name))))
        const twice = await scrubbedBytes(once)
        expect(twice.outcome).toBe("removed")
        expect(await bytesOf(twice)).toEqual(once)
    })

    test("cut off anywhere it is unknown or whole, and comes back as it was", async () => {
        const whole = made.clean(name)
        for (let length = 0; length < whole.length; length += 1 + Math.floor(whole.length / 150)) {
            const cut = whole.subarray(0, length)
            const result = await scrubbedBytes(cut, "image/x-given")
            expect([length, result.outcome]).toEqual([length, "unknown"])
            expect(result.type).toBe("image/x-given")
            expect(await bytesOf(result)).toEqual(cut)
        }
    })

    test("a changed byte never crashes, and never lets a canary through as removed", async () => {
        const bytes = dirty(made.clean(name))
        for (let at = 0; at < bytes.length; at += 3) {
            const changed = Uint8Array.from(bytes)
            changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
            const result = await scrubbedBytes(changed)
            if (result.outcome === "unknown") continue
            expect([at, text(await bytesOf(result)).includes(made.CANARY)]).toEqual([at, false])
        }
    })
})

describe("which way up", () => {
    test.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation %i of a JPEG stays, alone", async (way) => {
        const bytes = await bytesOf(await scrubbedBytes(made.dirtyJpeg(made.clean("jpeg"), way)))
        const at = text(bytes).indexOf("Exif\0\0")
        expect(at >= 0 ? orientationIn(bytes.subarray(at)) : 1).toBe(way)
        expect(at >= 0).toBe(way !== 1)
    })

    test("orientation of PNG and WebP stays, alone", async () => {
        const png = await bytesOf(await scrubbedBytes(made.dirtyPng(made.clean("png"), 6)))
        expect(orientationIn(png.subarray(text(png).indexOf("eXIf") + 4))).toBe(6)
        const webp = await bytesOf(await scrubbedBytes(made.dirtyWebp(made.clean("webp"), SIZE, 8)))
        const chunks = made.riffChunks(webp.subarray(12))
        expect(chunks.map(({ name }) => name)).toEqual(["VP8X", "VP8 ", "EXIF"])
        expect(orientationIn(chunks[2]?.body ?? new Uint8Array())).toBe(8)
        expect(chunks[0]?.body[0]).toBe(0x08)
    })

    test.each([
        ["beyond the data", Uint8Array.of(0x4d, 0x4d, 0, 0x2a, 0xff, 0xff, 0xff, 0xff)],
        ["nothing", new Uint8Array()],
        ["another format", made.ascii("II*?????????????")],
    ])("unreadable EXIF (%s) means upright", (_, bytes) => {
        expect(orientationIn(bytes)).toBe(1)
    })
})

describe("what cannot be vouched for is unknown", () => {
    const jpeg = made.clean("jpeg")
    const heic = made.joinedParts(
        ["ftyp", "heic\0\0\0\0mif1heic"],
        ["meta", "iinf"],
        ["mdat", "pixels"],
    )
    test.each([
        ["nothing", new Uint8Array()],
        ["a HEIC photo", heic],
        ["a GIF", made.ascii("GIF89a")],
        ["a PDF with a photo behind it", Buffer.concat([made.ascii("%PDF-1.4\n"), jpeg])],
        ["a page", made.ascii("<html><img src=x></html>")],
        ["a JPEG without an image", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)],
        ["two frames", Buffer.concat([jpeg.subarray(0, -2), jpeg.subarray(2)])],
        [
            "a lossless JPEG",
            Buffer.concat([jpeg.subarray(0, 2), made.jpegSegment(0xc3, made.ascii("????"))]),
        ],
        [
            "a PNG with an unknown critical chunk",
            Buffer.concat([
                made.clean("png").subarray(0, 33),
                made.pngChunk("CnRy"),
                made.clean("png").subarray(33),
            ]),
        ],
        [
            "a fragmented film",
            made.joinedParts(["ftyp", "isom\0\0\0\0"], ["moov", ""], ["moof", ""]),
        ],
    ])("%s", async (_, bytes) => {
        const result = await scrubbedBytes(Uint8Array.from(bytes), "image/jpeg")
        expect(result).toMatchObject({ outcome: "unknown", type: "image/jpeg" })
    })

    test("a table of samples that points at metadata does not carry it along", async () => {
        const bytes = made.dirtyMovie(made.clean("mp4"))
        const at = text(bytes).indexOf("stco") + 12
        // The film's first chunk now begins inside the box of the XMP.
        bytes.set(made.be32(text(bytes).indexOf("CANARY-xmp")), at)
        expect((await scrubbedBytes(bytes)).outcome).toBe("unknown")
    })

    test("random bytes after each kind's beginning never crash", async () => {
        let seed = 1
        const random = (): number => (seed = (seed * 48271) % 2147483647) & 0xff
        for (const [name] of DIRTY) {
            for (let round = 0; round < 60; round += 1) {
                const bytes = made.clean(name)
                for (let at = 4 + (round % 40); at < bytes.length; at += 1) bytes[at] = random()
                expect(["removed", "unknown"]).toContain((await scrubbedBytes(bytes)).outcome)
            }
        }
    })
})

test("the bytes decide what a file is, not what it is called", async () => {
    const result = await scrubbedBytes(made.dirtyPng(made.clean("png")), "image/jpeg")
    expect(result).toMatchObject({ outcome: "removed", type: "image/png" })
})

test("a film of 500 MB is read in windows and never held", async () => {
    const film = made.clean("mp4")
    const bytes = made.largeMovie(film, 500 * 2 ** 20)
    const read: number[] = []
    const file = countingReads(bytes, read)
    const result = await scrubbed(file)
    expect(result.outcome).toBe("removed")
    expect(read.reduce((sum, size) => sum + size, 0)).toBeLessThan(4 * 2 ** 20)
})

/** A Blob whose middle is `hole` zeros that exist only when they are read. */
function countingReads(
    parts: { readonly start: Uint8Array; readonly hole: number; readonly end: Uint8Array },
    read: number[],
): Blob {
    const { start, hole, end } = parts
    const size = start.length + hole + end.length
    const slice = (from = 0, to = size): Blob =>
        ({
            size: to - from,
            arrayBuffer: () => {
                read.push(to - from)
                const bytes = new Uint8Array(to - from)
                bytes.set(start.subarray(from, to))
                const late = from - start.length - hole
                if (to - start.length - hole > 0) {
                    bytes.set(end.subarray(Math.max(0, late), late + to - from), Math.max(0, -late))
                }
                return Promise.resolve(bytes.buffer)
            },
        }) as unknown as Blob
    return Object.assign(slice(), { slice, type: "" })
}

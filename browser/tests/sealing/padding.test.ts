import { expect, test } from "vitest"

import { pad, PaddingError, unpad, unpadStream } from "../../src/sealing/padding.js"
import { bytesOf, streamOf } from "../support/streams.js"

const CONTENTS: readonly (readonly number[])[] = [
    [],
    [0],
    [0x80],
    [0x80, 0],
    [1, 2, 3],
    [1, 0, 0x80, 0, 0],
    [0x80, 0x80, 0, 0, 0x80],
    [0, 0, 0, 0, 0, 0, 0, 0],
]

test.each(CONTENTS)(
    "%j is padded and comes back, whole and in pieces of any size",
    async (...bytes) => {
        const content = Uint8Array.from(bytes)
        for (const total of [bytes.length + 1, bytes.length + 2, 64]) {
            const padded = pad(content, total)
            expect(padded).toHaveLength(total)
            expect(unpad(padded)).toEqual(content)
            for (let size = 1; size <= total; size += 1) {
                expect(await bytesOf(streamOf(padded, size).pipeThrough(unpadStream()))).toEqual(
                    content,
                )
            }
        }
    },
)

test("padding needs room for its marker", () => {
    expect(() => pad(Uint8Array.of(1, 2), 2)).toThrow(PaddingError)
    expect(pad(Uint8Array.of(1, 2), 3)).toEqual(Uint8Array.of(1, 2, 0x80))
})

test.each([[[]], [[0, 0]], [[1]], [[0x80, 1]], [[0x81, 0]]])(
    "%j ends without padding and is refused",
    async (bytes) => {
        const unpadded = Uint8Array.from(bytes)
        expect(() => unpad(unpadded)).toThrow(PaddingError)
        await expect(bytesOf(streamOf(unpadded).pipeThrough(unpadStream()))).rejects.toThrow(
            PaddingError,
        )
    },
)

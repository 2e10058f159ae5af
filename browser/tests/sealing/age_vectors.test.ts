/** The C2SP CCTV age vectors, all of them, through our opening code. */

import { inflateSync } from "node:zlib"

import * as kit from "cctv-age"
import { expect, test } from "vitest"

import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { ArmorError, decodeArmor } from "../../src/sealing/armor.js"
import { OpeningError, openStream } from "../../src/sealing/opening.js"
import type { OpeningProblem } from "../../src/sealing/opening.js"
import { streamOf } from "../support/streams.js"

interface Vector {
    readonly expect: string
    readonly payload: string | undefined
    readonly identities: readonly string[]
    readonly passphrases: readonly string[]
    readonly armored: boolean
    readonly fileKey: string
    readonly file: Uint8Array
}

function parsedVector(bytes: Uint8Array): Vector {
    const end = Buffer.from(bytes).indexOf("\n\n")
    const fields = Buffer.from(bytes.subarray(0, end))
        .toString()
        .split("\n")
        .map(
            (line) =>
                [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const,
        )
    const all = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value)
    const body = bytes.subarray(end + 2)
    const known = [
        "expect",
        "payload",
        "identity",
        "passphrase",
        "armored",
        "compressed",
        "file key",
        "comment",
    ]
    expect(fields.map(([key]) => key).filter((key) => !known.includes(key))).toEqual([])
    return {
        expect: all("expect")[0] ?? "",
        payload: all("payload")[0],
        identities: all("identity"),
        passphrases: all("passphrase"),
        armored: all("armored")[0] === "yes",
        fileKey: all("file key")[0] ?? "",
        file: all("compressed")[0] === "zlib" ? inflateSync(body) : body,
    }
}

const OUTCOMES: Readonly<Record<OpeningProblem, string>> = {
    header: "header failure",
    "no-match": "no match",
    "header-mac": "HMAC failure",
    payload: "payload failure",
}

/** What happened, in the vectors' words, and everything that came out before. */
async function opened(vector: Vector): Promise<{ outcome: string; released: Buffer }> {
    const released: Uint8Array[] = []
    let outcome = "success"
    try {
        // Latin-1, so that bytes outside ASCII reach the armor code as such.
        const file = vector.armored
            ? decodeArmor(Buffer.from(vector.file).toString("latin1"))
            : vector.file
        const content = await openStream(streamOf(file), vector, { padded: false })
        for await (const piece of content) released.push(piece)
    } catch (error) {
        if (error instanceof ArmorError) outcome = "armor failure"
        else if (error instanceof OpeningError) outcome = OUTCOMES[error.problem]
        else throw error
    }
    return { outcome, released: Buffer.concat(released) }
}

/**
 * The library opens a full chunk only when it knows whether it is the last, so in these files it
 * holds back one that `age` releases before the same failure. Less is safe; more would not be.
 */
const ONE_CHUNK_HELD_BACK = [
    "armor_garbage_encoded",
    "stream_no_final_full",
    "stream_no_final_two_chunks_full",
    "stream_trailing_garbage_long",
    "stream_trailing_garbage_short",
    "stream_two_final_chunks",
    "stream_two_final_chunks_full",
    "stream_two_final_chunks_second",
]

/** Every chunk up to the first that is marked as the last, by the vector's own file key. */
function openedChunks(vector: Vector): Buffer {
    const file = Buffer.from(
        vector.armored ? decodeArmor(Buffer.from(vector.file).toString("latin1")) : vector.file,
    )
    const start = file.indexOf("\n", file.indexOf("\n--- ") + 1) + 1
    const nonce = file.subarray(start, start + 16)
    const key = hkdf(sha256, Buffer.from(vector.fileKey, "hex"), nonce, Buffer.from("payload"), 32)
    const chunks: Uint8Array[] = []
    for (let at = start + 16; at < file.length; at += 64 * 1024 + 16) {
        const chunk = file.subarray(at, at + 64 * 1024 + 16)
        const notLast = openedChunk(key, chunks.length, 0, chunk)
        const content = notLast ?? openedChunk(key, chunks.length, 1, chunk)
        if (content !== null) chunks.push(content)
        if (notLast === null) break
    }
    return Buffer.concat(chunks)
}

function openedChunk(
    key: Uint8Array,
    number: number,
    last: number,
    chunk: Uint8Array,
): Uint8Array | null {
    const nonce = Buffer.alloc(12)
    nonce.writeUInt32BE(number, 7)
    nonce[11] = last
    try {
        return chacha20poly1305(key, nonce).decrypt(chunk)
    } catch {
        return null
    }
}

// Its type declaration says CommonJS, its code is a module with one export for each vector.
const vectors = kit as unknown as Readonly<Record<string, Uint8Array>>
const names = Object.keys(vectors)

test("there are exactly 143 vectors", () => {
    expect(names).toHaveLength(143)
    expect(names).toEqual(expect.arrayContaining(ONE_CHUNK_HELD_BACK))
})

test.each(names)("age vector %s", async (name) => {
    const vector = parsedVector(vectors[name] ?? new Uint8Array())
    const { outcome, released } = await opened(vector)
    expect(outcome).toBe(vector.expect)
    if (vector.payload === undefined) expect(released).toHaveLength(0)
    else if (!ONE_CHUNK_HELD_BACK.includes(name)) expect(hexHash(released)).toBe(vector.payload)
    else {
        const all = openedChunks(vector)
        const heldBack = all.length - released.length
        expect(hexHash(all)).toBe(vector.payload)
        expect(released.equals(all.subarray(0, released.length))).toBe(true)
        expect(released.length % (64 * 1024)).toBe(0)
        expect(heldBack).toBeGreaterThan(0)
        expect(heldBack).toBeLessThanOrEqual(64 * 1024)
    }
})

function hexHash(bytes: Uint8Array): string {
    return Buffer.from(sha256(bytes)).toString("hex")
}

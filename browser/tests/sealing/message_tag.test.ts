/** vectors/tags: the tag behind a later message or file, at once and as a file is streamed. */

import { hex } from "@scure/base"
import { expect, test } from "vitest"

import { tagged } from "../../src/sealing/message_tag.js"
import { openBytes } from "../../src/sealing/opening.js"
import { sealBlob } from "../../src/sealing/seal.js"
import { hybridDesk } from "../support/desks.js"
import { vector, vectorNames } from "../support/vectors.js"

interface TagVector {
    readonly expect: "ok" | "refused"
    readonly message_key: string
    readonly content: string
    readonly sealed: string
}

test.each(vectorNames("tags"))("%s", async (path) => {
    const given = vector(path) as TagVector
    const key = hex.decode(given.message_key)
    const content = hex.decode(given.content) as Uint8Array<ArrayBuffer>
    const made = hex.encode(tagged(content, key))
    expect(made === given.sealed).toBe(given.expect === "ok")
    const desk = await hybridDesk()
    const blob = await sealBlob(new Blob([content]), [desk.recipient], key, () => Promise.resolve())
    const opened = await openBytes(new Uint8Array(await blob.arrayBuffer()), {
        identities: [desk.identity],
    })
    expect(hex.encode(opened)).toBe(made)
})

test("a file of several pieces is tagged as it is streamed, and a report is not", async () => {
    const desk = await hybridDesk()
    const key = new Uint8Array(32).fill(5)
    const content = new Uint8Array(3 * 64 * 1024 + 7).fill(1)
    for (const messageKey of [key, null]) {
        const blob = await sealBlob(new Blob([content]), [desk.recipient], messageKey, () =>
            Promise.resolve(),
        )
        const opened = await openBytes(new Uint8Array(await blob.arrayBuffer()), {
            identities: [desk.identity],
        })
        const expected = messageKey === null ? content : tagged(content, messageKey)
        expect(Buffer.from(opened).equals(expected)).toBe(true)
    }
})

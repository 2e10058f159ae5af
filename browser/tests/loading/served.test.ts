import { pathToFileURL } from "node:url"

import { beforeAll, expect, test } from "vitest"

import type {} from "../../src/loading/load.js"
import { tagged } from "../../src/sealing/message_tag.js"
import { openBytes } from "../../src/sealing/opening.js"
import type { sealBlob } from "../../src/sealing/seal.js"
import { hybridDesk } from "../support/desks.js"
import { inRepository } from "../support/repository.js"

interface Sealing {
    readonly sealBlob: typeof sealBlob
}

let sealing: Sealing

beforeAll(async () => {
    globalThis.safelightModule = (name) =>
        import(
            /* @vite-ignore */ pathToFileURL(inRepository("safelight/intake/static/" + name)).href
        ) as Promise<unknown>
    sealing = (await globalThis.safelightModule("i.js")) as Sealing
})

test("what the served modules seal, without the parts left out of the libraries, opens", async () => {
    const desk = await hybridDesk()
    const content = new Uint8Array(1000).fill(7)
    const messageKey = new Uint8Array(32)
    const sealed = await sealing.sealBlob(new Blob([content]), [desk.recipient], messageKey, () =>
        Promise.resolve(),
    )
    expect(
        await openBytes(new Uint8Array(await sealed.arrayBuffer()), {
            identities: [desk.identity],
        }),
    ).toEqual(tagged(content, messageKey))
})

/* global Blob */
// For tests in Python: the pictures of tests/support with metadata in them, and after scrubbing.
// Prints {name: {type, clean, dirty, scrubbed}}, base64.
import { bundledModule } from "./bundled_module.mjs"

const { scrubbed } = await bundledModule("scrub/scrubbed.ts")
const made = await bundledModule("../tests/support/with_metadata.ts")
const { PICTURES } = await bundledModule("../tests/support/pictures.ts")

const pictures = {}
for (const name of Object.keys(PICTURES)) {
    const clean = made.clean(name)
    const dirty = made.dirty(name)
    const { blob, type, outcome } = await scrubbed(new Blob([dirty]))
    if (outcome !== "removed") throw new Error(`${name}: ${outcome}`)
    pictures[name] = {
        type,
        clean: base64(clean),
        dirty: base64(dirty),
        scrubbed: base64(await blob.arrayBuffer()),
    }
}
process.stdout.write(JSON.stringify(pictures))

function base64(bytes) {
    return Buffer.from(bytes).toString("base64")
}

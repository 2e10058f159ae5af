// node scripts/measure-streaming.mjs MIB
//
// Seals MIB mebibytes from a stream to a new key, opens what comes out at once, and prints
// what it took as JSON. In a process of its own, so that its memory is its own.
import { generateHybridIdentity, identityToRecipient } from "age-encryption"

import { bundledModule } from "./bundled_module.mjs"

const MIB = 1024 * 1024
const size = Number(process.argv[2]) * MIB
const { sealStream } = await bundledModule("sealing/seal.ts")
const { openStream } = await bundledModule("sealing/opening.ts")
const { parseRecipient } = await bundledModule("sealing/recipients.ts")

const identity = await generateHybridIdentity()
const recipient = parseRecipient(await identityToRecipient(identity))

let left = size
const piece = new Uint8Array(64 * 1024).fill(7)
const file = new ReadableStream({
    pull(controller) {
        const next = piece.subarray(0, Math.min(left, piece.length))
        left -= next.length
        controller.enqueue(next)
        if (left === 0) controller.close()
    },
})

const before = process.memoryUsage().rss
const started = performance.now()
const sealing = await sealStream(file, size, [recipient])
const opened = await openStream(sealing.envelope, { identities: [identity] }, { padded: true })
let content = 0
for await (const some of opened) content += some.length
process.stdout.write(
    JSON.stringify({
        content,
        sealed: sealing.size,
        seconds: Math.round((performance.now() - started) / 100) / 10,
        rss_before_mib: Math.round(before / MIB),
        rss_peak_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    }) + "\n",
)

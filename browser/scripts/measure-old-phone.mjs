/* global Blob, setImmediate */
// node --jitless scripts/measure-old-phone.mjs [MIB]
//
// What a page does on a phone that runs JavaScript without a compiler (Tor Browser's "Safer"):
// verifying a roster's signature, sealing a report, computing for one upload of 14 bits (the mean
// of several) and sealing a photo of MIB mebibytes. Milliseconds, as JSON.
import { bundledModule } from "./bundled_module.mjs"

const { sealBlob } = await bundledModule("sealing/seal.ts")
const { Receipt } = await bundledModule("sealing/receipt.ts")
const { parseRecipient } = await bundledModule("sealing/recipients.ts")
const { solvedWork } = await bundledModule("sending/work.ts")

const network = { breathe: () => new Promise((resolve) => setImmediate(resolve)) }

async function milliseconds(act) {
    const started = performance.now()
    await act()
    return Math.round(performance.now() - started)
}

const receipt = Receipt.generate()
const desk = await receipt.replyRecipient()
const recipient = parseRecipient(desk.text)
const times = {
    receipt: await milliseconds(() => Receipt.generate().replyRecipient()),
    recipient: await milliseconds(() => parseRecipient(desk.text)),
    report: await milliseconds(() =>
        sealBlob(new Blob([new Uint8Array(3000)]), [recipient], network.breathe),
    ),
}
const RUNS = 12
let worked = 0
for (let run = 0; run < RUNS; run += 1) {
    const random = run.toString(16).padStart(32, "0")
    const text = `v1.14.1800000000.${random}.${"0".repeat(32)}`
    worked += await milliseconds(() => solvedWork({ text, bits: 14, unit: 524288 }, 1000, network))
}
times.work = Math.round(worked / RUNS)
const mib = Number(process.argv[2] ?? 1)
times.photo = await milliseconds(() =>
    sealBlob(new Blob([new Uint8Array(mib * 1024 * 1024)]), [recipient], network.breathe),
)
process.stdout.write(JSON.stringify({ ...times, photo_mib: mib }) + "\n")

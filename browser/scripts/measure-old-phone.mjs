/* global Blob, setImmediate */
// node --jitless scripts/measure-old-phone.mjs [MIB]
//
// What a page does on a phone that runs JavaScript without a compiler (Tor Browser's "Safer"):
// verifying a roster's signature, sealing a report, computing for an upload and sealing a photo of
// MIB mebibytes. Milliseconds, as JSON.
//
// Of the computing: nonces a second of processor time (the median of several runs), and for each
// price the share of tries that would end within five seconds on a phone SLOWER times slower than
// this core. The number of nonces is geometric, so the share is 1 - (1 - 2^-bits)^nonces.
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
/** A phone of 2015 (Cortex-A53 at 1.2 GHz) beside one core of this machine; an assumption. */
const SLOWER = 10
const challenge = { text: `v1.13.1800000000.${"0a".repeat(16)}.${"b1".repeat(16)}`, unit: 524288 }
const rates = []
for (let run = 0; run < 9; run += 1) {
    const text = challenge.text.replace("0a", run.toString(16).padStart(2, "0"))
    const before = process.cpuUsage()
    const solution = await solvedWork({ ...challenge, text, bits: 15 }, 1000, network)
    const { user, system } = process.cpuUsage(before)
    rates.push((Number.parseInt(solution.split(" ")[1], 16) + 1) / ((user + system) / 1e6))
}
times.nonces_a_second = Math.round(rates.sort((a, b) => a - b)[4])
times.within_5_s = Object.fromEntries(
    [12, 13, 14].map((bits) => {
        const nonces = (5 * times.nonces_a_second) / SLOWER
        return [bits, Number((1 - (1 - 2 ** -bits) ** nonces).toFixed(3))]
    }),
)
const mib = Number(process.argv[2] ?? 1)
times.photo = await milliseconds(() =>
    sealBlob(new Blob([new Uint8Array(mib * 1024 * 1024)]), [recipient], network.breathe),
)
process.stdout.write(JSON.stringify({ ...times, photo_mib: mib }) + "\n")

/* global setImmediate */
// node [--jitless] scripts/measure-keeping.mjs [KEYS]
//
// What a device computes for circles beside MLS: a passphrase's key at each cost, moving words,
// blinding, signing and verifying an invitation, a knock, and KEYS keys of batches. Milliseconds of
// processor time, as JSON; --jitless as in Tor Browser's "Safer".
import { bundledModule } from "./bundled_module.mjs"

const { keyFrom, LEAST_COST, MOST_COST } = await bundledModule("circles/keeping/passphrase.ts")
const { movingKeys } = await bundledModule("circles/entering/moving_words.ts")
const { newBatchKey } = await bundledModule("circles/entering/batch_key.ts")
const signatures = await bundledModule("circles/entering/blind_signature.ts")

async function milliseconds(act) {
    const before = process.cpuUsage()
    const result = await act()
    const { user, system } = process.cpuUsage(before)
    return [Math.round((user + system) / 100) / 10, result]
}

const times = {}
for (let cost = LEAST_COST; cost <= MOST_COST; cost += 1) {
    const [took] = await milliseconds(() => keyFrom("a passphrase", new Uint8Array(16), cost))
    times[`passphrase_${cost}`] = took
}
times.moving_words = (await milliseconds(() => movingKeys(new Uint8Array(11))))[0]

const keys = []
let key
let slices = 0
const making = {
    breathe: () => {
        slices += 1
        return new Promise((resolve) => setImmediate(resolve))
    },
}
for (let run = 0; run < Number(process.argv[2] ?? 5); run += 1) {
    const [took, made] = await milliseconds(() => newBatchKey(making))
    keys.push(took)
    key = made
}
keys.sort((a, b) => a - b)
times.batch_key = { least: keys[0], median: keys[keys.length >> 1], most: keys.at(-1), slices }

const message = new Uint8Array(72)
const [blinding, blinded] = await milliseconds(() => signatures.blind(key, message))
const [signing, signed] = await milliseconds(() => signatures.blindSign(key, blinded.message))
const [finishing, signature] = await milliseconds(() =>
    signatures.finalized(key, message, signed, blinded.inverse),
)
const [verifying] = await milliseconds(() => signatures.isSigned(key, message, signature))
process.stdout.write(JSON.stringify({ ...times, blinding, signing, finishing, verifying }) + "\n")

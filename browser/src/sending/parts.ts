/** A signed file that the server shows in parts which come through (docs/spec/roster.md). */

import { fetched, SendingError } from "./network.js"
import type { Answer, Network } from "./network.js"

interface Part {
    readonly bytes: Uint8Array
    /** How many parts the file has. */
    readonly parts: number
}

/**
 * The text of all parts of `/path/0` and so on, believed by nobody yet. Throws `SendingError` if
 * one does not come, or if there are more than `most`.
 */
export async function assembledText(network: Network, path: string, most: number): Promise<string> {
    const part = (number: number): Promise<Part> =>
        fetched(network, `${path}/${String(number)}`, { method: "GET" }, (answer) =>
            partIn(answer, most),
        )
    const first = await part(0)
    const numbers = Array.from({ length: first.parts - 1 }, (_, index) => index + 1)
    const others = await Promise.all(numbers.map(part))
    const decoder = new TextDecoder()
    const text = [first, ...others].map(({ bytes }) => decoder.decode(bytes, { stream: true }))
    return text.join("") + decoder.decode()
}

/** Somebody waits for a page: what does not come at once is looked for the next time. */
export function impatient(network: Network): Network {
    return {
        fetch: (address, request) => network.fetch(address, request),
        breathe: () => network.breathe(),
        pause: () => Promise.reject(new SendingError("network", "expected an answer at once")),
    }
}

function partIn({ bytes, headers }: Answer, most: number): Part | null {
    const parts = Number(headers.get("Safelight-Parts"))
    return Number.isInteger(parts) && parts >= 1 && parts <= most ? { bytes, parts } : null
}

/** The roster, fetched in parts that come through; only the root key says whether it is one. */

import type { Day } from "../sealing/day.js"
import { RosterError, verifiedRoster } from "../sealing/roster.js"
import type { Roster } from "../sealing/roster.js"
import { fetched } from "./network.js"
import type { Answer, Network } from "./network.js"

interface RosterPart {
    readonly bytes: Uint8Array
    /** How many parts the roster has. */
    readonly parts: number
}

/** A roster of 64 desks has some 20 parts. */
const MOST_PARTS = 64
/** It may be replaced between two parts. */
const ATTEMPTS = 3

/**
 * The roster that the server shows now. Throws `RosterError` if it is not signed by the root key
 * or not usable today, `SendingError` if it does not come.
 */
export async function currentRoster(
    network: Network,
    trust: { readonly rootHex: string; readonly today: Day },
): Promise<Roster> {
    for (let attempt = 1; ; attempt += 1) {
        const text = await assembled(network)
        try {
            // A page that remembered a version would leave a trace of the visit.
            return verifiedRoster(text, { ...trust, lastSeenVersion: null })
        } catch (error) {
            if (!(error instanceof RosterError) || attempt === ATTEMPTS) throw error
            await network.pause(1000)
        }
    }
}

async function assembled(network: Network): Promise<string> {
    const first = await part(network, 0)
    const numbers = Array.from({ length: first.parts - 1 }, (_, index) => index + 1)
    const others = await Promise.all(numbers.map((number) => part(network, number)))
    const decoder = new TextDecoder()
    const text = [first, ...others].map(({ bytes }) => decoder.decode(bytes, { stream: true }))
    return text.join("") + decoder.decode()
}

function part(network: Network, number: number): Promise<RosterPart> {
    return fetched(network, `/roster/${number.toString()}`, { method: "GET" }, partIn)
}

function partIn({ bytes, headers }: Answer): RosterPart | null {
    const parts = Number(headers.get("Safelight-Parts"))
    return Number.isInteger(parts) && parts >= 1 && parts <= MOST_PARTS ? { bytes, parts } : null
}

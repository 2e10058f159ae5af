/** The roster, fetched in parts that come through; only the root key says whether it is one. */

import type { Day } from "../sealing/day.js"
import { RosterError, verifiedRoster } from "../sealing/roster.js"
import type { Roster } from "../sealing/roster.js"
import type { Network } from "./network.js"
import { assembledText } from "./parts.js"

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
        const text = await assembledText(network, "/roster", MOST_PARTS)
        try {
            // A page that remembered a version would leave a trace of the visit.
            return verifiedRoster(text, { ...trust, lastSeenVersion: null })
        } catch (error) {
            if (!(error instanceof RosterError) || attempt === ATTEMPTS) throw error
            await network.pause(1000)
        }
    }
}

/**
 * Whether this form may seal, by the device's clock: the only one there is without a network.
 *
 * A clock that is behind is known to be wrong, since the form is younger; the roster's first day
 * stands in for today. A clock that is ahead cannot be told from a form that is too old, and the
 * desks of an old roster may have been taken: so nothing is sealed then.
 */

import type { Day } from "../sealing/day.js"
import { RosterError, verifiedRoster } from "../sealing/roster.js"
import type { Roster } from "../sealing/roster.js"
import type { PocketData } from "./data.js"

export type Usable =
    | {
          readonly state: "usable"
          readonly roster: Roster
          readonly day: Day
          readonly behind: boolean
      }
    | { readonly state: "expired"; readonly lastDay: Day }
    | { readonly state: "nobody" }
    | { readonly state: "damaged" }

export function usable(data: PocketData, today: Day): Usable {
    const issued = claimedDay(data.roster, "issued")
    const day = today < issued ? issued : today
    try {
        const roster = verifiedRoster(data.roster, {
            rootHex: data.root,
            today: day,
            lastSeenVersion: null,
        })
        return { state: "usable", roster, day, behind: day !== today }
    } catch (error) {
        if (!(error instanceof RosterError)) throw error
        // The signature has been verified before these two are found.
        if (error.problem === "expired") {
            return { state: "expired", lastDay: claimedDay(data.roster, "expires") }
        }
        return { state: error.problem === "no-usable-desk" ? "nobody" : "damaged" }
    }
}

/** A day of the roster before it is verified: it only chooses the day to verify it for. */
function claimedDay(roster: string, name: "issued" | "expires"): Day {
    try {
        const { payload } = JSON.parse(roster) as { payload: string }
        const day = (JSON.parse(atob(payload)) as Record<string, unknown>)[name]
        return (typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) ? day : "") as Day
    } catch {
        return "" as Day // before every day; verification says what is wrong
    }
}

/** Which sentence a frightened person needs, for everything that can go wrong while sending. */

import { dayOf } from "../sealing/day.js"
import { RecipientError } from "../sealing/recipients.js"
import { RosterError } from "../sealing/roster.js"
import { SealError } from "../sealing/seal.js"
import { SendingError } from "../sending/network.js"
import { MessageError } from "../vocabulary/messages.js"
import { ReportTooLargeError } from "../vocabulary/report.js"

export type ProblemKey =
    | "problem-network"
    | "problem-busy"
    | "problem-roster"
    | "problem-clock"
    | "problem-too-long"
    | "problem-withdrawn"
    | "problem-refused"

/** A device's clock may be in another time zone, and the page as old as the evening before. */
const USUAL_DAYS = 2

/** `now`: the device's time, asked for only when it matters. */
export function problemOf(error: unknown, page: Document, now: () => Date): ProblemKey {
    if (error instanceof ReportTooLargeError) return "problem-too-long"
    if (error instanceof MessageError && error.problem === "size") return "problem-too-long"
    if (error instanceof RosterError) {
        const isOfTime = ["expired", "no-usable-desk"].includes(error.problem)
        return isOfTime && daysApart(page, now()) > USUAL_DAYS ? "problem-clock" : "problem-roster"
    }
    if (error instanceof RecipientError || error instanceof SealError) return "problem-roster"
    if (error instanceof SendingError) return ofSending(error)
    return "problem-refused"
}

function ofSending({ problem }: SendingError): ProblemKey {
    switch (problem) {
        case "network":
        case "busy":
        case "withdrawn":
            return `problem-${problem}`
        case "roster-changed":
            return "problem-roster"
        case "too-large":
            return "problem-too-long"
        case "taken":
        case "refused":
            return "problem-refused"
    }
}

/** The server's day stands in the page. It is not trusted, only compared. */
function daysApart(page: Document, now: Date): number {
    const servers = page.querySelector<HTMLMetaElement>('meta[name="safelight-day"]')?.content ?? ""
    const apart = Date.parse(`${dayOf(now)}T00:00:00Z`) - Date.parse(`${servers}T00:00:00Z`)
    return Number.isNaN(apart) ? 0 : Math.abs(apart) / 86_400_000
}

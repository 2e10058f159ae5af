/**
 * What the signed rules allow on this device: founding, entering, images, keeping time.
 *
 * A changed client obeys none of it, and nobody checks ages: see "What rules cannot do" in
 * docs/how-to/moderate-a-circle.md. An age band is asked for here and sent to nobody.
 */

import type { Day } from "../../sealing/day.js"
import type { AgeBand, CirclesPolicy } from "./policy.js"

/** Why something is not allowed: the page has a sentence for each. */
export type Refusal =
    | "unknown-band"
    | "expired-rules"
    | "another-age"
    | "unchecked-counsellor"
    | "no-images"
    | "too-many-days"

/** What somebody says of themselves. A counsellor's statement was checked before (`counsellor.ts`). */
export interface SaysOfThemselves {
    /** The code of their own band. */
    readonly band: string
    readonly counsellor: "no" | "checked" | "unchecked"
}

export function bandOf(policy: CirclesPolicy, code: string): AgeBand | undefined {
    return policy.bands.find((band) => band.code === code)
}

/** null if this person may found a room of this band on `today`. */
export function mayFound(
    policy: CirclesPolicy,
    roomBand: string,
    person: SaysOfThemselves,
    today: Day,
): Refusal | null {
    const band = bandOf(policy, roomBand)
    if (band === undefined) return "unknown-band"
    if (today > policy.expires) return "expired-rules"
    if (band.found.includes(person.band)) return null
    return asCounsellor(band, person, ["found"])
}

/** null if this person may enter a room of this band. */
export function mayEnter(
    policy: CirclesPolicy,
    roomBand: string,
    person: SaysOfThemselves,
): Refusal | null {
    const band = bandOf(policy, roomBand)
    if (band === undefined) return "unknown-band"
    if (band.enter.includes(person.band)) return null
    return asCounsellor(band, person, ["enter", "found"])
}

function asCounsellor(
    band: AgeBand,
    person: SaysOfThemselves,
    ways: readonly AgeBand["counsellors"][],
): Refusal | null {
    if (person.counsellor === "no" || !ways.includes(band.counsellors)) return "another-age"
    return person.counsellor === "checked" ? null : "unchecked-counsellor"
}

/** null if a room of this band may send pictures. */
export function maySendImages(policy: CirclesPolicy, roomBand: string): Refusal | null {
    const band = bandOf(policy, roomBand)
    if (band === undefined) return "unknown-band"
    return band.images ? null : "no-images"
}

/** null if a room of this band may keep what is said for so many days. */
export function mayKeep(policy: CirclesPolicy, roomBand: string, days: number): Refusal | null {
    const band = bandOf(policy, roomBand)
    if (band === undefined) return "unknown-band"
    return days <= band.days ? null : "too-many-days"
}

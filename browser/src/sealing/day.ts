/** Days: nothing in Safelight says when, more finely than this. */

declare const day: unique symbol
/** A day as `YYYY-MM-DD`; such texts sort as the days do. */
export type Day = string & { readonly [day]: true }

/** The day in UTC, as on the Python side. */
export function dayOf(time: Date): Day {
    return time.toISOString().slice(0, 10) as Day
}

/** A room that came from another device (`entering/arriving.ts`). */

import { PLACE, readBack, written } from "./rows.js"
import type { Place } from "./rows.js"

const OF_PLACE = new RegExp(`^room/[0-9a-f]{32}/${PLACE}$`)

/**
 * A row as the new device keeps it: its first sync renews this member's keys, before anything is
 * sent. From then on a copy that the old device may have left somewhere opens nothing new.
 */
export function renewedOnArrival(key: string, value: Uint8Array): Uint8Array {
    if (!OF_PLACE.test(key)) return value
    return written({ ...(readBack(value) as Place), renewal: 0 })
}

/** What came to one member of a room in frames, as it is kept on the room's shelf. */

import { isObject, parsedJson } from "../../sealing/json.js"
import { hex, unhex } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import type { BoxedKind } from "./boxed.js"

/**
 * A message that came whole. `from`: member id by MLS. `asked`: the id of a report of this device's
 * own; nobody sends these.
 */
export interface Came {
    readonly kind: Exclude<BoxedKind, "nothing" | "secrets"> | "card" | "asked"
    /** 32 hex digits; of a card: "". */
    readonly id: string
    readonly from: string
    readonly data: Uint8Array
    /** YYYY-MM-DD on this device. */
    readonly day: string
    readonly done: boolean
}

// A member who sends reports without end fills this list and no more; the newest stay.
const MOST_OF_ONE = 40
const MOST = 400

/** With one more; the same again, and a card or shifts of the same member, replace what was. */
export function withCame(inbox: readonly Came[], came: Came): readonly Came[] {
    const one = came.kind === "card" || came.kind === "shift"
    const same = (other: Came): boolean =>
        other.kind === came.kind && other.from === came.from && (one || other.id === came.id)
    if (!one && inbox.some(same)) return inbox
    const others = inbox.filter((other) => !one || !same(other))
    const theirs = others.filter(({ from }) => from === came.from)
    const oldest = theirs.length >= MOST_OF_ONE ? theirs[0] : undefined
    return [...others.filter((other) => other !== oldest), came].slice(-MOST)
}

/** Reports and answers vanish like messages; cards, shifts and invitations stay while needed. */
const VANISHING: readonly Came["kind"][] = ["report", "answer", "asked"]

export function withoutVanished(inbox: readonly Came[], firstDay: string): readonly Came[] {
    const vanishes = ({ kind, day }: Came): boolean => VANISHING.includes(kind) && day < firstDay
    return inbox.some(vanishes) ? inbox.filter((came) => !vanishes(came)) : inbox
}

/** What came of this kind and is not done, without what `read` throws `Unreadable` for. */
export function readIn<T>(
    inbox: readonly Came[],
    kind: Came["kind"],
    read: (came: Came) => T,
): readonly T[] {
    return inbox
        .filter((came) => came.kind === kind && !came.done)
        .flatMap((came) => {
            try {
                return [read(came)]
            } catch (error) {
                if (error instanceof Unreadable) return [] // another version's, or nonsense
                throw error
            }
        })
}

export function encodedInbox(inbox: readonly Came[]): Uint8Array {
    const rows = inbox.map((came) => ({ ...came, data: hex(came.data) }))
    return new TextEncoder().encode(JSON.stringify(rows))
}

/** Our own bytes, authenticated by the store. */
export function parsedInbox(stored: Uint8Array | undefined): readonly Came[] {
    const found = stored === undefined ? [] : parsedJson(new TextDecoder().decode(stored))
    if (!Array.isArray(found)) return []
    return found.filter(isObject).map((row) => {
        const came = row as unknown as Omit<Came, "data"> & { readonly data: string }
        return { ...came, data: unhex(came.data) }
    })
}

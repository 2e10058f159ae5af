/**
 * What a room's state is kept in: named values, written all or not at all.
 *
 * Names and values are secret alike; whoever implements this keeps both from a reader of the disk
 * (`sealed_store.ts`), or keeps nothing at all (`memory_store.ts`).
 */

import { SafelightError } from "../../errors.js"

export interface Store {
    /** `undefined`: nothing there. */
    get(key: string): Promise<Uint8Array | undefined>
    /** All rows or none; `null` deletes. Resolves when they would survive a crash of the browser. */
    put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void>
    /** In the order of their characters. */
    keys(prefix: string): Promise<string[]>
    /** Delete everything, and return when it was seen to be gone. */
    wipe(): Promise<void>
}

/** Characters of a key: printable ASCII. */
export const LONGEST_KEY = 94

/**
 * - `passphrase`: wrong, or what is kept is damaged; nobody can tell which.
 * - `locked`: this store was locked; unlock it again.
 * - `taken-over`: another window or tab has opened the same store since.
 * - `gone`: the browser or somebody deleted what was kept.
 * - `full`: the browser gives no more room.
 * - `unavailable`: this window keeps nothing at all.
 * - `busy`: another window holds it open, so it cannot be deleted yet.
 * - `too-large`: a key or value beyond what a row may hold.
 * - `weak`: a passphrase too short to protect anything, or one that may not be used for this.
 * - `exists`: something is kept here already.
 */
export type KeepingProblem =
    | "passphrase"
    | "locked"
    | "taken-over"
    | "gone"
    | "full"
    | "unavailable"
    | "busy"
    | "too-large"
    | "weak"
    | "exists"

export class KeepingError extends SafelightError {
    override readonly name = "KeepingError"

    constructor(
        readonly problem: KeepingProblem,
        message: string,
    ) {
        super(message)
    }
}

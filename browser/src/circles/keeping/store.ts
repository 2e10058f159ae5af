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

/**
 * While this row stands, everything else stays as it is: what was sent to another device must not
 * go on here (docs/spec/circles-entering.md, "Moving"). A put that takes it away may change the rest.
 */
export const MOVING_OUT = "moving/out"
const OF_MOVING = "moving/"

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
 * - `moving`: all of this is on its way to another device, and must not change here.
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
    | "moving"

export class KeepingError extends SafelightError {
    override readonly name = "KeepingError"

    constructor(
        readonly problem: KeepingProblem,
        message: string,
    ) {
        super(message)
    }
}

/** Throws `KeepingError` for keys that no store takes, and for changes while all of it moves. */
export function checkRows(rows: ReadonlyMap<string, Uint8Array | null>, isMoving: boolean): void {
    const stays = isMoving && rows.get(MOVING_OUT) !== null
    for (const key of rows.keys()) {
        if (!/^[\x21-\x7e]+$/.test(key) || key.length > LONGEST_KEY) {
            throw new KeepingError(
                "too-large",
                `expected a key of 1 to ${String(LONGEST_KEY)} printable characters, got another`,
            )
        }
        if (stays && !key.startsWith(OF_MOVING)) {
            throw new KeepingError(
                "moving",
                "expected a device that stays, got one that is moving to another; end the move, or " +
                    "take it back",
            )
        }
    }
}

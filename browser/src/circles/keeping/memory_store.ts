/** Keeps values until the page is closed: for windows whose browser keeps nothing, and for tests. */

import { KeepingError, LONGEST_KEY } from "./store.js"
import type { Store } from "./store.js"

export class MemoryStore implements Store {
    readonly #rows = new Map<string, Uint8Array>()

    get(key: string): Promise<Uint8Array | undefined> {
        return Promise.resolve(this.#rows.get(key)?.slice())
    }

    async put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        for (const key of rows.keys()) checkKey(key)
        await Promise.resolve()
        for (const [key, value] of rows) {
            this.#rows.get(key)?.fill(0)
            if (value === null) this.#rows.delete(key)
            else this.#rows.set(key, value.slice())
        }
    }

    keys(prefix: string): Promise<string[]> {
        return Promise.resolve(
            [...this.#rows.keys()].filter((key) => key.startsWith(prefix)).sort(),
        )
    }

    wipe(): Promise<void> {
        for (const value of this.#rows.values()) value.fill(0)
        this.#rows.clear()
        return Promise.resolve()
    }
}

/** Refuse what a sealed row could not hold: every store takes the same keys. */
export function checkKey(key: string): void {
    if (!/^[\x21-\x7e]+$/.test(key) || key.length > LONGEST_KEY) {
        throw new KeepingError(
            "too-large",
            `expected a key of 1 to ${String(LONGEST_KEY)} printable characters, got another`,
        )
    }
}

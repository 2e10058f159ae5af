/** Keeps values until the page is closed: for windows whose browser keeps nothing, and for tests. */

import { checkRows, MOVING_OUT } from "./store.js"
import type { Store } from "./store.js"

export class MemoryStore implements Store {
    readonly #rows = new Map<string, Uint8Array>()

    get(key: string): Promise<Uint8Array | undefined> {
        return Promise.resolve(this.#rows.get(key)?.slice())
    }

    async put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        checkRows(rows, this.#rows.has(MOVING_OUT))
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

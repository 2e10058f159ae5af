// What a device keeps. A crash may come before a write, or after it, never within one: that is
// what a Store promises.
import type { Store } from "../../../src/circles/keeping/store.js"
import { NEVER } from "./line.js"

export class DeviceStore implements Store {
    constructor(
        private readonly inner: Store,
        private readonly alive: () => boolean,
        /** Called before each write and after it; may end this life. */
        private readonly moment: () => void = () => undefined,
    ) {}

    get(key: string): Promise<Uint8Array | undefined> {
        return this.alive() ? this.inner.get(key) : NEVER
    }

    async put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        this.moment()
        if (!this.alive()) return NEVER
        await this.inner.put(rows)
        this.moment()
        if (!this.alive()) return NEVER
    }

    keys(prefix: string): Promise<string[]> {
        return this.alive() ? this.inner.keys(prefix) : NEVER
    }

    wipe(): Promise<void> {
        return this.alive() ? this.inner.wipe() : NEVER
    }
}

/** The server's part of a move (safelight/circles/stashes.py), in memory. */

import { IdTaken } from "../../../src/circles/delivery/delivery.js"
import type { StashDelivery } from "../../../src/circles/delivery/delivery.js"
import { hex } from "../../../src/circles/mls/bytes.js"

export class StashServer implements StashDelivery {
    readonly lying = new Map<string, { key: string; sealed: Uint8Array }>()
    readonly taken = new Map<string, Uint8Array>()
    /** Addresses of which something was taken. */
    readonly used = new Set<string>()
    uploads = 0

    stash(
        id: Uint8Array,
        key: Uint8Array,
        sealed: Uint8Array,
        progressed?: (arrived: number) => void,
    ): Promise<void> {
        const there = this.lying.get(hex(id))
        const another = there !== undefined && hex(there.sealed) !== hex(sealed)
        if (this.used.has(hex(id)) || another) {
            return Promise.reject(new IdTaken("expected an address that nobody uses"))
        }
        this.lying.set(hex(id), { key: hex(key), sealed: sealed.slice() })
        this.uploads += 1
        progressed?.(sealed.length)
        return Promise.resolve()
    }

    takeStash(id: Uint8Array, key: Uint8Array, claim: Uint8Array): Promise<Uint8Array | null> {
        const mine = this.taken.get(hex(claim))
        if (mine !== undefined) return Promise.resolve(mine.slice())
        const there = this.lying.get(hex(id))
        if (there?.key !== hex(key)) return Promise.resolve(null)
        this.lying.delete(hex(id))
        this.used.add(hex(id))
        this.taken.set(hex(claim), there.sealed)
        return Promise.resolve(there.sealed.slice())
    }

    dropStash(claim: Uint8Array): Promise<void> {
        this.taken.delete(hex(claim))
        return Promise.resolve()
    }
}

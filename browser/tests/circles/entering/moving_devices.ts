/** A device with a room, and whether it may act. */

import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { MOVING_OUT } from "../../../src/circles/keeping/store.js"
import type { Store } from "../../../src/circles/keeping/store.js"
import { unhex } from "../../../src/circles/mls/bytes.js"

export const ROOM = "room/00112233445566778899aabbccddeeff/state"
export const circleOf = (key: string): Uint8Array | null => {
    const [, circle = ""] = /^room\/([0-9a-f]{32})\//.exec(key) ?? []
    return circle === "" ? null : unhex(circle)
}

const text = (of: string): Uint8Array => new TextEncoder().encode(of)

export async function oldDevice(): Promise<Store> {
    const store = new MemoryStore()
    await store.put(
        new Map([
            [ROOM, text("a ratchet")],
            ["room/00112233445566778899aabbccddeeff/shown/1", text("a message")],
            ["landed/0011", text("stays")],
        ]),
    )
    return store
}

/** May this device seal and send? */
export async function acts(store: Store): Promise<boolean> {
    if ((await store.get(ROOM)) === undefined) return false
    return (await store.get(MOVING_OUT)) === undefined
}

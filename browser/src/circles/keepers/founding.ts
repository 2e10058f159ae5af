/** Founding a room with keepers' secrets that a crash between two steps does not lose. */

import { sha256 } from "@noble/hashes/sha2.js"

import { hex } from "../mls/bytes.js"
import type { Founding, Surroundings } from "../room/beginning.js"
import { Room } from "../room/room.js"
import { encodedSecrets, firstSecrets, parsedSecrets } from "./keeper_secrets.js"
import type { KeeperSecrets } from "./keeper_secrets.js"
import { RoomKeepers } from "./room_keepers.js"

export type KeptFounding = Omit<Founding, "circle" | "frankingKey" | "keeperHash">

function rowOf(circle: Uint8Array): string {
    return `founding/${hex(circle)}`
}

/**
 * Found a room under `circle` (16 random bytes), or find it if it was founded before a crash.
 *
 * Secrets stand in the store before the server hears of them. Throws what `Room.found` throws; with
 * `IdTaken` another id has to be drawn.
 */
export async function foundedRoom(
    around: Surroundings,
    circle: Uint8Array,
    founding: KeptFounding,
): Promise<RoomKeepers> {
    const found = await Room.load(around, circle)
    if (found !== null) return keepersOf(around, found)
    const secrets = firstSecrets()
    await around.store.put(new Map([[rowOf(circle), encodedSecrets(secrets)]]))
    const room = await Room.found(around, {
        ...founding,
        circle,
        frankingKey: secrets.ring.current,
        keeperHash: sha256(secrets.serverKey),
    })
    return keepersOf(around, room)
}

/** The keepers' part of a room on this device; secrets of its founding move to its shelf. */
export async function keepersOf(around: Surroundings, room: Room): Promise<RoomKeepers> {
    const row = rowOf(room.circle)
    const stored = await around.store.get(row)
    const secrets: KeeperSecrets | null = stored === undefined ? null : parsedSecrets(stored)
    const keepers = await RoomKeepers.of(room, secrets)
    if (stored !== undefined) await around.store.put(new Map([[row, null]]))
    return keepers
}

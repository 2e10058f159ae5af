/**
 * Making, unlocking, changing and deleting what is kept under a passphrase.
 *
 * On the disk stands a lock: a salt, scrypt's cost and two slots of equal length. One holds the
 * random key of everything, sealed under the passphrase's key. The other is random bytes, or sealed
 * under a second passphrase: typing that one deletes everything and leaves an empty store that it
 * opens (docs/adr/0036). Nobody can tell from the lock whether there is a second.
 */

import { concatBytes } from "@noble/hashes/utils.js"

import { Database, databaseExists, deleteDatabase } from "./database.js"
import type { Write } from "./database.js"
import { bearableCost, checkPassphrase, KEY, keyFrom, LEAST_COST } from "./passphrase.js"
import type { Progressed } from "./scrypt.js"
import { openedBytes, sealedBytes, unopened } from "./row_sealing.js"
import { HEAD, SealedStore } from "./sealed_store.js"
import { KeepingError } from "./store.js"

const LOCK = "1"
const LOCK_VERSION = 1
const SALT = 16
const SLOTS = 2
/** Nonce, what the slot opens to, tag. */
const SLOT = 24 + 1 + KEY + 16
const OPENS = 1
const WIPES = 2
/** Above what this code ever writes; a damaged lock must not make a page compute for hours. */
const HIGHEST_COST = 20

interface Lock {
    readonly cost: number
    readonly salt: Uint8Array
    readonly slots: readonly Uint8Array[]
}

/**
 * `kept`: something lies here, under a passphrase. `unavailable`: this window keeps nothing, so a
 * room lives as long as its page.
 */
export async function whatIsHere(): Promise<"nothing" | "kept" | "unavailable"> {
    try {
        if (!(await databaseExists())) return "nothing"
        const database = await Database.open()
        try {
            return (await lockIn(database)) === undefined ? "nothing" : "kept"
        } finally {
            database.close()
        }
    } catch (error) {
        if (error instanceof KeepingError) return "unavailable"
        throw error
    }
}

/**
 * Whether the browser promised to keep it: "unsure" also in private windows and in Tor Browser,
 * where everything is gone once the window is closed, and which do not say that they are such.
 */
export async function howLongKept(): Promise<"kept" | "unsure"> {
    // Absent without https, so on an onion address too.
    const storage = (navigator as { storage?: StorageManager }).storage
    try {
        return (await storage?.persisted()) === true ? "kept" : "unsure"
    } catch {
        return "unsure"
    }
}

/** An empty store under a new passphrase. `KeepingError` "exists", "weak", "unavailable". */
export async function createStore(
    passphrase: string,
    wanted: number | null = null,
    progressed?: Progressed,
): Promise<SealedStore> {
    checkPassphrase(passphrase)
    const cost = wanted ?? (await bearableCost())
    const database = await Database.open()
    try {
        const master = crypto.getRandomValues(new Uint8Array(KEY))
        const writes: Write[] = [
            { table: "a", id: LOCK, bytes: await newLock(passphrase, master, cost, progressed) },
            { table: "a", id: HEAD, bytes: SealedStore.emptyHead(master) },
        ]
        if (!(await database.writeIf({ id: LOCK, bytes: null }, writes))) {
            throw new KeepingError(
                "exists",
                "expected nothing here, got something under a passphrase; unlock it, or delete it first",
            )
        }
        return await SealedStore.unlock(database, master)
    } catch (error) {
        database.close()
        throw error
    }
}

/**
 * Open what lies here. The wiping passphrase deletes it all and gives an empty store instead,
 * without a word. `KeepingError` "passphrase" for a wrong one, and for damage.
 */
export async function unlockStore(
    passphrase: string,
    progressed?: Progressed,
): Promise<SealedStore> {
    const database = await Database.open()
    try {
        const untrusted = await lockIn(database)
        if (untrusted === undefined) throw unopened()
        const lock = parsedLock(untrusted)
        const found = openedSlot(lock, await keyFrom(passphrase, lock.salt, lock.cost, progressed))
        if (found.kind === OPENS) return await SealedStore.unlock(database, found.master)
        await database.clear()
        database.close()
        await deleteDatabase().catch((error: unknown) => {
            // Another window holds it. It is empty already, and this must not be seen to fail.
            if (!(error instanceof KeepingError)) throw error
        })
        return await createStore(passphrase, lock.cost, progressed)
    } catch (error) {
        database.close()
        throw error
    }
}

/**
 * Another passphrase, another key, everything sealed anew. There is no wiping passphrase
 * afterwards; set it again. `KeepingError` "passphrase" if `current` is not the one.
 */
export async function changePassphrase(
    store: SealedStore,
    current: string,
    next: string,
    progressed?: Progressed,
): Promise<void> {
    checkPassphrase(next)
    const [first, second] = halves(progressed)
    const { lock } = await openedLock(store, current, first)
    const master = crypto.getRandomValues(new Uint8Array(KEY))
    const bytes = await newLock(next, master, lock.cost, second)
    await store.rekey(master, [{ table: "a", id: LOCK, bytes }])
}

/**
 * From now on typing `wiping` deletes everything; null: no passphrase does. `KeepingError`
 * "passphrase" if `current` is not the one, "weak" if `wiping` is the same.
 */
export async function setWipingPassphrase(
    store: SealedStore,
    current: string,
    wiping: string | null,
    progressed?: Progressed,
): Promise<void> {
    const [first, second] = halves(progressed)
    const { lock, slot } = await openedLock(store, current, first)
    const other = wiping === null ? newSlotOfNobody() : await wipingSlot(lock, wiping, second)
    const slots = lock.slots.map((there, at) => (at === slot ? there : other))
    const bytes = lockBytes({ ...lock, slots })
    await store.writeBeside([{ table: "a", id: LOCK, bytes }])
}

/** Delete what is kept, without a passphrase, and look whether it is gone. */
export async function wipeEverything(): Promise<void> {
    const database = await Database.open()
    await database.clear()
    database.close()
    await deleteDatabase()
}

function lockIn(database: Database): Promise<Uint8Array | undefined> {
    return database.read((reading) => reading.one("a", LOCK))
}

/** Two keys, one after the other, as one piece of work. */
function halves(whole?: Progressed): readonly [Progressed, Progressed] {
    return [(done) => whole?.(done / 2), (done) => whole?.(0.5 + done / 2)]
}

async function newLock(
    passphrase: string,
    master: Uint8Array,
    cost: number,
    progressed?: Progressed,
): Promise<Uint8Array> {
    const salt = crypto.getRandomValues(new Uint8Array(SALT))
    const bare = { cost, salt, slots: [] }
    const key = await keyFrom(passphrase, salt, cost, progressed)
    const mine = sealedSlot(bare, key, OPENS, master)
    return lockBytes({ ...bare, slots: [mine, newSlotOfNobody()] })
}

async function wipingSlot(lock: Lock, wiping: string, progressed: Progressed): Promise<Uint8Array> {
    checkPassphrase(wiping)
    const key = await keyFrom(wiping, lock.salt, lock.cost, progressed)
    if (lock.slots.some((slot) => contentOf(lock, key, slot)?.[0] === OPENS)) {
        throw new KeepingError(
            "weak",
            "expected another passphrase than the one that opens, got the same; choose another",
        )
    }
    return sealedSlot(lock, key, WIPES, new Uint8Array(KEY))
}

/** As long as a slot, and as random. */
function newSlotOfNobody(): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(SLOT))
}

function sealedSlot(lock: Lock, key: Uint8Array, kind: number, master: Uint8Array): Uint8Array {
    return sealedBytes(key, concatBytes(Uint8Array.of(kind), master), belongs(lock))
}

function contentOf(lock: Lock, key: Uint8Array, slot: Uint8Array): Uint8Array | null {
    try {
        return openedBytes(key, slot, belongs(lock))
    } catch (error) {
        if (error instanceof KeepingError) return null
        throw error
    }
}

function openedSlot(
    lock: Lock,
    key: Uint8Array,
): { readonly kind: number; readonly master: Uint8Array; readonly slot: number } {
    // Both are tried, so that the time does not say which one it was.
    const found = lock.slots.map((slot) => contentOf(lock, key, slot))
    key.fill(0)
    const slot = found.findIndex((one) => one !== null)
    const content = found[slot]
    if (content === undefined || content === null) throw unopened()
    return { kind: content[0] ?? 0, master: content.slice(1), slot }
}

async function openedLock(
    store: SealedStore,
    passphrase: string,
    progressed: Progressed,
): Promise<{ readonly lock: Lock; readonly slot: number }> {
    const untrusted = await store.beside(LOCK)
    if (untrusted === undefined) throw unopened()
    const lock = parsedLock(untrusted)
    const key = await keyFrom(passphrase, lock.salt, lock.cost, progressed)
    const { kind, master, slot } = openedSlot(lock, key)
    master.fill(0)
    if (kind !== OPENS) throw unopened()
    return { lock, slot }
}

function lockBytes({ cost, salt, slots }: Lock): Uint8Array {
    // The slots change places by chance, so that the place says nothing.
    const turned = (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) & 1
    const shown = turned === 1 ? [...slots].reverse() : slots
    return concatBytes(Uint8Array.of(LOCK_VERSION, cost), salt, ...shown)
}

function parsedLock(untrusted: Uint8Array): Lock {
    const [version, cost = 0] = untrusted
    const fits = version === LOCK_VERSION && cost >= LEAST_COST && cost <= HIGHEST_COST
    if (!fits || untrusted.length !== 2 + SALT + SLOTS * SLOT) throw unopened()
    const slots = Array.from({ length: SLOTS }, (_, at) => {
        const from = 2 + SALT + at * SLOT
        return untrusted.slice(from, from + SLOT)
    })
    return { cost, salt: untrusted.slice(2, 2 + SALT), slots }
}

/** Cost and salt belong to a slot: one moved under another lock opens nothing. */
function belongs({ cost, salt }: Pick<Lock, "cost" | "salt">): Uint8Array {
    const label = new TextEncoder().encode("safelight keeping v1 lock")
    return concatBytes(label, Uint8Array.of(0, LOCK_VERSION, cost), salt)
}

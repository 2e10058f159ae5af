/**
 * The one place that writes to the device: an IndexedDB database with a name that says nothing.
 *
 * Whoever looks at a browser's storage sees that this site keeps something, how much in rough
 * steps and, on the disk, when it last did. Nothing here may hold what is not sealed.
 */

import { KeepingError } from "./store.js"

export const DATABASE = "data"
const VERSION = 1
/** `a`: lock and head. `n`: names. `v`: values. */
export const TABLES = ["a", "n", "v"] as const
export type Table = (typeof TABLES)[number]

/** How long another window may take to let go of the database: milliseconds. */
const PATIENCE = 5000

export interface Write {
    readonly table: Table
    readonly id: string
    /** null deletes. */
    readonly bytes: Uint8Array | null
}

/** Rows of several tables at one moment. */
export interface Reading {
    one(table: Table, id: string): Promise<Uint8Array | undefined>
    all(table: Table): Promise<ReadonlyMap<string, Uint8Array>>
}

export class Database {
    #open: IDBDatabase | null

    private constructor(database: IDBDatabase) {
        this.#open = database
        // Another window deletes everything: let go at once, so that it can.
        database.onversionchange = () => {
            this.close()
        }
        database.onclose = () => {
            this.#open = null
        }
    }

    /** Throws `KeepingError` "unavailable" where this window keeps nothing. */
    static async open(): Promise<Database> {
        const request = begun(() => indexedDB.open(DATABASE, VERSION))
        request.onupgradeneeded = () => {
            for (const table of TABLES) request.result.createObjectStore(table)
        }
        try {
            return new Database(await answered(request))
        } catch {
            throw unavailable()
        }
    }

    close(): void {
        this.#open?.close()
        this.#open = null
    }

    async read<Found>(look: (reading: Reading) => Promise<Found>): Promise<Found> {
        const transaction = this.#begun("readonly")
        const reading: Reading = {
            one: async (table, id) =>
                bytesOrNone(await answered(transaction.objectStore(table).get(id))),
            all: async (table) => {
                const store = transaction.objectStore(table)
                const [keys, values] = await Promise.all([
                    answered(store.getAllKeys()),
                    answered(store.getAll()),
                ])
                return new Map(
                    keys.map((key, index) => [
                        typeof key === "string" ? key : "",
                        bytesOrNone(values[index]) ?? new Uint8Array(),
                    ]),
                )
            },
        }
        try {
            return await look(reading)
        } catch (error) {
            throw problemOf(error)
        }
    }

    /**
     * Write all or nothing, if the row `expected` of table `a` still has these bytes (null: is not
     * there); resolve with false otherwise. On the disk when it resolves, as far as the browser
     * says the truth.
     */
    async writeIf(
        expected: { readonly id: string; readonly bytes: Uint8Array | null },
        writes: readonly Write[],
    ): Promise<boolean> {
        const transaction = this.#begun("readwrite")
        const done = finished(transaction)
        const there = transaction.objectStore("a").get(expected.id)
        const found: { fits: boolean; failure?: unknown } = { fits: false }
        there.onsuccess = () => {
            found.fits = sameBytes(bytesOrNone(there.result), expected.bytes ?? undefined)
            if (!found.fits) return
            try {
                for (const { table, id, bytes } of writes) {
                    const store = transaction.objectStore(table)
                    if (bytes === null) store.delete(id)
                    else store.put(bytes, id)
                }
            } catch (error) {
                found.failure = error
                transaction.abort()
            }
        }
        try {
            await done
        } catch (error) {
            throw problemOf(found.failure ?? error)
        }
        return found.fits
    }

    /** Empty every table. */
    async clear(): Promise<void> {
        const transaction = this.#begun("readwrite")
        const done = finished(transaction)
        for (const table of TABLES) transaction.objectStore(table).clear()
        try {
            await done
        } catch (error) {
            throw problemOf(error)
        }
    }

    #begun(mode: IDBTransactionMode): IDBTransaction {
        if (this.#open === null) throw gone()
        try {
            // "strict": a state that a message left with must not be forgotten by a power cut.
            return this.#open.transaction([...TABLES], mode, { durability: "strict" })
        } catch (error) {
            throw problemOf(error)
        }
    }
}

/** Delete the database and look whether it is gone. Throws `KeepingError` "busy". */
export async function deleteDatabase(): Promise<void> {
    const request = begun(() => indexedDB.deleteDatabase(DATABASE))
    await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => {
            reject(busy())
        }, PATIENCE)
        request.onsuccess = () => {
            clearTimeout(late)
            resolve()
        }
        request.onerror = () => {
            clearTimeout(late)
            reject(busy())
        }
    })
    if (await databaseExists()) throw busy()
}

/** Without making one. Throws `KeepingError` "unavailable". */
export async function databaseExists(): Promise<boolean> {
    const request = begun(() => indexedDB.open(DATABASE))
    const found = { isNew: false }
    request.onupgradeneeded = () => {
        found.isNew = true
        request.transaction?.abort() // or looking would make an empty one
    }
    try {
        ;(await answered(request)).close()
        return true
    } catch {
        if (found.isNew) return false
        throw unavailable()
    }
}

function begun<Request>(ask: () => Request): Request {
    try {
        if (typeof indexedDB === "undefined") throw unavailable()
        return ask()
    } catch {
        throw unavailable() // private windows and strict settings throw, each browser its own error
    }
}

function answered<Result>(request: IDBRequest<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => {
            resolve(request.result)
        }
        request.onerror = () => {
            reject(request.error ?? new DOMException("no reason given", "UnknownError"))
        }
    })
}

function finished(transaction: IDBTransaction): Promise<void> {
    return new Promise((resolve, reject) => {
        transaction.oncomplete = () => {
            resolve()
        }
        transaction.onabort = () => {
            reject(transaction.error ?? new DOMException("no reason given", "AbortError"))
        }
    })
}

function problemOf(error: unknown): KeepingError {
    if (error instanceof KeepingError) return error
    if (error instanceof DOMException && error.name === "QuotaExceededError") {
        return new KeepingError(
            "full",
            "expected room for what is to be kept, got none; nothing was changed; delete something",
        )
    }
    return gone()
}

function gone(): KeepingError {
    return new KeepingError(
        "gone",
        "expected what was kept here, got nothing: the browser or somebody deleted or closed it",
    )
}

function unavailable(): KeepingError {
    return new KeepingError(
        "unavailable",
        "expected a window that keeps something, got one that does not; use an ordinary window, or " +
            "move by words before closing this one",
    )
}

function busy(): KeepingError {
    return new KeepingError(
        "busy",
        "expected the database to be gone, got one that another window holds; close the other " +
            "windows and try again",
    )
}

function bytesOrNone(value: unknown): Uint8Array | undefined {
    return value instanceof Uint8Array ? value : undefined
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
    if (one === undefined || other === undefined) return one === other
    return one.length === other.length && one.every((byte, at) => byte === other[at])
}

/** A browser's IndexedDB in memory, fresh for each test; its windows are those who open it. */

import { IDBFactory } from "fake-indexeddb"

/** Cheap, so that tests are fast; the code refuses nothing below on creating. */
export const CHEAP = 13

export const PASSPHRASE = "copper lantern seven rivers moss"
export const OTHER = "quiet harbour bread winter glass"

/** From here on `indexedDB` is this one. */
export function newDevice(): IDBFactory {
    const device = new IDBFactory()
    useDevice(device)
    return device
}

export function useDevice(device: IDBFactory | undefined): void {
    Object.defineProperty(globalThis, "indexedDB", {
        value: device,
        configurable: true,
        writable: true,
    })
}

export function bytes(text: string): Uint8Array {
    return new TextEncoder().encode(text)
}

export function text(of: Uint8Array | undefined): string | undefined {
    return of === undefined ? undefined : new TextDecoder().decode(of)
}

/** Everything that lies on the disk, as one buffer of latin1. */
export async function onTheDisk(device: IDBFactory): Promise<string> {
    const names = (await device.databases()).map(({ name }) => name ?? "")
    const parts: string[] = [...names]
    for (const name of names) {
        const database = await asked(device.open(name))
        for (const table of [...database.objectStoreNames]) {
            const store = database.transaction(table).objectStore(table)
            const keys = await asked(store.getAllKeys())
            const values = (await asked(store.getAll())) as Uint8Array[]
            parts.push(
                table,
                ...keys.map(String),
                ...values.map((v) => Buffer.from(v).toString("latin1")),
            )
        }
        database.close()
    }
    return parts.join("\n")
}

/** Every row as it lies there: "table/id" → bytes. */
export async function rowsOf(device: IDBFactory): Promise<Map<string, Uint8Array>> {
    const database = await asked(device.open("data"))
    const found = new Map<string, Uint8Array>()
    for (const table of [...database.objectStoreNames]) {
        const store = database.transaction(table).objectStore(table)
        const keys = await asked(store.getAllKeys())
        const values = (await asked(store.getAll())) as Uint8Array[]
        keys.forEach((key, at) =>
            found.set(`${table}/${key as string}`, values[at] ?? new Uint8Array()),
        )
    }
    database.close()
    return found
}

/** Somebody else writes to the disk: rows by "table/id", null deletes. */
export async function meddle(
    device: IDBFactory,
    rows: ReadonlyMap<string, Uint8Array | null>,
): Promise<void> {
    const database = await asked(device.open("data"))
    const transaction = database.transaction([...database.objectStoreNames], "readwrite")
    for (const [where, value] of rows) {
        const [table = "", id = ""] = where.split("/")
        if (value === null) transaction.objectStore(table).delete(id)
        else transaction.objectStore(table).put(value, id)
    }
    await new Promise((resolve) => (transaction.oncomplete = resolve))
    database.close()
}

function asked<Result>(request: IDBRequest<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => {
            resolve(request.result)
        }
        request.onerror = () => {
            reject(request.error ?? new Error("no reason"))
        }
    })
}

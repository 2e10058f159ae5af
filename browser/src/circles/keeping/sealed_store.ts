/** Rows sealed under a key that is in memory only: `Store` on the device's disk. */

import type { Database, Write } from "./database.js"
import { deleteDatabase } from "./database.js"
import { RowSealing, unopened } from "./row_sealing.js"
import { checkRows, KeepingError, MOVING_OUT } from "./store.js"
import type { Store } from "./store.js"

export const HEAD = "0"
/** Another window may write while this one unlocks. */
const MOST_TRIES = 5

interface Unlocked {
    readonly sealing: RowSealing
    readonly names: Map<string, Uint8Array>
    readonly index: Map<string, { readonly id: string; readonly tag: Uint8Array }>
    /** The head that this window wrote, and that must still stand there at its next step. */
    head: Uint8Array
}

export class SealedStore implements Store {
    /** Each write builds on the head of the one before. */
    #turn: Promise<unknown> = Promise.resolve()

    private constructor(
        private readonly database: Database,
        private unlocked: Unlocked | null,
    ) {}

    /** The head of a store without rows. */
    static emptyHead(master: Uint8Array): Uint8Array {
        return new RowSealing(master).sealedHead(new Map())
    }

    /**
     * Read what lies there, and take it over: any other window that had it open can do nothing
     * with it from here on. Throws `KeepingError` "passphrase" for damaged rows.
     */
    static async unlock(database: Database, master: Uint8Array): Promise<SealedStore> {
        const sealing = new RowSealing(master)
        for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
            const found = await database.read(async (reading) => {
                const [head, names] = await Promise.all([reading.one("a", HEAD), reading.all("n")])
                return { head, names }
            })
            if (found.head === undefined) throw unopened()
            sealing.checkHead(found.head, found.names)
            const names = new Map(found.names)
            const index = new Map(
                [...names].map(([id, name]) => {
                    const { key, tag } = sealing.openedName(id, name)
                    return [key, { id, tag }] as const
                }),
            )
            const head = sealing.sealedHead(names)
            const writes: Write[] = [{ table: "a", id: HEAD, bytes: head }]
            if (await database.writeIf({ id: HEAD, bytes: found.head }, writes)) {
                return new SealedStore(database, { sealing, names, index, head })
            }
        }
        throw takenOver()
    }

    get isLocked(): boolean {
        return this.unlocked === null
    }

    /** Overwrite the keys and forget what was read. Other windows are not locked by it. */
    lock(): void {
        this.unlocked?.sealing.forget()
        this.unlocked = null
        this.database.close()
    }

    /** Whether no other window has taken over since; asked before something is begun. */
    stillHeld(): Promise<boolean> {
        return this.#inTurn(() => this.#isHeld())
    }

    get(key: string): Promise<Uint8Array | undefined> {
        return this.#inTurn(async () => {
            const open = this.#open()
            const row = open.index.get(key)
            const found = await this.database.read(async (reading) => {
                const [head, value] = await Promise.all([
                    reading.one("a", HEAD),
                    reading.one("v", row?.id ?? ""),
                ])
                return { head, value }
            })
            this.#checkHeld(open, found.head)
            if (row === undefined) return undefined
            return open.sealing.openedValue(row.id, row.tag, found.value)
        })
    }

    put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        return this.#inTurn(() => this.#put(rows))
    }

    keys(prefix: string): Promise<string[]> {
        return this.#inTurn(async () => {
            if (!(await this.#isHeld())) throw takenOver()
            return [...this.#open().index.keys()].filter((key) => key.startsWith(prefix)).sort()
        })
    }

    async wipe(): Promise<void> {
        await this.#turn.catch(() => undefined) // whoever asked for it was told
        const { database } = this
        this.unlocked?.sealing.forget()
        this.unlocked = null
        await database.clear()
        database.close()
        await deleteDatabase()
    }

    /**
     * Seal everything anew under another key, in one step with `beside`. What lies on the disk
     * from before stays openable with the old key; what is written from here on does not.
     */
    rekey(master: Uint8Array, beside: readonly Write[]): Promise<void> {
        return this.#inTurn(async () => {
            const open = this.#open()
            const sealing = new RowSealing(master)
            const names = new Map<string, Uint8Array>()
            const index: Unlocked["index"] = new Map()
            const writes: Write[] = [...beside]
            const values = await this.database.read((reading) => reading.all("v"))
            for (const [key, { id, tag }] of open.index) {
                const value = open.sealing.openedValue(id, tag, values.get(id))
                const row = sealing.sealed(key, value)
                value.fill(0)
                writes.push({ table: "n", id, bytes: null }, { table: "v", id, bytes: null })
                writes.push(...rowWrites(row.id, row.name, row.value))
                names.set(row.id, row.name)
                index.set(key, { id: row.id, tag: sealing.openedName(row.id, row.name).tag })
            }
            const head = sealing.sealedHead(names)
            writes.push({ table: "a", id: HEAD, bytes: head })
            await this.#write(open, writes)
            open.sealing.forget()
            if (this.unlocked === open) this.unlocked = { sealing, names, index, head }
        })
    }

    /** A row of table `a` that belongs to no key. */
    beside(id: string): Promise<Uint8Array | undefined> {
        return this.database.read((reading) => reading.one("a", id))
    }

    /** Write rows of table `a` that belong to no key, if this window still holds the store. */
    writeBeside(beside: readonly Write[]): Promise<void> {
        return this.#inTurn(() => this.#write(this.#open(), beside))
    }

    // Only in turn: beside a write of this same window, its head would look like another window's.
    #isHeld(): Promise<boolean> {
        const { head } = this.#open()
        return this.database.read(async (reading) => same(await reading.one("a", HEAD), head))
    }

    async #put(rows: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
        const open = this.#open()
        checkRows(rows, open.index.has(MOVING_OUT))
        const names = new Map(open.names)
        const index = new Map(open.index)
        const writes: Write[] = []
        for (const [key, value] of rows) {
            const id = open.sealing.id(key)
            if (value === null) {
                writes.push({ table: "n", id, bytes: null }, { table: "v", id, bytes: null })
                names.delete(id)
                index.delete(key)
            } else {
                const row = open.sealing.sealed(key, value)
                writes.push(...rowWrites(id, row.name, row.value))
                names.set(id, row.name)
                index.set(key, { id, tag: row.value.slice(-16) })
            }
        }
        const head = open.sealing.sealedHead(names)
        writes.push({ table: "a", id: HEAD, bytes: head })
        await this.#write(open, writes)
        // It may have been locked while the disk was busy.
        if (this.unlocked === open) this.unlocked = { ...open, names, index, head }
    }

    async #write(open: Unlocked, writes: readonly Write[]): Promise<void> {
        if (await this.database.writeIf({ id: HEAD, bytes: open.head }, writes)) return
        const there = await this.database.read((reading) => reading.one("a", HEAD))
        this.#checkHeld(open, there)
    }

    #checkHeld(open: Unlocked, head: Uint8Array | undefined): void {
        if (head === undefined) {
            throw new KeepingError(
                "gone",
                "expected what was kept here, got nothing: the browser or somebody deleted it",
            )
        }
        if (!same(head, open.head)) throw takenOver()
    }

    #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
        const mine = this.#turn.then(act, act)
        this.#turn = mine
        return mine
    }

    #open(): Unlocked {
        if (this.unlocked !== null) return this.unlocked
        throw new KeepingError("locked", "expected an unlocked store, got a locked one; unlock it")
    }
}

function rowWrites(id: string, name: Uint8Array, value: Uint8Array): readonly Write[] {
    return [
        { table: "n", id, bytes: name },
        { table: "v", id, bytes: value },
    ]
}

function takenOver(): KeepingError {
    return new KeepingError(
        "taken-over",
        "expected to be the only window with this open, got another that opened it later; go on there",
    )
}

function same(one: Uint8Array | undefined, other: Uint8Array): boolean {
    return one?.length === other.length && one.every((byte, at) => byte === other[at])
}

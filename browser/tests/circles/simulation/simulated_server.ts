// The server of circles in memory, by its rules (docs/spec/circles-server.md), for simulations:
// one log, one commit an epoch, doors. What it is asked it does at once; lines make it slow and
// lossy (line.ts), liars make it lie (../spy).
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

import {
    Burned,
    EpochOver,
    IdTaken,
    NoCircle,
    Refused,
    type LogDelivery,
    type LogEntry,
    type LogPage,
    type OutgoingCommit,
} from "../../../src/circles/delivery/delivery.js"

export interface KeptCircle {
    keeperHash: string
    /** SHA-256 of the door key of each epoch, the newest last. */
    readonly doors: string[]
    readonly entries: LogEntry[]
    burned: boolean
}

export class SimulatedServer implements LogDelivery {
    readonly circles = new Map<string, KeptCircle>()
    /** Entries in one answer. */
    readonly page = 20

    found(circle: Uint8Array, keeperHash: Uint8Array, doorHash: Uint8Array): Promise<void> {
        const id = bytesToHex(circle)
        const [keeper, door] = [bytesToHex(keeperHash), bytesToHex(doorHash)]
        const known = this.circles.get(id)
        if (known === undefined) {
            const made = { keeperHash: keeper, doors: [door], entries: [], burned: false }
            this.circles.set(id, made)
        } else if (known.keeperHash !== keeper || known.doors[0] !== door) {
            return refuse(new IdTaken("taken"))
        }
        return Promise.resolve()
    }

    post(circle: Uint8Array, doorKey: Uint8Array, sealed: Uint8Array): Promise<number> {
        return this.#inside(circle, doorKey, (kept, epoch) => {
            const again = kept.entries.find((entry) => same(entry.sealed, sealed))
            if (again !== undefined) return again.seq
            if (epoch !== kept.doors.length - 1) throw new EpochOver("over")
            return append(kept, epoch, "message", sealed)
        })
    }

    commit(circle: Uint8Array, commit: OutgoingCommit): Promise<number> {
        return this.#inside(circle, commit.doorKey, (kept, epoch) => {
            const again = kept.entries.find((entry) => same(entry.sealed, commit.sealed))
            if (again?.kind === "commit") return again.seq
            if (again !== undefined) throw new Refused("replayed", "replayed")
            if (epoch !== kept.doors.length - 1 || epoch !== commit.epoch) {
                throw new EpochOver("over")
            }
            const next = bytesToHex(commit.nextDoorHash)
            if (kept.doors.includes(next)) throw new Refused("door used", "door-used")
            if (commit.keeper !== undefined) {
                if (hashed(commit.keeper.key) !== kept.keeperHash) throw new NoCircle("none")
                kept.keeperHash = bytesToHex(commit.keeper.nextHash)
            }
            const seq = append(kept, epoch, "commit", commit.sealed)
            kept.doors.push(next)
            return seq
        })
    }

    read(circle: Uint8Array, doorKey: Uint8Array, after: number): Promise<LogPage> {
        return this.#inside(circle, doorKey, (kept, epoch) => {
            const found = kept.entries.filter((one) => one.epoch === epoch && one.seq > after)
            const entries = found.slice(0, this.page).map((one) => ({
                ...one,
                sealed: one.sealed.slice(),
            }))
            return {
                epoch: epoch === kept.doors.length - 1 ? epoch : null,
                entries,
                more: found.length > entries.length,
            }
        })
    }

    live(): Promise<void> {
        return Promise.resolve()
    }

    burn(circle: Uint8Array, keeperKey: Uint8Array): Promise<void> {
        const kept = this.circles.get(bytesToHex(circle))
        if (kept?.keeperHash !== hashed(keeperKey)) {
            return refuse(new NoCircle("none"))
        }
        kept.burned = true
        kept.entries.length = 0
        return Promise.resolve()
    }

    #inside<T>(
        circle: Uint8Array,
        doorKey: Uint8Array,
        work: (kept: KeptCircle, epoch: number) => T,
    ): Promise<T> {
        const kept = this.circles.get(bytesToHex(circle))
        const epoch = kept?.doors.indexOf(hashed(doorKey)) ?? -1
        if (kept === undefined || epoch === -1) return refuse(new NoCircle("none"))
        if (kept.burned) return refuse(new Burned("burned"))
        return new Promise((resolve) => {
            resolve(work(kept, epoch))
        })
    }
}

function append(
    kept: KeptCircle,
    epoch: number,
    kind: LogEntry["kind"],
    sealed: Uint8Array,
): number {
    const seq = (kept.entries.at(-1)?.seq ?? 0) + 1
    kept.entries.push({ seq, epoch, kind, sealed: sealed.slice() })
    return seq
}

function refuse(problem: Error): Promise<never> {
    return Promise.reject(problem)
}

function hashed(key: Uint8Array): string {
    return bytesToHex(sha256(key))
}

function same(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && one.every((byte, at) => byte === other[at])
}

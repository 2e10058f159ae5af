// A server of circles as docs/spec/circles-server.md has it, in memory, that a test can bend:
// what it says, when it fails, and whether it lies.
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

import {
    Burned,
    CircleFull,
    EpochOver,
    IdTaken,
    LARGEST_COMMIT,
    NetworkFailed,
    NoCircle,
    PIECE,
    Refused,
} from "../../../src/circles/delivery/delivery.js"
import type {
    LogDelivery,
    LogEntry,
    LogPage,
    OutgoingCommit,
} from "../../../src/circles/delivery/delivery.js"

interface KeptCircle {
    keeper: string
    /** Hash of a door key → its epoch. */
    readonly doors: Map<string, number>
    epoch: number
    seq: number
    readonly log: LogEntry[]
    burned: boolean
    full: boolean
}

export type Asked = "found" | "post" | "commit" | "read" | "burn"

/**
 * What a test may put in the way of one request: before it is done, or after it was done and before
 * the answer arrives (then the client does not know).
 */
export interface Trouble {
    readonly asked: Asked
    readonly when: "before" | "after"
}

const PAGE = 20

export class FakeServer {
    readonly circles = new Map<string, KeptCircle>()
    /** Every request's name, for tests that count. */
    readonly requests: Asked[] = []
    /** Each is used once, by the first request that it fits. */
    troubles: Trouble[] = []
    /** How a lying server changes what it gives. */
    bend: (page: LogPage, to: string) => LogPage = (page) => page
    /** Its own clock, as answers say it. */
    clock?: () => number
    readonly #listeners = new Map<string, Set<() => void>>()

    /** What one member's device sees of it. `name`: for `bend`. */
    delivery(name = ""): LogDelivery {
        return {
            found: (circle, keeperHash, doorHash) =>
                this.#ask("found", () => {
                    this.#found(circle, keeperHash, doorHash)
                }),
            post: (circle, doorKey, sealed) =>
                this.#ask("post", () => this.#post(circle, doorKey, sealed)),
            commit: (circle, commit) => this.#ask("commit", () => this.#commit(circle, commit)),
            read: (circle, doorKey, after) =>
                this.#ask("read", () => this.bend(this.#read(circle, doorKey, after), name)),
            live: (circle, _doorKey, onNews, signal) => this.#live(circle, onNews, signal),
            burn: (circle, keeperKey) =>
                this.#ask("burn", () => {
                    this.#burn(circle, keeperKey)
                }),
        }
    }

    of(circle: Uint8Array): KeptCircle {
        const found = this.circles.get(bytesToHex(circle))
        if (found === undefined) throw new NoCircle("no such circle")
        return found
    }

    async #ask<T>(asked: Asked, work: () => T): Promise<T> {
        this.requests.push(asked)
        // As over a network: whoever asks at once is answered later, in some order.
        await Promise.resolve()
        this.#stumble(asked, "before")
        const answer = work()
        this.#stumble(asked, "after")
        return answer
    }

    #stumble(asked: Asked, when: Trouble["when"]): void {
        const at = this.troubles.findIndex((one) => one.asked === asked && one.when === when)
        if (at < 0) return
        this.troubles.splice(at, 1)
        throw new NetworkFailed("the line was cut")
    }

    #found(circle: Uint8Array, keeperHash: Uint8Array, doorHash: Uint8Array): void {
        const id = bytesToHex(circle)
        const known = this.circles.get(id)
        const [keeper, door] = [bytesToHex(keeperHash), bytesToHex(doorHash)]
        if (known !== undefined) {
            if (known.keeper === keeper && known.doors.has(door)) return
            throw new IdTaken("another circle has this id")
        }
        this.circles.set(id, {
            keeper,
            doors: new Map([[door, 0]]),
            epoch: 0,
            seq: 0,
            log: [],
            burned: false,
            full: false,
        })
    }

    #open(circle: Uint8Array, doorKey: Uint8Array): [KeptCircle, number] {
        const found = this.of(circle)
        if (found.burned) throw new Burned("burned")
        const epoch = found.doors.get(hash(doorKey))
        if (epoch === undefined) throw new NoCircle("no such circle")
        return [found, epoch]
    }

    #post(circle: Uint8Array, doorKey: Uint8Array, sealed: Uint8Array): number {
        const [found, epoch] = this.#open(circle, doorKey)
        if (sealed.length < 1 || sealed.length > PIECE) throw new Refused("too long", "too-long")
        const again = found.log.find((entry) => same(entry.sealed, sealed))
        if (again !== undefined) return again.seq
        if (epoch !== found.epoch) throw new EpochOver("a commit came before")
        if (found.full) throw new CircleFull("enough for today")
        return this.#append(circle, found, "message", sealed)
    }

    #commit(circle: Uint8Array, commit: OutgoingCommit): number {
        const [found, epoch] = this.#open(circle, commit.doorKey)
        const { sealed, keeper } = commit
        if (sealed.length < 1 || sealed.length > LARGEST_COMMIT) {
            throw new Refused("too long", "too-long")
        }
        const again = found.log.find((entry) => same(entry.sealed, sealed))
        if (again !== undefined) return again.seq
        if (epoch !== found.epoch || commit.epoch !== found.epoch) throw new EpochOver("lost")
        const next = bytesToHex(commit.nextDoorHash)
        if (found.doors.has(next)) throw new Refused("door used", "door-used")
        if (keeper !== undefined) {
            if (hash(keeper.key) !== found.keeper) throw new NoCircle("no such circle")
            found.keeper = bytesToHex(keeper.nextHash)
        }
        const seq = this.#append(circle, found, "commit", sealed)
        found.epoch += 1
        found.doors.set(next, found.epoch)
        return seq
    }

    #append(
        circle: Uint8Array,
        found: KeptCircle,
        kind: LogEntry["kind"],
        sealed: Uint8Array,
    ): number {
        found.seq += 1
        found.log.push({ seq: found.seq, epoch: found.epoch, kind, sealed: sealed.slice() })
        for (const listener of this.#listeners.get(bytesToHex(circle)) ?? []) listener()
        return found.seq
    }

    #read(circle: Uint8Array, doorKey: Uint8Array, after: number): LogPage {
        const [found, epoch] = this.#open(circle, doorKey)
        const visible = found.log.filter((entry) => entry.epoch === epoch && entry.seq > after)
        const entries = visible.slice(0, PAGE).map((entry) => ({
            ...entry,
            sealed: entry.sealed.slice(),
        }))
        return {
            epoch: epoch === found.epoch ? epoch : null,
            entries,
            more: visible.length > PAGE,
            ...(this.clock === undefined ? {} : { clock: this.clock() }),
        }
    }

    #live(circle: Uint8Array, onNews: () => void, signal: AbortSignal): Promise<void> {
        const id = bytesToHex(circle)
        const listeners = this.#listeners.get(id) ?? new Set()
        this.#listeners.set(id, listeners.add(onNews))
        return new Promise((resolve) => {
            signal.addEventListener("abort", () => {
                listeners.delete(onNews)
                resolve()
            })
        })
    }

    #burn(circle: Uint8Array, keeperKey: Uint8Array): void {
        const found = this.of(circle)
        if (hash(keeperKey) !== found.keeper) throw new NoCircle("no such circle")
        found.burned = true
        found.log.length = 0
    }
}

function hash(key: Uint8Array): string {
    return bytesToHex(sha256(key))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, at) => byte === b[at])
}

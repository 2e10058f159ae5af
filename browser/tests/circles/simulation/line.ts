// A device's way to the server: slow by chance; requests get lost, answers get lost after the
// server did what was asked, requests arrive twice. A device that crashed hears nothing more.
import {
    NetworkFailed,
    type LogDelivery,
    type LogPage,
    type OutgoingCommit,
} from "../../../src/circles/delivery/delivery.js"
import type { VirtualClock } from "./clock.js"

export interface Faults {
    /** Milliseconds of each way, at most. */
    readonly slowest: number
    /** Chances, 0 to 1. */
    readonly lostRequest: number
    readonly lostAnswer: number
    readonly twice: number
}

export const NEVER = new Promise<never>(() => undefined)

export class Line implements LogDelivery {
    constructor(
        private readonly server: LogDelivery,
        private readonly clock: VirtualClock,
        private readonly random: () => number,
        private readonly faults: () => Faults,
        private readonly alive: () => boolean,
    ) {}

    found(circle: Uint8Array, keeperHash: Uint8Array, doorHash: Uint8Array): Promise<void> {
        return this.#ask(() => this.server.found(circle, keeperHash, doorHash))
    }

    post(circle: Uint8Array, doorKey: Uint8Array, sealed: Uint8Array): Promise<number> {
        const kept = sealed.slice()
        return this.#ask(() => this.server.post(circle, doorKey, kept))
    }

    commit(circle: Uint8Array, commit: OutgoingCommit): Promise<number> {
        const kept = { ...commit, sealed: commit.sealed.slice(), doorKey: commit.doorKey.slice() }
        return this.#ask(() => this.server.commit(circle, kept))
    }

    read(circle: Uint8Array, doorKey: Uint8Array, after: number): Promise<LogPage> {
        return this.#ask(() => this.server.read(circle, doorKey, after))
    }

    live(): Promise<void> {
        return Promise.resolve()
    }

    burn(circle: Uint8Array, keeperKey: Uint8Array): Promise<void> {
        return this.#ask(() => this.server.burn(circle, keeperKey))
    }

    async #ask<T>(work: () => Promise<T>): Promise<T> {
        const { lostRequest, lostAnswer, twice } = this.faults()
        // Drawn first, so that what chance does depends on the order of requests alone.
        const [there, back, late] = [this.#way(), this.#way(), this.#way()]
        const [lost, unheard, doubled] = [this.random(), this.random(), this.random()]
        await this.clock.sleep(there)
        if (!this.alive()) return NEVER
        if (lost < lostRequest) {
            await this.clock.sleep(back)
            return this.#answer(() => Promise.reject(new NetworkFailed("lost on the way")))
        }
        const done = settledOf(work())
        if (doubled < twice) {
            void this.clock.sleep(late).then(() => settledOf(work()))
        }
        await this.clock.sleep(back)
        if (unheard < lostAnswer) {
            return this.#answer(() => Promise.reject(new NetworkFailed("no answer")))
        }
        return this.#answer(async () => (await done)())
    }

    #answer<T>(answer: () => Promise<T>): Promise<T> {
        return this.alive() ? answer() : NEVER
    }

    #way(): number {
        return this.random() * this.faults().slowest
    }
}

/** What it gave or threw, for later: a rejection that nobody waits for yet is no crash. */
async function settledOf<T>(work: Promise<T>): Promise<() => T> {
    try {
        const found = await work
        return () => found
    } catch (problem) {
        return () => {
            throw problem as Error
        }
    }
}

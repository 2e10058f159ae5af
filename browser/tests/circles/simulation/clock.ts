// Time that passes only when everybody waits.

interface Waiter {
    readonly at: number
    readonly number: number
    readonly wake: () => void
}

/** Milliseconds since 1970. Equal seeds give equal runs: whoever waits for the same moment is
 * woken in the order in which they began. */
export class VirtualClock {
    #now: number
    #begun = 0
    #waiting: Waiter[] = []

    constructor(start: Date) {
        this.#now = start.getTime()
    }

    get now(): number {
        return this.#now
    }

    get date(): Date {
        return new Date(this.#now)
    }

    sleep(milliseconds: number): Promise<void> {
        return new Promise((wake) => {
            const at = this.#now + Math.max(0, milliseconds)
            this.#begun += 1
            this.#waiting.push({ at, number: this.#begun, wake })
        })
    }

    /** Lets everything happen that happens by then, and everything that follows from it. */
    async passUntil(moment: number): Promise<void> {
        for (;;) {
            await settled()
            const next = this.#waiting.reduce<Waiter | undefined>(
                (first, one) => (first === undefined || isBefore(one, first) ? one : first),
                undefined,
            )
            if (next === undefined || next.at > moment) break
            this.#waiting = this.#waiting.filter((one) => one !== next)
            this.#now = next.at
            next.wake()
        }
        this.#now = Math.max(this.#now, moment)
    }
}

function isBefore(one: Waiter, other: Waiter): boolean {
    return one.at < other.at || (one.at === other.at && one.number < other.number)
}

/** After all that promises alone bring about; nothing in a room waits for a timer. */
async function settled(): Promise<void> {
    for (let round = 0; round < 2; round++) await new Promise((done) => setImmediate(done))
}

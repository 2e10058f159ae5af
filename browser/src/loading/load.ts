/**
 * Fetching the page's modules one by one, each again where it did not come.
 *
 * A browser remembers a module that failed as failed, and with it everything that imports it. So
 * the built modules do not import each other by name: they ask here, and what failed is asked for
 * under another address (`?1`), which no memory knows.
 */

declare global {
    /** Where every built module gets what it needs from another one. */
    var safelightModule: (name: string) => Promise<unknown>
}

/** A module did not come, however often it was asked for. */
export class LoadError extends Error {
    override readonly name = "LoadError"
}

export interface Loading {
    readonly importAt: (address: string) => Promise<unknown>
    readonly pause: (milliseconds: number) => Promise<void>
}

/** Before each further attempt, in milliseconds. */
const PAUSES: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000]
/** A connection that a network freezes never ends by itself. */
const LONGEST_SILENCE = 20_000

/** A function that gives the module of a name, the same one however often it is asked. */
export function loader({ importAt, pause }: Loading): (name: string) => Promise<unknown> {
    const asked = new Map<string, Promise<unknown>>()

    return (name) => {
        const before = asked.get(name)
        if (before !== undefined) return before
        const now = fetched(name)
        asked.set(name, now)
        // Asked for anew when somebody presses the button later.
        now.catch(() => asked.delete(name))
        return now
    }

    async function fetched(name: string): Promise<unknown> {
        for (let attempt = 0; ; attempt += 1) {
            const address = attempt === 0 ? `./${name}` : `./${name}?${attempt.toString()}`
            try {
                return await Promise.race([importAt(address), silence()])
            } catch (error) {
                const before = PAUSES[attempt]
                // A module that came, but needs one that did not, need not be asked for again.
                if (error instanceof LoadError || before === undefined) {
                    throw new LoadError(`${name} did not load; load the page again`)
                }
                await pause(before)
            }
        }
    }

    async function silence(): Promise<never> {
        await pause(LONGEST_SILENCE)
        throw new TypeError("no answer")
    }
}

/** Asking the blind server over a network that cuts, freezes and lies. */

import { SafelightError } from "../errors.js"
import { isObject, parsedJson } from "../sealing/json.js"

/**
 * `network`: not known to have arrived. `busy`: the server takes nothing now, perhaps later. In
 * both cases the same bytes may be sent again. `taken`: the mailbox is another report's.
 * `withdrawn`: the report was taken back.
 */
export type SendingProblem =
    "network" | "busy" | "too-large" | "taken" | "withdrawn" | "roster-changed" | "refused"

export class SendingError extends SafelightError {
    override readonly name = "SendingError"

    constructor(
        readonly problem: SendingProblem,
        message: string,
    ) {
        super(message)
    }
}

/** The world outside, so that tests can be without one. */
export interface Network {
    fetch(address: string, request: RequestInit): Promise<Response>
    pause(milliseconds: number): Promise<void>
    /** Let the page show what changed and hear the person, then go on. */
    breathe(): Promise<void>
}

/** What the server said. `facts`: the JSON object it answered with, or an empty one. */
export interface Answer {
    readonly status: number
    readonly headers: Headers
    readonly bytes: Uint8Array
    readonly facts: Readonly<Record<string, unknown>>
    /** The server's own word for a refusal; "" if it gave none, so perhaps a proxy spoke. */
    readonly problem: string
}

/** Until an answer is here whole, however slowly it trickles. */
const LONGEST_SILENCE = 30_000
/** No answer of the server is longer than a few kilobytes; what is, comes from somebody else. */
const LONGEST_ANSWER = 64 * 1024
/** Longer than this a server may not make a person wait in front of a busy page. */
const LONGEST_WISH = 20_000
/** Growing pauses; about three minutes without one step forward, then a person decides. */
const PAUSES: readonly number[] = [1000, 2000, 4000, 8000, 15_000, 25_000, 45_000, 60_000]

/** One request on a connection of its own, or a `SendingError` "network". */
export async function asked(
    network: Network,
    address: string,
    request: RequestInit,
): Promise<Answer> {
    const timeout = new AbortController()
    const timer = setTimeout(() => {
        timeout.abort()
    }, LONGEST_SILENCE)
    try {
        const response = await network.fetch(address, {
            ...request,
            credentials: "omit", // a cookie would tie two reports to one person
            referrerPolicy: "no-referrer",
            cache: "no-store",
            redirect: "error",
            signal: timeout.signal,
        })
        const bytes = await bytesOf(response)
        const told = parsedJson(new TextDecoder().decode(bytes))
        const facts = isObject(told) ? told : {}
        const problem = typeof facts["problem"] === "string" ? facts["problem"] : ""
        return { status: response.status, headers: response.headers, bytes, facts, problem }
    } catch {
        // fetch has one error for every way of not getting an answer.
        throw unanswered("no answer")
    } finally {
        clearTimeout(timer)
    }
}

async function bytesOf({ body }: Response): Promise<Uint8Array> {
    const bytes = new Uint8Array(LONGEST_ANSWER)
    let length = 0
    const reader = body?.getReader()
    for (;;) {
        const read = await reader?.read()
        if (read?.value === undefined) return bytes.slice(0, length)
        if (length + read.value.length > LONGEST_ANSWER) {
            await reader?.cancel()
            throw unanswered("an answer without end")
        }
        bytes.set(read.value, length)
        length += read.value.length
    }
}

export function unanswered(got: string): SendingError {
    return new SendingError(
        "network",
        `expected to hear that the server keeps it, got ${got}; send it again later`,
    )
}

const BY_STATUS: ReadonlyMap<number, SendingProblem> = new Map([
    [409, "taken"],
    [410, "withdrawn"],
    [413, "too-large"],
])
const BY_WORD: ReadonlyMap<string, SendingProblem> = new Map([
    ["roster-changed", "roster-changed"],
    ["withdrawn", "withdrawn"],
    ["cut-short", "network"],
    ["wrong-size", "too-large"],
    ["mailbox-full", "busy"],
])

/** What an answer that is no success means. */
export function refusal({ status, problem }: Answer): SendingError {
    const said = `the server answered ${String(status)}`
    const word = BY_WORD.get(problem)
    if (word !== undefined) return new SendingError(word, said)
    if (status === 408) return unanswered(said)
    // Not the server's own word: a proxy's, or a captured connection's, which says anything.
    if (problem === "") return unanswered(said)
    if (status >= 500 || status === 429) {
        return new SendingError("busy", `${said}; send it later`)
    }
    return new SendingError(BY_STATUS.get(status) ?? "refused", said)
}

/** How long the server asks to wait, if a person can be made to; null: later. */
export function wish({ headers }: Answer): number | null {
    const seconds = Number(headers.get("Retry-After") ?? Number.NaN)
    const pause = 1000 * seconds
    return pause > 0 && pause <= LONGEST_WISH ? pause : null
}

/** Counts failures in a row. Each step forward starts anew. */
export class Patience {
    #failures = 0

    constructor(readonly network: Network) {}

    progressed(): void {
        this.#failures = 0
    }

    /** Pause before the next attempt, or throw `error` when there were enough. */
    async afterFailure(error: SendingError, atLeast = 0): Promise<void> {
        const pause = PAUSES[this.#failures]
        if (pause === undefined) throw error
        this.#failures += 1
        await this.network.pause(Math.max(pause, atLeast))
    }
}

/** Ask for something that may be asked for again and again, until it comes. */
export async function fetched<Thing>(
    network: Network,
    address: string,
    request: RequestInit,
    read: (answer: Answer) => Thing | null,
): Promise<Thing> {
    const patience = new Patience(network)
    for (;;) {
        let failure: SendingError
        let atLeast = 0
        try {
            const answer = await asked(network, address, request)
            const thing = answer.status < 300 ? read(answer) : null
            if (thing !== null) return thing
            failure = answer.status < 300 ? unanswered("another answer") : refusal(answer)
            atLeast = wish(answer) ?? 0
            if (failure.problem === "busy" && atLeast === 0) throw failure
        } catch (error) {
            if (!(error instanceof SendingError)) throw error
            failure = error
        }
        if (failure.problem !== "network" && failure.problem !== "busy") throw failure
        if (failure.problem === "busy" && atLeast === 0) throw failure
        await patience.afterFailure(failure, atLeast)
    }
}

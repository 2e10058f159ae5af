/** One question to the server, asked until there is an answer, and what its refusals mean. */

import { hexOf } from "../../sealing/receipt.js"
import { asked, SendingError, wish } from "../../sending/network.js"
import type { Answer, Network } from "../../sending/network.js"
import { freshChallenge, solvedWork } from "../../sending/work.js"
import {
    BatchesOut,
    Burned,
    CircleFull,
    DoorBusy,
    EpochOver,
    IdTaken,
    Misanswered,
    NetworkFailed,
    NoCircle,
    NoInvitation,
    Refused,
} from "./delivery.js"
import type { DeliveryError } from "./delivery.js"

export interface Question {
    readonly method: "GET" | "POST"
    readonly path: string
    /** Headers, without `Safelight-`. */
    readonly shown: Readonly<Record<string, Uint8Array | string>>
    readonly body?: Uint8Array
    /** Where asking a second time would take a second thing. */
    readonly once?: true
}

/** `uncertain`: an earlier attempt got no answer, and may have been taken. */
export interface Told extends Answer {
    readonly uncertain: boolean
}

/**
 * Milliseconds; each up to twice as long at random, so that members whom one cut hit do not all
 * return at once. After the last the caller keeps what was to be sent, and decides.
 */
const PAUSES: readonly number[] = [700, 2_000, 6_000, 12_000]
/** Solutions that the server did not take, one after the other. */
const MOST_WORK = 6
/** The server's words for: perhaps later, the same again. */
const LATER: readonly string[] = ["busy", "cut-short", "too-slow"]

const BY_WORD = new Map<string, new (message: string) => DeliveryError>([
    ["epoch-over", EpochOver],
    ["circle-full", CircleFull],
    ["parcels-full", CircleFull],
    ["burned", Burned],
    ["no-circle", NoCircle],
    ["no-landing", NoCircle],
    ["circle-taken", IdTaken],
    ["landing-taken", IdTaken],
    ["stash-taken", IdTaken],
    ["batch-taken", IdTaken],
    ["batches-out", BatchesOut],
    ["no-invitation", NoInvitation],
    ["batch-used-up", NoInvitation],
    ["many-knocks", DoorBusy],
])

type Attempt<Thing> =
    | { readonly thing: Thing }
    | { readonly failure: DeliveryError; readonly final: boolean; readonly atLeast: number }

/**
 * Ask until the server has answered; `read` returns null for what is no answer to this question.
 *
 * Throws the refusal in the server's own words at once, `NetworkFailed` or `Misanswered` after some
 * attempts.
 */
export async function answered<Thing>(
    network: Network,
    question: Question,
    read: (told: Told) => Thing | null,
): Promise<Thing> {
    for (let attempt = 0; ; attempt += 1) {
        const found = await attempted(network, question, read, attempt > 0)
        if ("thing" in found) return found.thing
        const pause = PAUSES[attempt]
        if (found.final || pause === undefined || question.once === true) throw found.failure
        await network.pause(Math.max(found.atLeast, pause + randomBelow(pause)))
    }
}

async function attempted<Thing>(
    network: Network,
    question: Question,
    read: (told: Told) => Thing | null,
    uncertain: boolean,
): Promise<Attempt<Thing>> {
    let answer: Answer
    try {
        answer = await asked(network, question.path, requestOf(question))
    } catch (error) {
        if (!(error instanceof SendingError)) throw error
        return { failure: failed("no answer"), final: false, atLeast: 0 }
    }
    const thing = read({ ...answer, uncertain })
    if (thing !== null) return { thing }
    const { status, problem } = answer
    if (status < 300) {
        const message = "expected this server's own answer, got another; try another network"
        return { failure: new Misanswered(message), final: false, atLeast: 0 }
    }
    // Not the server's own word: a proxy's, or a captured connection's, which says anything.
    const later = problem === "" || LATER.includes(problem) || status >= 500
    if (later) return { failure: failed("a refusal"), final: false, atLeast: wish(answer) ?? 0 }
    return { failure: refusal(answer), final: true, atLeast: 0 }
}

function requestOf({ method, shown, body }: Question): RequestInit {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(shown)) {
        headers[`Safelight-${name}`] = typeof value === "string" ? value : hexOf(value)
    }
    if (body === undefined) return { method, headers }
    headers["Content-Type"] = "application/octet-stream"
    return { method, headers, body: body.slice().buffer }
}

/** What an answer that is no success means. */
function refusal({ status, problem }: Answer): DeliveryError {
    const said = `expected that the server takes it, got ${String(status)} ${problem}`
    const kind = BY_WORD.get(problem)
    return kind === undefined ? new Refused(said, problem) : new kind(said)
}

function failed(got: string): NetworkFailed {
    return new NetworkFailed(`expected an answer, got ${got}; the same may be sent again later`)
}

/** As `answered`, for what is paid for by computing: something `size` bytes long. */
export async function answeredForWork<Thing>(
    network: Network,
    question: Question,
    size: number,
    read: (told: Told) => Thing | null,
): Promise<Thing> {
    for (let attempt = 1; ; attempt += 1) {
        const shown = { ...question.shown, Work: await solved(network, size) }
        try {
            return await answered(network, { ...question, shown }, read)
        } catch (error) {
            // Among them a solution that was taken with an answer that got lost.
            const isWork = error instanceof Refused && error.problem.startsWith("work-")
            if (!isWork) throw error
            if (attempt === MOST_WORK) throw failed("that no work is enough")
        }
    }
}

async function solved(network: Network, size: number): Promise<string> {
    try {
        return await solvedWork(await freshChallenge(network), size, network)
    } catch (error) {
        if (error instanceof SendingError) throw failed("no challenge")
        throw error
    }
}

/** A whole number from 0 to `most`, not including it; uniform up to 2^-32. */
export function randomBelow(most: number): number {
    const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1))
    return Math.floor((drawn / 2 ** 32) * most)
}

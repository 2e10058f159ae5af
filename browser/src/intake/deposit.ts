/** Leaving an envelope in its mailbox on the blind server (docs/spec: the HTTP contract). */

import { SafelightError } from "../errors.js"
import { isObject, parsedJson } from "../sealing/json.js"
import type { SealedReport } from "../sealing/seal.js"

/**
 * `network`: not known to have arrived. `busy`: the server keeps nothing now, perhaps later. In both
 * cases the same bytes may be sent again. `taken`: the mailbox is another report's.
 */
export type DepositProblem = "network" | "busy" | "too-large" | "taken" | "refused"

export class DepositError extends SafelightError {
    override readonly name = "DepositError"

    constructor(
        readonly problem: DepositProblem,
        message: string,
    ) {
        super(message)
    }
}

export interface Mailbox {
    /** 32 hex digits. */
    readonly id: string
    /** What the server keeps to recognise the receipt's owner: 64 hex digits. */
    readonly verifier: string
}

/** The world outside, so that tests can be without one. */
export interface Network {
    fetch(address: string, request: RequestInit): Promise<Response>
    pause(milliseconds: number): Promise<void>
}

/** Waiting before each further attempt. A retry is safe: the server knows the same bytes again. */
const PAUSES: readonly number[] = [1000, 3000, 9000]
/** Longer than this a server may not make a person wait in front of a busy page. */
const LONGEST_PAUSE = 20_000
const LONGEST_SILENCE = 30_000
const SLOWEST = 1 // byte a millisecond

/**
 * Resolve when the server says that it keeps the envelope durably, throw `DepositError` otherwise.
 *
 * Every attempt sends the same bytes to the same mailbox.
 */
export async function deposit(
    report: SealedReport,
    mailbox: Mailbox,
    network: Network,
): Promise<void> {
    let unconfirmed: DepositError | null = null
    for (let attempt = 0; ; attempt += 1) {
        const outcome = await attempted(report, mailbox, network)
        if (outcome === "kept") return
        const { error } = outcome
        if (error.problem === "network") unconfirmed = error
        const pause = PAUSES[attempt]
        if (!outcome.again || pause === undefined) {
            // A refusal now does not mean that an attempt without an answer kept nothing.
            throw error.problem === "taken" ? error : (unconfirmed ?? error)
        }
        await network.pause(pause)
    }
}

type Outcome = "kept" | { readonly error: DepositError; readonly again: boolean }

async function attempted(
    report: SealedReport,
    mailbox: Mailbox,
    network: Network,
): Promise<Outcome> {
    const timeout = new AbortController()
    const timer = setTimeout(
        () => {
            timeout.abort()
        },
        LONGEST_SILENCE + report.length / SLOWEST,
    )
    try {
        const response = await network.fetch(`/mailbox/${mailbox.id}`, {
            method: "POST",
            body: report,
            headers: {
                "Content-Type": "application/octet-stream",
                "Safelight-Verifier": mailbox.verifier,
            },
            credentials: "omit", // a cookie would tie two reports to one person
            referrerPolicy: "no-referrer",
            cache: "no-store",
            redirect: "error",
            signal: timeout.signal,
        })
        return outcomeOf(response, parsedJson(await response.text()), report.length)
    } catch {
        // fetch has one error for every way of not getting an answer.
        return { error: unanswered("no answer"), again: true }
    } finally {
        clearTimeout(timer)
    }
}

function outcomeOf(response: Response, answer: unknown, size: number): Outcome {
    const { status } = response
    const facts = isObject(answer) ? answer : {}
    if (status === 200 || status === 201) {
        // On a captured connection anybody may answer 200; only the server tells the size.
        if (facts["size"] === size) return "kept"
        return { error: unanswered("an answer that was not the server's"), again: true }
    }
    const saidBy = `the server answered ${String(status)}`
    if (status >= 500 || status === 408 || status === 429 || facts["problem"] === "cut-short") {
        // A proxy's error says nothing about what became of the report; the server's own does.
        const busy = typeof facts["problem"] === "string"
        const pause = 1000 * Number(response.headers.get("Retry-After") ?? 0)
        return {
            error: busy ? new DepositError("busy", `${saidBy}; send it later`) : unanswered(saidBy),
            again: pause <= LONGEST_PAUSE,
        }
    }
    return { error: new DepositError(FINAL.get(status) ?? "refused", saidBy), again: false }
}

const FINAL: ReadonlyMap<number, DepositProblem> = new Map([
    [409, "taken"],
    [413, "too-large"],
])

function unanswered(got: string): DepositError {
    return new DepositError(
        "network",
        `expected to hear that the envelope is kept, got ${got}; send it again later`,
    )
}

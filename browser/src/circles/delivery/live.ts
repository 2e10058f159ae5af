/**
 * Hearing that there is something new: a stream that says only that, where streams come through,
 * and otherwise a look now and then, at times that nobody can foretell.
 */

import { hexOf } from "../../sealing/receipt.js"
import type { Network } from "../../sending/network.js"
import { randomBelow } from "./asking.js"
import { DeliveryError, NetworkFailed } from "./delivery.js"

export interface Watched {
    readonly path: string
    readonly doorKey: Uint8Array
    /** Whether this key's epoch is over. Throws `DeliveryError`. */
    readonly isOver: () => Promise<boolean>
}

/** The server's events, all of one length, so that a line shows when but not which. */
const EVENT = /^data: (news|idle|over)\n\n/
const EVENT_LENGTH = 12
/** The server speaks every 15 seconds; after this the line is taken for dead. */
const LONGEST_SILENCE = 40_000
/** A stream that brought so many events has worked; the server ends it by itself at times. */
const WORKED = 2
const AGAIN = 1_000
/** A look while streams do not come through: half a minute at most, so that talk stays talk. */
const LOOK = 10_000
/** Streams are tried again after so many looks. */
const LOOKS = 20
/** A worker that is being renewed ends one or two early. */
const FAILURES = 3

type End = "over" | "ended" | "failed"

export async function live(
    network: Network,
    watched: Watched,
    onNews: () => void,
    signal: AbortSignal,
): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
        const end = await streamed(network, watched, onNews, signal)
        if (end === "over") {
            onNews()
            return
        }
        failures = end === "ended" ? 0 : failures + 1
        if (failures < FAILURES) {
            await pause(network, AGAIN + randomBelow(AGAIN), signal)
            continue
        }
        for (let look = 0; look < LOOKS; look += 1) {
            await pause(network, LOOK + randomBelow(LOOK), signal)
            if (aborted(signal)) return
            const over = await overNow(watched)
            onNews()
            if (over) return
        }
    }
}

/** A function, as an `await` may have changed what the compiler believes to know. */
function aborted(signal: AbortSignal): boolean {
    return signal.aborted
}

/** Whoever looks next hears what the server says, also that the circle is gone. */
async function overNow({ isOver }: Watched): Promise<boolean> {
    try {
        return await isOver()
    } catch (error) {
        if (!(error instanceof DeliveryError)) throw error
        return !(error instanceof NetworkFailed)
    }
}

async function streamed(
    network: Network,
    { path, doorKey }: Watched,
    onNews: () => void,
    signal: AbortSignal,
): Promise<End> {
    const ending = new AbortController()
    const end = (): void => {
        ending.abort()
    }
    signal.addEventListener("abort", end)
    let timer = setTimeout(end, LONGEST_SILENCE)
    let events = 0
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    try {
        const response = await network.fetch(path, {
            method: "GET",
            headers: { "Safelight-Key": hexOf(doorKey) },
            credentials: "omit",
            referrerPolicy: "no-referrer",
            cache: "no-store",
            redirect: "error",
            signal: ending.signal,
        })
        const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream")
        if (response.status !== 200 || isStream !== true) return "failed"
        reader = response.body?.getReader()
        const decoder = new TextDecoder()
        let text = ""
        for (;;) {
            const read = await reader?.read()
            if (read?.value === undefined) return events >= WORKED ? "ended" : "failed"
            clearTimeout(timer)
            timer = setTimeout(end, LONGEST_SILENCE)
            text += decoder.decode(read.value, { stream: true })
            for (
                let word = EVENT.exec(text)?.[1];
                word !== undefined;
                word = EVENT.exec(text)?.[1]
            ) {
                text = text.slice(EVENT_LENGTH)
                events += 1
                if (word === "over") return "over"
                // What came before the stream began is news too.
                if (word === "news" || events === 1) onNews()
            }
            if (text.length >= EVENT_LENGTH) return "failed" // another speaks
        }
    } catch {
        // fetch and its reader have one error for every way of losing a line.
        return events >= WORKED ? "ended" : "failed"
    } finally {
        clearTimeout(timer)
        signal.removeEventListener("abort", end)
        end()
        await reader?.cancel().catch(() => undefined)
    }
}

/** A pause that an abort ends. */
async function pause(network: Network, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    let ended: () => void = () => undefined
    const abort = new Promise<void>((resolve) => {
        ended = resolve
    })
    signal.addEventListener("abort", ended)
    await Promise.race([network.pause(milliseconds), abort])
    signal.removeEventListener("abort", ended)
}

/**
 * One envelope to the blind server, over a network that lets little through at once: tus 1.0
 * (core, creation, concatenation) in requests below 12 kB, each on a connection of its own,
 * several at a time.
 *
 * What the server has is asked for after every cut, never assumed. An `Upload` remembers how far
 * it is, so that a second press of the button goes on where the first stopped.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import type { SealedBlob } from "../sealing/seal.js"
import { asked, fetched, Patience, refusal, SendingError, unanswered, wish } from "./network.js"
import type { Answer, Network } from "./network.js"
import type { ChosenDeposit } from "./chosen_deposit.js"
import { freshChallenge, solvedWork } from "./work.js"

/** Below the bytes after which some networks cut, with room for headers. */
export const CHUNK = 11_000
/** More than this the server does not join. */
const MOST_PARTS = 16
/** One solution pays for this much; a larger part costs more. */
const GOOD_PART = 512 * 1024
const SMALLEST_PART = 64 * 1024
const AT_ONCE = 5
const DIGESTED = 256 * 1024
/** Solutions that the server did not take, one after the other. */
const MOST_WORK = 8
/** The server forgot parts that it had; sent again this often. */
const MOST_ROUNDS = 3
const VERSION = { "Tus-Resumable": "1.0.0" }
const ADDRESS = /\/upload\/[0-9a-f]{32}$/
/** Not the answer to our bytes: the server stands elsewhere, and says where when asked. */
const ELSEWHERE = ["wrong-offset", "no-such-page", "wrong-digest"]

/** Where it goes, and what shows that one may leave it there. */
export interface Door {
    /** 32 hex digits. */
    readonly mailbox: string
    /** 64 hex digits: the verifier for a mailbox's first envelope, its key for a later one. */
    readonly proof: { readonly verifier: string } | { readonly key: string }
    /** The version of the roster that it is sealed to. */
    readonly roster: number
}

/** A deposit file says itself where it goes. */
export const DEPOSIT_FILE = { kind: "deposit-file" } as const

interface Part {
    readonly from: number
    readonly size: number
    /** Where the server takes it; null: not yet asked, or forgotten there. */
    address: string | null
    /** Bytes that the server has said it has. */
    arrived: number
    /** The most it ever said; less than this is no progress. */
    best: number
    /** A solution that may have been taken, with an answer that got lost. */
    work: string | null
}

export class Upload {
    readonly #parts: readonly Part[]
    #kept = false
    #stopped: SendingError | null = null
    /** The end was sent once without an answer, so the envelope may be in its mailbox. */
    mayHaveArrived = false
    /** The server said that it had not had it before. */
    wasNew = false
    /** Computing is done for one part at a time; more would only make the page slow. */
    #computing: Promise<unknown> = Promise.resolve()
    #digest: string | null = null

    constructor(envelope: SealedBlob, door: Door)
    constructor(deposit: ChosenDeposit, door: typeof DEPOSIT_FILE)
    constructor(
        readonly envelope: Blob,
        readonly door: Door | typeof DEPOSIT_FILE,
    ) {
        this.#parts = partsOf(envelope.size)
    }

    /** Resolve when the server keeps the whole envelope durably; throw `SendingError` otherwise. */
    async send(network: Network, progressed: (arrived: number) => void): Promise<void> {
        try {
            await this.#sendAll(network, progressed)
        } catch (error) {
            const mayGoOn =
                error instanceof SendingError && ["network", "busy"].includes(error.problem)
            if (!mayGoOn) await this.abandon(network)
            throw error
        }
    }

    /**
     * Take away what lies on the server and will not become an envelope. A part names no mailbox,
     * so a withdrawal does not find it. Tried once: what is left is gone after seven days.
     */
    async abandon(network: Network): Promise<void> {
        const addresses = this.#parts.flatMap(({ address }) => address ?? [])
        for (const part of this.#parts) forget(part)
        await Promise.allSettled(
            addresses.map((address) =>
                asked(network, address, { method: "DELETE", headers: VERSION }),
            ),
        )
    }

    async #sendAll(network: Network, progressed: (arrived: number) => void): Promise<void> {
        for (let round = 1; !this.#kept; round += 1) {
            await this.#sendParts(network, progressed)
            try {
                if (this.#parts.length > 1) await this.#joined(network)
                this.#kept = true
            } catch (error) {
                if (!(error instanceof SendingError)) throw error
                if (error.problem !== "refused") throw error
                await this.abandon(network)
                if (round === MOST_ROUNDS) throw error
            }
        }
    }

    async #sendParts(network: Network, progressed: (arrived: number) => void): Promise<void> {
        this.#stopped = null
        const waiting = [...this.#parts]
        const tell = (): void => {
            progressed(this.#parts.reduce((sum, part) => sum + part.arrived, 0))
        }
        const lanes = Array.from({ length: Math.min(AT_ONCE, waiting.length) }, async () => {
            try {
                for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
                    await this.#sendPart(part, network, tell)
                }
            } catch (error) {
                if (!(error instanceof SendingError)) throw error
                this.#stopped ??= error // the others end at their next step
            }
        })
        await Promise.all(lanes)
        this.#throwIfStopped()
    }

    #throwIfStopped(): void {
        if (this.#stopped !== null) throw this.#stopped
    }

    async #sendPart(part: Part, network: Network, tell: () => void): Promise<void> {
        const patience = new Patience(network)
        // After a cut, and after an earlier press of the button, the server knows and we do not.
        let certain = false
        while (part.address === null || part.arrived < part.size || !certain) {
            this.#throwIfStopped()
            try {
                if (part.address === null) part.address = await this.#created(part, network)
                else if (!certain) await this.#found(part, part.address, network)
                else await this.#sendChunk(part, part.address, network)
                certain = true
                if (part.arrived > part.best) {
                    part.best = part.arrived
                    patience.progressed()
                }
                tell()
            } catch (error) {
                if (!(error instanceof SendingError) || error.problem !== "network") throw error
                certain = false
                await patience.afterFailure(error)
            }
        }
    }

    /** Ask for a new upload with a solution, until the server takes one; return its address. */
    async #created(part: Part, network: Network): Promise<string> {
        const whole = this.#parts.length === 1
        for (let attempt = 1; ; attempt += 1) {
            this.#throwIfStopped()
            // The same solution asks for the same upload, should an answer have been lost.
            part.work ??= await this.#solved(part.size, network)
            const answer = await asked(network, "/upload", {
                method: "POST",
                headers: {
                    ...VERSION,
                    "Safelight-Work": part.work,
                    "Upload-Length": part.size.toString(),
                    ...(whole
                        ? { "Upload-Metadata": await this.#metadata(network) }
                        : { "Upload-Concat": "partial" }),
                },
            })
            const address = ADDRESS.exec(answer.headers.get("Location") ?? "")?.[0]
            if (answer.status === 201 && address !== undefined) {
                part.work = null
                return address
            }
            const error = answer.status < 300 ? unanswered("another answer") : refusal(answer)
            const isWork = answer.problem.startsWith("work-")
            if (isWork) part.work = null
            const pause = wish(answer)
            if (attempt === MOST_WORK || !(isWork || (error.problem === "busy" && pause))) {
                throw isWork ? new SendingError("busy", error.message) : error
            }
            if (pause !== null) await network.pause(pause)
        }
    }

    async #solved(size: number, network: Network): Promise<string> {
        const before = this.#computing
        const solving = (async (): Promise<string> => {
            await before.catch(() => undefined)
            this.#throwIfStopped()
            return solvedWork(await freshChallenge(network), size, network)
        })()
        this.#computing = solving
        return solving
    }

    /** Learn from the server how much of a part it has. */
    async #found(part: Part, address: string, network: Network): Promise<void> {
        const answer = await asked(network, address, { method: "HEAD", headers: VERSION })
        if (answer.status === 404 || answer.status === 410) {
            // Withdrawn, forgotten after its days, or never there: the next step tells which.
            forget(part)
            throw unanswered("that the upload is gone")
        }
        part.arrived = offsetIn(answer, part)
    }

    async #sendChunk(part: Part, address: string, network: Network): Promise<void> {
        const from = part.from + part.arrived
        const to = Math.min(from + CHUNK, part.from + part.size)
        // Until it is answered: of a whole upload the last bytes put the envelope in its mailbox.
        if (this.#parts.length === 1 && to === part.size) this.mayHaveArrived = true
        const answer = await asked(network, address, {
            method: "PATCH",
            headers: {
                ...VERSION,
                "Content-Type": "application/offset+octet-stream",
                "Upload-Offset": part.arrived.toString(),
            },
            body: await this.envelope.slice(from, to).arrayBuffer(),
        })
        if (answer.status === 204) {
            // Another offset would have us send the same bytes for ever, or leave some out.
            if (offsetIn(answer, part) !== to - part.from) throw unanswered("another offset")
            part.arrived = to - part.from
            this.wasNew = answer.headers.get("Safelight-Kept") === "new"
            return
        }
        const error = refusal(answer)
        const pause = wish(answer)
        if (ELSEWHERE.includes(answer.problem)) throw unanswered("another offset")
        if (error.problem !== "busy" || pause === null) throw error
        await network.pause(pause)
        throw unanswered("that the server is busy")
    }

    /** Make one of all parts. The server knows it again when its answer was lost. */
    async #joined(network: Network): Promise<void> {
        this.mayHaveArrived = true
        const addresses = this.#parts.map((part) => part.address ?? "").join(" ")
        await fetched(
            network,
            "/upload",
            {
                method: "POST",
                headers: {
                    ...VERSION,
                    "Upload-Concat": `final;${addresses}`,
                    "Upload-Metadata": await this.#metadata(network),
                },
            },
            ({ status, headers }) => {
                if (status !== 201 || !ADDRESS.test(headers.get("Location") ?? "")) return null
                this.wasNew = headers.get("Safelight-Kept") === "new"
                return true
            },
        )
    }

    /** With the digest, so that bytes in a wrong order are sent again and not kept. */
    async #metadata(network: Network): Promise<string> {
        this.#digest ??= await digestOf(this.envelope, network)
        const { proof, ...where } = { proof: {}, ...this.door }
        return Object.entries({ ...where, ...proof, sha256: this.#digest })
            .map(([name, value]) => `${name} ${btoa(value.toString())}`)
            .join(",")
    }
}

function forget(part: Part): void {
    part.address = null
    part.work = null
    part.arrived = 0
}

function partsOf(size: number): readonly Part[] {
    const wanted = Math.min(AT_ONCE, Math.ceil(size / SMALLEST_PART))
    const count = Math.min(MOST_PARTS, Math.max(wanted, Math.ceil(size / GOOD_PART)))
    const each = Math.ceil(size / count)
    const parts: Part[] = []
    for (let from = 0; from < size; from += each) {
        parts.push({
            from,
            size: Math.min(each, size - from),
            address: null,
            arrived: 0,
            best: 0,
            work: null,
        })
    }
    return parts
}

function offsetIn({ status, headers }: Answer, part: Part): number {
    const text = headers.get("Upload-Offset") ?? ""
    const offset = Number(text)
    const fits = /^[0-9]{1,12}$/.test(text) && offset <= part.size
    // Anybody may answer 200 on a captured connection; only the server knows the offset.
    if (status >= 300 || !fits) throw unanswered("an answer that was not the server's")
    return offset
}

/** SHA-256 in hex, in pieces: what is sent may be larger than the memory for it. */
async function digestOf(blob: Blob, network: Network): Promise<string> {
    const digest = sha256.create()
    for (let from = 0; from < blob.size; from += DIGESTED) {
        digest.update(new Uint8Array(await blob.slice(from, from + DIGESTED).arrayBuffer()))
        await network.breathe()
    }
    return Array.from(digest.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

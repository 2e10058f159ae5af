/** The blind server in memory, as docs/spec/mailbox.md says, behind a network that a test can bend. */

import { createHash } from "node:crypto"

import type { Surroundings } from "../../src/intake/surroundings.js"
import type { WordList } from "../../src/sealing/word_list.js"
import { wordList } from "./word_lists.js"

/** One request as it left the page. */
export interface Asked {
    readonly number: number
    readonly method: string
    readonly address: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array
}

/**
 * What the network does: nothing, no connection, an answer that gets lost, so many bytes of the
 * body and then a cut, or an answer of its own.
 */
export type Fault = null | "cut" | "lost" | number | Response

export interface Envelope {
    readonly mailbox: string
    readonly verifier: string
    readonly bytes: Uint8Array
}

interface Upload {
    readonly length: number
    readonly partial: boolean
    readonly metadata: Readonly<Record<string, string>>
    readonly pieces: Uint8Array[]
    received: number
    kept: boolean
}

export const PART = 8192

export class BlindServer implements Surroundings {
    readonly asked: Asked[] = []
    readonly pauses: number[] = []
    readonly envelopes: Envelope[] = []
    readonly uploads = new Map<string, Upload>()
    readonly withdrawn = new Map<string, string>()
    readonly answers = new Map<string, { id: string; bytes: Uint8Array }[]>()
    readonly spent = new Map<string, string>()
    fault: (asked: Asked) => Fault = () => null
    /** Turns of the event loop before an answer: another number makes another order. */
    jitter: () => number = () => 0
    roster = ""
    rosterVersion = 1
    today = "2026-11-22"
    bits = 3
    isNew = false
    #count = 0

    async fetch(address: string, request: RequestInit): Promise<Response> {
        const body = new Uint8Array((request.body as ArrayBuffer | undefined) ?? new ArrayBuffer(0))
        const asked: Asked = {
            number: this.asked.length,
            method: request.method ?? "GET",
            address,
            headers: (request.headers ?? {}) as Record<string, string>,
            body: body.slice(),
        }
        this.asked.push(asked)
        for (let turns = this.jitter(); turns >= 0; turns -= 1) await Promise.resolve()
        const fault = this.fault(asked)
        if (fault instanceof Response) return fault
        if (fault === "cut") throw new TypeError("Failed to fetch")
        const arrived = typeof fault === "number" ? asked.body.subarray(0, fault) : asked.body
        const answer = this.#answer({ ...asked, body: arrived })
        if (fault !== null) throw new TypeError("Failed to fetch")
        return answer
    }

    pause(milliseconds: number): Promise<void> {
        this.pauses.push(milliseconds)
        return Promise.resolve()
    }

    breathe(): Promise<void> {
        return new Promise((resolve) => setTimeout(resolve))
    }

    now(): Date {
        return new Date(`${this.today}T12:00:00Z`)
    }

    loadWords(language: string): Promise<WordList> {
        return Promise.resolve(wordList(language === "ru" ? "ru" : "en"))
    }

    /** What was asked, in short: "POST /upload". Ids are left out. */
    get log(): readonly string[] {
        return this.asked.map(
            ({ method, address }) => `${method} ${address.replace(/\/[0-9a-f]{32}/g, "/…")}`,
        )
    }

    #answer(asked: Asked): Response {
        const [, first = "", second = "", third = "", ...rest] = asked.address.split("/")
        if (first === "roster") return this.#rosterPart(Number(second))
        if (first === "work") return this.#work()
        if (first === "upload" && second === "") return this.#created(asked)
        if (first === "upload") return this.#existing(asked)
        if (first === "mailbox" && third === "read") return this.#read(second, asked, rest)
        if (first === "mailbox" && third === "withdraw") return this.#withdraw(second, asked)
        return refused(404, "no-such-page")
    }

    #rosterPart(number: number): Response {
        const bytes = new TextEncoder().encode(this.roster)
        const parts = Math.max(1, Math.ceil(bytes.length / PART))
        return new Response(bytes.subarray(number * PART, (number + 1) * PART), {
            headers: { "Safelight-Parts": parts.toString() },
        })
    }

    #work(): Response {
        this.#count += 1
        const random = this.#count.toString(16).padStart(32, "0")
        const challenge = `v1.${this.bits.toString()}.1800000000.${random}.${"0".repeat(32)}`
        return told({ challenge, bits: this.bits, unit: 524288, seconds: 3600 })
    }

    #created({ headers }: Asked): Response {
        const metadata = metadataIn(headers["Upload-Metadata"])
        const concat = headers["Upload-Concat"] ?? ""
        if (concat.startsWith("final;")) return this.#joined(concat.slice(6).split(" "), metadata)
        const paid = headers["Safelight-Work"] ?? ""
        const before = this.spent.get(paid)
        if (before !== undefined) return created(before)
        const length = Number(headers["Upload-Length"])
        if (!this.#isPaid(paid, length)) return refused(428, "work-needed")
        if (concat === "") {
            const problem = this.#metadataProblem(metadata)
            if (problem !== null) return problem
        }
        this.#count += 1
        const address = `/upload/${this.#count.toString(16).padStart(32, "0")}`
        const partial = concat === "partial"
        this.uploads.set(address, {
            length,
            partial,
            metadata,
            pieces: [],
            received: 0,
            kept: false,
        })
        this.spent.set(paid, address)
        return created(address)
    }

    #isPaid(header: string, length: number): boolean {
        const [challenge = "", nonce = ""] = header.split(" ")
        const wanted = this.bits + Math.ceil(Math.log2(Math.max(1, Math.ceil(length / 524288))))
        const digest = createHash("sha256").update(challenge).update(Buffer.from(nonce, "hex"))
        return (
            challenge.split(".")[1] === this.bits.toString() &&
            Math.clz32(digest.digest().readUInt32BE(0)) >= wanted
        )
    }

    #existing({ method, address, headers, body }: Asked): Response {
        const upload = this.uploads.get(address)
        if (upload === undefined) return refused(404, "no-such-page")
        if (method === "DELETE") {
            this.uploads.delete(address)
            return new Response(null, { status: 204 })
        }
        if (method === "PATCH") {
            if (body.length > 11_000) return refused(413, "too-large")
            if (headers["Upload-Offset"] !== upload.received.toString()) {
                return refused(409, "wrong-offset")
            }
            upload.pieces.push(body)
            upload.received += body.length
        }
        if (!upload.partial && upload.received === upload.length && !upload.kept) {
            const problem = this.#keep(Buffer.concat(upload.pieces), upload.metadata)
            if (problem !== null) {
                this.uploads.delete(address)
                return problem
            }
            upload.kept = true
        }
        const found = { "Upload-Offset": upload.received.toString(), ...this.#news() }
        return new Response(null, { status: method === "PATCH" ? 204 : 200, headers: found })
    }

    #joined(addresses: readonly string[], metadata: Readonly<Record<string, string>>): Response {
        const name = `/upload/${createHash("md5").update(addresses.join()).digest("hex")}`
        if (this.uploads.has(name)) return created(name)
        if (metadata["kind"] === undefined) {
            const changed = this.#metadataProblem(metadata)
            if (changed !== null) return changed
        }
        const parts = addresses.map((address) => this.uploads.get(address))
        if (parts.some((part) => part === undefined)) return refused(404, "no-such-page")
        const bytes = Buffer.concat(parts.flatMap((part) => part?.pieces ?? []))
        const problem = this.#keep(bytes, metadata)
        if (problem !== null) return problem
        this.uploads.set(name, {
            length: bytes.length,
            partial: false,
            metadata,
            pieces: [],
            received: bytes.length,
            kept: true,
        })
        return created(name, this.#news())
    }

    #metadataProblem(metadata: Readonly<Record<string, string>>): Response | null {
        if (metadata["kind"] === "deposit-file") return null
        if (metadata["roster"] !== this.rosterVersion.toString()) {
            return refused(409, "roster-changed")
        }
        return this.#doorProblem(metadata)
    }

    /** What the last envelope was, told once. */
    #news(): Record<string, string> {
        const { isNew } = this
        this.isNew = false
        return isNew ? { "Safelight-Kept": "new" } : {}
    }

    #doorProblem(metadata: Readonly<Record<string, string>>): Response | null {
        const mailbox = metadata["mailbox"] ?? ""
        if (this.withdrawn.has(mailbox)) return refused(410, "withdrawn")
        const key = metadata["key"]
        if (key === undefined) return null
        return this.#owns(mailbox, key) ? null : refused(404, "no-mailbox")
    }

    #owns(mailbox: string, key: string): boolean {
        const verifier = createHash("sha256").update(Buffer.from(key, "hex")).digest("hex")
        return this.envelopes.some((one) => one.mailbox === mailbox && one.verifier === verifier)
    }

    #keep(bytes: Uint8Array, described: Readonly<Record<string, string>>): Response | null {
        const digest = createHash("sha256").update(bytes).digest("hex")
        if ((described["sha256"] ?? digest) !== digest) return refused(400, "wrong-digest")
        let metadata = described
        if (described["kind"] === "deposit-file") {
            const [, mailbox = "", verifier = ""] = Buffer.from(bytes).toString("latin1").split(" ")
            metadata = { mailbox, verifier }
        }
        const problem = this.#doorProblem(metadata)
        if (problem !== null) return problem
        const mailbox = metadata["mailbox"] ?? ""
        const known = this.envelopes.filter((one) => one.mailbox === mailbox)
        if (known.some((one) => Buffer.from(one.bytes).equals(bytes))) return null
        const verifier = metadata["verifier"] ?? known[0]?.verifier ?? ""
        if (metadata["verifier"] !== undefined && known.length > 0) {
            return refused(409, "mailbox-taken")
        }
        this.envelopes.push({ mailbox, verifier, bytes: Uint8Array.from(bytes) })
        this.isNew = true
        return null
    }

    #read(mailbox: string, { headers }: Asked, [id, part]: readonly string[]): Response {
        const opens = this.#owns(mailbox, headers["Safelight-Key"] ?? "")
        const answers = opens ? (this.answers.get(mailbox) ?? []) : []
        if (id !== undefined) {
            const found = answers.find((answer) => answer.id === id)?.bytes
            const from = Number(part) * PART
            if (found === undefined || from >= found.length) return refused(404, "no-such-page")
            return new Response(found.slice(from, from + PART))
        }
        const state = opens ? (this.withdrawn.has(mailbox) ? "withdrawn" : "open") : "none"
        return told({
            state,
            day: opens ? this.today : null,
            fetched: false,
            answers: answers.map((one) => ({
                id: one.id,
                size: one.bytes.length,
                day: this.today,
            })),
            more: false,
        })
    }

    #withdraw(mailbox: string, { headers }: Asked): Response {
        if (!this.#owns(mailbox, headers["Safelight-Key"] ?? "")) return told({ state: "none" })
        this.withdrawn.set(mailbox, headers["Safelight-Withdrawal"] ?? "")
        return told({ state: "withdrawn" })
    }
}

function created(address: string, news: Record<string, string> = {}): Response {
    return new Response(null, { status: 201, headers: { Location: address, ...news } })
}

function told(facts: unknown): Response {
    return new Response(JSON.stringify(facts).padEnd(4096), { status: 200 })
}

/** The server's own refusal, in its words. */
export function refused(
    status: number,
    problem: string,
    headers: Record<string, string> = {},
): Response {
    return new Response(JSON.stringify({ problem }), { status, headers })
}

function metadataIn(header = ""): Readonly<Record<string, string>> {
    return Object.fromEntries(
        header
            .split(",")
            .filter((pair) => pair !== "")
            .map((pair) => {
                const [name = "", value = ""] = pair.split(" ")
                return [name, Buffer.from(value, "base64").toString()]
            }),
    )
}

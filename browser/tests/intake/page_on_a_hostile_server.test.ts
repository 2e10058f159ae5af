// @vitest-environment happy-dom
//
// A server, or somebody in its place, that answers anything at all. Whatever it says: the page
// ends, with a sentence or with the receipt; what was typed stays; nothing leaves unsealed.
import { beforeEach, describe, expect, test, vi } from "vitest"

import { enhance } from "../../src/intake/page.js"
import { refused } from "../support/blind_server.js"
import type { Asked, Fault } from "../support/blind_server.js"
import { expectNothingLost, fill, freshPage, press, server } from "../support/form_journey.js"
import { element, SENTENCES } from "../support/form_page.js"
import { randomNumbers } from "../support/random_numbers.js"

beforeEach(freshPage)

const PORTAL = "<!doctype html><title>Welcome</title><form>Log in to the network</form>"
const OFFSET = { "Upload-Offset": "1" }

function html(status = 200): Response {
    return new Response(PORTAL, { status, headers: { "Content-Type": "text/html" } })
}

/** An answer that goes on for as long as somebody reads it. */
function endless(headers: Record<string, string> = {}): Response {
    const body = new ReadableStream<Uint8Array>({
        pull(stream) {
            stream.enqueue(new Uint8Array(16 * 1024).fill(32))
        },
    })
    return new Response(body, { status: 200, headers })
}

function work(facts: Readonly<Record<string, unknown>>): Response {
    const challenge = `v1.3.99.${"a".repeat(32)}.${"b".repeat(32)}`
    return new Response(JSON.stringify({ challenge, bits: 3, unit: 524288, seconds: 9, ...facts }))
}

/** At the addresses that begin so, always this. */
function at(beginning: string, answer: () => Fault, method = ""): (asked: Asked) => Fault {
    return (asked) =>
        asked.address.startsWith(beginning) && asked.method.startsWith(method) ? answer() : null
}

/** Press, and wait until the page is not busy any more; no request may carry what was typed. */
async function pressed(): Promise<"receipt" | "problem"> {
    const fetch = vi.spyOn(server, "fetch")
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    await vi.waitFor(
        () => {
            expect(element("receipt").hidden && element("problem").hidden).toBe(false)
        },
        { timeout: 10_000, interval: 5 },
    )
    for (const [, request] of fetch.mock.calls) {
        // A redirect would send sealed bytes and keys wherever a portal likes.
        expect(request).toMatchObject({ redirect: "error", credentials: "omit" })
    }
    for (const { address, headers, body } of server.asked) {
        expect(address).toMatch(/^\/(roster\/[0-9]+|work|upload(\/[0-9a-f]{32})?)$/)
        expect(JSON.stringify(headers) + Buffer.from(body).toString("utf8")).not.toContain(
            "parents",
        )
    }
    expect(server.asked.length).toBeLessThan(300)
    return element("receipt").hidden ? "problem" : "receipt"
}

describe("always", () => {
    test.each<[string, (asked: Asked) => Fault, string]>([
        ["a captive portal's page", () => html(), "network"],
        ["a proxy's page of an error", () => html(502), "network"],
        ["200 and an empty object", () => new Response("{}"), "network"],
        ["201 and nothing else", () => new Response(null, { status: 201 }), "network"],
        ["204 and nothing else", () => new Response(null, { status: 204 }), "network"],
        ["a redirect, which a fetch refuses", () => "cut", "network"],
        ["an answer without end", () => endless(), "network"],
        ["brackets without end", () => new Response("[".repeat(60_000)), "network"],
        [
            "parts of a roster without end",
            at("/roster", () => endless({ "Safelight-Parts": "64" })),
            "network",
        ],
        [
            "a roster of too many parts",
            at("/roster", () => new Response("x", { headers: { "Safelight-Parts": "999999" } })),
            "network",
        ],
        [
            "a roster that is a page",
            at("/roster", () => new Response(PORTAL, { headers: { "Safelight-Parts": "64" } })),
            "roster",
        ],
        ["work of 60 bits", at("/work", () => work({ bits: 60 })), "network"],
        [
            "work of 20 bits for each byte",
            at("/work", () => work({ bits: 20, unit: 1 })),
            "network",
        ],
        ["work of a page", at("/work", () => work({ challenge: PORTAL })), "network"],
        [
            "a challenge that has expired at once",
            at("/upload", () => refused(410, "work-expired"), "POST"),
            "busy",
        ],
        [
            "an upload on another host's other path",
            at("/upload", () => created("https://elsewhere.example/collect"), "POST"),
            "network",
        ],
        [
            "an offset that never moves",
            at("/upload/", () => new Response(null, { status: 204, headers: OFFSET }), "PATCH"),
            "network",
        ],
        [
            "offsets behind the end",
            at(
                "/upload/",
                () => new Response(null, { status: 204, headers: { "Upload-Offset": "99999999" } }),
            ),
            "network",
        ],
        ["an upload that is gone", at("/upload/", () => refused(404, "no-such-page")), "network"],
        [
            "busy, and a wish to wait for a moment",
            () => refused(503, "busy", { "Retry-After": "0.001" }),
            "busy",
        ],
        [
            "busy, and a wish to wait for ever",
            () => refused(503, "busy", { "Retry-After": "1e999" }),
            "busy",
        ],
        [
            "a roster that changes for ever",
            at("/upload", () => refused(409, "roster-changed")),
            "roster",
        ],
    ])("%s: the page says a sentence and loses nothing", async (_, fault, problem) => {
        server.fault = fault
        expect(await pressed()).toBe("problem")
        await vi.waitFor(expectNothingLost)
        expect(element("problem").textContent).toBe(
            SENTENCES[`problem-${problem}` as keyof typeof SENTENCES],
        )
        expect(server.envelopes).toEqual([])
    })
})

function created(address: string): Response {
    return new Response(null, { status: 201, headers: { Location: address } })
}

test("an address on another host is asked for at the server that the page came from", async () => {
    let uploads = 0
    server.fault = ({ method, address, number }) => {
        if (method === "POST") uploads = number
        return method === "POST" && address === "/upload"
            ? created(`https://elsewhere.example/upload/${"0".repeat(32)}`)
            : null
    }
    expect(await pressed()).toBe("problem")
    expect(uploads).toBeGreaterThan(0)
    expect(server.log).toContain("HEAD /upload/…")
})

test("an answer that trickles is given up after half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
        const silences: number[] = []
        const began = Date.now()
        vi.spyOn(server, "fetch").mockImplementation((_, { signal }) => {
            const body = new ReadableStream<Uint8Array>({
                start(stream) {
                    signal?.addEventListener("abort", () => {
                        silences.push(Date.now() - began)
                        stream.error(new Error("aborted"))
                    })
                },
            })
            return Promise.resolve(new Response(body))
        })
        enhance(document, server)
        fill()
        press()
        for (let step = 0; element("problem").hidden && step < 40; step += 1) {
            await vi.advanceTimersByTimeAsync(30_000)
        }
        expect(silences).toHaveLength(9)
        expect(element("problem").textContent).toBe(SENTENCES["problem-network"])
        expectNothingLost()
    } finally {
        vi.useRealTimers()
    }
})

test("any answers in any order: the page ends, and what it says is true", async () => {
    const outcomes = new Set<string>()
    for (let seed = 1; seed <= 30; seed += 1) {
        await freshPage()
        const next = randomNumbers(seed)
        const pick = <Thing>(...things: readonly Thing[]): Thing | undefined =>
            things[Math.floor(next() * things.length)]
        const honest = 0.5 + next() / 2
        server.fault = () => {
            if (next() < honest) return null
            const status =
                pick(200, 201, 204, 302, 400, 404, 408, 409, 410, 413, 428, 429, 500, 503) ?? 200
            const headers = {
                "Upload-Offset": pick("0", "1", "11000", "32768", "-1", "1e3", "x") ?? "",
                "Retry-After": pick("0", "1", "20", "3600", "soon") ?? "",
                "Safelight-Parts": pick("0", "1", "2", "64", "65") ?? "",
                Location: pick(`/upload/${"0".repeat(32)}`, "//elsewhere.example/", "") ?? "",
            }
            const told = pick(
                "work-spent",
                "roster-changed",
                "mailbox-taken",
                "withdrawn",
                "busy",
                "?",
            )
            const body = pick(PORTAL, "", "null", "[]", JSON.stringify({ problem: told }))
            const cut = pick<Fault>("cut", "lost", 5, endless(headers)) ?? null
            return next() < 0.3
                ? cut
                : new Response(status === 204 ? null : body, { status, headers })
        }
        const outcome = await pressed()
        outcomes.add(outcome)
        if (outcome === "problem") {
            await vi.waitFor(expectNothingLost)
            expect(Object.values(SENTENCES)).toContain(element("problem").textContent)
        }
        vi.restoreAllMocks()
    }
    expect(outcomes).toEqual(new Set(["receipt", "problem"]))
})

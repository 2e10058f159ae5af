import { expect, test } from "vitest"

import { httpDelivery } from "../../../src/circles/delivery/http_delivery.js"
import { bytes, refused, told, WrittenNetwork } from "./network.js"
import type { Rule } from "./network.js"

const CIRCLE = bytes(16, 1)
const DOOR = bytes(32, 2)

function stream(...chunks: readonly string[]): Response {
    const encoder = new TextEncoder()
    const body = new ReadableStream({
        start(controller) {
            for (const chunk of chunks) controller.enqueue(encoder.encode(chunk))
            controller.close()
        },
    })
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } })
}

function event(word: string): string {
    return `data: ${word}\n\n`
}

/** Watch until the promise resolves, or news came so often; return how often, and the network. */
async function watched(
    rule: Rule,
    stopAfter = Number.POSITIVE_INFINITY,
): Promise<{ news: number; network: WrittenNetwork }> {
    const network = new WrittenNetwork(rule)
    const stop = new AbortController()
    let news = 0
    const onNews = (): void => {
        news += 1
        if (news >= stopAfter) stop.abort()
    }
    await httpDelivery(network).live(CIRCLE, DOOR, onNews, stop.signal)
    return { news, network }
}

test("news is told, also what came before the stream, until the epoch is over", async () => {
    const { news, network } = await watched(() =>
        stream(event("idle"), event("news"), event("idle"), event("news"), event("over")),
    )
    // Once for the beginning, twice for news, once for the commit that ended the epoch.
    expect(news).toBe(4)
    expect(network.asked).toHaveLength(1)
    expect(network.asked[0]?.path).toBe(`/circle/${"01".repeat(16)}/news`)
})

test("events that arrive in fragments or together are the same events", async () => {
    const all = [event("idle"), event("news"), event("over")].join("")
    const fragments = await watched(() => stream(...all.split(/(?:)/)))
    expect(fragments.news).toBe(3)
    expect((await watched(() => stream(all))).news).toBe(3)
})

test("a stream that ended is begun anew, and news between the two is not missed", async () => {
    const { news, network } = await watched((_, number) =>
        number < 2 ? stream(event("idle"), event("idle")) : stream(event("idle"), event("over")),
    )
    expect(news).toBe(4)
    expect(network.pauses.every((pause) => pause >= 1000 && pause < 2000)).toBe(true)
})

test.each<[string, () => Response | null]>([
    ["are cut at once", () => null],
    ["are refused", () => refused("streams-full", 503)],
    ["are swallowed by a proxy", () => new Response("<h1>no</h1>")],
    ["bring another's words", () => stream("data: buy this\n\n and that")],
    ["never bring a whole event", () => stream("data: ne")],
])("where streams %s, it looks now and then at times nobody foretells", async (_, answer) => {
    const { news, network } = await watched(
        ({ path }) =>
            path.endsWith("/news") ? answer() : told({ epoch: 3, entries: [], more: false }),
        6,
    )
    expect(news).toBe(6)
    const looks = network.pauses.filter((pause) => pause >= 10_000)
    expect(looks.length).toBeGreaterThanOrEqual(6)
    expect(new Set(looks).size).toBeGreaterThan(1)
    expect(Math.max(...looks)).toBeLessThan(20_000)
})

test.each<[string, () => Response]>([
    ["is over", () => told({ epoch: null, entries: [], more: false })],
    ["belongs to a burned circle", () => refused("burned", 410)],
])("a look that hears that the epoch %s ends it", async (_, answer) => {
    const { news } = await watched(({ path }) =>
        path.endsWith("/news") ? refused("epoch-over", 409) : answer(),
    )
    expect(news).toBe(1)
})

test("streams are tried again after a while of looking", async () => {
    let streams = 0
    const { network } = await watched(({ path }) => {
        if (!path.endsWith("/news")) return told({ epoch: 3, entries: [], more: false })
        streams += 1
        return streams < 4 ? null : stream(event("idle"), event("over"))
    })
    expect(streams).toBe(4)
    expect(network.pauses.filter((pause) => pause >= 10_000)).toHaveLength(20)
})

test("an abort ends a stream that says nothing, and a pause", async () => {
    const stop = new AbortController()
    const network = new WrittenNetwork(() => null)
    network.fetch = (_, request) =>
        new Promise((__, reject) => {
            request.signal?.addEventListener("abort", () => {
                reject(new Error("aborted"))
            })
            setTimeout(() => {
                stop.abort()
            }, 1)
        })
    network.pause = () => new Promise(() => undefined)
    await httpDelivery(network).live(CIRCLE, DOOR, () => undefined, stop.signal)
    expect(stop.signal.aborted).toBe(true)
})

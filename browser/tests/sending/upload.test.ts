import { beforeEach, describe, expect, test } from "vitest"

import type { SealedBlob } from "../../src/sealing/seal.js"
import { SendingError } from "../../src/sending/network.js"
import { CHUNK, Upload } from "../../src/sending/upload.js"
import { BlindServer, refused } from "../support/blind_server.js"
import type { Asked, Fault } from "../support/blind_server.js"
import { randomNumbers } from "../support/random_numbers.js"

const DOOR = { mailbox: "0".repeat(32), proof: { verifier: "1".repeat(64) }, roster: 1 }

let server: BlindServer

beforeEach(() => {
    server = new BlindServer()
})

/** Bytes of which no two stretches are alike, as if they were sealed. */
function envelope(size: number): SealedBlob {
    const next = randomNumbers(size)
    const bytes = Uint8Array.from({ length: size }, () => Math.floor(next() * 256))
    return new Blob([bytes]) as SealedBlob
}

async function bytesOf(blob: Blob): Promise<Buffer> {
    return Buffer.from(await blob.arrayBuffer())
}

async function expectOnce(sent: SealedBlob): Promise<void> {
    expect(server.envelopes).toHaveLength(1)
    const [kept] = server.envelopes
    expect(Buffer.from(kept?.bytes ?? []).equals(await bytesOf(sent))).toBe(true)
    expect(kept?.verifier).toBe(DOOR.proof.verifier)
}

/** What `send` ends with: "kept", or the problem of its error. */
async function outcome(upload: Upload): Promise<string> {
    try {
        await upload.send(server, () => undefined)
        return "kept"
    } catch (error) {
        if (error instanceof SendingError) return error.problem
        throw error
    }
}

describe("without faults", () => {
    test("a report goes in requests below 12 kB, one after the other", async () => {
        const sent = envelope(32 * 1024)
        const arrived: number[] = []
        await new Upload(sent, DOOR).send(server, (bytes) => arrived.push(bytes))
        await expectOnce(sent)
        expect(server.log).toEqual([
            "GET /work",
            "POST /upload",
            "PATCH /upload/…",
            "PATCH /upload/…",
            "PATCH /upload/…",
        ])
        expect(arrived).toEqual([0, CHUNK, 2 * CHUNK, 32 * 1024])
        for (const { body } of server.asked) expect(body.length).toBeLessThanOrEqual(CHUNK)
    })

    test.each([
        [256, 4],
        [2048, 5],
        [16 * 1024, 16],
    ])(
        "an envelope of %i KiB goes in %i parts at a time, joined at the end",
        async (kib, parts) => {
            const sent = envelope(kib * 1024)
            await new Upload(sent, DOOR).send(server, () => undefined)
            await expectOnce(sent)
            const partial = server.asked.filter(
                ({ headers }) => headers["Upload-Concat"] === "partial",
            )
            expect(partial).toHaveLength(parts)
            expect(server.log.at(-1)).toBe("POST /upload")
            // Several are under way before the first has ended.
            const begun = server.asked.slice(0, 40).map(({ address }) => address)
            expect(new Set(begun.filter((one) => one.startsWith("/upload/"))).size).toBeGreaterThan(
                2,
            )
        },
    )

    test("nothing that could tie two reports together goes along", async () => {
        await new Upload(envelope(100), DOOR).send(server, () => undefined)
        const names = new Set(server.asked.flatMap(({ headers }) => Object.keys(headers)))
        expect([...names].sort()).toEqual([
            "Content-Type",
            "Safelight-Work",
            "Tus-Resumable",
            "Upload-Length",
            "Upload-Metadata",
            "Upload-Offset",
        ])
    })
})

/** A fault at one request, and none afterwards. */
function once(number: number, fault: Fault): (asked: Asked) => Fault {
    return (asked) => (asked.number === number ? fault : null)
}

describe("what will not become an envelope", () => {
    test.each([
        [410, "withdrawn", "withdrawn"],
        [409, "mailbox-taken", "taken"],
        [409, "roster-changed", "roster-changed"],
    ])("%i %s: its parts are taken away from the server", async (status, word, problem) => {
        server.fault = ({ headers }) =>
            (headers["Upload-Concat"] ?? "").startsWith("final;") ? refused(status, word) : null
        expect(await outcome(new Upload(envelope(300 * 1024), DOOR))).toBe(problem)
        expect(server.uploads.size).toBe(0)
    })

    test("what may go on stays there", async () => {
        server.fault = ({ headers }) =>
            (headers["Upload-Concat"] ?? "").startsWith("final;") ? "cut" : null
        const upload = new Upload(envelope(300 * 1024), DOOR)
        expect(await outcome(upload)).toBe("network")
        expect(server.uploads.size).toBe(5)
        await upload.abandon(server)
        expect(server.uploads.size).toBe(0)
    })

    test.each([100, 300 * 1024])("%i bytes in a wrong order are sent again", async (size) => {
        const sent = envelope(size)
        let spoilt = 0
        const answer = server.fetch.bind(server)
        server.fetch = (address, request) => {
            const body = request.body as ArrayBuffer | undefined
            if (body !== undefined && spoilt === 0) {
                spoilt += 1
                return answer(address, { ...request, body: new Uint8Array(body.byteLength).buffer })
            }
            return answer(address, request)
        }
        expect(await outcome(new Upload(sent, DOOR))).toBe("kept")
        await expectOnce(sent)
    })
})

describe("a network that cuts", () => {
    test("at every byte of a request: what arrived is not sent again", async () => {
        const sent = envelope(100)
        for (let bytes = 0; bytes <= 100; bytes += 1) {
            server = new BlindServer()
            server.fault = once(2, bytes)
            await new Upload(sent, DOOR).send(server, () => undefined)
            await expectOnce(sent)
            const again = server.asked.filter(({ method }) => method === "PATCH").slice(1)
            expect(again.map(({ body }) => body.length)).toEqual(bytes < 100 ? [100 - bytes] : [])
        }
    })

    test.each(["cut", "lost"] as const)("a connection is %s, whichever it is", async (fault) => {
        const sent = envelope(80 * 1024) // two parts and their joining
        await new Upload(sent, DOOR).send(server, () => undefined)
        const requests = server.asked.length
        expect(requests).toBeGreaterThan(10)
        for (let number = 0; number < requests; number += 1) {
            server = new BlindServer()
            server.fault = once(number, fault)
            expect(await outcome(new Upload(sent, DOOR))).toBe("kept")
            await expectOnce(sent)
        }
    })

    test("a third of all connections, in any order of answers: whole, and once", async () => {
        const sent = envelope(120 * 1024)
        for (let seed = 1; seed <= 30; seed += 1) {
            const next = randomNumbers(seed)
            server = new BlindServer()
            server.jitter = () => Math.floor(next() * 4)
            server.fault = ({ body }) => {
                const kind = next()
                if (kind < 0.1) return "cut"
                if (kind < 0.2) return "lost"
                return kind < 0.33 ? Math.floor(next() * body.length) : null
            }
            const upload = new Upload(sent, DOOR)
            for (let press = 0; (await outcome(upload)) !== "kept"; press += 1) {
                expect(press).toBeLessThan(5)
            }
            await expectOnce(sent)
        }
    })

    test("everything: the person hears of it, and the next press goes on from there", async () => {
        const sent = envelope(32 * 1024)
        const upload = new Upload(sent, DOOR)
        server.fault = ({ number }) => (number > 3 ? "cut" : null)
        expect(await outcome(upload)).toBe("network")
        expect(server.pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 25_000, 45_000, 60_000])
        expect(server.envelopes).toEqual([])

        server.fault = () => null
        const before = server.asked.length
        expect(await outcome(upload)).toBe("kept")
        await expectOnce(sent)
        const [head, patch] = server.asked.slice(before)
        expect(head?.method).toBe("HEAD")
        expect(patch?.headers["Upload-Offset"]).toBe((2 * CHUNK).toString())
        expect(await outcome(upload)).toBe("kept") // a third press has nothing to do
        await expectOnce(sent)
    })

    test("and answers in the server's place", async () => {
        const portal = (): Response => new Response("<html>Welcome</html>", { status: 200 })
        const sent = envelope(100)
        server.fault = ({ number }) => (number % 3 === 0 ? portal() : null)
        expect(await outcome(new Upload(sent, DOOR))).toBe("kept")
        await expectOnce(sent)
        server = new BlindServer()
        server.fault = portal
        expect(await outcome(new Upload(sent, DOOR))).toBe("network")
        expect(server.envelopes).toEqual([])
    })
})

describe("a server", () => {
    test("that forgot an upload after a day gets it anew", async () => {
        for (const size of [32 * 1024, 80 * 1024]) {
            server = new BlindServer()
            const sent = envelope(size)
            const upload = new Upload(sent, DOOR)
            server.fault = ({ number }) => (number > 3 ? "cut" : null)
            expect(await outcome(upload)).toBe("network")
            server.uploads.clear()
            server.fault = () => null
            expect(await outcome(upload)).toBe("kept")
            await expectOnce(sent)
        }
    })

    test("that forgot a part just before the parts are joined gets all anew", async () => {
        const sent = envelope(80 * 1024)
        let forgotten = false
        server.fault = ({ headers }) => {
            if (headers["Upload-Concat"]?.startsWith("final") && !forgotten) {
                forgotten = true
                server.uploads.delete([...server.uploads.keys()][0] ?? "")
            }
            return null
        }
        expect(await outcome(new Upload(sent, DOOR))).toBe("kept")
        await expectOnce(sent)
    })

    test.each([
        [428, "work-needed"],
        [409, "work-spent"],
        [410, "work-expired"],
    ])("that does not take a solution (%i %s) gets another", async (status, problem) => {
        const sent = envelope(100)
        let refusals = 2
        server.fault = ({ method }) =>
            method === "POST" && (refusals -= 1) >= 0 ? refused(status, problem) : null
        expect(await outcome(new Upload(sent, DOOR))).toBe("kept")
        await expectOnce(sent)
        expect(server.log.filter((line) => line === "GET /work")).toHaveLength(3)
    })

    test("whose price rises while the page computes is paid the new one", async () => {
        server.fault = ({ number }) => {
            if (number === 1) server.bits = 6
            return null
        }
        expect(await outcome(new Upload(envelope(100), DOOR))).toBe("kept")
    })

    test("that never takes a solution is left alone after some", async () => {
        server.fault = ({ method }) => (method === "POST" ? refused(428, "work-needed") : null)
        expect(await outcome(new Upload(envelope(100), DOOR))).toBe("busy")
        expect(server.asked.length).toBeLessThan(20)
    })

    test("that is busy for a moment is waited for, one that is full is not", async () => {
        server.fault = once(1, refused(503, "busy", { "Retry-After": "2" }))
        expect(await outcome(new Upload(envelope(100), DOOR))).toBe("kept")
        expect(server.pauses).toContain(2000)
        server = new BlindServer()
        server.fault = once(1, refused(507, "storage-full", { "Retry-After": "3600" }))
        expect(await outcome(new Upload(envelope(100), DOOR))).toBe("busy")
        expect(server.pauses).toEqual([])
    })

    test.each([
        [410, "withdrawn", "withdrawn"],
        [409, "roster-changed", "roster-changed"],
        [409, "mailbox-taken", "taken"],
        [413, "too-large", "too-large"],
        [400, "not-understood", "refused"],
    ])("that refuses for good (%i %s) is not asked again", async (status, problem, said) => {
        server.fault = ({ method }) => (method === "POST" ? refused(status, problem) : null)
        expect(await outcome(new Upload(envelope(100), DOOR))).toBe(said)
        expect(server.log).toEqual(["GET /work", "POST /upload"])
    })
})

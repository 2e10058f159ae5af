// @vitest-environment happy-dom
import { beforeAll, expect, test } from "vitest"

import { deposit, DepositError } from "../../src/intake/deposit.js"
import type { DepositProblem } from "../../src/intake/deposit.js"
import { sealBytes } from "../../src/sealing/seal.js"
import type { SealedReport } from "../../src/sealing/seal.js"
import { hybridDesk } from "../support/desks.js"
import { answer, kept, offline, TestServer } from "../support/form_page.js"

const mailbox = { id: "0".repeat(32), verifier: "1".repeat(64) }

let report: SealedReport

beforeAll(async () => {
    report = await sealBytes(new Uint8Array(10), [(await hybridDesk()).recipient])
})

test.each([
    ["201, kept now", kept],
    ["200, kept before", () => answer(200, { kept: "already here", size: 32 * 1024 })],
])("%s, is success at the first attempt", async (_, answering) => {
    const server = new TestServer([answering])
    await deposit(report, mailbox, server)
    expect(server.deposits).toHaveLength(1)
})

const TRY_AGAIN: readonly (readonly [string, () => Response, DepositProblem])[] = [
    ["no answer", offline, "network"],
    ["a server that is starting", () => answer(502, {}), "network"],
    ["an upload that was cut", () => answer(400, { problem: "cut-short" }), "busy"],
    [
        "a page that a hotel's network put in between",
        () => new Response("<html>Welcome</html>", { status: 200 }),
        "network",
    ],
    ["an answer about another size", () => answer(201, { kept: "new", size: 7 }), "network"],
    ["an answer in another shape", () => answer(201, null), "network"],
    ["a busy server", () => answer(503, { problem: "busy" }, { "Retry-After": "2" }), "busy"],
]

test.each(TRY_AGAIN)("after %s the same bytes are sent again", async (_, answering) => {
    const server = new TestServer([answering, kept])
    await deposit(report, mailbox, server)
    expect(server.deposits.map(({ address }) => address)).toEqual(
        Array(2).fill(`/mailbox/${mailbox.id}`),
    )
    for (const { bytes } of server.deposits) expect(Buffer.from(bytes).equals(report)).toBe(true)
    expect(server.pauses).toEqual([1000])
})

test.each(TRY_AGAIN)(
    "%s, four times, ends with growing pauses in between",
    async (_, answering, problem) => {
        const server = new TestServer([answering])
        await expect(deposit(report, mailbox, server)).rejects.toMatchObject({ problem })
        expect(server.deposits).toHaveLength(4)
        expect(server.pauses).toEqual([1000, 3000, 9000])
    },
)

test.each([
    [400, "not-an-envelope", "refused"],
    [409, "mailbox-taken", "taken"],
    [411, "length-missing", "refused"],
    [413, "too-large", "too-large"],
    [415, "wrong-type", "refused"],
] as const)("%i %s is final", async (status, problem, expected) => {
    const server = new TestServer([() => answer(status, { problem })])
    await expect(deposit(report, mailbox, server)).rejects.toMatchObject({ problem: expected })
    await expect(deposit(report, mailbox, server)).rejects.toThrow(DepositError)
    expect(server.deposits).toHaveLength(2)
})

test("a refusal after an attempt without an answer does not say that nothing was kept", async () => {
    const full = () => answer(507, { problem: "storage-full" }, { "Retry-After": "3600" })
    const server = new TestServer([offline, full])
    await expect(deposit(report, mailbox, server)).rejects.toMatchObject({ problem: "network" })
    expect(server.deposits).toHaveLength(2)
})

test("a server that says to come back in an hour is not asked again meanwhile", async () => {
    const full = () => answer(507, { problem: "storage-full" }, { "Retry-After": "3600" })
    const server = new TestServer([full, kept])
    await expect(deposit(report, mailbox, server)).rejects.toMatchObject({ problem: "busy" })
    expect(server.deposits).toHaveLength(1)
})

// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhance } from "../../src/intake/page.js"
import { Receipt } from "../../src/sealing/receipt.js"
import { refused } from "../support/blind_server.js"
import { hybridDesk } from "../support/desks.js"
import {
    desk,
    expectNothingLost,
    fill,
    freshPage,
    offlineFrom,
    online,
    opened,
    press,
    receiptShown,
    saidAtLast,
    server,
    STORY,
} from "../support/form_journey.js"
import { element, SENTENCES, signedRoster, story } from "../support/form_page.js"
import { wordLists } from "../support/word_lists.js"

beforeEach(freshPage)

test("offline keeps what was typed, and the next press goes on with the same bytes", async () => {
    offlineFrom(5)
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)

    online()
    press()
    expect(element("problem").hidden).toBe(true)
    await receiptShown()
    expect(server.log.filter((line) => line === "POST /upload")).toHaveLength(1)
    expect(server.envelopes).toHaveLength(1)
})

test("after a press without an answer, a refusal of the next does not say that nothing was kept", async () => {
    offlineFrom(5)
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    server.fault = () => refused(507, "storage-full", { "Retry-After": "3600" })
    const before = server.asked.length
    press()
    await vi.waitFor(() => {
        expect(server.asked.length).toBeGreaterThan(before)
    })
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    online()
    press()
    await receiptShown()
    expect(server.envelopes).toHaveLength(1)
})

test("a report changed after a failure is sealed anew, under a new receipt", async () => {
    offlineFrom(5)
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    online()
    story().value = "changed"
    press()
    await receiptShown()
    const mailboxes = [...server.uploads.values()].map(({ metadata }) => metadata["mailbox"])
    expect(new Set(mailboxes).size).toBe(2)
    expect(await opened(server.envelopes.at(-1)?.bytes ?? new Uint8Array())).toMatchObject({
        answers: { story: "changed" },
    })
})

test("a taken mailbox is refused, and the next press uses another one", async () => {
    const taken = new Set<string>()
    server.fault = ({ method, headers }) => {
        if (method === "POST") taken.add(headers["Upload-Metadata"] ?? "")
        return method === "POST" && taken.size === 1 ? refused(409, "mailbox-taken") : null
    }
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-refused"])
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    expect(taken.size).toBe(2)
})

test("a report that arrived with an answer that got lost is not sent under another receipt", async () => {
    // The last piece arrives, its answer does not; then all that is known is the mailbox, and
    // the roster is another, so that the report has to be sealed to other bytes.
    server.fault = ({ method, headers }) => {
        if (method !== "PATCH" || headers["Upload-Offset"] !== "22000") return null
        if (server.rosterVersion === 2) return null
        server.rosterVersion = 2
        server.roster = signedRoster({ desks: [desk], version: 2 })
        setTimeout(() => {
            server.uploads.clear()
        })
        return "lost"
    }
    vi.spyOn(server, "pause").mockImplementation(
        () => new Promise((resolve) => setTimeout(resolve, 5)),
    )
    enhance(document, server)
    fill()
    press()
    const words = await receiptShown()
    expect(server.envelopes).toHaveLength(1)
    expect(server.envelopes[0]?.mailbox).toBe(Receipt.parse(words.join(" "), wordLists()).mailboxId)
})

test("a roster that changed while the form was open is fetched, and the report sealed to it", async () => {
    const next = await hybridDesk()
    server.fault = ({ number }) => {
        if (number === 2) {
            server.rosterVersion = 2
            server.roster = signedRoster({ desks: [next], version: 2 })
        }
        return null
    }
    enhance(document, server)
    fill()
    press()
    await receiptShown()
    expect(server.envelopes).toHaveLength(1)
    expect(await opened(server.envelopes[0]?.bytes ?? new Uint8Array(), next)).toMatchObject({
        roster: 2,
        answers: { story: STORY },
    })
})

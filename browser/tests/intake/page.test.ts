// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhance } from "../../src/intake/page.js"
import { Receipt } from "../../src/sealing/receipt.js"
import type { Desk } from "../support/desks.js"
import { hybridDesk } from "../support/desks.js"
import {
    desk,
    expectNothingLost,
    fill,
    form,
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
import { element, SENTENCES, signedRoster, story, TODAY } from "../support/form_page.js"
import { wordLists } from "../support/word_lists.js"

beforeEach(freshPage)

test("a report is sealed, deposited, and answered by twelve words that lead back to it", async () => {
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    const words = await receiptShown()

    const receipt = Receipt.parse(words.join(" "), wordLists())
    const [sent, ...more] = server.envelopes
    if (sent === undefined) throw new Error("nothing was sent")
    expect(more).toEqual([])
    expect(sent.mailbox).toBe(receipt.mailboxId)
    expect(sent.verifier).toBe(receipt.verifier)
    expect(await opened(sent.bytes)).toEqual({
        format: "safelight-report/1",
        form: { id: "what-happened", version: "1" },
        language: "en",
        written: TODAY,
        sealed_by: "browser",
        answers: { acts: ["THR", "OUT"], region: "UNK", story: STORY },
        consent: { STAT: "2029-11-22" },
        reply_to: (await receipt.replyRecipient()).text,
        mailbox: receipt.mailboxId,
        withdrawal: receipt.withdrawalVerifier,
        message_key: Buffer.from(receipt.messageKey).toString("hex"),
        roster: 1,
    })
})

test("every request leaves without cookie, referrer, cache or redirection", async () => {
    const fetched = vi.spyOn(server, "fetch")
    enhance(document, server)
    fill()
    press()
    await receiptShown()
    expect(fetched.mock.calls.length).toBeGreaterThan(5)
    for (const [, request] of fetched.mock.calls) {
        expect(request).toMatchObject({
            credentials: "omit",
            referrerPolicy: "no-referrer",
            cache: "no-store",
            redirect: "error",
        })
    }
})

test("after sending, the form and what was typed are gone and the heading has the focus", async () => {
    const text = story()
    enhance(document, server)
    fill()
    press()
    await receiptShown()
    expect(document.getElementById("report")).toBeNull()
    expect(text.value).toBe("")
    expect(document.body.textContent).not.toContain("директору")
    expect(document.activeElement).toBe(element("receipt-title"))
    expect(element("status").textContent).toBe(SENTENCES.sent)
})

test("the receipt stands first: nothing is above it, and no link there would lose its words", async () => {
    enhance(document, server)
    document.documentElement.scrollTop = 900
    fill()
    press()
    await receiptShown()
    expect([...document.querySelectorAll("h1")]).toEqual([element("receipt-title")])
    expect(document.getElementById("before")).toBeNull()
    expect(document.documentElement.scrollTop).toBe(0)
    const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"))
    expect(links).toEqual(["/0"])
})

test("what stands in the page while it works is said, and taken back", async () => {
    const said = new Set<string>()
    server.fault = ({ method, number }) => {
        said.add(element("status").textContent)
        return method === "PATCH" && number > 3 ? "cut" : null
    }
    enhance(document, server)
    fill()
    press()
    expect(form.getAttribute("aria-busy")).toBe("true")
    expect(form.querySelector("[data-needs-script]")?.getAttribute("aria-disabled")).toBe("true")
    expect(story().readOnly).toBe(true)
    expect(element("acts").inert).toBe(true)
    // By themselves as well: some browsers do not know `inert`.
    const controls = [...form.querySelectorAll<HTMLInputElement>("input, select")]
    expect(controls.length).toBeGreaterThan(5)
    expect(controls.filter(({ disabled }) => !disabled)).toEqual([])
    await saidAtLast(SENTENCES["problem-network"])
    expect([...said]).toEqual([SENTENCES.sealing, "Sending 0 %", "Sending 30 %"])
    await vi.waitFor(() => {
        expect(form.querySelector("[data-needs-script]")?.hasAttribute("aria-disabled")).toBe(false)
    })
    expect(story().readOnly).toBe(false)
    expect(element("acts").inert).toBe(false)
    expect(controls.filter(({ disabled }) => disabled)).toEqual([])
    expect(element("progress").hidden).toBe(true)
})

test("a button that needs the script appears only when the script has taken over", () => {
    const button = form.querySelector<HTMLButtonElement>("[data-needs-script]")
    const state = () => [button?.hidden, button?.disabled, element("late").hidden]
    expect(state()).toEqual([true, true, false])
    enhance(document, server)
    expect(state()).toEqual([false, false, true])
})

test("pressing twice sends once", async () => {
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    expect(press()).toBe(false)
    await receiptShown()
    expect(server.envelopes).toHaveLength(1)
    expect(server.log.filter((line) => line === "POST /upload")).toHaveLength(1)
})

const UNUSABLE_ROSTERS: readonly (readonly [string, (desk: Desk) => string])[] = [
    ["expired", (desk) => signedRoster({ desks: [desk], expires: "2026-11-21" })],
    ["without any desk", () => signedRoster({ desks: [] })],
    [
        "whose desks have all left",
        (desk) => signedRoster({ desks: [desk], validUntil: "2026-11-21" }),
    ],
    ["signed by somebody else", (desk) => forged(signedRoster({ desks: [desk] }))],
    ["that is missing", () => ""],
    ["that is not JSON", () => "{"],
]

function forged(roster: string): string {
    const statement = JSON.parse(roster) as { signatures: [{ sig: string }] }
    const [signature] = statement.signatures
    signature.sig = (signature.sig.startsWith("A") ? "B" : "A") + signature.sig.slice(1)
    return JSON.stringify(statement)
}

test.each(UNUSABLE_ROSTERS)(
    "a roster %s stops everything: nothing is sent, nothing is lost",
    async (_, roster) => {
        server.roster = roster(desk)
        enhance(document, server)
        fill()
        expect(press()).toBe(false)
        await saidAtLast(SENTENCES["problem-roster"])
        await vi.waitFor(expectNothingLost)
        expect(server.uploads.size).toBe(0)
    },
)

test("a roster good on one day is refused on the day after its last", async () => {
    server.roster = signedRoster({ desks: [desk], expires: TODAY })
    server.today = "2026-11-23"
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-roster"])
    expect(server.uploads.size).toBe(0)
    server.today = TODAY
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    expect(server.envelopes).toHaveLength(1)
})

test.each(["2025-11-22", "2027-11-22"])(
    "a device whose clock stands at %s is told so, and nothing is sent or lost",
    async (today) => {
        server.roster = signedRoster({ desks: [desk], expires: "2026-12-31" })
        server.today = today
        enhance(document, server)
        fill()
        press()
        await saidAtLast(`Your clock is wrong: ${today}.`)
        await vi.waitFor(expectNothingLost)
        expect(server.uploads.size).toBe(0)
        server.today = TODAY
        press()
        await receiptShown()
    },
)

test("a device whose clock is some days off works, if somebody may open it on that day", async () => {
    for (const today of ["2026-11-17", "2026-11-27"]) {
        await freshPage()
        server.today = today
        enhance(document, server)
        fill()
        press()
        await receiptShown()
    }
})

test("a conditional question is shown when it is asked, and what a hidden one holds is not sent", async () => {
    enhance(document, server)
    const question = element("demand").parentElement
    const outing = form.querySelector<HTMLInputElement>('[value="OUT"]')
    if (question === null || outing === null) throw new Error("expected the question and its box")
    const tick = (checked: boolean): void => {
        outing.checked = checked
        outing.dispatchEvent(new Event("change", { bubbles: true }))
    }
    expect(question.hidden).toBe(true)
    tick(true)
    expect(question.hidden).toBe(false)
    ;(element("demand") as HTMLTextAreaElement).value = "money"
    tick(false)
    expect(question.hidden).toBe(true)
    story().value = STORY
    press()
    await receiptShown()
    const report = await opened(server.envelopes[0]?.bytes ?? new Uint8Array())
    expect(report).toMatchObject({ answers: { story: STORY } })
    expect(JSON.stringify(report)).not.toContain("money")
})

test("a story longer than the desk would read is kept here and marked", async () => {
    enhance(document, server)
    const text = story()
    text.value = "я".repeat(6001)
    press()
    await saidAtLast(SENTENCES["problem-too-long"])
    expect(text.getAttribute("aria-invalid")).toBe("true")
    expect(text.value).toHaveLength(6001)
    expect(server.uploads.size).toBe(0)
    await vi.waitFor(() => {
        expect(form.hasAttribute("aria-busy")).toBe(false)
    })
    text.value = "я".repeat(6000)
    press()
    await receiptShown()
    expect(text.hasAttribute("aria-invalid")).toBe(false)
})

test("without the word list nothing is sent, because the receipt could not be shown", async () => {
    const loadWords = vi
        .spyOn(server, "loadWords")
        .mockRejectedValue(new TypeError("import failed"))
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    expect(server.uploads.size).toBe(0)
    loadWords.mockRestore()
    press()
    expect(await receiptShown()).toHaveLength(12)
})

test("without a place for the receipt nothing is sent", async () => {
    enhance(document, server)
    fill()
    const section = element("receipt")
    section.remove()
    press()
    await saidAtLast(SENTENCES["problem-refused"])
    expect(server.uploads.size).toBe(0)
    document.body.append(section)
    await vi.waitFor(expectNothingLost)
})

test("an error that nobody foresaw is said, and loses nothing", async () => {
    const now = vi.spyOn(server, "now").mockImplementation(() => {
        throw new RangeError("the clock is broken")
    })
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    await saidAtLast(SENTENCES["problem-refused"])
    await vi.waitFor(expectNothingLost)
    now.mockRestore()
    press()
    await receiptShown()
})

test("a page without the form is left alone", async () => {
    document.body.innerHTML = "<p>twelve words</p>"
    enhance(document, server)
    await hybridDesk()
    expect(document.body.innerHTML).toBe("<p>twelve words</p>")
})

test("nothing is stored, logged or added to the history", async () => {
    const quiet = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
        vi.spyOn(console, name),
    )
    const before = history.length
    offlineFrom(4)
    enhance(document, server)
    fill()
    press()
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    online()
    press()
    await receiptShown()
    for (const spy of quiet) expect(spy).not.toHaveBeenCalled()
    expect(history).toHaveLength(before)
    expect(document.cookie).toBe("")
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0])
})

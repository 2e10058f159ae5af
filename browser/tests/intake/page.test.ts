// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhance } from "../../src/intake/page.js"
import { openBytes } from "../../src/sealing/opening.js"
import { Receipt } from "../../src/sealing/receipt.js"
import type { Desk } from "../support/desks.js"
import { hybridDesk } from "../support/desks.js"
import {
    answer,
    deskAndForm,
    element,
    kept,
    offline,
    renderForm,
    SENTENCES,
    signedRoster,
    story,
    TestServer,
    TODAY,
} from "../support/form_page.js"
import { wordLists } from "../support/word_lists.js"

const STORY = "Они написали моему директору. 🏳\nAnd to the parents."

let desk: Desk
let form: HTMLFormElement

beforeEach(async () => {
    ;({ desk, form } = await deskAndForm())
})

function fill(): void {
    for (const box of form.querySelectorAll<HTMLInputElement>(
        '[value="THR"], [value="OUT"], [value="STAT"]',
    )) {
        box.checked = true
    }
    ;(element("region") as HTMLSelectElement).value = "UNK"
    story().value = STORY
}

/** Press the button; true if the browser would have sent the form by itself. */
function press(): boolean {
    return form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }))
}

async function said(sentence: string): Promise<void> {
    await vi.waitFor(
        () => {
            expect([element("problem").textContent, element("status").textContent]).toContain(
                sentence,
            )
        },
        { timeout: 10_000, interval: 5 },
    )
}

async function receiptShown(): Promise<readonly string[]> {
    await vi.waitFor(
        () => {
            expect(element("receipt").hidden).toBe(false)
        },
        { timeout: 10_000, interval: 5 },
    )
    return [...element("receipt-words").children].map((item) => item.textContent)
}

async function opened(bytes: Uint8Array): Promise<unknown> {
    return JSON.parse(
        new TextDecoder().decode(await openBytes(bytes, { identities: [desk.identity] })),
    )
}

/** The words show that sending failed, and that everything typed is still there. */
function expectNothingLost(): void {
    expect(document.getElementById("report")).toBe(form)
    expect(story().value).toBe(STORY)
    expect(form.querySelector<HTMLInputElement>('[value="THR"]')?.checked).toBe(true)
    expect(element("receipt").hidden).toBe(true)
    expect(element("problem").hidden).toBe(false)
    expect(element("status").textContent).toBe("")
    expect(form.hasAttribute("aria-busy")).toBe(false)
}

test("a report is sealed, deposited, and answered by twelve words that lead back to it", async () => {
    const server = new TestServer()
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    const words = await receiptShown()

    const receipt = Receipt.parse(words.join(" "), wordLists())
    const [sent, ...more] = server.deposits
    if (sent === undefined) throw new Error("nothing was deposited")
    expect(more).toEqual([])
    expect(sent.address).toBe(`/mailbox/${receipt.mailboxId}`)
    expect(sent.request).toMatchObject({
        method: "POST",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        cache: "no-store",
        redirect: "error",
        headers: {
            "Content-Type": "application/octet-stream",
            "Safelight-Verifier": receipt.verifier,
        },
    })
    expect(await opened(sent.bytes)).toEqual({
        format: "safelight-report/1",
        form: { id: "what-happened", version: "1" },
        language: "en",
        written: TODAY,
        sealed_by: "browser",
        answers: { acts: ["THR", "OUT"], region: "UNK", story: STORY },
        consent: ["STAT"],
        reply_to: (await receipt.replyRecipient()).text,
        mailbox: receipt.mailboxId,
    })
})

test("after sending, the form and what was typed are gone and the heading has the focus", async () => {
    const text = story()
    enhance(document, new TestServer())
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
    enhance(document, new TestServer())
    document.documentElement.scrollTop = 900
    fill()
    press()
    await receiptShown()
    expect([...document.querySelectorAll("h1")]).toEqual([element("receipt-title")])
    expect(document.getElementById("before")).toBeNull()
    expect(document.documentElement.scrollTop).toBe(0)
    const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"))
    expect(links).toEqual(["/exit"])
})

test("what stands in the page while it works is said, and taken back", async () => {
    const server = new TestServer([offline])
    enhance(document, server)
    fill()
    press()
    expect(form.getAttribute("aria-busy")).toBe("true")
    expect(form.querySelector("button")?.getAttribute("aria-disabled")).toBe("true")
    await said(SENTENCES["problem-network"])
    const { sealing, sending } = SENTENCES
    expect(server.saidMeanwhile).toEqual([sealing, sending, sending, sending])
    await vi.waitFor(() => {
        expect(form.querySelector("button")?.hasAttribute("aria-disabled")).toBe(false)
    })
})

test("a button that needs the script appears only when the script has taken over", () => {
    const button = form.querySelector("button")
    const state = () => [button?.hidden, button?.disabled, element("late").hidden]
    expect(state()).toEqual([true, true, false])
    enhance(document, new TestServer())
    expect(state()).toEqual([false, false, true])
})

test("pressing twice sends once", async () => {
    const server = new TestServer()
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    expect(press()).toBe(false)
    await receiptShown()
    expect(server.deposits).toHaveLength(1)
})

test("offline keeps what was typed, and the next press deposits identical bytes", async () => {
    const server = new TestServer([offline, offline, offline, offline, kept])
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    expect(server.deposits).toHaveLength(4)

    press()
    expect(element("problem").hidden).toBe(true)
    await receiptShown()
    expect(server.deposits).toHaveLength(5)
    const first = server.deposits[0]
    for (const { address, bytes } of server.deposits) {
        expect(address).toBe(first?.address)
        expect(Buffer.from(bytes).equals(first?.bytes ?? new Uint8Array())).toBe(true)
    }
})

test("after a press without an answer, a refusal of the next does not say that nothing was kept", async () => {
    const full = () => answer(507, { problem: "storage-full" }, { "Retry-After": "3600" })
    const server = new TestServer([offline, offline, offline, offline, full, kept])
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    press()
    await vi.waitFor(() => {
        expect(server.deposits).toHaveLength(5)
    })
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    expect(server.deposits.at(-1)?.address).toBe(server.deposits[0]?.address)
})

test("a report changed after a failure is sealed anew, under a new receipt", async () => {
    const server = new TestServer([offline, offline, offline, offline, kept])
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    story().value = "changed"
    press()
    await receiptShown()
    expect(server.deposits.at(-1)?.address).not.toBe(server.deposits[0]?.address)
    expect(await opened(server.deposits.at(-1)?.bytes ?? new Uint8Array())).toMatchObject({
        answers: { story: "changed" },
    })
})

test("a taken mailbox is refused, and the next press uses another one", async () => {
    const server = new TestServer([() => answer(409, { problem: "mailbox-taken" }), kept])
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-refused"])
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    expect(server.deposits.map(({ address }) => address)).toHaveLength(2)
    expect(server.deposits[1]?.address).not.toBe(server.deposits[0]?.address)
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
        form = renderForm(roster(desk))
        const server = new TestServer()
        enhance(document, server)
        fill()
        expect(press()).toBe(false)
        await said(SENTENCES["problem-roster"])
        await vi.waitFor(expectNothingLost)
        expect(server.deposits).toEqual([])
    },
)

test("a roster good on one day is refused on the day after its last", async () => {
    form = renderForm(signedRoster({ desks: [desk], expires: TODAY }))
    const server = new TestServer()
    server.today = "2026-11-23"
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-roster"])
    expect(server.deposits).toEqual([])
    server.today = TODAY
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    expect(server.deposits).toHaveLength(1)
})

test("a story longer than the desk would read is kept here and marked", async () => {
    const server = new TestServer()
    enhance(document, server)
    const text = story()
    text.value = "я".repeat(6001)
    press()
    await said(SENTENCES["problem-too-long"])
    expect(text.getAttribute("aria-invalid")).toBe("true")
    expect(text.value).toHaveLength(6001)
    expect(server.deposits).toEqual([])
    await vi.waitFor(() => {
        expect(form.hasAttribute("aria-busy")).toBe(false)
    })
    text.value = "я".repeat(6000)
    press()
    await receiptShown()
    expect(text.hasAttribute("aria-invalid")).toBe(false)
})

test("without the word list nothing is sent, because the receipt could not be shown", async () => {
    const server = new TestServer()
    const loadWords = vi
        .spyOn(server, "loadWords")
        .mockRejectedValue(new TypeError("import failed"))
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    expect(server.deposits).toEqual([])
    loadWords.mockRestore()
    press()
    expect(await receiptShown()).toHaveLength(12)
})

test("without a place for the receipt nothing is sent", async () => {
    const server = new TestServer()
    enhance(document, server)
    fill()
    const section = element("receipt")
    section.remove()
    press()
    await said(SENTENCES["problem-refused"])
    expect(server.deposits).toEqual([])
    document.body.append(section)
    await vi.waitFor(expectNothingLost)
})

test("an error that nobody foresaw is said, and loses nothing", async () => {
    const server = new TestServer()
    const now = vi.spyOn(server, "now").mockImplementation(() => {
        throw new RangeError("the clock is broken")
    })
    enhance(document, server)
    fill()
    expect(press()).toBe(false)
    await said(SENTENCES["problem-refused"])
    await vi.waitFor(expectNothingLost)
    now.mockRestore()
    press()
    await receiptShown()
})

test("a page without the form is left alone", async () => {
    document.body.innerHTML = "<p>twelve words</p>"
    enhance(document, new TestServer())
    await hybridDesk()
    expect(document.body.innerHTML).toBe("<p>twelve words</p>")
})

test("nothing is stored, logged or added to the history", async () => {
    const quiet = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
        vi.spyOn(console, name),
    )
    const before = history.length
    const server = new TestServer([offline, offline, offline, offline, kept])
    enhance(document, server)
    fill()
    press()
    await said(SENTENCES["problem-network"])
    await vi.waitFor(expectNothingLost)
    press()
    await receiptShown()
    for (const spy of quiet) expect(spy).not.toHaveBeenCalled()
    expect(history).toHaveLength(before)
    expect(document.cookie).toBe("")
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0])
})

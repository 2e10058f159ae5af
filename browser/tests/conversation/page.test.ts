// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhanceConversation } from "../../src/conversation/page.js"
import { TAG_SIZE, tagged } from "../../src/sealing/message_tag.js"
import { openBytes } from "../../src/sealing/opening.js"
import { Receipt } from "../../src/sealing/receipt.js"
import { sealBytes } from "../../src/sealing/seal.js"
import { BlindServer } from "../support/blind_server.js"
import type { Asked } from "../support/blind_server.js"
import { hybridDesk } from "../support/desks.js"
import type { Desk } from "../support/desks.js"
import { element, rootHex, signedRoster, TODAY } from "../support/form_page.js"
import { wordList } from "../support/word_lists.js"

const SAY = [
    ...["asking", "sealing", "sending", "sealing-part", "sending-part", "sent-again"],
    ...["withdrawing", "state-waiting", "state-fetched", "state-withdrawn", "state-none"],
    ...["no-answers", "more-answers", "answer-from", "answer-damaged", "status-question"],
    ...["words-count", "words-length", "words-word", "words-checksum", "likely", "no-likely"],
    ...["problem-nothing", "problem-not-sure", "problem-network", "problem-withdrawn"],
    ...["problem-refused", "problem-busy", "problem-roster", "problem-too-long"],
    ...["opening-answer", "files-choose", "files-more", "files-count"],
]

let server: BlindServer
let receipt: Receipt
let desk: Desk

beforeEach(async () => {
    desk = await hybridDesk()
    server = new BlindServer()
    server.roster = signedRoster({ desks: [desk] })
    receipt = Receipt.generate()
    server.envelopes.push({
        mailbox: receipt.mailboxId,
        verifier: receipt.verifier,
        bytes: new Uint8Array(1),
    })
    document.documentElement.lang = "en"
    document.head.innerHTML = `<meta name="safelight-root" content="${rootHex}">`
    document.body.innerHTML = `
        <p id="problem" role="alert" hidden></p><p id="answer" role="status" hidden></p>
        <form id="ask"><div class="question"><textarea id="words"></textarea></div>
        <ul id="likely" hidden></ul>
        <p data-until-script>…</p><button type="submit" hidden disabled data-needs-script>Look</button></form>
        <section id="conversation" hidden><ol id="answers"></ol>
        <form id="write"><textarea id="text"></textarea><input type="file" id="files" multiple>
        <ul id="files-list"></ul><button type="submit">Send</button></form>
        <form id="withdraw"><input type="checkbox" id="sure"><button type="submit">Back</button></form></section>
        <p id="status" role="status"></p><progress id="progress" hidden></progress>
        ${SAY.map((key) => `<template id="say-${key}">[${key} {positions}]</template>`).join("")}`
    enhanceConversation(document, server)
})

function words(of: Receipt = receipt): string {
    return of.words(wordList("en")).join(" ")
}

/** Address, headers and body as text. */
function said({ address, headers, body }: Asked): string[] {
    return [address, ...Object.entries(headers).flat(), new TextDecoder().decode(body)]
}

function submit(id: string): void {
    const form = element(id)
    const event = new Event("submit", { bubbles: true, cancelable: true })
    // The browser never sends one of these forms by itself.
    expect(form.dispatchEvent(event)).toBe(false)
}

function field(id: string): HTMLTextAreaElement {
    return element(id) as HTMLTextAreaElement
}

async function shows(id: string, text: string): Promise<void> {
    await vi.waitFor(
        () => {
            expect(element(id).textContent).toContain(text)
        },
        { timeout: 10_000, interval: 5 },
    )
}

async function cameBack(typed: string = words()): Promise<void> {
    field("words").value = typed
    submit("ask")
    await shows("answers", "[")
}

/** Leave an answer of a desk in the mailbox. */
async function answered(text: string, mailbox = receipt.mailboxId): Promise<void> {
    const content = JSON.stringify({
        format: "safelight-answer/1",
        mailbox,
        written: TODAY,
        desk: "desk-1",
        status: "question",
        text,
    })
    const bytes = await sealBytes(new TextEncoder().encode(content), [
        await receipt.replyRecipient(),
    ])
    const before = server.answers.get(receipt.mailboxId) ?? []
    const id = (before.length + 1).toString(16).padStart(16, "0")
    server.answers.set(receipt.mailboxId, [...before, { id, bytes }])
}

test("twelve words lead to the answers, and neither words nor secrets leave the page", async () => {
    await answered("In which town?\n<b>Thank you</b>")
    await cameBack()
    await shows("answers", "In which town?")
    expect(element("answers").textContent).toContain("[status-question")
    expect(element("answers").textContent).toContain("<b>Thank you</b>")
    expect(element("answer").textContent).toContain("[state-waiting")
    expect(element("conversation").hidden).toBe(false)
    expect(field("words").value).toBe("")
    const sent = server.asked.flatMap(said).join("\n")
    // All that is said in letters, so none of the twelve words.
    const letters = sent.replaceAll(/[0-9a-f]{16,}/gu, "").match(/\p{L}+/gu)
    expect(new Set(letters)).toEqual(new Set(["mailbox", "read", "Safelight", "Key"]))
    expect(sent).not.toContain(Buffer.from(receipt.replySeed).toString("hex"))
    expect(sent).not.toContain(Buffer.from(receipt.withdrawalProof).toString("hex"))
})

test("a mistyped word is found, and the likely one is put in by its button", async () => {
    const typed = words().split(" ")
    const right = typed[2] ?? ""
    typed[2] = `${right.slice(0, 2)}${right[2] === "q" ? "z" : "q"}${right.slice(3)}`
    field("words").value = ` ${typed.join(",  ")}`
    submit("ask")
    await shows("problem", "[words-word 3]")
    const button = [...element("likely").querySelectorAll("button")].find(
        ({ textContent }) => textContent === right,
    )
    button?.click()
    expect(field("words").value).toBe(` ${words().split(" ").join(",  ")}`)
    await vi.waitFor(() => {
        expect(element("ask").hasAttribute("aria-busy")).toBe(false)
    })
    submit("ask")
    await shows("answer", "[state-waiting")
})

test.each([
    ["one two three", "[words-count"],
    ["x".repeat(1001), "[words-length"],
    ["abandon ".repeat(12), "[words-checksum"],
])("%s is no receipt, and nothing is asked", async (typed, said) => {
    field("words").value = typed
    submit("ask")
    await shows("problem", said)
    expect(server.asked).toEqual([])
})

test("a receipt of nothing is told so, with the words still there to compare", async () => {
    const other = words(Receipt.generate())
    field("words").value = other
    submit("ask")
    await shows("answer", "[state-none")
    expect(element("conversation").hidden).toBe(true)
    expect(field("words").value).toBe(other)
})

test("one writes again, to the desks and into the same mailbox", async () => {
    await cameBack()
    field("text").value = "It was in the evening."
    submit("write")
    await shows("status", "[sent-again")
    const sent = server.envelopes.at(-1)
    expect(sent).toMatchObject({ mailbox: receipt.mailboxId, verifier: receipt.verifier })
    const content = await openBytes(sent?.bytes ?? new Uint8Array(), {
        identities: [desk.identity],
    })
    const said = content.subarray(0, -TAG_SIZE)
    // Only the owner of the words can have written it.
    expect(content).toEqual(tagged(said, receipt.messageKey))
    expect(JSON.parse(new TextDecoder().decode(said))).toEqual({
        format: "safelight-message/1",
        mailbox: receipt.mailboxId,
        written: TODAY,
        language: "en",
        sealed_by: "browser",
        text: "It was in the evening.",
    })
    expect(field("text").value).toBe("")
})

test("a message that did not get through stays, and goes once", async () => {
    await cameBack()
    server.fault = ({ method }) => (method === "PATCH" ? "cut" : null)
    field("text").value = "evening"
    submit("write")
    await shows("problem", "[problem-network")
    expect(field("text").value).toBe("evening")
    server.fault = () => null
    await vi.waitFor(() => {
        expect(element("write").hasAttribute("aria-busy")).toBe(false)
    })
    submit("write")
    await shows("status", "[sent-again")
    expect(server.envelopes).toHaveLength(2)
})

test("while several answers are fetched, the page says which, and nothing afterwards", async () => {
    const status = element("status")
    status.textContent = ""
    element("say-opening-answer").innerHTML = "opening {number} of {count}"
    const said: string[] = []
    const sealed = await sealBytes(new TextEncoder().encode("{}"), [await receipt.replyRecipient()])
    const answer = (id: string): { id: string; bytes: Uint8Array } => ({ id, bytes: sealed })
    server.answers.set(receipt.mailboxId, ["a".repeat(16), "b".repeat(16)].map(answer))
    server.fault = () => {
        said.push(status.textContent)
        return null
    }
    await cameBack()
    await vi.waitFor(() => {
        expect(status.textContent).toBe("")
    })
    expect(new Set(said)).toEqual(
        new Set(["[asking {positions}]", "opening 1 of 2", "opening 2 of 2"]),
    )
})

test.each(["open", "?"])("a server that says %s has taken nothing back", async (state) => {
    await cameBack()
    server.fault = ({ address }) =>
        address.endsWith("/withdraw") ? new Response(JSON.stringify({ state })) : null
    ;(element("sure") as HTMLInputElement).checked = true
    submit("withdraw")
    await shows("problem", "[problem-network")
    expect(element("conversation").hidden).toBe(false)
})

test("nothing is sent of nothing", async () => {
    await cameBack()
    submit("write")
    await shows("problem", "[problem-nothing")
    expect(server.envelopes).toHaveLength(1)
})

test("taking back needs a second confirmation, and shows the proof to nobody before", async () => {
    await cameBack()
    submit("withdraw")
    await shows("problem", "[problem-not-sure")
    expect(server.withdrawn.size).toBe(0)
    await vi.waitFor(() => {
        expect(element("withdraw").hasAttribute("aria-busy")).toBe(false)
    })
    ;(element("sure") as HTMLInputElement).checked = true
    submit("withdraw")
    await shows("answer", "[state-withdrawn")
    expect(server.withdrawn.get(receipt.mailboxId)).toBe(
        Buffer.from(receipt.withdrawalProof).toString("hex"),
    )
    expect(element("conversation").hidden).toBe(true)
    expect(element("answers").textContent).toBe("")
})

test("a receipt of a report that was taken back says so", async () => {
    server.withdrawn.set(receipt.mailboxId, "")
    field("words").value = words()
    submit("ask")
    await shows("answer", "[state-withdrawn")
    expect(element("conversation").hidden).toBe(true)
})

test("what is written after another tab took all back is refused, and the page says why", async () => {
    await cameBack()
    server.withdrawn.set(receipt.mailboxId, "")
    field("text").value = "evening"
    submit("write")
    await shows("problem", "[problem-withdrawn")
    await shows("answer", "[state-withdrawn")
    expect(server.envelopes).toHaveLength(1)
})

test("an answer to another receipt, or damaged, is not shown as an answer", async () => {
    await answered("meant for another", "f".repeat(32))
    await answered("to be damaged")
    const damaged = server.answers.get(receipt.mailboxId)?.[1]
    if (damaged !== undefined) damaged.bytes[20_000] = (damaged.bytes[20_000] ?? 0) ^ 1
    await answered("whole")
    await cameBack()
    await shows("answers", "whole")
    expect(element("answers").textContent.match(/\[answer-damaged/g)).toHaveLength(2)
    expect(element("answers").textContent).not.toContain("another")
})

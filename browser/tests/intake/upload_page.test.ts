// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhanceUpload } from "../../src/intake/upload_page.js"
import { chosenDeposit, ChosenDepositError } from "../../src/sending/chosen_deposit.js"
import { BlindServer, refused } from "../support/blind_server.js"
import { randomNumbers } from "../support/random_numbers.js"

const START = "age-encryption.org/v1\n"
const MAILBOX = "0123456789abcdef".repeat(2)

let server: BlindServer
let form: HTMLFormElement

function bytesOf(...sizes: readonly number[]): Uint8Array<ArrayBuffer> {
    const line = `safelight-deposit/1 ${MAILBOX} ${"ab".repeat(32)} 3 ${sizes.join("+")}\n`
    const next = randomNumbers(7)
    const envelopes = sizes.map((size) =>
        Buffer.concat([
            Buffer.from(START),
            Buffer.from(Array.from({ length: size - START.length }, () => next() * 256)),
        ]),
    )
    return new Uint8Array(Buffer.concat([Buffer.from(line), ...envelopes]))
}

beforeEach(() => {
    server = new BlindServer()
    const keys = ["sending", "arrived", "arrived-before"]
    const problems = ["network", "busy", "taken", "withdrawn", "too-large", "not-a-deposit"]
    keys.push(...problems.map((one) => `problem-${one}`), "problem-refused")
    document.body.innerHTML = `<main tabindex="-1"><p id="problem" hidden></p>
        <p id="status"></p><progress id="progress" hidden></progress>
        <ul id="arrived" hidden></ul>
        <form id="upload"><input id="file" type="file"><button>Send</button></form></main>
        ${keys.map((key) => `<template id="say-${key}">${key}</template>`).join("")}`
    form = document.forms[0] ?? document.createElement("form")
    enhanceUpload(document, server)
})

function choose(content: Uint8Array<ArrayBuffer>): void {
    const file = new File([content], "data-10.bin")
    Object.defineProperty(document.getElementById("file"), "files", {
        value: [file],
        configurable: true,
    })
}

function press(): boolean {
    return form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }))
}

async function says(id: "problem" | "status", text: string): Promise<void> {
    await vi.waitFor(
        () => {
            expect(document.getElementById(id)?.textContent).toBe(text)
            expect(form.hasAttribute("aria-busy")).toBe(false)
        },
        { timeout: 10_000, interval: 5 },
    )
}

function expectKept(content: Uint8Array): void {
    expect(server.envelopes).toHaveLength(1)
    expect(Buffer.from(server.envelopes[0]?.bytes ?? []).equals(content)).toBe(true)
    expect(server.envelopes[0]?.mailbox).toBe(MAILBOX)
}

test("a deposit file goes in requests below 12 kB and says itself where it belongs", async () => {
    const content = bytesOf(32 * 1024, 60 * 1024)
    choose(content)
    expect(press()).toBe(false)
    await says("status", "arrived")
    expectKept(content)
    for (const { body } of server.asked) expect(body.length).toBeLessThanOrEqual(11_000)
    expect(document.querySelector("form")).toBeNull()
    expect(document.getElementById("arrived")?.hidden).toBe(false)
    const names = server.asked.flatMap(({ headers }) => headers["Upload-Metadata"] ?? [])
    expect(names.join().replace(/ [^,]+/g, "")).toBe("kind,sha256")
})

test("every connection cut or lost, one at a time: whole, and once", async () => {
    const content = bytesOf(32 * 1024, 60 * 1024)
    for (const fault of ["cut", "lost"] as const) {
        for (let number = 0; number < 14; number += 1) {
            server.asked.length = 0
            server.envelopes.length = 0
            server.uploads.clear()
            server.fault = (asked) => (asked.number === number ? fault : null)
            document.querySelector("main")?.append(form)
            choose(content)
            press()
            await vi.waitFor(() => {
                expect(document.querySelector("form")).toBeNull()
            })
            expectKept(content)
        }
    }
})

test("a second press goes on where the first stopped", async () => {
    const content = bytesOf(32 * 1024)
    choose(content)
    server.fault = ({ headers }) => (Number(headers["Upload-Offset"]) >= 22_000 ? "cut" : null)
    press()
    await says("problem", "problem-network")
    server.fault = () => null
    const before = server.asked.length
    press()
    await says("status", "arrived")
    expectKept(content)
    const after = server.asked.slice(before).map(({ method }) => method)
    expect(after).toEqual(["HEAD", "PATCH"])
})

test("the same file again arrives once, and the page does not claim that it is new", async () => {
    const content = bytesOf(32 * 1024)
    for (const said of ["arrived", "arrived-before"]) {
        document.querySelector("main")?.append(form)
        choose(content)
        press()
        await says("status", said)
    }
    expectKept(content)
})

test.each([
    ["another file", new Uint8Array([0xff, 0xd8, 0xff, 0xe0])],
    ["nothing", new Uint8Array(0)],
    [
        "a photo behind a forged line",
        new TextEncoder().encode(
            `safelight-deposit/1 ${MAILBOX} ${"ab".repeat(32)} 3 30\n${"a photo, and not an envelope ".padEnd(30)}`,
        ),
    ],
    ["one cut off", bytesOf(32 * 1024).slice(0, -1)],
    ["one with more behind it", new Uint8Array([...bytesOf(32 * 1024), 1])],
])("%s never leaves the device", async (_, content) => {
    choose(content)
    press()
    await says("problem", "problem-not-a-deposit")
    expect(server.asked).toEqual([])
})

test("more than sixteen mebibytes are not read", async () => {
    const file = { size: 16 * 1024 * 1024 + 1 } as File
    await expect(chosenDeposit(file)).rejects.toThrow(ChosenDepositError)
})

test.each([
    [410, "withdrawn", "problem-withdrawn"],
    [409, "mailbox-taken", "problem-taken"],
])(
    "what the server refuses for good (%i) is said, and taken away from it",
    async (status, word, said) => {
        choose(bytesOf(100 * 1024))
        server.fault = ({ headers }) =>
            (headers["Upload-Concat"] ?? "").startsWith("final") ? refused(status, word) : null
        press()
        await says("problem", said)
        expect(server.uploads.size).toBe(0)
        expect(server.log.filter((line) => line.startsWith("DELETE"))).toHaveLength(2)
    },
)

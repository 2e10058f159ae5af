// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest"

import { enhance } from "../../src/intake/page.js"
import { TAG_SIZE } from "../../src/sealing/message_tag.js"
import { openBytes } from "../../src/sealing/opening.js"
import {
    desk,
    form,
    freshPage,
    press,
    receiptShown,
    saidAtLast,
    server,
} from "../support/form_journey.js"
import { element, SENTENCES, story } from "../support/form_page.js"
import { PICTURES } from "../support/pictures.js"

beforeEach(freshPage)

const JPEG = Uint8Array.from(Buffer.from(PICTURES.jpeg, "base64"))

async function choose(...files: readonly File[]): Promise<void> {
    const input = element("files") as HTMLInputElement
    Object.defineProperty(input, "files", { value: files, configurable: true })
    input.dispatchEvent(new Event("change"))
    await vi.waitFor(
        () => {
            expect(element("files-list").textContent).not.toContain(SENTENCES["file-reading"])
        },
        { timeout: 10_000 },
    )
}

function photo(name = "photo.jpg"): File {
    return new File([JPEG], name, { type: "image/jpeg" })
}

function lines(): readonly string[] {
    return [...element("files-list").children].map((line) => line.textContent)
}

function button(key: "file-keep" | "file-remove", line = 0): HTMLButtonElement {
    const buttons = [...(element("files-list").children[line]?.querySelectorAll("button") ?? [])]
    const found = buttons.find(({ textContent }) => textContent === SENTENCES[key])
    if (found === undefined) throw new Error(`expected a button ${key}`)
    return found
}

/** The header and the bytes of each file that arrived after the report. */
async function arrivedFiles(): Promise<readonly { header: unknown; bytes: Uint8Array }[]> {
    const opened = server.envelopes
        .slice(1)
        .map(({ bytes }) => openBytes(bytes, { identities: [desk.identity] }))
    return (await Promise.all(opened)).map((content) => {
        const end = content.indexOf(10) + 1
        const header = JSON.parse(new TextDecoder().decode(content.subarray(0, end))) as unknown
        return { header, bytes: content.slice(end, -TAG_SIZE) }
    })
}

test("each file says what becomes of it, and its buttons name it for screen readers", async () => {
    enhance(document, server)
    const big = new File([new Uint8Array(200_000)], "big.bin")
    const note = new File(["x"], "note.txt", { type: "text/plain" })
    await choose(photo(), new File(["%PDF-1.7"], "letter.pdf"), note, big)
    expect(lines().map((line) => line.split(") ")[1]?.split(" ").slice(0, 2).join(" "))).toEqual([
        "cleaned Take",
        "unknown Send",
        "plain Take",
        "too large",
    ])
    expect(button("file-keep", 1).getAttribute("aria-label")).toBe("Send as it is: letter.pdf")
})

test("the browser's own control, which would say that no file is chosen, makes room for a button", async () => {
    const input = element("files") as HTMLInputElement
    input.setAttribute("aria-describedby", "files-help")
    const opened = vi.spyOn(input, "click").mockImplementation(() => undefined)
    enhance(document, server)
    const choosing = document.querySelector<HTMLButtonElement>("button.choose")
    expect(input.hidden).toBe(true)
    expect(choosing?.textContent).toBe("Choose")
    expect(choosing?.getAttribute("aria-describedby")).toBe("files-help files-count")
    expect(element("files-count").textContent).toBe("0 on the list")
    expect(element("files-count").getAttribute("role")).toBe("status")
    choosing?.click()
    expect(opened).toHaveBeenCalledTimes(1)
    await choose(photo("a.jpg"), photo("b.jpg"))
    expect(choosing?.textContent).toBe("Choose more")
    expect(element("files-count").textContent).toBe("2 on the list")
    button("file-remove").click()
    expect(element("files-count").textContent).toBe("1 on the list")
    expect(document.activeElement).toBe(choosing)
})

test("while it is sent, the list of files stays as it is, also where `inert` is not known", async () => {
    enhance(document, server)
    await choose(photo())
    server.fault = () => "cut"
    press()
    button("file-remove").click()
    expect(lines()).toHaveLength(1)
    await saidAtLast(SENTENCES["problem-network"])
    await vi.waitFor(() => {
        expect(form.hasAttribute("aria-busy")).toBe(false)
    })
    button("file-remove").click()
    expect(lines()).toHaveLength(0)
})

test("a photo goes as an envelope of its own after the report, without its metadata", async () => {
    enhance(document, server)
    story().value = "evening"
    await choose(photo("../me/фото.jpg"))
    press()
    await receiptShown()
    await saidAtLast(SENTENCES.sent)
    const [file, ...more] = await arrivedFiles()
    expect(more).toEqual([])
    expect(file?.header).toMatchObject({
        format: "safelight-file/1",
        mailbox: server.envelopes[0]?.mailbox,
        name: "фото.jpg",
        type: "image/jpeg",
        metadata: "removed",
    })
    expect(file?.bytes.slice(0, 2)).toEqual(JPEG.slice(0, 2))
})

test("nothing is sent before a person has decided about a file of an unknown kind", async () => {
    enhance(document, server)
    story().value = "evening"
    await choose(new File(["%PDF-1.7"], "letter.pdf", { type: "application/pdf" }))
    press()
    await saidAtLast(SENTENCES["problem-files-undecided"])
    expect(server.asked).toEqual([])
    button("file-keep").click()
    expect(lines()[0]).toContain(SENTENCES["file-as-it-is"])
    await vi.waitFor(() => {
        expect(form.hasAttribute("aria-busy")).toBe(false)
    })
    press()
    await receiptShown()
    await saidAtLast(SENTENCES.sent)
    const [file] = await arrivedFiles()
    expect(file?.header).toMatchObject({ metadata: "kept", type: "application/pdf" })
    expect(new TextDecoder().decode(file?.bytes)).toBe("%PDF-1.7")
})

test("a file that was taken off the list is not sent", async () => {
    enhance(document, server)
    story().value = "evening"
    await choose(photo("a.jpg"), photo("b.jpg"))
    button("file-remove", 0).click()
    expect(lines()).toHaveLength(1)
    press()
    await receiptShown()
    await saidAtLast(SENTENCES.sent)
    const files = await arrivedFiles()
    expect(files.map(({ header }) => (header as { name: string }).name)).toEqual(["b.jpg"])
})

test("when a file does not get through, the words stand there and the rest goes later", async () => {
    enhance(document, server)
    story().value = "evening"
    await choose(photo("a.jpg"), photo("b.jpg"))
    // The report and the first file arrive.
    server.fault = () => (server.envelopes.length > 1 ? "cut" : null)
    press()
    await receiptShown()
    await saidAtLast(SENTENCES["problem-files"])
    expect(element("receipt-words").children).toHaveLength(12)
    expect(element("receipt-title").textContent).toBe(SENTENCES["title-files"])
    const again = form.querySelector<HTMLElement>("[data-needs-script]")
    expect(again?.hidden).toBe(false)
    expect(document.body.textContent).not.toContain("evening")
    server.fault = () => null
    await vi.waitFor(() => {
        expect(form.hasAttribute("aria-busy")).toBe(false)
    })
    press()
    await saidAtLast(SENTENCES.sent)
    expect(server.envelopes).toHaveLength(3)
    expect(element("receipt-title").textContent).toBe("Arrived")
    expect(document.getElementById("report")).toBeNull()
})

/** What a person does on the form's page, and what a test looks at afterwards. */

import { expect, vi } from "vitest"

import { openBytes } from "../../src/sealing/opening.js"
import type { BlindServer } from "./blind_server.js"
import type { Desk } from "./desks.js"
import { deskAndForm, element, story } from "./form_page.js"

export const STORY = "Они написали моему директору. 🏳\nAnd to the parents."

export let desk: Desk
export let form: HTMLFormElement
export let server: BlindServer

/** A new page, server and desk: before each test. */
export async function freshPage(): Promise<void> {
    ;({ desk, form, server } = await deskAndForm())
}

export function fill(): void {
    for (const box of form.querySelectorAll<HTMLInputElement>(
        '[value="THR"], [value="OUT"], [value="STAT"]',
    )) {
        box.checked = true
    }
    ;(element("region") as HTMLSelectElement).value = "UNK"
    story().value = STORY
}

/** Press the button; true if the browser would have sent the form by itself. */
export function press(): boolean {
    return form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }))
}

export async function saidAtLast(sentence: string): Promise<void> {
    await vi.waitFor(
        () => {
            const lines = ["problem", "status"].map((id) => document.getElementById(id))
            expect(lines.map((line) => line?.textContent)).toContain(sentence)
        },
        { timeout: 10_000, interval: 5 },
    )
}

export async function receiptShown(): Promise<readonly string[]> {
    await vi.waitFor(
        () => {
            expect(element("receipt").hidden).toBe(false)
        },
        { timeout: 10_000, interval: 5 },
    )
    return [...element("receipt-words").children].map((item) => item.textContent)
}

export async function opened(bytes: Uint8Array, by: Desk = desk): Promise<unknown> {
    return JSON.parse(
        new TextDecoder().decode(await openBytes(bytes, { identities: [by.identity] })),
    )
}

/** The words show that sending failed, and that everything typed is still there. */
export function expectNothingLost(): void {
    expect(document.getElementById("report")).toBe(form)
    expect(story().value).toBe(STORY)
    expect(form.querySelector<HTMLInputElement>('[value="THR"]')?.checked).toBe(true)
    expect(element("receipt").hidden).toBe(true)
    expect(element("problem").hidden).toBe(false)
    expect(element("status").textContent).toBe("")
    expect(form.hasAttribute("aria-busy")).toBe(false)
}

/** Every connection is cut from the request of that number on. */
export function offlineFrom(number: number): void {
    server.fault = (asked) => (asked.number >= number ? "cut" : null)
}

export function online(): void {
    server.fault = () => null
}

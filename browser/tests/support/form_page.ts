/** The form's page as the server renders it, with a roster and a network that a test can bend. */

import { ed25519 } from "@noble/curves/ed25519.js"
import { base64, hex } from "@scure/base"

import type { Surroundings } from "../../src/intake/page.js"
import { ROSTER_TYPE } from "../../src/sealing/roster.js"
import { hybridDesk } from "./desks.js"
import type { Desk } from "./desks.js"
import { wordList } from "./word_lists.js"

export const TODAY = "2026-11-22"

export const SENTENCES = {
    sealing: "Sealing…",
    sending: "Sending…",
    sent: "Sent.",
    "problem-network": "Could not be sent.",
    "problem-roster": "Nobody to seal it to.",
    "problem-too-long": "Too long.",
    "problem-refused": "Was refused.",
} as const

export interface RosterFields {
    readonly expires?: string
    readonly desks?: readonly Desk[]
    readonly validUntil?: string
}

const root = ed25519.utils.randomSecretKey()
export const rootHex = hex.encode(ed25519.getPublicKey(root))

export function signedRoster({
    expires = "2027-01-01",
    desks = [],
    validUntil = expires,
}: RosterFields): string {
    const payload = Buffer.from(
        JSON.stringify({
            version: 1,
            issued: "2026-01-01",
            expires,
            desks: desks.map((desk, index) => ({
                name: `desk-${(index + 1).toString()}`,
                recipient: desk.recipient.text,
                verify_key: hex.encode(new Uint8Array(32).fill(index)),
                valid_from: "2026-01-01",
                valid_until: validUntil,
            })),
        }),
    )
    const signed = Buffer.concat([
        Buffer.from(
            `DSSEv1 ${ROSTER_TYPE.length.toString()} ${ROSTER_TYPE} ${payload.length.toString()} `,
        ),
        payload,
    ])
    return JSON.stringify({
        payloadType: ROSTER_TYPE,
        payload: base64.encode(payload),
        signatures: [{ keyid: "", sig: base64.encode(ed25519.sign(signed, root)) }],
    })
}

/** Replace the document by a form with every kind of question. */
export function renderForm(roster: string): HTMLFormElement {
    document.head.innerHTML = `<meta name="safelight-root" content="${rootHex}">`
    document.body.innerHTML = `
        <header><nav><a href="/ru/">Русский</a></nav><a class="leave" href="/exit">Leave</a></header>
        <main><h1>Tell what happened</h1><section id="before">What happens to it</section>
        <form id="report" data-form="what-happened" data-form-version="1" data-language="en"
              method="post" action="/en/report">
        <fieldset id="acts">
        <label><input type="checkbox" name="acts" value="THR"> threat</label>
        <label><input type="checkbox" name="acts" value="OUT"> outing</label></fieldset>
        <select id="region" name="region"><option value="">No answer</option><option value="UNK">Unknown</option></select>
        <fieldset><input type="radio" name="role" value="VICTIM"><input type="radio" name="role" value="" checked></fieldset>
        <textarea id="story" name="story" data-longest="6000"></textarea>
        <fieldset><input type="checkbox" name="consent" value="STAT"><input type="checkbox" name="consent" value="EVIDENCE"></fieldset>
        <p id="problem" role="alert" hidden></p>
        <p id="status" role="status" aria-live="polite"></p>
        <p id="late" data-until-script>Loading…</p>
        <button type="submit" hidden disabled data-needs-script>Send</button>
        </form>
        <section id="receipt" hidden tabindex="-1"><h1 id="receipt-title">Arrived</h1><ol id="receipt-words"></ol></section></main>
        ${Object.entries(SENTENCES)
            .map(([key, sentence]) => `<template id="say-${key}">${sentence}</template>`)
            .join("")}
        <script type="application/json" id="roster">${roster}</script>`
    return element("report") as HTMLFormElement
}

export function element(id: string): HTMLElement {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`expected an element with the id ${id}, got none`)
    return found
}

export function story(): HTMLTextAreaElement {
    return element("story") as HTMLTextAreaElement
}

export interface Deposit {
    readonly address: string
    readonly request: RequestInit
    readonly bytes: Uint8Array
}

/** Answers each request by the next of `answers`, then goes on with the last. */
export class TestServer implements Surroundings {
    readonly deposits: Deposit[] = []
    readonly pauses: number[] = []
    readonly saidMeanwhile: string[] = []
    today = TODAY

    constructor(readonly answers: (() => Response)[] = [kept]) {}

    fetch(address: string, request: RequestInit): Promise<Response> {
        const bytes = (request.body as Uint8Array).slice()
        const answer = this.answers[this.deposits.length] ?? this.answers.at(-1) ?? kept
        this.deposits.push({ address, request, bytes })
        return Promise.resolve().then(answer)
    }

    pause(milliseconds: number): Promise<void> {
        this.pauses.push(milliseconds)
        this.saidMeanwhile.push(document.getElementById("status")?.textContent ?? "")
        return Promise.resolve()
    }

    now(): Date {
        return new Date(`${this.today}T12:00:00Z`)
    }

    loadWords(): Promise<ReturnType<typeof wordList>> {
        return Promise.resolve(wordList("en"))
    }
}

export function kept(): Response {
    return answer(201, { kept: "new", size: 32 * 1024 })
}

export function offline(): Response {
    throw new TypeError("Failed to fetch")
}

export function answer(
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
): Response {
    return new Response(JSON.stringify(body), { status, headers })
}

export async function deskAndForm(): Promise<{ desk: Desk; form: HTMLFormElement }> {
    const desk = await hybridDesk()
    return { desk, form: renderForm(signedRoster({ desks: [desk] })) }
}

/** The form's page as the server renders it, with a roster and a network that a test can bend. */

import { ed25519 } from "@noble/curves/ed25519.js"
import { base64, hex } from "@scure/base"

import { ROSTER_TYPE } from "../../src/sealing/roster.js"
import { hybridDesk } from "./desks.js"
import type { Desk } from "./desks.js"
import { BlindServer } from "./blind_server.js"

export const TODAY = "2026-11-22"

export const SENTENCES = {
    sealing: "Sealing…",
    sending: "Sending {percent} %",
    "sealing-file": "Sealing file {number} of {count}",
    "sending-file": "Sending file {number} of {count}, {percent} %",
    sent: "Sent.",
    "title-files": "Files follow.",
    "problem-network": "Could not be sent.",
    "problem-busy": "Later.",
    "problem-roster": "Nobody to seal it to.",
    "problem-clock": "Your clock is wrong: {day}.",
    "problem-too-long": "Too long.",
    "problem-withdrawn": "Taken back.",
    "problem-refused": "Was refused.",
    "problem-files": "Not every file.",
    "problem-files-undecided": "Decide first.",
    "files-choose": "Choose",
    "files-more": "Choose more",
    "files-count": "{count} on the list",
    "file-reading": "is looked at",
    "file-clean": "cleaned",
    "file-plain": "plain",
    "file-unknown": "unknown",
    "file-as-it-is": "as it is",
    "file-unreadable": "unreadable",
    "file-too-large": "too large",
    "file-keep": "Send as it is",
    "file-remove": "Take out",
    "size-kb": "{count} kB",
    "size-mb": "{count} MB",
} as const

export interface RosterFields {
    readonly expires?: string
    readonly desks?: readonly Desk[]
    readonly validUntil?: string
    readonly version?: number
}

const root = ed25519.utils.randomSecretKey()
export const rootHex = hex.encode(ed25519.getPublicKey(root))

export function signedRoster({
    expires = "2027-01-01",
    desks = [],
    validUntil = expires,
    version = 1,
}: RosterFields): string {
    const payload = Buffer.from(
        JSON.stringify({
            version,
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
export function renderForm(): HTMLFormElement {
    document.head.innerHTML = `<meta name="safelight-root" content="${rootHex}">
        <meta name="safelight-roster-parts" content="2"><meta name="safelight-day" content="${TODAY}">`
    document.body.innerHTML = `
        <header><nav><a href="/ru/">Русский</a></nav><a class="leave" href="/0">Leave</a></header>
        <main><h1>Tell what happened</h1><section id="before">What happens to it</section>
        <form id="report" data-form="what-happened" data-form-version="1" data-language="en"
              method="post" action="/en/1">
        <fieldset id="acts" class="question">
        <label><input type="checkbox" name="acts" value="THR"> threat</label>
        <label><input type="checkbox" name="acts" value="OUT"> outing</label></fieldset>
        <div class="question" data-only-if="acts=OUT EXT"><textarea id="demand" name="demand" data-longest="400"></textarea></div>
        <select id="region" name="region"><option value="">No answer</option><option value="UNK">Unknown</option></select>
        <fieldset><input type="radio" name="role" value="VICTIM"><input type="radio" name="role" value="" checked></fieldset>
        <textarea id="story" name="story" data-longest="6000"></textarea>
        <fieldset><input type="checkbox" name="consent" value="STAT"><input type="checkbox" name="consent" value="EVIDENCE">
        <select name="consent_for"><option value="1">1</option><option value="3" selected>3</option></select></fieldset>
        <input type="file" id="files" multiple data-largest="100000"><ul id="files-list"></ul>
        <p id="problem" role="alert" hidden></p>
        <p id="status" role="status" aria-live="polite"></p>
        <progress id="progress" hidden></progress>
        <p id="late" data-until-script>Loading…</p>
        <button type="submit" hidden disabled data-needs-script>Send</button>
        </form>
        <section id="receipt" hidden tabindex="-1"><h1 id="receipt-title">Arrived</h1><ol id="receipt-words"></ol></section></main>
        ${Object.entries(SENTENCES)
            .map(([key, sentence]) => `<template id="say-${key}">${sentence}</template>`)
            .join("")}`
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

/** A server with a signed roster of one desk, and the form in the page. */
export async function deskAndForm(): Promise<{
    desk: Desk
    form: HTMLFormElement
    server: BlindServer
}> {
    const desk = await hybridDesk()
    const server = new BlindServer()
    server.roster = signedRoster({ desks: [desk] })
    server.today = TODAY
    return { desk, form: renderForm(), server }
}

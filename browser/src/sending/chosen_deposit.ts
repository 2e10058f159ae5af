/**
 * A deposit file that somebody chose, looked at before anything of it is sent: a photo chosen by
 * mistake must not leave the device (docs/spec/pocket-form.md; twin: sealing/deposit_file.py).
 */

import { SafelightError } from "../errors.js"

export class ChosenDepositError extends SafelightError {
    override readonly name = "ChosenDepositError"

    constructor(readonly problem: "not-a-deposit" | "too-large") {
        super("expected a whole deposit file of at most 16 MiB; choose what the form has saved")
    }
}

declare const chosen: unique symbol
/** A whole deposit file. Only `chosenDeposit` makes one, so that nothing else can be sent as one. */
export type ChosenDeposit = Blob & { readonly [chosen]: true }

const LARGEST = 16 * 1024 * 1024
const LONGEST_LINE = 300
const MOST_ENVELOPES = 8
const LINE =
    /^safelight-deposit\/1 [0-9a-f]{32} [0-9a-f]{64} [1-9][0-9]{0,15} ([1-9][0-9]{0,8}(?:\+[1-9][0-9]{0,8})*)\n/
const ENVELOPE_START = "age-encryption.org/v1\n"

/** `file`, if it is what the pocket form saves; else throws `ChosenDepositError`. */
export async function chosenDeposit(file: Blob): Promise<ChosenDeposit> {
    if (file.size > LARGEST) throw new ChosenDepositError("too-large")
    const [line, listed] = LINE.exec(await textAt(file, 0, LONGEST_LINE)) ?? []
    if (line === undefined || listed === undefined) throw new ChosenDepositError("not-a-deposit")
    const sizes = listed.split("+").map(Number)
    let at = line.length
    for (const size of sizes) {
        const start = await textAt(file, at, ENVELOPE_START.length)
        if (start !== ENVELOPE_START) throw new ChosenDepositError("not-a-deposit")
        at += size
    }
    if (at !== file.size || sizes.length > MOST_ENVELOPES) {
        throw new ChosenDepositError("not-a-deposit")
    }
    return file as ChosenDeposit
}

async function textAt(file: Blob, at: number, length: number): Promise<string> {
    const bytes = new Uint8Array(await file.slice(at, at + length).arrayBuffer())
    return String.fromCharCode(...bytes)
}

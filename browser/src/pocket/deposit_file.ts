/** A deposit as one file, for any channel (docs/spec/pocket-form.md; twin: sealing/deposit_file.py). */

import type { Receipt } from "../sealing/receipt.js"
import type { SealedReport } from "../sealing/seal.js"

/** The first of `envelopes` holds the report, the others its files. */
export function depositFile(
    receipt: Receipt,
    rosterVersion: number,
    envelopes: readonly SealedReport[],
): Uint8Array<ArrayBuffer> {
    const sizes = envelopes.map((envelope) => envelope.length)
    const line = new TextEncoder().encode(
        `safelight-deposit/1 ${receipt.mailboxId} ${receipt.verifier} ${String(rosterVersion)} ${sizes.join("+")}\n`,
    )
    const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, line.length))
    bytes.set(line)
    let at = line.length
    for (const envelope of envelopes) {
        bytes.set(envelope, at)
        at += envelope.length
    }
    return bytes
}

/**
 * In the served script of circles, in place of src/sealing/recipients.ts: rooms seal nothing to
 * desks. Their roster is read for one thing, who may vouch for a counsellor; the root key signed it.
 */

import { SafelightError } from "../errors.js"
import type { HybridRecipient } from "../sealing/recipients.js"

export class RecipientError extends SafelightError {
    override readonly name = "RecipientError"
}

export function parseRecipient(text: string): HybridRecipient {
    return Object.freeze({ kind: "hybrid", text })
}

/** Receipts are of reporters. */
export function hybridRecipientFromSeed(): never {
    throw new RecipientError("expected no receipt in a room, got one")
}

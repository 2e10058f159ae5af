/** The envelope as it looks from outside, without a key (twin: sealing/envelope.py). */

import { SafelightError } from "../errors.js"
import { PADDED_SIZES } from "./padding.js"
import { MOST_RECIPIENTS } from "./seal.js"

/** Why these bytes are no envelope, in the words of the shared vectors. */
export type EnvelopeProblem = "size" | "header" | "nobody" | "recipient"

export class EnvelopeError extends SafelightError {
    override readonly name = "EnvelopeError"

    constructor(
        readonly problem: EnvelopeProblem,
        message: string,
    ) {
        super(message)
    }
}

/** Sealed bytes of the right shape. Whether they open, only a key can tell. */
export interface Envelope {
    readonly sealed: Uint8Array
    readonly recipients: number
}

const LARGEST_HEADER = 32 * 1024
// C2SP age.md, "Header": each stanza has an argument line and base64 lines, the last one short.
const STANZA = "-> [!-~]+(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n"
const HEADER = new RegExp(`^age-encryption\\.org/v1\n((?:${STANZA})*)--- [A-Za-z0-9+/]{43}\n`)
const HYBRID_STANZA = /^-> mlkem768x25519 [A-Za-z0-9+/]{1494}\n[A-Za-z0-9+/]{43}\n$/

export function parseEnvelope(untrusted: Uint8Array): Envelope {
    if (!PADDED_SIZES.includes(untrusted.length)) {
        throw new EnvelopeError(
            "size",
            `${String(untrusted.length)} bytes; an envelope is exactly one of ${PADDED_SIZES.join(", ")}`,
        )
    }
    const start = new TextDecoder("latin1").decode(untrusted.subarray(0, LARGEST_HEADER))
    const stanzas = HEADER.exec(start)?.[1]?.match(new RegExp(STANZA, "g"))
    if (stanzas === undefined) {
        throw new EnvelopeError(
            "header",
            "expected the header of an age file; ask for the envelope again",
        )
    }
    if (stanzas === null) {
        throw new EnvelopeError("nobody", "sealed to nobody; seal it again to a current roster")
    }
    if (
        stanzas.length > MOST_RECIPIENTS ||
        !stanzas.every((stanza) => HYBRID_STANZA.test(stanza))
    ) {
        throw new EnvelopeError(
            "recipient",
            `expected at most ${String(MOST_RECIPIENTS)} recipients, all post-quantum; seal it again`,
        )
    }
    return Object.freeze({ sealed: untrusted, recipients: stanzas.length })
}

/** Signed statements: DSSE v1 envelopes with one Ed25519 signature that counts (twin: sealing/statement.py). */

import { ed25519 } from "@noble/curves/ed25519.js"
import { base64 } from "@scure/base"

import { SafelightError } from "../errors.js"
import { isObject, parsedJson } from "./json.js"

// A roster of 64 post-quantum desks is some 140 kB; anything near this bound is not a statement.
const LARGEST_STATEMENT = 4 * 1024 * 1024
const MOST_SIGNATURES = 8

export type StatementProblem = "malformed" | "type" | "signature"

export class StatementError extends SafelightError {
    override readonly name = "StatementError"

    constructor(
        readonly problem: StatementProblem,
        message: string,
    ) {
        super(message)
    }
}

/**
 * The payload that the holder of `publicKey` (32 bytes) signed as `payloadType`.
 *
 * The payload's bytes are what was signed: parse those and nothing else.
 */
export function verifiedPayload(
    untrusted: string,
    payloadType: string,
    publicKey: Uint8Array,
): Uint8Array {
    const { payload, type, signatures } = parsedStatement(untrusted)
    if (type !== payloadType) {
        throw new StatementError(
            "type",
            `expected a statement of type ${payloadType}, got another type`,
        )
    }
    const signed = preAuthenticationEncoding(payloadType, payload)
    if (!signatures.some((signature) => isSignature(signature, signed, publicKey))) {
        throw new StatementError(
            "signature",
            "no signature by the expected key: the statement was changed, or signed with another key",
        )
    }
    return payload
}

function isSignature(signature: Uint8Array, signed: Uint8Array, publicKey: Uint8Array): boolean {
    if (signature.length !== 64) return false
    // RFC 8032, as Python verifies; the library's default (ZIP 215) accepts more.
    return ed25519.verify(signature, signed, publicKey, { zip215: false })
}

/** DSSE protocol, "PAE". Lengths are counted in bytes; payload types are ASCII. */
function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
    const before = new TextEncoder().encode(
        `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(payload.length)} `,
    )
    const encoded = new Uint8Array(before.length + payload.length)
    encoded.set(before)
    encoded.set(payload, before.length)
    return encoded
}

interface Statement {
    readonly payload: Uint8Array
    readonly type: string
    readonly signatures: readonly Uint8Array[]
}

function parsedStatement(untrusted: string): Statement {
    const value = untrusted.length <= LARGEST_STATEMENT ? parsedJson(untrusted) : undefined
    if (
        !isObject(value) ||
        typeof value["payload"] !== "string" ||
        typeof value["payloadType"] !== "string" ||
        !Array.isArray(value["signatures"]) ||
        value["signatures"].length > MOST_SIGNATURES
    ) {
        throw notAStatement()
    }
    return {
        payload: decoded(value["payload"]),
        type: value["payloadType"],
        signatures: value["signatures"].map((entry: unknown) => {
            if (!isObject(entry) || typeof entry["sig"] !== "string") throw notAStatement()
            return decoded(entry["sig"])
        }),
    }
}

function decoded(untrusted: string): Uint8Array {
    try {
        return base64.decode(untrusted)
    } catch {
        throw notAStatement()
    }
}

function notAStatement(): StatementError {
    return new StatementError(
        "malformed",
        "expected a signed statement: JSON with payload, payloadType and signatures; get it again from its origin",
    )
}

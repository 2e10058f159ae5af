/**
 * What members and keepers say to each other inside the room about signing: the body of a content
 * frame of kind "entering" (docs/spec/circles-entering.md). Everybody in the room reads it, so
 * everybody can count.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { hex, joined, Reader, unhex } from "../mls/bytes.js"
import { Unreadable } from "../mls/problems.js"
import { MODULUS_BYTES } from "./blind_signature.js"
import { ID } from "./invitation.js"

const REQUEST = 1
const ANSWER = 2
const REFUSAL = 3

/** Ids as hex. */
export interface SigningRequest {
    readonly kind: "request"
    readonly batch: string
    /** Of the blinded message. */
    readonly request: string
    readonly blinded: Uint8Array
}

export interface SigningAnswer {
    readonly kind: "answer"
    readonly batch: string
    readonly request: string
    readonly signature: Uint8Array
}

/** The keeper does not sign this one: as many as fit were signed. */
export interface SigningRefusal {
    readonly kind: "refusal"
    readonly batch: string
    readonly request: string
}

export type SigningMessage = SigningRequest | SigningAnswer | SigningRefusal

export function requestId(blinded: Uint8Array): string {
    return hex(sha256(blinded).subarray(0, ID))
}

export function signingBody(message: SigningMessage): Uint8Array {
    const batch = unhex(message.batch)
    if (message.kind === "request") return joined(Uint8Array.of(REQUEST), batch, message.blinded)
    const request = unhex(message.request)
    if (message.kind === "refusal") return joined(Uint8Array.of(REFUSAL), batch, request)
    return joined(Uint8Array.of(ANSWER), batch, request, message.signature)
}

/** Throws `Unreadable`. */
export function parsedSigning(untrusted: Uint8Array): SigningMessage {
    const read = new Reader(untrusted, "a message about signing")
    const kind = read.byte()
    const batch = hex(read.take(ID))
    if (kind === REQUEST) {
        const blinded = read.take(MODULUS_BYTES)
        read.end()
        return { kind: "request", batch, request: requestId(blinded), blinded }
    }
    const request = hex(read.take(ID))
    if (kind === REFUSAL) {
        read.end()
        return { kind: "refusal", batch, request }
    }
    if (kind !== ANSWER) throw new Unreadable("a message about signing: expected a known kind")
    const signature = read.take(MODULUS_BYTES)
    read.end()
    return { kind: "answer", batch, request, signature }
}

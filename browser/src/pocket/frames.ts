/**
 * A file as a row of texts, each small enough for one QR code (docs/spec/pocket-form.md; twin:
 * casework/qr_frames.py). Only characters of QR's alphanumeric mode, which makes codes coarser.
 *
 *     SL1/<file>/<index>/<total>/<check>/<base45>
 */

import { sha256 } from "@noble/hashes/sha2.js"
import { hex } from "@scure/base"

/** RFC 9285, table 1; also the characters of QR's alphanumeric mode in their order. */
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
// QR version 25 at level M holds 1,451 such characters: 36 of the frame, then 3 for 2 bytes.
const FRAME_BYTES = 942
const FILE_DIGITS = 16
const CHECK_DIGITS = 8

export function frames(file: Uint8Array): readonly string[] {
    const total = Math.ceil(file.length / FRAME_BYTES)
    const name = digest(file).slice(0, FILE_DIGITS)
    return Array.from({ length: total }, (_, index) => {
        const place = `${name}/${String(index + 1)}/${String(total)}`
        const data = base45(file.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES))
        const check = digest(new TextEncoder().encode(`${place}/${data}`)).slice(0, CHECK_DIGITS)
        return `SL1/${place}/${check}/${data}`
    })
}

function digest(bytes: Uint8Array): string {
    return hex.encode(sha256(bytes)).toUpperCase()
}

/** RFC 9285 §4: two bytes are three characters, a last byte alone two; least significant first. */
export function base45(bytes: Uint8Array): string {
    let text = ""
    for (let at = 0; at < bytes.length; at += 2) {
        const second = bytes[at + 1]
        let value = (bytes[at] ?? 0) * (second === undefined ? 1 : 256) + (second ?? 0)
        for (let digit = second === undefined ? 2 : 3; digit > 0; digit -= 1) {
            text += BASE45.charAt(value % 45)
            value = Math.floor(value / 45)
        }
    }
    return text
}

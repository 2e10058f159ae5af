/** The text form of an age file (C2SP age.md, ASCII armor). Strict, as the vectors ask. */

import { armor } from "age-encryption"

import { SafelightError } from "../errors.js"

export class ArmorError extends SafelightError {
    override readonly name = "ArmorError"
}

export function encodeArmor(sealed: Uint8Array): string {
    return armor.encode(sealed)
}

export function decodeArmor(untrusted: string): Uint8Array {
    try {
        return armor.decode(untrusted)
    } catch {
        throw new ArmorError(
            "expected lines of base64 between BEGIN and END AGE ENCRYPTED FILE; copy the whole text again",
        )
    }
}

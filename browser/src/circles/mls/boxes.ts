/** Bytes sealed to one key: a member's box, or a batch's door for knocks. HPKE of the suite. */

import { ascii, joined } from "./bytes.js"
import { Unreadable } from "./problems.js"
import { CLASSIC, suiteOf } from "./suites.js"
import type { SuiteName } from "./suites.js"

export interface BoxKey {
    readonly public: Uint8Array
    /** 32 bytes in both suites. */
    readonly secret: Uint8Array
}

/** What a box is for; bound into it, so that none can be taken for another. */
export type Purpose = "knock" | "keeper key" | "signing" | "report"

export async function drawnBoxKey(suiteName: SuiteName): Promise<BoxKey> {
    const { hpke } = suiteOf(suiteName)
    const pair = await hpke.generateKeyPair()
    return {
        public: await hpke.exportPublicKey(pair.publicKey),
        secret: await hpke.exportPrivateKey(pair.privateKey),
    }
}

/** The public key that belongs to a secret one. */
export function boxKeyOf(suiteName: SuiteName, secret: Uint8Array): BoxKey {
    return { public: suiteOf(suiteName).publicKeyOf(secret), secret }
}

/** `to`: circle, batch or member: whatever the box is bound to besides its purpose. */
export async function boxed(
    plaintext: Uint8Array,
    key: Uint8Array,
    suiteName: SuiteName,
    purpose: Purpose,
    to: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
    const { hpke } = suiteOf(suiteName)
    const sealed = await hpke.seal(await hpke.importPublicKey(key), plaintext, info(purpose, to))
    return joined(sealed.enc, sealed.ct)
}

/** Throws `Unreadable`. */
export async function unboxed(
    untrusted: Uint8Array,
    secret: Uint8Array,
    suiteName: SuiteName,
    purpose: Purpose,
    to: Uint8Array,
): Promise<Uint8Array> {
    const { hpke } = suiteOf(suiteName)
    const enc = encapsulated(suiteName)
    if (untrusted.length < enc + TAG) throw new Unreadable("a box: expected more bytes")
    const key = await hpke.importPrivateKey(secret)
    return hpke.open(key, untrusted.slice(0, enc), untrusted.slice(enc), info(purpose, to))
}

/** How much longer a box is than what lies in it. */
export function boxOverhead(suiteName: SuiteName): number {
    return encapsulated(suiteName) + TAG
}

const TAG = 16

function encapsulated(suiteName: SuiteName): number {
    return suiteName === CLASSIC ? 32 : 1120
}

function info(purpose: Purpose, to: Uint8Array): Uint8Array {
    return joined(ascii(`safelight circle box v1\0${purpose}\0`), to)
}

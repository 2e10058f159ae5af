/** A batch, as a keeper makes it; its RSA key comes from Node, so that tests do not wait for ours. */

import { generateKeyPairSync } from "node:crypto"

import { keyOf } from "../../../src/circles/entering/batch_key.js"
import { numberOf, randomBytes } from "../../../src/circles/entering/big_numbers.js"
import {
    blind,
    blindSign,
    finalized,
    keyBytes,
} from "../../../src/circles/entering/blind_signature.js"
import type { PrivateKey } from "../../../src/circles/entering/blind_signature.js"
import { batchId, invitationMessage } from "../../../src/circles/entering/invitation.js"
import type { InvitationLink } from "../../../src/circles/entering/invitation.js"
import { knockKeys } from "../../../src/circles/entering/knock.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import type { Invitation } from "../../../src/circles/mls/leaf.js"
import type { Batch, Settings } from "../../../src/circles/mls/settings.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"

export const NOW = new Date("2026-11-23T12:00:00Z")
export const CIRCLE = Uint8Array.from({ length: 16 }, (_, at) => at + 1)

export function rsaKey(): PrivateKey {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const { p = "", q = "" } = privateKey.export({ format: "jwk" })
    const of = (text: string): bigint => numberOf(Uint8Array.from(Buffer.from(text, "base64url")))
    return keyOf(of(p), of(q))
}

export interface MadeBatch {
    readonly key: PrivateKey
    readonly batch: Batch
}

export function madeBatch(): MadeBatch {
    const key = rsaKey()
    const modulus = keyBytes(key)
    return {
        key,
        batch: {
            id: hex(batchId(modulus)),
            modulus: hex(modulus),
            knock_secret: hex(randomBytes(32)),
            ends: "2026-11-30",
        },
    }
}

export function signedInvitation({ key, batch }: MadeBatch): Invitation {
    const [id, nonce] = [unhex(batch.id), randomBytes(32)]
    const message = invitationMessage(id, nonce)
    const blinded = blind(key, message)
    const signature = finalized(key, message, blindSign(key, blinded.message), blinded.inverse)
    return { batch: id, nonce, signature }
}

export async function madeLink(
    made: MadeBatch,
    suite: SuiteName = CLASSIC,
    circle: Uint8Array = CIRCLE,
): Promise<InvitationLink> {
    return {
        suite,
        circle,
        invitation: signedInvitation(made),
        knock: await knockKeys(unhex(made.batch.knock_secret)),
        policy: new Uint8Array(16),
    }
}

export function settingsWith(...batches: readonly Batch[]): Settings {
    return {
        v: 1,
        name: "Room under test",
        keepers: ["00".repeat(16)],
        muted: [],
        band: "adults",
        counsellors: [],
        days: 7,
        batches,
        franking: "",
        pinned: [],
        closed: false,
        saving: false,
        policy: "",
    }
}

import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption"

import { parseRecipient } from "../../src/sealing/recipients.js"
import type { Recipient } from "../../src/sealing/recipients.js"

export interface Desk {
    readonly identity: string
    readonly recipient: Recipient
}

export async function hybridDesk(): Promise<Desk> {
    return deskOf(await generateHybridIdentity())
}

export async function classicDesk(): Promise<Desk> {
    return deskOf(await generateX25519Identity())
}

async function deskOf(identity: string): Promise<Desk> {
    return { identity, recipient: parseRecipient(await identityToRecipient(identity)) }
}

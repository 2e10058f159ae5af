/** The signed rules as this device knows them: fetched in parts, never older than those before. */

import type { Network } from "../../sending/network.js"
import { assembledText } from "../../sending/parts.js"
import type { Store } from "../keeping/store.js"
import { PolicyError, verifiedPolicy } from "./policy.js"
import type { CirclesPolicy } from "./policy.js"

const ROW = "rules"
/** 64 KiB of payload and what a statement puts around it. */
const MOST_PARTS = 16

/** What was taken in last; null: nothing yet. */
export async function knownPolicy(store: Store, rootHex: string): Promise<CirclesPolicy | null> {
    const stored = await store.get(ROW)
    if (stored === undefined) return null
    try {
        const text = new TextDecoder().decode(stored)
        return verifiedPolicy(text, { rootHex, lastSeenVersion: null })
    } catch (error) {
        if (error instanceof PolicyError) return null // another root key's since
        throw error
    }
}

/**
 * The rules that the server shows now, kept for the next time. Throws `PolicyError` for forged ones
 * and for older ones than are known here, `SendingError` if none come: then those known hold.
 */
export async function currentPolicy(
    network: Network,
    store: Store,
    rootHex: string,
): Promise<CirclesPolicy> {
    const known = await knownPolicy(store, rootHex)
    const text = await assembledText(network, "/circles/policy", MOST_PARTS)
    const policy = verifiedPolicy(text, { rootHex, lastSeenVersion: known?.version ?? null })
    if (policy.hash !== known?.hash) {
        await store.put(new Map([[ROW, new TextEncoder().encode(text)]]))
    }
    return policy
}

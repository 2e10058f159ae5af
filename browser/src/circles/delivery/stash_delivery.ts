/** Moving to another device, over HTTP: a stash is left in pieces and taken once. */

import { sha256 } from "@noble/hashes/sha2.js"

import { hexOf } from "../../sealing/receipt.js"
import type { Network } from "../../sending/network.js"
import { answered, answeredForWork } from "./asking.js"
import type { Question, Told } from "./asking.js"
import { LARGEST_STASH, PIECE, Refused } from "./delivery.js"
import type { StashDelivery } from "./delivery.js"
import { isKept } from "./log_delivery.js"
import { checkedLength, fetchedWhole, mismatched, piecesIn, some } from "./pieces.js"
import { hexFrom, idOf, wholeFrom } from "./untrusted.js"

const CLAIM = new TextEncoder().encode("safelight claim v1\0")
const ROUNDS = 3

export class HttpStash implements StashDelivery {
    constructor(readonly network: Network) {}

    async stash(
        id: Uint8Array,
        key: Uint8Array,
        sealed: Uint8Array,
        progressed: (arrived: number) => void = () => undefined,
    ): Promise<void> {
        checkedLength(sealed, LARGEST_STASH)
        const path = stashPath(id)
        const begun: Question = {
            method: "POST",
            path,
            shown: {
                Verifier: sha256(key),
                Digest: sha256(sealed),
                Size: String(sealed.length),
            },
        }
        await answeredForWork(this.network, begun, sealed.length, keptIn)
        for (let round = 1; ; round += 1) {
            let arrived = 0
            await some(piecesIn(sealed.length), async (number) => {
                const body = sealed.subarray(number * PIECE, (number + 1) * PIECE)
                const piece: Question = {
                    method: "POST",
                    path: `${path}/piece/${String(number)}`,
                    shown: { Key: key },
                    body,
                }
                await answered(this.network, piece, keptIn)
                arrived += body.length
                progressed(arrived)
            })
            const whole: Question = { method: "POST", path: `${path}/whole`, shown: { Key: key } }
            try {
                await answered(this.network, whole, keptIn)
                return
            } catch (error) {
                const missing = error instanceof Refused && error.problem === "pieces-missing"
                if (!missing || round === ROUNDS) throw error
            }
        }
    }

    async takeStash(
        id: Uint8Array,
        key: Uint8Array,
        claim: Uint8Array,
    ): Promise<Uint8Array | null> {
        const claimed = claimedId(claim)
        const take: Question = {
            method: "POST",
            path: `${stashPath(id)}/take/${idOf(claimed)}`,
            shown: { Key: key, Verifier: sha256(claim) },
        }
        const found = await answered(this.network, take, ({ status, problem, facts }) => {
            if (problem === "no-stash") return { none: true } as const
            const size = wholeFrom(facts["size"], 1, LARGEST_STASH)
            const digest = hexFrom(facts["sha256"], 32)
            return status === 200 && size !== null && digest !== null ? { size, digest } : null
        })
        if ("none" in found) return null
        const at = { path: `${stashPath(claimed)}/piece`, shown: { Key: claim } }
        const whole = await fetchedWhole(this.network, at, found.size)
        if (hexOf(sha256(whole)) !== hexOf(found.digest)) throw mismatched()
        return whole
    }

    dropStash(claim: Uint8Array): Promise<void> {
        const path = `${stashPath(claimedId(claim))}/drop`
        return answered(
            this.network,
            { method: "POST", path, shown: { Key: claim } },
            // Gone is gone, whoever did it.
            ({ facts, problem }) =>
                facts["dropped"] === true || problem === "no-stash" ? undefined : null,
        )
    }
}

/** Where a taken stash lies: the words no longer lead there. */
function claimedId(claim: Uint8Array): Uint8Array {
    const labelled = new Uint8Array(CLAIM.length + claim.length)
    labelled.set(CLAIM)
    labelled.set(claim, CLAIM.length)
    return sha256(labelled).subarray(0, 16)
}

function stashPath(id: Uint8Array): string {
    return `/stash/${idOf(id)}`
}

function keptIn({ status, facts }: Told): undefined | null {
    return isKept(status) && typeof facts["kept"] === "string" ? undefined : null
}

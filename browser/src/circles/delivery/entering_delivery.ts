/** Coming in, over HTTP: batches, invitations, knocks, landings. */

import { sha256 } from "@noble/hashes/sha2.js"

import { isObject } from "../../sealing/json.js"
import type { Network } from "../../sending/network.js"
import { answered, answeredForWork } from "./asking.js"
import type { Question, Told } from "./asking.js"
import { InvitationSpent, KNOCK, LARGEST_WELCOME, PIECE } from "./delivery.js"
import type {
    BatchFacts,
    EnteringDelivery,
    Invited,
    LandingFacts,
    TakenPackage,
    WaitingKnock,
    WaitingWelcome,
} from "./delivery.js"
import { isKept, pathOf } from "./log_delivery.js"
import { checkedLength, fetchedWhole, sentWhole } from "./pieces.js"
import { dayFrom, hexFrom, idOf, listFrom, rowFrom, wholeFrom } from "./untrusted.js"

const MODULUS = 256
const NONCE = 32
const SIGNATURE = 256
/** More than this the server does not keep; what says more is another. */
const MOST_BATCHES = 100
const MOST_KNOCKS = 25
const MOST_WELCOMES = 8
const MOST_PACKAGES = 20

export class HttpEntering implements EnteringDelivery {
    constructor(readonly network: Network) {}

    openBatch(circle: Uint8Array, keeperKey: Uint8Array, modulus: Uint8Array): Promise<BatchFacts> {
        const question: Question = {
            method: "POST",
            path: `${pathOf(circle)}/batch`,
            shown: { "Keeper-Key": keeperKey },
            body: modulus,
        }
        return answered(this.network, question, ({ status, facts }) => {
            const found = isKept(status) ? batchFrom(facts) : null
            return found !== null && equal(found.batch, batchOf(modulus)) ? found : null
        })
    }

    batches(circle: Uint8Array, doorKey: Uint8Array): Promise<readonly BatchFacts[]> {
        return this.#listed(`${pathOf(circle)}/batches`, doorKey, ({ facts }) =>
            listFrom(facts["batches"], MOST_BATCHES, batchFrom),
        )
    }

    knocks(circle: Uint8Array, doorKey: Uint8Array): Promise<readonly WaitingKnock[]> {
        return this.#listed(`${pathOf(circle)}/knocks`, doorKey, ({ facts }) =>
            listFrom(facts["knocks"], MOST_KNOCKS, (one) => {
                const id = rowFrom(one["id"])
                const day = dayFrom(one["day"])
                return id !== null && day !== null && one["size"] === KNOCK ? { id, day } : null
            }),
        )
    }

    #listed<Thing>(
        path: string,
        key: Uint8Array,
        read: (told: Told) => Thing | null,
    ): Promise<Thing> {
        const question: Question = { method: "GET", path, shown: { Key: key } }
        return answered(this.network, question, (told) => (told.status === 200 ? read(told) : null))
    }

    async knock(circle: Uint8Array, doorKey: Uint8Array, id: string): Promise<Uint8Array | null> {
        const path = `${pathOf(circle)}/knock/${id}`
        const question: Question = { method: "GET", path, shown: { Key: doorKey } }
        const found = await answered(this.network, question, ({ status, problem, bytes }) => {
            if (status === 404 && problem === "no-such-page") return { bytes: null }
            return status === 200 && bytes.length === KNOCK ? { bytes } : null
        })
        return found.bytes
    }

    dropKnock(circle: Uint8Array, keeperKey: Uint8Array, id: string): Promise<void> {
        const question: Question = {
            method: "POST",
            path: `${pathOf(circle)}/knock/${id}`,
            shown: { "Keeper-Key": keeperKey },
        }
        return answered(this.network, question, ({ status, facts }) =>
            status === 200 && typeof facts["deleted"] === "boolean" ? undefined : null,
        )
    }

    comeIn({ batch, nonce, signature, knock }: Invited): Promise<void> {
        const fits =
            nonce.length === NONCE && signature.length === SIGNATURE && knock.length === KNOCK
        if (!fits) throw new RangeError("an invitation's parts have fixed lengths")
        const body = new Uint8Array(NONCE + SIGNATURE + KNOCK)
        body.set(nonce)
        body.set(signature, NONCE)
        body.set(knock, NONCE + SIGNATURE)
        const path = `/invitation/${idOf(batch)}`
        return answered(
            this.network,
            { method: "POST", path, shown: {}, body },
            ({ status, problem, uncertain }) => {
                if (problem === "invitation-spent") {
                    const message = "expected an invitation that nobody used, got one that was used"
                    throw new InvitationSpent(message, uncertain)
                }
                return isKept(status) ? undefined : null
            },
        )
    }

    prepareLanding(
        landing: Uint8Array,
        ownerHash: Uint8Array,
        giverHash: Uint8Array,
    ): Promise<void> {
        const shown = { Owner: ownerHash, Giver: giverHash }
        const question: Question = { method: "POST", path: landingPath(landing), shown }
        return answeredForWork(this.network, question, 0, keptIn)
    }

    putPackage(
        landing: Uint8Array,
        ownerKey: Uint8Array,
        keyPackage: Uint8Array,
        kind: "once" | "last-resort",
    ): Promise<void> {
        checkedLength(keyPackage, PIECE)
        const path = `${landingPath(landing)}/${kind === "once" ? "package" : "last-resort"}`
        const shown = { Key: ownerKey }
        return answered(this.network, { method: "POST", path, shown, body: keyPackage }, keptIn)
    }

    async takePackage(landing: Uint8Array, giverKey: Uint8Array): Promise<TakenPackage | null> {
        const question: Question = {
            method: "POST",
            path: `${landingPath(landing)}/take`,
            shown: { Key: giverKey },
            once: true,
        }
        const found = await answered(this.network, question, (told) => {
            const { status, problem, bytes, headers } = told
            if (status === 404 && problem === "no-such-page") return { taken: null }
            if (status !== 200 || bytes.length < 1 || bytes.length > PIECE) return null
            const last = headers.get("Safelight-Last-Resort")
            if (last !== "0" && last !== "1") return null
            return { taken: { keyPackage: bytes, lastResort: last === "1" } }
        })
        return found.taken
    }

    leaveWelcome(landing: Uint8Array, giverKey: Uint8Array, welcome: Uint8Array): Promise<void> {
        checkedLength(welcome, LARGEST_WELCOME)
        const at = { path: landingPath(landing), shown: { Key: giverKey } }
        const path = `${at.path}/welcome`
        return sentWhole(this.network, welcome, at, (whole) =>
            answered(
                this.network,
                "body" in whole
                    ? { method: "POST", path, shown: at.shown, body: whole.body }
                    : { method: "POST", path, shown: { ...at.shown, Digest: whole.digest } },
                keptIn,
            ),
        )
    }

    landingFacts(landing: Uint8Array, ownerKey: Uint8Array): Promise<LandingFacts> {
        return this.#listed(landingPath(landing), ownerKey, ({ facts }) => {
            const packages = wholeFrom(facts["packages"], 0, MOST_PACKAGES)
            const lastResort = facts["last_resort"]
            const welcomes = listFrom(facts["welcomes"], MOST_WELCOMES, welcomeFrom)
            if (packages === null || welcomes === null || typeof lastResort !== "boolean")
                return null
            return { packages, lastResort, welcomes }
        })
    }

    welcome(
        landing: Uint8Array,
        ownerKey: Uint8Array,
        { id, size }: WaitingWelcome,
    ): Promise<Uint8Array> {
        const at = { path: `${landingPath(landing)}/welcome/${id}`, shown: { Key: ownerKey } }
        return fetchedWhole(this.network, at, size)
    }

    clearLanding(landing: Uint8Array, ownerKey: Uint8Array): Promise<void> {
        const question: Question = {
            method: "POST",
            path: `${landingPath(landing)}/clear`,
            shown: { Key: ownerKey },
        }
        return answered(this.network, question, ({ facts, problem, uncertain }) => {
            // An earlier attempt may have cleared it.
            const gone = uncertain && problem === "no-landing"
            return facts["cleared"] === true || gone ? undefined : null
        })
    }
}

function landingPath(landing: Uint8Array): string {
    return `/landing/${idOf(landing)}`
}

function keptIn({ status, facts }: Told): undefined | null {
    return isKept(status) && typeof facts["kept"] === "string" ? undefined : null
}

function batchOf(modulus: Uint8Array): Uint8Array {
    return sha256(modulus).subarray(0, 16)
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
    return one.length === other.length && one.every((byte, at) => byte === other[at])
}

function batchFrom(untrusted: unknown): BatchFacts | null {
    if (!isObject(untrusted)) return null
    const batch = hexFrom(untrusted["batch"], 16)
    const size = wholeFrom(untrusted["size"], 1, 24)
    const ends = dayFrom(untrusted["ends"])
    if (batch === null || size === null || ends === null) return null
    const redeemed = wholeFrom(untrusted["redeemed"], 0, size)
    if (redeemed === null) return null
    if (untrusted["modulus"] === null) return { batch, size, redeemed, ends, modulus: null }
    const modulus = hexFrom(untrusted["modulus"], MODULUS)
    // A key stands under its own hash, so a server cannot put another in its place.
    if (modulus === null || !equal(batch, batchOf(modulus))) return null
    return { batch, size, redeemed, ends, modulus }
}

function welcomeFrom(untrusted: Readonly<Record<string, unknown>>): WaitingWelcome | null {
    const id = rowFrom(untrusted["id"])
    const size = wholeFrom(untrusted["size"], 1, LARGEST_WELCOME)
    const day = dayFrom(untrusted["day"])
    return id === null || size === null || day === null ? null : { id, size, day }
}

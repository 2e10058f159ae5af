/**
 * What keepers share and nobody else has: the franking keys of a room and the server's keeper key.
 *
 * Whoever changes who is a keeper draws new ones, *hands them over first*, and commits then.
 * The settings name the franking key, so everybody takes the new ones up at the commit that names
 * them; a commit that never comes leaves nothing half done.
 */

import { randomBytes } from "@noble/hashes/utils.js"

import { SafelightError } from "../../errors.js"
import { Reader, hex, joined } from "../mls/bytes.js"
import { drawnFrankingKey, frankingPublic } from "./franking.js"
import type { FrankingKey } from "./franking.js"

// What is older has vanished everywhere: messages live 30 days at most.
const MOST_KEYS = 16
const MOST_CANDIDATES = 8
const VERSION = 1
const KEY = 32
const NOT_YET = 0xffffffff

export class KeeperError extends SafelightError {
    override readonly name = "KeeperError"
}

/**
 * A franking key and when it came into the settings: not before `from`, at the latest in `sure`.
 * Who was away saw several commits at once, and does not know which one brought it.
 */
export interface AgedKey extends FrankingKey {
    readonly from: number
    readonly sure: number
}

/** The franking keys of a room, oldest first. Immutable. */
export class FrankingRing {
    constructor(readonly keys: readonly AgedKey[]) {
        Object.freeze(this)
    }

    /** The public key of now, hex; "" if there is none. */
    get current(): string {
        const last = this.keys.at(-1)
        return last === undefined ? "" : hex(last.public)
    }

    /** The keys that may have stood in the settings in this epoch, as far as is known here. */
    inForce(epoch: number): readonly AgedKey[] {
        return this.keys.filter(({ from }, at) => {
            const next = this.keys[at + 1]
            return from <= epoch && (next === undefined || epoch < next.sure)
        })
    }

    followedBy(key: AgedKey): FrankingRing {
        return new FrankingRing([...this.keys, key].slice(-MOST_KEYS))
    }
}

/** All that a keeper of a room holds. `serverKey`: what the server asks of keepers, 32 bytes. */
export interface KeeperSecrets {
    readonly serverKey: Uint8Array
    readonly ring: FrankingRing
}

/** What the founder begins with; `ring.current` goes into the settings. */
export function firstSecrets(): KeeperSecrets {
    return {
        serverKey: randomBytes(KEY),
        ring: new FrankingRing([{ ...drawnFrankingKey(), from: 0, sure: 0 }]),
    }
}

/**
 * The secrets after a change of keepers that is about to be made in `epoch`: a new server key, and
 * a new franking key whose first epoch is not known before its commit has won.
 */
export function nextSecrets(secrets: KeeperSecrets, epoch: number): KeeperSecrets {
    return {
        serverKey: randomBytes(KEY),
        ring: secrets.ring.followedBy({ ...drawnFrankingKey(), from: epoch + 1, sure: NOT_YET }),
    }
}

/** Bytes for the store and for the way to other keepers. */
export function encodedSecrets({ serverKey, ring }: KeeperSecrets): Uint8Array {
    const keys = ring.keys.map(({ secret, from, sure }) => {
        const numbers = new Uint8Array(8)
        new DataView(numbers.buffer).setUint32(0, from)
        new DataView(numbers.buffer).setUint32(4, sure)
        return joined(numbers, secret)
    })
    return joined(Uint8Array.of(VERSION), serverKey, Uint8Array.of(keys.length), ...keys)
}

/** Throws `Unreadable`, or `FrankingError` for a key that is none. */
export function parsedSecrets(untrusted: Uint8Array): KeeperSecrets {
    const read = new Reader(untrusted, "keepers' secrets")
    if (read.byte() !== VERSION) throw read.problem("version 1")
    const serverKey = read.take(KEY)
    const count = read.byte()
    if (count < 1 || count > MOST_KEYS) throw read.problem(`1 to ${String(MOST_KEYS)} keys`)
    const keys: AgedKey[] = []
    for (let at = 0; at < count; at += 1) {
        const [from, sure] = [read.uint32(), read.uint32()]
        if (from < (keys.at(-1)?.from ?? 0) || sure < from) throw read.problem("epochs that rise")
        const secret = read.take(KEY)
        keys.push({ from, sure, secret, public: frankingPublic(secret) })
    }
    read.end()
    return { serverKey, ring: new FrankingRing(keys) }
}

/**
 * Secrets that were handed over, waiting for the commit that names them.
 *
 * Believe `offered` only from members who are keepers. Immutable; `secrets`: null for whoever is
 * no keeper, or not yet.
 */
export class Handover {
    private constructor(
        readonly secrets: KeeperSecrets | null,
        readonly candidates: readonly KeeperSecrets[],
    ) {
        Object.freeze(this)
    }

    static begin(secrets: KeeperSecrets | null): Handover {
        return new Handover(secrets, [])
    }

    offered(candidate: KeeperSecrets): Handover {
        const others = this.candidates.filter(({ ring }) => ring.current !== candidate.ring.current)
        return new Handover(this.secrets, [...others, candidate].slice(-MOST_CANDIDATES))
    }

    /**
     * After each commit: what holds from `epoch` on. `franking`: of the settings now.
     *
     * Whoever is no keeper any more forgets all; whoever is one and was handed nothing for this
     * key keeps what they have and is not `ready`.
     */
    taken(franking: string, { epoch, keeper }: { epoch: number; keeper: boolean }): Handover {
        if (!keeper) return new Handover(null, this.candidates)
        if (this.secrets?.ring.current === franking) return this
        const found = this.candidates.find(({ ring }) => ring.current === franking)
        if (found === undefined) return this
        const last = found.ring.keys.at(-1)
        if (last === undefined) return this
        const dated = { ...last, sure: Math.max(last.from, Math.min(last.sure, epoch)) }
        const before = this.earlierKeys(found.ring)
        return new Handover({ serverKey: found.serverKey, ring: before.followedBy(dated) }, [])
    }

    /** Who hands over could lie about keys that one has oneself. */
    private earlierKeys(handed: FrankingRing): FrankingRing {
        const theirs = new FrankingRing(handed.keys.slice(0, -1))
        const own = this.secrets?.ring
        return own?.current === theirs.current ? own : theirs
    }

    /** Whether this keeper has the secrets that the settings name. */
    ready(franking: string): boolean {
        return this.secrets?.ring.current === franking
    }

    encoded(): Uint8Array {
        const parts = [this.secrets, ...this.candidates].map((one) =>
            one === null ? new Uint8Array(0) : encodedSecrets(one),
        )
        return joined(
            ...parts.map((part) =>
                joined(Uint8Array.of(part.length >> 8, part.length & 255), part),
            ),
        )
    }

    static parsed(stored: Uint8Array): Handover {
        const read = new Reader(stored, "kept secrets")
        const found: (KeeperSecrets | null)[] = []
        while (read.left > 0) {
            const part = read.take(read.uint16())
            found.push(part.length === 0 ? null : parsedSecrets(part))
        }
        const [secrets = null, ...candidates] = found
        return new Handover(
            secrets,
            candidates.filter((one) => one !== null),
        )
    }
}

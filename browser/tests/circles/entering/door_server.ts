/** The server's part of coming in (safelight/circles/entering.py, landings.py), in memory. */

import { sha256 } from "@noble/hashes/sha2.js"

import { isGenuine } from "../../../src/circles/entering/invitation.js"
import {
    InvitationSpent,
    NetworkFailed,
    NoCircle,
    NoInvitation,
} from "../../../src/circles/delivery/delivery.js"
import type {
    BatchFacts,
    EnteringDelivery,
    Invited,
    LandingFacts,
    LogPage,
    TakenPackage,
    WaitingKnock,
    WaitingWelcome,
} from "../../../src/circles/delivery/delivery.js"
import { hex } from "../../../src/circles/mls/bytes.js"

interface Landed {
    readonly owner: string
    readonly giver: string
    readonly welcomes: Map<string, Uint8Array>
}

export class DoorServer implements EnteringDelivery {
    readonly moduli = new Map<string, Uint8Array>()
    readonly spent = new Map<string, string>()
    readonly waiting = new Map<string, Uint8Array>()
    readonly landings = new Map<string, Landed>()
    /** Door keys that it lets in. */
    readonly doors = new Set<string>()
    /** Methods whose next answer gets lost after they took effect. */
    readonly lose = new Set<keyof EnteringDelivery>()
    /** Everything it was ever shown, as it is kept by somebody who copies the server. */
    readonly shown: string[] = []
    #count = 0

    openBatch(circle: Uint8Array, key: Uint8Array, modulus: Uint8Array): Promise<BatchFacts> {
        this.#see(circle, key, modulus)
        const batch = sha256(modulus).subarray(0, 16)
        this.moduli.set(hex(batch), modulus.slice())
        return this.#answer("openBatch", this.#facts(batch))
    }

    batches(): Promise<readonly BatchFacts[]> {
        return Promise.resolve(
            [...this.moduli.values()].map((m) => this.#facts(sha256(m).subarray(0, 16))),
        )
    }

    knocks(circle: Uint8Array): Promise<readonly WaitingKnock[]> {
        this.#see(circle)
        return Promise.resolve([...this.waiting.keys()].map((id) => ({ id, day: "2026-11-23" })))
    }

    knock(_circle: Uint8Array, _door: Uint8Array, id: string): Promise<Uint8Array | null> {
        return Promise.resolve(this.waiting.get(id)?.slice() ?? null)
    }

    dropKnock(_circle: Uint8Array, _key: Uint8Array, id: string): Promise<void> {
        this.waiting.delete(id)
        return Promise.resolve()
    }

    comeIn({ batch, nonce, signature, knock }: Invited): Promise<void> {
        this.#see(batch, nonce, signature, knock)
        const modulus = this.moduli.get(hex(batch))
        if (modulus === undefined || !isGenuine(modulus, { batch, nonce, signature })) {
            return Promise.reject(new NoInvitation("expected an invitation, got none"))
        }
        const before = this.spent.get(hex(nonce))
        if (before !== undefined && before !== hex(sha256(knock))) {
            return Promise.reject(new InvitationSpent("expected an unused one", false))
        }
        if (before === undefined) {
            this.spent.set(hex(nonce), hex(sha256(knock)))
            this.waiting.set(this.#row(), knock.slice())
        }
        return this.#answer("comeIn", undefined)
    }

    prepareLanding(landing: Uint8Array, owner: Uint8Array, giver: Uint8Array): Promise<void> {
        this.#see(landing, owner, giver)
        const there = this.landings.get(hex(landing))
        this.landings.set(
            hex(landing),
            there ?? { owner: hex(owner), giver: hex(giver), welcomes: new Map() },
        )
        return this.#answer("prepareLanding", undefined)
    }

    putPackage(): Promise<void> {
        return Promise.reject(new Error("circles leave no packages at landings"))
    }

    takePackage(): Promise<TakenPackage | null> {
        return Promise.resolve(null)
    }

    leaveWelcome(landing: Uint8Array, giver: Uint8Array, welcome: Uint8Array): Promise<void> {
        const there = this.landings.get(hex(landing))
        if (there?.giver !== hex(sha256(giver))) return Promise.reject(new NoCircle("no landing"))
        there.welcomes.set(this.#row(), welcome.slice())
        return Promise.resolve()
    }

    landingFacts(landing: Uint8Array, owner: Uint8Array): Promise<LandingFacts> {
        this.#see(landing, owner)
        const there = this.landings.get(hex(landing))
        if (there?.owner !== hex(sha256(owner))) return Promise.reject(new NoCircle("no landing"))
        const welcomes = [...there.welcomes].map(([id, { length }]) => ({
            id,
            size: length,
            day: "2026-11-23",
        }))
        return Promise.resolve({ packages: 0, lastResort: false, welcomes })
    }

    welcome(landing: Uint8Array, _owner: Uint8Array, { id }: WaitingWelcome): Promise<Uint8Array> {
        const found = this.landings.get(hex(landing))?.welcomes.get(id)
        if (found === undefined) return Promise.reject(new NoCircle("no welcome"))
        return Promise.resolve(found.slice())
    }

    clearLanding(landing: Uint8Array): Promise<void> {
        this.landings.delete(hex(landing))
        return this.#answer("clearLanding", undefined)
    }

    read(_circle: Uint8Array, door: Uint8Array): Promise<LogPage> {
        if (!this.doors.has(hex(door))) return Promise.reject(new NoCircle("no such door"))
        return Promise.resolve({ epoch: 1, entries: [], more: false })
    }

    #facts(batch: Uint8Array): BatchFacts {
        const modulus = this.moduli.get(hex(batch)) ?? null
        return { batch, size: 8, redeemed: 0, ends: "2026-11-30", modulus }
    }

    #row(): string {
        this.#count += 1
        return this.#count.toString(16).padStart(16, "0")
    }

    #see(...bytes: readonly Uint8Array[]): void {
        this.shown.push(...bytes.map(hex))
    }

    #answer<Answer>(method: keyof EnteringDelivery, answer: Answer): Promise<Answer> {
        if (!this.lose.delete(method)) return Promise.resolve(answer)
        return Promise.reject(new NetworkFailed("expected an answer, got none"))
    }
}

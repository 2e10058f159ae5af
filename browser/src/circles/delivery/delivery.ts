/**
 * What a circle asks of the server (docs/spec/circles-server.md). It carries sealed bytes and puts
 * them in one order; nothing that it says about them is believed until members have checked it.
 *
 * Ids are 16 bytes, keys and hashes of keys 32. Each method may be called again with the same
 * bytes after `NetworkFailed`; where that has a price, its comment says which.
 */

import { SafelightError } from "../../errors.js"

/** One entry of a circle's log, in the server's order. */
export interface LogEntry {
    readonly seq: number
    readonly epoch: number
    readonly kind: "message" | "commit"
    readonly sealed: Uint8Array
}

/** `epoch` is null to whoever's own epoch is over: the last entry is the commit that ended it. */
export interface LogPage {
    readonly epoch: number | null
    readonly entries: readonly LogEntry[]
    readonly more: boolean
    /** The server's clock, in milliseconds since 1970, where it says: nothing rests on it. */
    readonly clock?: number
}

export interface OutgoingCommit {
    /** Of the epoch that ends, and that epoch's number. */
    readonly doorKey: Uint8Array
    readonly epoch: number
    /** SHA-256 of the next epoch's door key. */
    readonly nextDoorHash: Uint8Array
    /** At most `LARGEST_COMMIT`. */
    readonly sealed: Uint8Array
    /** A keeper's own: pieces then have room that no member can fill. */
    readonly keeperKey?: Uint8Array
    /** When a keeper goes: the keeper key of now, SHA-256 of the next one. */
    readonly keeper?: { readonly key: Uint8Array; readonly nextHash: Uint8Array }
}

/** A batch of invitations as the server counts it. */
export interface BatchFacts {
    /** The first 16 bytes of SHA-256 of the modulus. */
    readonly batch: Uint8Array
    readonly size: number
    readonly redeemed: number
    /** Its last day is the one before: YYYY-MM-DD. */
    readonly ends: string
    /** 256 bytes big-endian, checked to belong to `batch`; null once it has ended. */
    readonly modulus: Uint8Array | null
}

/** Somebody at the door. `id` is the server's. */
export interface WaitingKnock {
    readonly id: string
    readonly day: string
}

export interface WaitingWelcome {
    readonly id: string
    readonly size: number
    readonly day: string
}

export interface LandingFacts {
    readonly packages: number
    readonly lastResort: boolean
    readonly welcomes: readonly WaitingWelcome[]
}

export interface TakenPackage {
    readonly keyPackage: Uint8Array
    /** None was left, so this one was given, and may be given to others too. */
    readonly lastResort: boolean
}

export interface Invited {
    readonly batch: Uint8Array
    /** 32 bytes. */
    readonly nonce: Uint8Array
    /** 256 bytes. */
    readonly signature: Uint8Array
    /** `KNOCK` bytes, sealed to those inside. */
    readonly knock: Uint8Array
}

/** Bytes of a message, a key package, a knock; and of each piece of what is longer. */
export const PIECE = 8192
export const KNOCK = 8192
export const LARGEST_COMMIT = 96 * 1024
export const LARGEST_WELCOME = 160 * 1024
export const LARGEST_STASH = 2 * 1024 * 1024

export interface LogDelivery {
    /** Begin a circle at epoch 0. Computes for some seconds on an old phone. `IdTaken`. */
    found(circle: Uint8Array, keeperHash: Uint8Array, doorHash: Uint8Array): Promise<void>
    /** Append; return its number. The same bytes again get their first number. `EpochOver`. */
    post(circle: Uint8Array, doorKey: Uint8Array, sealed: Uint8Array): Promise<number>
    /** End the epoch, if nobody else has; return the number. `EpochOver`: another commit won. */
    commit(circle: Uint8Array, commit: OutgoingCommit): Promise<number>
    /** What this key opens after a number, whole. Numbers rise; that none is left out, check. */
    read(circle: Uint8Array, doorKey: Uint8Array, after: number): Promise<LogPage>
    /**
     * Call `onNews` whenever there may be something new, until `signal` aborts or this key's epoch
     * is over. Never throws for the network: where streams do not come through it polls.
     */
    live(
        circle: Uint8Array,
        doorKey: Uint8Array,
        onNews: () => void,
        signal: AbortSignal,
    ): Promise<void>
    /** Delete everything. There is no way back. */
    burn(circle: Uint8Array, keeperKey: Uint8Array): Promise<void>
}

export interface EnteringDelivery {
    /** Let a batch in: its modulus, 256 bytes. `BatchesOut`. */
    openBatch(circle: Uint8Array, keeperKey: Uint8Array, modulus: Uint8Array): Promise<BatchFacts>
    batches(circle: Uint8Array, doorKey: Uint8Array): Promise<readonly BatchFacts[]>
    knocks(circle: Uint8Array, doorKey: Uint8Array): Promise<readonly WaitingKnock[]>
    /** The sealed bytes of a knock; null if it is gone. */
    knock(circle: Uint8Array, doorKey: Uint8Array, id: string): Promise<Uint8Array | null>
    /** A keeper has dealt with it. */
    dropKnock(circle: Uint8Array, keeperKey: Uint8Array, id: string): Promise<void>
    /** Spend an invitation. `InvitationSpent`, `NoInvitation`, `DoorBusy`. */
    comeIn(invited: Invited): Promise<void>

    /** Make a landing. Computes, as `found` does. `IdTaken`. */
    prepareLanding(landing: Uint8Array, ownerHash: Uint8Array, giverHash: Uint8Array): Promise<void>
    putPackage(
        landing: Uint8Array,
        ownerKey: Uint8Array,
        keyPackage: Uint8Array,
        kind: "once" | "last-resort",
    ): Promise<void>
    /** Take one; null if there is none. Asked once only: a lost answer costs a package. */
    takePackage(landing: Uint8Array, giverKey: Uint8Array): Promise<TakenPackage | null>
    leaveWelcome(landing: Uint8Array, giverKey: Uint8Array, welcome: Uint8Array): Promise<void>
    landingFacts(landing: Uint8Array, ownerKey: Uint8Array): Promise<LandingFacts>
    welcome(landing: Uint8Array, ownerKey: Uint8Array, waiting: WaitingWelcome): Promise<Uint8Array>
    clearLanding(landing: Uint8Array, ownerKey: Uint8Array): Promise<void>
}

export interface StashDelivery {
    /**
     * Leave sealed state for another device for three days. Resolves when the server has all of it
     * durably; only then may this device forget. `id` and `key` come from the words. `IdTaken`.
     */
    stash(
        id: Uint8Array,
        key: Uint8Array,
        sealed: Uint8Array,
        progressed?: (arrived: number) => void,
    ): Promise<void>
    /**
     * Take it, once: from this call on the words open nothing any more. null: nothing lies there,
     * or it was taken, or the words are others; the server cannot say which. Should the network
     * fail half-way, call it again with the same `claim` (32 random bytes of this device).
     */
    takeStash(id: Uint8Array, key: Uint8Array, claim: Uint8Array): Promise<Uint8Array | null>
    /** The taken state is stored here: delete it there. */
    dropStash(claim: Uint8Array): Promise<void>
}

export interface Delivery extends LogDelivery, EnteringDelivery, StashDelivery {}

export class DeliveryError extends SafelightError {
    override readonly name: string = "DeliveryError"
}

/** Not known to have arrived; the same may be asked again later. */
export class NetworkFailed extends DeliveryError {
    override readonly name = "NetworkFailed"
}

/** A commit came before: read it, take it in, seal anew under the new epoch. */
export class EpochOver extends DeliveryError {
    override readonly name = "EpochOver"
}

/** Enough for today, or for this circle at once. */
export class CircleFull extends DeliveryError {
    override readonly name = "CircleFull"
}

/** Its keepers deleted it. */
export class Burned extends DeliveryError {
    override readonly name = "Burned"
}

/** No such circle or landing, or a key that does not open it; the server cannot say which. */
export class NoCircle extends DeliveryError {
    override readonly name = "NoCircle"
}

/** Somebody uses this id, or did; draw another. */
export class IdTaken extends DeliveryError {
    override readonly name = "IdTaken"
}

export class BatchesOut extends DeliveryError {
    override readonly name = "BatchesOut"
}

/**
 * `perhapsByThis`: an earlier attempt of the same call got no answer, so the invitation may have
 * been spent by it, and the knock may have been dealt with already.
 */
export class InvitationSpent extends DeliveryError {
    override readonly name = "InvitationSpent"

    constructor(
        message: string,
        readonly perhapsByThis: boolean,
    ) {
        super(message)
    }
}

/** No such batch, ended, burned, used up, or not signed by it. */
export class NoInvitation extends DeliveryError {
    override readonly name = "NoInvitation"
}

/** As many wait at this door as fit. The invitation stays good. */
export class DoorBusy extends DeliveryError {
    override readonly name = "DoorBusy"
}

/** The server refuses for another reason; `problem` is its word, "" if it gave none. */
export class Refused extends DeliveryError {
    override readonly name = "Refused"

    constructor(
        message: string,
        readonly problem: string,
    ) {
        super(message)
    }
}

/** An answer that no server of ours gives: it is broken, or lies. */
export class Misanswered extends DeliveryError {
    override readonly name = "Misanswered"
}

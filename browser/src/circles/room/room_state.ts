/** A room as a page draws it. Everything here is frozen; `Room.subscribe` says when it changed. */

import type { Member } from "../mls/member.js"
import type { Settings } from "../mls/settings.js"

/**
 * - `waiting`: kept here, not yet with the server. - `sent`: in everybody's log.
 * - `failed`: the server took it in no more (circle full); `retry` or `forget` it.
 */
export type Delivered = "waiting" | "sent" | "failed"

export interface Shown {
    /** 32 hex digits; the same on every device. */
    readonly id: string
    /** null: whoever wrote it is no member any more, or it was sent again by a keeper. */
    readonly from: Member | null
    /** The name that stood beside it when it was written. */
    readonly name: string
    readonly mine: boolean
    /** `unreadable`: a kind of message that this version does not know. */
    readonly kind: "text" | "image" | "unreadable"
    readonly text?: string
    /** JPEG, PNG or WebP bytes; absent while pieces are missing. */
    readonly image?: Uint8Array
    /** A message that may have vanished. */
    readonly replyTo?: string
    /** Emoji → member ids. */
    readonly reactions: ReadonlyMap<string, readonly string[]>
    /** YYYY-MM-DD by the writer's clock, never finer. */
    readonly day: string
    /** On this day it is deleted; YYYY-MM-DD. "" for what is kept (`saved`). */
    readonly vanishes: string
    readonly saved: boolean
    /** A keeper sent it again for those who came later: what it says is the keeper's word. */
    readonly again: boolean
    /** It cannot be proven to keepers: the sender's client was changed. */
    readonly unproven: boolean
    readonly state: Delivered
}

/**
 * What members should know about the server or each other. By what happened, never by whom to
 * blame beyond what a signature proves.
 *
 * - `withheld`: entries are missing that others have seen. - `missing-by-age`: entries are missing
 *   at the beginning, as after a long absence. - `forked`: somebody was shown another history.
 * - `reordered`: a number stands where it cannot. - `replayed`: bytes from before came again.
 * - `unreadable-entry`: bytes that no member of this epoch wrote, or that were changed.
 * - `broken-rule`: a member signed what the rules forbid; the circle stops. - `broken-epoch`: the
 *   epoch was ended by bytes that are no commit; the circle stops. - `lost-commit`: a commit cannot
 *   be taken in on this device. - `copied-state`: this device's keys are in use elsewhere.
 * - `clock-differs`: this device's clock and the server's are more than a day apart.
 */
export type WarningKind =
    | "withheld"
    | "missing-by-age"
    | "forked"
    | "reordered"
    | "replayed"
    | "unreadable-entry"
    | "broken-rule"
    | "broken-epoch"
    | "lost-commit"
    | "copied-state"
    | "clock-differs"

export interface Warning {
    readonly kind: WarningKind
    /** Where in the log: the number of the entry that showed it. */
    readonly seq: number
    /** Who signed it, if a signature says so. */
    readonly by: Member | null
    /** YYYY-MM-DD. */
    readonly day: string
}

export interface RoomState {
    readonly name: string
    readonly members: readonly Member[]
    readonly me: Member
    readonly keeper: boolean
    readonly settings: Settings
    readonly epoch: number
    readonly shown: readonly Shown[]
    /** Twelve groups of five digits; two members who see the same are in the same circle. */
    readonly safetyCode: readonly string[]
    readonly warnings: readonly Warning[]
    /** Members who said that they go; a keeper's device takes them out. */
    readonly leaving: readonly Member[]
    /** Not heard from for two days. */
    readonly unheard: readonly Member[]
    /** Nobody writes any more: keepers closed it. */
    readonly closed: boolean
    readonly burned: boolean
    /** This device is no member any more. */
    readonly removed: boolean
    /** A rule was broken: nothing more is taken in; keepers burn and begin anew. */
    readonly stopped: boolean
}

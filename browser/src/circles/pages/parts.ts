/**
 * What the pages ask of everything below them. `wired_door.ts` and `wired_inside.ts` give the real
 * things; tests of the pages give others.
 */

import type { Verdict } from "../keepers/reports.js"
import type { RulesHere } from "../keepers/rules_here.js"
import type { CounsellorProblem } from "../keepers/counsellor.js"
import type { Hours, MayWork } from "../keepers/shifts.js"
import type { Progressed } from "../keeping/scrypt.js"
import type { RoomState } from "../room/room_state.js"

/** What can be done before a passphrase was typed. */
export interface Door {
    /** `unavailable`: this window keeps nothing. */
    whatIsHere(): Promise<"nothing" | "kept" | "unavailable">
    /** Whether the browser may forget it all when the window closes. */
    mayForget(): Promise<boolean>
    drawnPassphrase(): Promise<string>
    /** Rejects with `KeepingError`. */
    unlock(passphrase: string, progressed: Progressed): Promise<Inside>
    create(passphrase: string, progressed: Progressed): Promise<Inside>
    withoutKeeping(): Promise<Inside>
    /** From the words of another device; null: nothing lies under them. */
    bringHere(
        words: string,
        passphrase: string | null,
        progressed: Progressed,
    ): Promise<Inside | null>
    wipe(): Promise<void>
}

/** `anew`: this device began it anew; the old one is still to be burned. */
export type LineState = "in" | "anew" | "waiting" | "closed" | "burned" | "removed"

/** A room in the list, or a door at which this device waits. */
export interface RoomLine {
    readonly id: string
    readonly name: string
    readonly state: LineState
    readonly unread: number
}

/** A code of the signed rules, or of the operator's own. */
export interface Band {
    readonly code: string
    readonly name: string
}

export interface Founding {
    readonly name: string
    readonly myName: string
    readonly band: string
    readonly days: number
    readonly saving: boolean
    readonly postQuantum: boolean
}

/** What the organisation signed for all its rooms, in the page's language. */
export type Rules = RulesHere

/** What a counsellor's own device knows of them. */
export interface CounsellorState {
    /** 64 hex digits, for a desk to sign. */
    readonly key: string
    /** null: nobody vouches for this key, or not today. */
    readonly hours: {
        readonly pseudonym: string
        readonly until: string
        readonly weekMinutes: number
        readonly mostMinutes: number
        readonly now: MayWork
    } | null
}

export interface CounsellorParts {
    /** null: this device has no key for it. */
    state(): Promise<CounsellorState | null>
    begin(): Promise<void>
    /** null: taken in. `another-member`: for another key. */
    takeIn(statement: string): Promise<CounsellorProblem | "no-rules" | null>
    clockIn(minutes: number): Promise<void>
    clockOut(): Promise<void>
    forget(): Promise<void>
}

/** Somebody in a room who showed a card, or whom the keepers accepted as a counsellor. */
export interface CounsellorLine {
    readonly id: string
    readonly name: string
    readonly accepted: boolean
    /** null: no card of theirs holds. */
    readonly pseudonym: string | null
    /** For keepers; null: they announced nothing. */
    readonly hours: Hours | null
}

/** What a link holds, once it was read; the pages look at nothing in it. */
export interface Invitation {
    readonly kind: "invitation"
}

export interface Inside {
    /** Whether anything stays when the window closes. */
    readonly keeps: boolean
    rooms(): Promise<readonly RoomLine[]>
    open(id: string): Promise<OpenRoom>
    /** For whom a room may be, by the rules of this server. */
    bands(): Promise<readonly Band[]>
    /** null: this server shows none. */
    rules(): Promise<Rules | null>
    found(founding: Founding): Promise<OpenRoom>
    /** null: no invitation. */
    readInvitation(text: string): Invitation | null
    /**
     * Resolves once the knock is with the server; the id of its line. `own`: the code of the band
     * that this person says to be of, "" without rules. It stays on the device until the room is
     * known, and is forgotten then.
     */
    knock(invitation: Invitation, myName: string, own: string): Promise<string>
    /**
     * Look whether the door was opened; the room's id, or null: not yet. Rejects with `AnotherAge`
     * when the room turned out to be for others by the rules; the device has left it then.
     */
    look(id: string): Promise<string | null>
    giveUp(id: string): Promise<void>
    /** After unlocking: go on with what a closed window left half done. */
    resume(): void
    /**
     * Whether a desk vouches for this device's owner. Nothing is fetched where no statement is kept;
     * otherwise the roster of now, which says whether it still holds.
     */
    isCounsellor(): Promise<boolean>
    /** Call after `rules`: who may vouch is judged by the rules that are known here. */
    counsellor(): Promise<CounsellorParts>
    /** The words of a move; nothing is sent or forgotten before `send`. */
    prepareMove(): Promise<Move>
    /** A move that was begun and not ended: nothing else may be done before it is. */
    unfinishedMove(): Promise<Move | null>
    changePassphrase(current: string, next: string, progressed: Progressed): Promise<void>
    setWipingPassphrase(current: string, wiping: string, progressed: Progressed): Promise<void>
    wipe(): Promise<void>
    /** Keys leave memory; nothing here works any more. */
    lock(): void
}

export interface Move {
    readonly words: readonly string[]
    /** So old that the server may not know any more whether the other device took it. */
    readonly late: boolean
    /** The person says that the other device does not have the rooms: they go on here. */
    stay(): Promise<void>
    /** The person says that the other device has them: this one forgets everything. */
    gone(): Promise<void>
    /** Resolves once the server has everything and this device nothing. */
    send(progressed: (arrived: number, size: number) => void): Promise<void>
    /** true: everything stays here. false: the other device has it, and this one nothing more. */
    takeBack(): Promise<boolean>
}

/**
 * `asked`: a keeper's device has to sign first. `none`: no batch is open. `refused`: a keeper's
 * device answered that the batch is used up. `garbage`: what it answered is no signature.
 */
export type Invite = { readonly address: string } | "asked" | "none" | "refused" | "garbage"

/** What a keeper answered to a report of one's own. */
export interface Answered {
    readonly id: string
    readonly from: string
    readonly day: string
    readonly words: string
}

export interface OpenRoom {
    readonly id: string
    readonly state: RoomState
    /** For whom it is, in words. */
    readonly bandName: string
    /** Whether the rules let pictures into rooms like this one. */
    readonly pictures: boolean
    /** The last attempt to reach the server failed. */
    readonly offline: boolean
    /** It follows other rules than the invitation promised, and nobody has looked at that yet. */
    readonly rulesChanged: boolean
    rulesSeen(): Promise<void>
    /** The server lists invitations that do not fit what was announced and signed inside. */
    readonly doubted: boolean
    /** Begun anew from here: another room takes its place once this one burns. */
    readonly anew: boolean
    readonly postQuantum: boolean
    subscribe(listener: () => void): () => void
    say(text: string, replyTo: string | null): Promise<void>
    react(id: string, emoji: string): Promise<void>
    /** Stripped bytes of a small picture. */
    sendPicture(picture: Uint8Array): Promise<void>
    save(id: string, saved: boolean): Promise<void>
    forget(id: string): Promise<void>
    retry(id: string): Promise<void>
    /** Whether keepers can be shown this message. */
    reportable(id: string): boolean
    /** `context`: other messages that the reporter chose to add. */
    report(id: string, note: string, context: readonly string[]): Promise<void>
    answers(): Promise<readonly Answered[]>
    answerRead(id: string): Promise<void>
    counsellors(): Promise<readonly CounsellorLine[]>
    /** One's own card, to everybody here, and again whenever somebody comes in. */
    showCard(): Promise<void>
    /** A counsellor outside their hours: others read nothing of them until they begin a block. */
    readonly resting: boolean
    /** Look at the clock; tells whoever subscribed. */
    lookAtHours(): Promise<void>
    /** A keeper begins the room anew and wants this member there: an invitation's text. */
    movedTo(): Promise<string | null>
    /** An invitation; the device forgets it when `given` is called. */
    invite(): Promise<Invite>
    given(): Promise<void>
    leave(): Promise<void>
    /** Not looked at any more: streams end. */
    close(): void
    /** What keepers can do; null: this device is no keeper's. */
    keeping(): Promise<KeeperParts | null>
}

export interface Knock {
    readonly id: string
    readonly name: string
    /** The last day of the batch; "" if unknown. */
    readonly ends: string
}

export interface BatchLine {
    readonly ends: string
    readonly used: number
    readonly size: number
    /** What the server lists does not fit what was announced and signed inside. */
    readonly doubted: boolean
}

export interface Report {
    readonly id: string
    readonly by: string
    readonly of: string
    readonly day: string
    readonly text: string
    readonly picture: Uint8Array | null
    readonly note: string
    readonly verdict: Verdict
    /** Keepers can make proofs up: what one of them reports is their word. */
    readonly byKeeper: boolean
    /** What the reporter added, in the order of the log. */
    readonly context: readonly { readonly of: string; readonly text: string }[]
}

export interface KeeperParts {
    knocks(): Promise<readonly Knock[]>
    letIn(id: string): Promise<void>
    turnAway(id: string): Promise<void>
    batches(): Promise<readonly BatchLine[]>
    openBatch(): Promise<void>
    /** Members who ask for an invitation to be signed. */
    asking(): readonly { readonly id: string; readonly name: string }[]
    sign(id: string): Promise<void>
    reports(): readonly Report[]
    dealtWith(id: string): Promise<void>
    /** To the reporter alone. */
    answer(report: string, words: string): Promise<void>
    mute(member: string, muted: boolean): Promise<void>
    makeKeeper(member: string, keeper: boolean): Promise<void>
    remove(member: string): Promise<void>
    closeRoom(closed: boolean): Promise<void>
    /** Only who showed a card that holds can be accepted. */
    acceptCounsellor(member: string, accepted: boolean): Promise<void>
    setDays(days: number): Promise<void>
    pin(kind: "simplex" | "briar", address: string | null): Promise<void>
    rekey(): Promise<void>
    /** A new room with these members; the old one is burned. */
    reseed(members: readonly string[]): Promise<string>
    burn(): Promise<void>
}

/** From the pages about a room. */
export interface Ways {
    /** Back into the room. */
    readonly again: () => void
    /** To the list; the room is looked at no more. */
    readonly leave: () => void
    /** Into another room, which took this one's place. */
    readonly moved: (id: string) => Promise<void>
}

/**
 * One entry of the log taken in: what it is held against, and what it changes.
 *
 * Pure but for the group's own steps: everything it does is in the draft.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import type { LogEntry } from "../delivery/delivery.js"
import { hex, unhex } from "../mls/bytes.js"
import { Group } from "../mls/group.js"
import type { Judging, Opened } from "../mls/group_steps.js"
import type { Member } from "../mls/member.js"
import { BrokenRule, CopiedState, LostCommit, NotAllowed, Unreadable } from "../mls/problems.js"
import { begun, grown, heardFrom, interrupted, isUnknown } from "./chain.js"
import { parsedFrame, parsedSeen } from "./content.js"
import type { Frame, Seen } from "./content.js"
import type { Draft } from "./draft.js"
import type { Franking } from "./franking.js"
import { keptAgain, keptImage, keptReaction, keptText, keptUnreadable } from "./keeping_messages.js"
import type { Place } from "./rows.js"

export interface Receiving {
    readonly judging: Judging
    readonly franking: Franking | null
    readonly today: string
    /** Hours since 1970. */
    readonly hour: number
    /** Whole numbers below `below`, at random. */
    readonly drawn: (below: number) => number
}

/** `stopped`: nothing after this entry can be taken in. */
export type Received = "taken" | "skipped" | "stopped"

const RECENT = 100
const RECENT_DIGITS = 12
/** The log goes back 14 days; who was away for longer misses entries by age. */
const AWAY_DAYS = 13
const DAY_MS = 24 * 60 * 60 * 1000
const RENEW_AFTER_HOURS = 7 * 24

export async function received(
    draft: Draft,
    entry: LogEntry,
    context: Receiving,
): Promise<Received> {
    const { place, group } = draft.kept
    if (group === null) return "stopped"
    if (entry.seq <= place.seq) {
        draft.warn("reordered", entry.seq, "", context.today)
        return "skipped"
    }
    noticeGap(draft, entry, context)
    const mark = hex(sha256(entry.sealed)).slice(0, RECENT_DIGITS)
    const sealed = hex(entry.sealed)
    // Called a commit it stops everybody else, and so this device too.
    const own = draft.kept.outbox.find((item) => item.sealed === sealed && entry.kind === "message")
    const result =
        own !== undefined
            ? confirmed(draft, entry, own.number, context)
            : draft.kept.pending?.sealed === sealed && entry.kind === "commit"
              ? await adopted(draft, context)
              : await taken(draft, entry, group, mark, context)
    if (result === "stopped") return result
    advance(draft, entry, mark, result === "epoch")
    return "taken"
}

type Result = "message" | "epoch" | "stopped"

/** In a new epoch the chain is new and has nothing of the commit that ended the last one. */
function advance(draft: Draft, entry: LogEntry, mark: string, newEpoch: boolean): void {
    const { chain, recent } = draft.kept.place
    draft.place({
        seq: entry.seq,
        recent: [...recent, mark].slice(-RECENT),
        ...(newEpoch ? {} : { chain: grown(chain, entry.seq, entry.sealed) }),
    })
}

function noticeGap(draft: Draft, entry: LogEntry, { today }: Receiving): void {
    const { seq, read, chain } = draft.kept.place
    if (seq < 0 || entry.seq === seq + 1) return
    draft.warn(missing(read, today), entry.seq, "", today)
    draft.place({ chain: interrupted(chain) })
}

/** Why an entry is not there for whoever read last on that day. */
export function missing(read: string, today: string): "missing-by-age" | "withheld" {
    const away = (Date.parse(today) - Date.parse(read)) / DAY_MS
    return away >= AWAY_DAYS ? "missing-by-age" : "withheld"
}

function confirmed(draft: Draft, entry: LogEntry, number: number, context: Receiving): Result {
    const item = draft.kept.outbox.find((one) => one.number === number)
    draft.dropWaiting(number)
    const message = draft.kept.messages.get(item?.id ?? "")
    const more = draft.kept.outbox.some(({ id }) => id === message?.id)
    if (message !== undefined && !more) {
        draft.message({ ...message, state: "sent", order: entry.seq })
    }
    const { me } = draft.kept.group ?? {}
    if (me !== undefined) heard(draft, me, context)
    return "message"
}

async function adopted(draft: Draft, context: Receiving): Promise<Result> {
    const { pending, group } = draft.kept
    if (pending === null || group === null) return "stopped"
    const { epoch, ratchets } = pending.group
    const next = Group.decode(unhex(epoch), unhex(ratchets), context.judging)
    draft.pending(null)
    draft.won = pending.sealed
    if (pending.welcome !== "") {
        const { welcome, note } = pending
        draft.welcome({ epoch: next.epoch, welcome, note })
    }
    await enter(draft, group, next, group.supersededBy(next), context)
    draft.place({ renewal: context.hour + RENEW_AFTER_HOURS + context.drawn(72) })
    return "epoch"
}

async function taken(
    draft: Draft,
    entry: LogEntry,
    group: Group,
    mark: string,
    context: Receiving,
): Promise<Result> {
    let opened: Opened
    try {
        opened = await group.open(entry.sealed)
    } catch (problem) {
        return refused(draft, entry, mark, problem, context)
    }
    // By what it is, not by what the server calls it: a commit that did not end the server's epoch
    // would lead members who believe it out of the circle.
    if ((opened.kind === "commit") !== (entry.kind === "commit")) {
        draft.warn("unreadable-entry", entry.seq, opened.from.id, context.today)
        return entry.kind === "commit"
            ? stopped(draft, entry, "broken-epoch", "", context)
            : "message"
    }
    heard(draft, opened.from, context)
    if (opened.kind === "message") {
        draft.ratcheted(opened.group, opened.spent)
        takeContent(draft, entry, opened.from, opened.content, group, context)
        return "message"
    }
    compare(draft, entry, opened.from, seenIn(opened.said), context)
    if (opened.group === null) {
        draft.removed(opened.spent)
        return "epoch"
    }
    // Ours was made for the epoch that is over.
    draft.pending(null)
    await enter(draft, group, opened.group, opened.spent, context)
    return "epoch"
}

function refused(
    draft: Draft,
    entry: LogEntry,
    mark: string,
    problem: unknown,
    context: Receiving,
): Result {
    const isCommit = entry.kind === "commit"
    if (problem instanceof BrokenRule || problem instanceof LostCommit) {
        const kind = problem instanceof BrokenRule ? "broken-rule" : "lost-commit"
        if (isCommit) return stopped(draft, entry, kind, problem.by, context)
        draft.warn("unreadable-entry", entry.seq, problem.by, context.today)
        return "message"
    }
    if (problem instanceof CopiedState) {
        draft.warn("copied-state", entry.seq, draft.kept.group?.me.id ?? "", context.today)
        return isCommit ? stopped(draft, entry, "lost-commit", "", context) : "message"
    }
    if (!(problem instanceof Unreadable)) throw problem
    if (isCommit) return stopped(draft, entry, "broken-epoch", "", context)
    const known = draft.kept.place.recent.includes(mark)
    draft.warn(known ? "replayed" : "unreadable-entry", entry.seq, "", context.today)
    return "message"
}

/** The place stays before this entry: should the server give another there, it is taken in. */
function stopped(
    draft: Draft,
    entry: LogEntry,
    kind: "broken-rule" | "broken-epoch" | "lost-commit",
    by: string,
    { today }: Receiving,
): "stopped" {
    draft.warn(kind, entry.seq, by, today)
    return "stopped"
}

async function enter(
    draft: Draft,
    before: Group,
    next: Group,
    spent: readonly Uint8Array[],
    { today }: Receiving,
): Promise<void> {
    draft.entered(next, spent)
    const { heard: known, leaving } = draft.kept.place
    const present = new Set(next.members.map(({ id }) => id))
    const newcomers = next.members.filter(({ id }) => before.member(id) === undefined)
    const stay = Object.entries(known).filter(([id]) => present.has(id))
    draft.place({
        chain: begun(await next.export("safelight chain", 32)),
        said: {},
        heard: Object.fromEntries([...stay, ...newcomers.map(({ id }) => [id, today] as const)]),
        leaving: leaving.filter((id) => present.has(id)),
    })
}

function heard(draft: Draft, { id }: Member, { today }: Receiving): void {
    const known: Place["heard"] = draft.kept.place.heard
    if (known[id] !== today) draft.place({ heard: { ...known, [id]: today } })
}

function seenIn(untrusted: Uint8Array): Seen | null {
    try {
        return parsedSeen(untrusted)
    } catch {
        return null // another version's commit; its signature and rules were checked
    }
}

function compare(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    seen: Seen | null,
    { today }: Receiving,
): void {
    if (seen === null || isUnknown(seen)) return
    const { said } = draft.kept.place
    // Nobody has read what came after they wrote, or less than they had read before.
    if (seen.seq >= entry.seq || seen.seq < (said[from.id] ?? 0)) {
        draft.warn("reordered", entry.seq, from.id, today)
        return
    }
    const others = (draft.kept.group?.members.length ?? 0) - 1
    const { chain, contradicts } = heardFrom(
        draft.kept.place.chain,
        from.id,
        entry.seq,
        seen,
        others,
    )
    if (contradicts !== "nobody") {
        draft.warn("forked", entry.seq, contradicts === "this device" ? from.id : "", today)
    }
    draft.place({ chain, said: { ...said, [from.id]: seen.seq } })
}

function takeContent(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    untrusted: Uint8Array,
    group: Group,
    context: Receiving,
): void {
    const quiet = group.settings.muted.includes(from.id) || group.settings.closed
    let parsed: { readonly seen: Seen; readonly frame: Frame }
    try {
        parsed = parsedFrame(untrusted)
    } catch (problem) {
        if (!(problem instanceof Unreadable || problem instanceof NotAllowed)) throw problem
        if (!quiet) keptUnreadable(draft, entry, from, context)
        return
    }
    compare(draft, entry, from, parsed.seen, context)
    const { frame } = parsed
    switch (frame.kind) {
        case "text":
            if (!quiet) keptText(draft, entry, from, frame, group, context)
            return
        case "image":
            if (!quiet) keptImage(draft, entry, from, frame, group, context)
            return
        case "reaction":
            if (!quiet) keptReaction(draft, from.id, frame)
            return
        case "again":
            if (group.settings.keepers.includes(from.id))
                keptAgain(draft, entry, from, frame, context)
            return
        case "boxed":
        case "entering":
            draft.part({
                seq: entry.seq,
                epoch: group.epoch,
                kind: frame.kind,
                from: from.id,
                sender: hex(from.signatureKey),
                body: hex(frame.body),
                day: context.today,
            })
            return
        case "leaving":
            if (!draft.kept.place.leaving.includes(from.id)) {
                draft.place({ leaving: [...draft.kept.place.leaving, from.id] })
            }
            return
        case "heartbeat":
            return
        case "unknown":
            if (!quiet) keptUnreadable(draft, entry, from, context)
            return
    }
}

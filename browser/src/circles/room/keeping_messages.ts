/** Messages as they are kept: what a frame says, for how long, and with which proof. */

import { sha256 } from "@noble/hashes/sha2.js"

import type { LogEntry } from "../delivery/delivery.js"
import { hex, unhex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import type { Member } from "../mls/member.js"
import { SafelightError } from "../../errors.js"
import { frankedPart, messageId } from "./content.js"
import type { AgainFrame, ImageFrame, ReactionFrame, TextFrame } from "./content.js"
import type { Draft, Kept } from "./draft.js"
import type { Franking } from "./franking.js"
import type { KeptMessage } from "./rows.js"

interface Arriving {
    readonly franking: Franking | null
    readonly today: string
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Characters of hex in the id of something that has no nonce of its own. */
const ID_DIGITS = 32

export function daysAfter(day: string, days: number): string {
    return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}

export function keptText(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    frame: TextFrame,
    group: Group,
    arriving: Arriving,
): void {
    const id = messageId(from.id, frame.nonce)
    // The sender was not sure that it had arrived.
    if (draft.kept.messages.has(id)) return
    draft.message({
        ...blank(id, from, group, arriving.today),
        kind: "text",
        text: frame.text,
        replyTo: frame.replyTo,
        day: frame.day,
        order: entry.seq,
        ...proven(frame, from, group, arriving),
    })
}

export function keptImage(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    frame: ImageFrame,
    group: Group,
    arriving: Arriving,
): void {
    const id = messageId(from.id, frame.nonce)
    const known = draft.kept.messages.get(id)
    if (frame.index === 0) {
        if (known !== undefined) return
        draft.message({
            ...blank(id, from, group, arriving.today),
            kind: "image",
            day: frame.day,
            order: entry.seq,
            pieces: frame.count,
            digest: frame.digest,
            ...proven(frame, from, group, arriving),
        })
    } else if (known?.kind !== "image" || known.pieces !== frame.count) {
        return // its beginning was never here, or is another's
    }
    if (draft.kept.pieces.get(id)?.has(frame.index) !== true) {
        draft.piece(id, frame.index, frame.piece)
    }
}

export function keptReaction(draft: Draft, by: string, { to, emoji }: ReactionFrame): void {
    const message = draft.kept.messages.get(to)
    if (message === undefined) return
    const others = Object.entries(message.reactions).filter(([id]) => id !== by)
    const all = emoji === "" ? others : [...others, [by, emoji] as const]
    draft.message({ ...message, reactions: Object.fromEntries(all) })
}

export function keptAgain(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    frame: AgainFrame,
    { today }: Arriving,
): void {
    const id = messageId(from.id, frame.nonce)
    const { group, messages } = draft.kept
    if (group === null || messages.has(id)) return
    draft.message({
        ...blank(id, from, group, today),
        kind: "text",
        name: frame.name,
        text: frame.text,
        day: frame.day,
        again: true,
        order: entry.seq,
    })
}

/** Shown as something that this version cannot read. */
export function keptUnreadable(
    draft: Draft,
    entry: LogEntry,
    from: Member,
    { today }: Arriving,
): void {
    const { group } = draft.kept
    if (group === null) return
    const id = hex(sha256(entry.sealed)).slice(0, ID_DIGITS)
    draft.message({
        ...blank(id, from, group, today),
        kind: "unreadable",
        day: today,
        order: entry.seq,
    })
}

export function blank(id: string, from: Member, group: Group, today: string): KeptMessage {
    return {
        id,
        from: from.id,
        name: from.name,
        kind: "text",
        text: "",
        replyTo: "",
        reactions: {},
        day: today,
        came: today,
        vanishes: daysAfter(today, group.settings.days),
        saved: false,
        again: false,
        state: "sent",
        order: 0,
        pieces: 0,
        digest: "",
        nonce: "",
        franked: "",
        proof: "",
        epoch: group.epoch,
        sender: hex(from.signatureKey),
        unproven: false,
    }
}

function proven(
    frame: TextFrame | ImageFrame,
    from: Member,
    group: Group,
    { franking }: Arriving,
): Pick<KeptMessage, "franked" | "proof" | "unproven"> {
    const content = frankedPart(frame)
    const franked = hex(content)
    const key = group.settings.franking
    if (key === "" || franking === null) return { franked, proof: "", unproven: false }
    try {
        const kept = franking.checkedOnArrival(frame.proof, content, {
            circle: group.circle,
            epoch: group.epoch,
            sender: from.signatureKey,
            franking: unhex(key),
        })
        return { franked, proof: hex(kept), unproven: false }
    } catch (problem) {
        if (!(problem instanceof SafelightError)) throw problem
        return { franked, proof: "", unproven: true }
    }
}

/**
 * Delete what has vanished. A message's days are counted from its coming, by the settings of now
 * if those are shorter; what was saved stays only while keepers allow it.
 */
export function tidied(draft: Draft, today: string): void {
    const { group, place, parts } = draft.kept
    if (place.burned || group === null) nothingWaits(draft)
    for (const message of draft.kept.messages.values()) {
        if (gone(message, group, today)) draft.dropMessage(message.id)
    }
    for (const { seq, day } of parts) {
        if (daysAfter(day, group?.settings.days ?? 0) <= today) draft.dropPart(seq)
    }
}

/** Nobody takes it any more, so it vanishes like the rest. */
function nothingWaits(draft: Draft): void {
    for (const { number } of draft.kept.outbox) draft.dropWaiting(number)
    for (const message of draft.kept.messages.values()) {
        if (message.state === "waiting") draft.message({ ...message, state: "failed" })
    }
}

function gone(message: KeptMessage, group: Kept["group"], today: string): boolean {
    const days = group?.settings.days
    const sooner = days === undefined ? message.vanishes : daysAfter(message.came, days)
    const vanishes = sooner < message.vanishes ? sooner : message.vanishes
    const kept = message.saved && (group?.settings.saving ?? true)
    return vanishes <= today && !kept && message.state !== "waiting"
}

/** A message as keepers can be shown it with proof. */
export interface Provable {
    readonly content: Uint8Array
    readonly epoch: number
    readonly sender: Uint8Array
    readonly kept: Uint8Array | null
}

export function provableOf({ franked, epoch, sender, proof }: KeptMessage): Provable {
    return {
        content: unhex(franked),
        epoch,
        sender: unhex(sender),
        kept: proof === "" ? null : unhex(proof),
    }
}

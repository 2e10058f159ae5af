/** What this member says: kept as a message of one's own and put into the outbox, in one step. */

import { sha256 } from "@noble/hashes/sha2.js"

import { hex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import { NotAllowed } from "../mls/problems.js"
import { IMAGE_PIECE, LARGEST_IMAGE, drawnNonce, frankedPart, messageId } from "./content.js"
import type { Draft } from "./draft.js"
import { blank, keptReaction } from "./keeping_messages.js"
import { enqueue } from "./outbox.js"
import type { KeptMessage } from "./rows.js"

const IMAGES = ["image/jpeg", "image/png", "image/webp"]
const NOTHING = new Uint8Array(0)
/** After everything that has a place in the log. */
const AFTER_ALL = 2 ** 40

export function textFrom(draft: Draft, text: string, replyTo: string, today: string): string {
    const group = speaking(draft)
    const message = own(draft, group, today)
    draft.message({ ...message, text, replyTo })
    sendText(draft, { ...message, text, replyTo })
    return message.id
}

export function reactionFrom(draft: Draft, to: string, emoji: string): void {
    const group = speaking(draft)
    if (!draft.kept.messages.has(to)) throw new NotAllowed("that message has vanished")
    const frame = { kind: "reaction", to, emoji } as const
    keptReaction(draft, group.me.id, frame)
    enqueue(draft, frame, "")
}

/** Bytes of an image without metadata, ready to be said. Throws `NotAllowed`. */
export async function imageFrom(
    file: Uint8Array,
): Promise<(draft: Draft, today: string) => string> {
    // On the way into a room nobody waits for this.
    const { scrubbed } = await import("../../scrub/scrubbed.js")
    const { blob, type, outcome } = await scrubbed(new Blob([file.slice()]))
    if (outcome !== "removed" || !IMAGES.includes(type)) {
        throw new NotAllowed("expected a JPEG, PNG or WebP image that can be cleaned of metadata")
    }
    const image = new Uint8Array(await blob.arrayBuffer())
    if (image.length > LARGEST_IMAGE) {
        throw new NotAllowed(`expected an image of at most ${String(LARGEST_IMAGE)} bytes`)
    }
    return (draft, today) => {
        const pieces = Math.ceil(image.length / IMAGE_PIECE)
        const message: KeptMessage = {
            ...own(draft, speaking(draft), today),
            kind: "image",
            pieces,
            digest: hex(sha256(image)),
        }
        draft.message(message)
        for (let at = 0; at < pieces; at += 1) {
            draft.piece(message.id, at, image.slice(at * IMAGE_PIECE, (at + 1) * IMAGE_PIECE))
        }
        sendImage(draft, message)
        return message.id
    }
}

/** Only keepers' word is taken for what others said. */
export function againFrom(draft: Draft, id: string): void {
    const { group, messages } = draft.kept
    const message = messages.get(id)
    if (group?.isKeeper !== true) throw new NotAllowed("keepers say again what was said before")
    if (message?.kind !== "text" || message.state !== "sent") {
        throw new NotAllowed("expected a text that was sent")
    }
    const { day, name, text } = message
    enqueue(draft, { kind: "again", nonce: drawnNonce(), day, name, text }, "")
}

/** What the server took in no more, once again. */
export function retried(draft: Draft, id: string): void {
    const message = draft.kept.messages.get(id)
    if (message?.state !== "failed") return
    speaking(draft)
    const waiting: KeptMessage = { ...message, state: "waiting" }
    draft.message(waiting)
    if (message.kind === "image") sendImage(draft, waiting)
    else sendText(draft, waiting)
}

function sendText(draft: Draft, message: KeptMessage): void {
    const { id, nonce, day, replyTo, text } = message
    const frame = { kind: "text", nonce, day, replyTo, text, proof: NOTHING } as const
    // So that a reporter can show keepers what they answered themselves.
    draft.message({ ...message, franked: hex(frankedPart(frame)) })
    enqueue(draft, frame, id)
}

function sendImage(draft: Draft, { id, nonce, day, pieces, digest }: KeptMessage): void {
    for (const [index, piece] of draft.kept.pieces.get(id) ?? []) {
        const first = index === 0 ? digest : ""
        const frame = { kind: "image", nonce, day, index, count: pieces, digest: first } as const
        enqueue(draft, { ...frame, proof: NOTHING, piece }, id)
    }
}

function own(draft: Draft, group: Group, today: string): KeptMessage {
    const nonce = drawnNonce()
    return {
        ...blank(messageId(group.me.id, nonce), group.me, group, today),
        nonce,
        state: "waiting",
        order: AFTER_ALL + draft.kept.place.next,
    }
}

/** The group, if this member may write in it. */
function speaking({ kept: { group } }: Draft): Group {
    if (group === null) throw new NotAllowed("this device is not in the room any more")
    if (group.settings.closed) throw new NotAllowed("the keepers have closed this room")
    if (group.settings.muted.includes(group.me.id)) {
        throw new NotAllowed("the keepers have muted this member")
    }
    return group
}

/** What the owner of a receipt may ask the blind server: how it stands, the answers, the end. */

import { SafelightError } from "../errors.js"
import { isObject } from "../sealing/json.js"
import { openBytes, OpeningError } from "../sealing/opening.js"
import { PaddingError } from "../sealing/padding.js"
import { hexOf } from "../sealing/receipt.js"
import type { Receipt } from "../sealing/receipt.js"
import { hybridIdentityText } from "../sealing/recipients.js"
import { fetched } from "../sending/network.js"
import type { Answer, Network } from "../sending/network.js"
import { MessageError, parsedAnswer } from "../vocabulary/messages.js"
import type { DeskAnswer } from "../vocabulary/messages.js"

/** As the server cuts answers. */
const PART = 8192
/** An answer is text, so it fits the smallest envelope; a desk may need the next. */
const LARGEST_ANSWER = 256 * 1024
const MOST_ANSWERS = 200
const AT_ONCE = 4

export interface ListedAnswer {
    readonly id: string
    readonly size: number
    readonly day: string
}

/** `none`: no such mailbox, or these words do not open it; the server cannot say which. */
export interface MailboxState {
    readonly state: "open" | "withdrawn" | "none"
    /** A desk has fetched all that was left here. */
    readonly fetched: boolean
    readonly answers: readonly ListedAnswer[]
    readonly more: boolean
}

/** An answer that this receipt does not open, or that is not meant for it. */
export class AnswerError extends SafelightError {
    override readonly name = "AnswerError"
}

export function readMailbox(receipt: Receipt, network: Network): Promise<MailboxState> {
    return fetched(network, `/mailbox/${receipt.mailboxId}/read`, asOwner(receipt), stateIn)
}

/** Take everything back. The server deletes at once; desks get the order with the proof. */
export async function withdraw(receipt: Receipt, network: Network): Promise<MailboxState["state"]> {
    const { headers, ...request } = asOwner(receipt)
    const proof = { "Safelight-Withdrawal": hexOf(receipt.withdrawalProof) }
    return fetched(
        network,
        `/mailbox/${receipt.mailboxId}/withdraw`,
        { ...request, headers: { ...headers, ...proof } },
        // "open" is no answer to that: whoever says so has taken nothing back.
        ({ facts }) => (facts["state"] === "open" ? null : stateOf(facts["state"])),
    )
}

/** Fetch one sealed answer in parts and open it here. */
export async function openedAnswer(
    receipt: Receipt,
    listed: ListedAnswer,
    network: Network,
): Promise<DeskAnswer> {
    const sealed = new Uint8Array(listed.size)
    const parts = Array.from({ length: Math.ceil(listed.size / PART) }, (_, part) => part)
    const lane = async (): Promise<void> => {
        for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
            const from = part * PART
            const wanted = Math.min(PART, listed.size - from)
            const address = `/mailbox/${receipt.mailboxId}/read/${listed.id}/${part.toString()}`
            const bytes = await fetched(network, address, asOwner(receipt), (answer) =>
                answer.bytes.length === wanted ? answer.bytes : null,
            )
            sealed.set(bytes, from)
        }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    return openedBytes(receipt, sealed)
}

async function openedBytes(receipt: Receipt, sealed: Uint8Array): Promise<DeskAnswer> {
    try {
        const identities = [hybridIdentityText(receipt.replySeed)]
        const answer = parsedAnswer(await openBytes(sealed, { identities }))
        if (answer.mailboxId === receipt.mailboxId) return answer
    } catch (error) {
        const known = [OpeningError, PaddingError, MessageError]
        if (!known.some((kind) => error instanceof kind)) throw error
    }
    throw new AnswerError("expected an answer to this receipt, got something else")
}

function asOwner(receipt: Receipt): { method: string; headers: Record<string, string> } {
    return { method: "POST", headers: { "Safelight-Key": hexOf(receipt.authKey) } }
}

function stateIn({ facts }: Answer): MailboxState | null {
    const state = stateOf(facts["state"])
    const answers = facts["answers"]
    if (state === null || !Array.isArray(answers) || answers.length > MOST_ANSWERS) return null
    const listed = answers.map(listedAnswer)
    if (!listed.every((answer) => answer !== null)) return null
    return {
        state,
        fetched: facts["fetched"] === true,
        answers: listed,
        more: facts["more"] === true,
    }
}

function stateOf(untrusted: unknown): MailboxState["state"] | null {
    return (["open", "withdrawn", "none"] as const).find((known) => known === untrusted) ?? null
}

function listedAnswer(untrusted: unknown): ListedAnswer | null {
    if (!isObject(untrusted)) return null
    const { id, size, day } = untrusted
    const fits =
        typeof id === "string" &&
        /^[0-9a-f]{16}$/.test(id) &&
        typeof day === "string" &&
        /^\d{4}-\d{2}-\d{2}$/.test(day) &&
        Number.isInteger(size) &&
        Number(size) > 0 &&
        Number(size) <= LARGEST_ANSWER
    return fits ? { id, size: Number(size), day } : null
}

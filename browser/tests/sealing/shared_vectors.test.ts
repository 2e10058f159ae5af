/** The vectors that Python wrote: both languages accept the same and refuse the same, for the same reason. */

import { base64, hex } from "@scure/base"
import { describe, expect, test } from "vitest"

import { EnvelopeError, parseEnvelope } from "../../src/sealing/envelope.js"
import { openBytes, OpeningError, openStream } from "../../src/sealing/opening.js"
import { PaddingError } from "../../src/sealing/padding.js"
import { Receipt, ReceiptError } from "../../src/sealing/receipt.js"
import { RosterError, verifiedRoster } from "../../src/sealing/roster.js"
import { StatementError, verifiedPayload } from "../../src/sealing/statement.js"
import type { Day } from "../../src/sealing/day.js"
import type { Language } from "../../src/sealing/word_list.js"
import { bytesOf, streamOf } from "../support/streams.js"
import { vector, vectorNames } from "../support/vectors.js"
import { wordLists } from "../support/word_lists.js"

interface Expected {
    readonly what: string
    readonly expect: "ok" | "refused" | "does-not-open"
    readonly problem?: string
}

/** What `act` returns, or the problem of the error it throws. */
function outcome<Fact>(act: () => Fact): { fact: Fact } | { problem: string } {
    try {
        return { fact: act() }
    } catch (error) {
        return { problem: problemOf(error) }
    }
}

function problemOf(error: unknown): string {
    if (error instanceof PaddingError) return "padding"
    for (const known of [EnvelopeError, OpeningError, ReceiptError, RosterError, StatementError]) {
        if (error instanceof known) return error.problem
    }
    throw error
}

interface RosterVector extends Expected {
    readonly root: string
    readonly today: Day
    readonly last_seen_version: number | null
    readonly roster: string
    readonly version?: number
    readonly usable?: readonly string[]
}

test.each(vectorNames("rosters"))("%s", (path) => {
    const roster = vector(path) as RosterVector
    const trust = {
        rootHex: roster.root,
        today: roster.today,
        lastSeenVersion: roster.last_seen_version,
    }
    const found = outcome(() => {
        const { version, ...verified } = verifiedRoster(roster.roster, trust)
        expect(verified.desks.length).toBeGreaterThan(0)
        const usable = verifiedRoster(roster.roster, trust).usableDesks(roster.today)
        return { version, usable: usable.map((desk) => desk.name) }
    })
    if (roster.expect === "ok")
        expect(found).toEqual({ fact: { version: roster.version, usable: roster.usable } })
    else expect(found).toEqual({ problem: roster.problem })
})

interface StatementVector extends Expected {
    readonly key: string
    readonly payload_type: string
    readonly statement: string
    readonly payload?: string
}

test.each(vectorNames("statements"))("%s", (path) => {
    const statement = vector(path) as StatementVector
    const found = outcome(() =>
        base64.encode(
            verifiedPayload(statement.statement, statement.payload_type, hex.decode(statement.key)),
        ),
    )
    expect(found).toEqual(
        statement.expect === "ok" ? { fact: statement.payload } : { problem: statement.problem },
    )
})

interface EnvelopeVector extends Expected {
    readonly envelope: string
    readonly identity?: string
    readonly content?: string
    readonly recipients?: number
}

test.each(vectorNames("envelopes"))("%s", async (path) => {
    const envelope = vector(path) as EnvelopeVector
    const sealed = base64.decode(envelope.envelope)
    const outside = outcome(() => parseEnvelope(sealed).recipients)
    if (envelope.expect === "refused") {
        expect(outside).toEqual({ problem: envelope.problem })
        return
    }
    if (envelope.recipients !== undefined) expect(outside).toEqual({ fact: envelope.recipients })
    const keys = { identities: [envelope.identity ?? ""] }
    const whole = await openBytes(sealed, keys).then(base64.encode, problemOf)
    const streamed = await openStream(streamOf(sealed, 1000), keys, { padded: true })
        .then(bytesOf)
        .then(base64.encode, problemOf)
    const expected = envelope.expect === "ok" ? envelope.content : envelope.problem
    expect({ whole, streamed }).toEqual({ whole: expected, streamed: expected })
})

interface ReceiptVector {
    readonly secret: string
    readonly words: Readonly<Partial<Record<Language, readonly string[]>>>
    readonly mailbox_id: string
    readonly auth_key: string
    readonly verifier: string
    readonly reply_seed: string
    readonly message_key: string
    readonly reply_recipient: string
}

interface Typing {
    readonly typed: string
    readonly secret?: string
    readonly problem?: string
    readonly wrong?: readonly number[]
}

describe("receipts", () => {
    const lists = wordLists()
    const good = (vector("receipts/good.json") as { receipts: readonly ReceiptVector[] }).receipts
    const typings = (vector("receipts/good-however-typed.json") as { typings: readonly Typing[] })
        .typings
    const refused = (vector("receipts/refused.json") as { typings: readonly Typing[] }).typings

    test.each(good)("$secret has the same words and keys as in Python", async (expected) => {
        const receipt = new Receipt(hex.decode(expected.secret))
        expect({
            mailbox_id: receipt.mailboxId,
            auth_key: hex.encode(receipt.authKey),
            verifier: receipt.verifier,
            reply_seed: hex.encode(receipt.replySeed),
            message_key: hex.encode(receipt.messageKey),
            reply_recipient: (await receipt.replyRecipient()).text,
        }).toEqual({
            mailbox_id: expected.mailbox_id,
            auth_key: expected.auth_key,
            verifier: expected.verifier,
            reply_seed: expected.reply_seed,
            message_key: expected.message_key,
            reply_recipient: expected.reply_recipient,
        })
        for (const [language, words] of Object.entries(expected.words) as [
            Language,
            readonly string[],
        ][]) {
            expect(receipt.words(lists[language])).toEqual(words)
            expect(Receipt.parse(words.join(" "), lists).mailboxId).toBe(expected.mailbox_id)
        }
    })

    test.each(typings)("$how is read as the same receipt", ({ typed, secret }) => {
        expect(Receipt.parse(typed, lists).mailboxId).toBe(
            new Receipt(hex.decode(secret ?? "")).mailboxId,
        )
    })

    test.each(refused)(
        "$problem is refused, and no word is repeated",
        ({ typed, problem, wrong }) => {
            let error: unknown
            try {
                Receipt.parse(typed, lists)
            } catch (thrown) {
                error = thrown
            }
            if (!(error instanceof ReceiptError)) throw new Error("it was read as a receipt")
            expect(error.problem).toBe(problem)
            expect([...error.wrong.keys()]).toEqual(wrong ?? [])
            for (const word of typed
                .split(" ")
                .filter((word) => word.length > 4 && word !== "words")) {
                expect(error.message).not.toContain(word)
            }
        },
    )
})

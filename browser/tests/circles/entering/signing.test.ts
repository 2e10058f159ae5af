/** Asking for a signature inside, giving it, and counting. */

import { beforeEach, describe, expect, test } from "vitest"

import { privateBytes } from "../../../src/circles/entering/batch_key.js"
import { randomBytes } from "../../../src/circles/entering/big_numbers.js"
import { blind } from "../../../src/circles/entering/blind_signature.js"
import { isGenuine, linkText, parsedLink } from "../../../src/circles/entering/invitation.js"
import { Counting } from "../../../src/circles/entering/counting.js"
import { announcing, BATCH, KeeperBatches } from "../../../src/circles/entering/keeper_batches.js"
import { Ledger } from "../../../src/circles/entering/ledger.js"
import { MOST_WAITING, Requests } from "../../../src/circles/entering/requests.js"
import {
    parsedSigning,
    requestId,
    signingBody,
} from "../../../src/circles/entering/signing_messages.js"
import type {
    SigningAnswer,
    SigningRequest,
} from "../../../src/circles/entering/signing_messages.js"
import type { BatchFacts } from "../../../src/circles/delivery/delivery.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { Unreadable } from "../../../src/circles/mls/problems.js"
import type { Settings } from "../../../src/circles/mls/settings.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import { CIRCLE, madeBatch, settingsWith } from "./batches_for_tests.js"

const TODAY = "2026-11-23"
const LATER = "2026-12-01"
const [KEEPER, MEMBER, OTHER] = ["aa".repeat(16), "bb".repeat(16), "cc".repeat(16)]
const made = madeBatch()
const settings: Settings = { ...settingsWith(made.batch), keepers: [KEEPER] }

/** A keeper's store with the batch in it, as `make` leaves it, but with a key that was made before. */
async function keepersStore(): Promise<MemoryStore> {
    const store = new MemoryStore()
    const kept = {
        primes: hex(privateBytes(made.key)),
        batch: made.batch,
        announced: false,
        signed: {},
    }
    const row = `room/${hex(CIRCLE)}/x/batch/${made.batch.id}`
    await store.put(new Map([[row, new TextEncoder().encode(JSON.stringify(kept))]]))
    return store
}

function request(): SigningRequest {
    const { message } = blind(made.key, randomBytes(40))
    const id = requestId(message)
    return { kind: "request", batch: made.batch.id, request: id, blinded: message }
}

let requests: Requests
let store: MemoryStore
let batches: KeeperBatches
beforeEach(async () => {
    store = new MemoryStore()
    requests = new Requests(store, CIRCLE, CLASSIC)
    batches = new KeeperBatches(await keepersStore(), CIRCLE)
})

async function asked(): Promise<SigningRequest> {
    const waiting = await requests.ask(settings, TODAY)
    const message = parsedSigning(waiting?.body ?? new Uint8Array(0))
    if (message.kind !== "request") throw new Error("expected a request")
    return message
}

async function signed(of: SigningRequest, by = MEMBER): Promise<SigningAnswer> {
    const found = await batches.sign(by, of, settings, TODAY)
    const message = found.kind === "answer" ? parsedSigning(found.body) : null
    if (message?.kind !== "answer") throw new Error(`expected an answer, got ${found.kind}`)
    return message
}

test("a member asks, a keeper signs what it cannot read, and the link opens the door", async () => {
    const answer = await signed(await asked())
    expect(await requests.ready(settings, TODAY)).toEqual([])
    expect(await requests.answered(answer, KEEPER, settings)).toBe("ready")
    const [found] = await requests.ready(settings, TODAY)
    if (found === undefined) throw new Error("expected an invitation")
    const link = parsedLink(linkText(found.link))
    expect(isGenuine(unhex(made.batch.modulus), link.invitation)).toBe(true)
    expect([link.circle, link.suite]).toEqual([CIRCLE, CLASSIC])
})

test("an invitation that was handed on is forgotten: nothing of it is left on the device", async () => {
    const answer = await signed(await asked())
    await requests.answered(answer, KEEPER, settings)
    const [found] = await requests.ready(settings, TODAY)
    const rowsOf = async (): Promise<string> => {
        const keys = await store.keys("")
        const rows = await Promise.all(keys.map((key) => store.get(key)))
        return [...keys, ...rows.map((row) => new TextDecoder().decode(row))].join("\n")
    }
    expect(await rowsOf()).toContain(hex(found?.link.invitation.nonce ?? new Uint8Array(1)))
    await requests.given(found?.request ?? "")
    expect(await rowsOf()).toBe("")
})

test("a request survives the browser being closed, and an answer may come twice", async () => {
    const message = await asked()
    const again = new Requests(store, CIRCLE, CLASSIC)
    expect((await again.waiting()).map(({ body }) => parsedSigning(body))).toEqual([message])
    const answer = await signed(message)
    expect(await again.answered(answer, KEEPER, settings)).toBe("ready")
    expect(await again.answered(answer, KEEPER, settings)).toBe("not-mine")
    expect(await again.waiting()).toEqual([])
})

test("a member has no more than two requests at once, and none for a batch that ended", async () => {
    for (let n = 0; n < MOST_WAITING; n += 1) await asked()
    expect(await requests.ask(settings, TODAY)).toBeNull()
    expect(await requests.ready(settings, LATER)).toEqual([])
    expect(await store.keys("")).toEqual([])
    expect(await requests.ask(settings, LATER)).toBeNull()
    expect(await requests.ask(settingsWith(), TODAY)).toBeNull()
})

describe("a keeper that signs garbage", () => {
    test("is found out by the request's owner, who waits on for a good one", async () => {
        const message = await asked()
        const good = await signed(message)
        for (const signature of [randomBytes(256), new Uint8Array(256), message.blinded]) {
            const wrong = { ...good, signature }
            expect(await requests.answered(wrong, KEEPER, settings)).toBe("garbage")
        }
        expect(await requests.ready(settings, TODAY)).toEqual([])
        expect(await requests.answered(good, KEEPER, settings)).toBe("ready")
    })

    test("or with the key of another batch gives nothing that could be handed on", async () => {
        const message = await asked()
        const good = await signed(message)
        const other = madeBatch()
        const both = settingsWith(made.batch, other.batch)
        const elsewhere = { ...good, batch: other.batch.id }
        const keepers = { ...both, keepers: [KEEPER] }
        expect(await requests.answered(elsewhere, KEEPER, keepers)).toBe("not-mine")
    })
})

test("whoever is no keeper can neither answer nor refuse", async () => {
    const message = await asked()
    const answer = await signed(message)
    const { batch, request: id } = message
    expect(await requests.answered(answer, OTHER, settings)).toBe("not-mine")
    const refusal = { kind: "refusal", batch, request: id } as const
    expect(await requests.answered(refusal, OTHER, settings)).toBe("not-mine")
    expect(await requests.waiting()).toHaveLength(1)
    expect(await requests.answered(refusal, KEEPER, settings)).toBe("refused")
    expect(await requests.waiting()).toHaveLength(0)
})

describe("a keeper's device", () => {
    test("signs eight of a batch and no more, two for each member unless the keeper says so", async () => {
        const kinds: string[] = []
        for (let n = 0; n < 3; n += 1) {
            kinds.push((await batches.sign(MEMBER, request(), settings, TODAY)).kind)
        }
        expect(kinds).toEqual(["answer", "answer", "many"])
        for (let n = 2; n < BATCH; n += 1) {
            const found = await batches.sign(MEMBER, request(), settings, TODAY, true)
            expect(found.kind).toBe("answer")
        }
        expect((await batches.sign(OTHER, request(), settings, TODAY)).kind).toBe("used-up")
        expect((await batches.sign(OTHER, request(), settings, TODAY, true)).kind).toBe("used-up")
        expect(await batches.signed()).toEqual(new Map([[made.batch.id, BATCH]]))
    })

    test("gives the same answer to the same request, also when all places are taken", async () => {
        const first = request()
        const answer = await signed(first)
        for (let n = 1; n < BATCH; n += 1) {
            await batches.sign(OTHER, request(), settings, TODAY, true)
        }
        expect(await signed(first)).toEqual(answer)
        expect((await batches.signed()).get(made.batch.id)).toBe(BATCH)
    })

    test("signs nothing for a batch that ended, is announced no more or is another's", async () => {
        const kindOf = async (of: Settings, day: string): Promise<string> =>
            (await batches.sign(MEMBER, request(), of, day)).kind
        expect(await kindOf(settings, LATER)).toBe("not-mine")
        expect(await kindOf(settingsWith(), TODAY)).toBe("not-mine")
        const elsewhere = { ...request(), batch: madeBatch().batch.id }
        expect((await batches.sign(MEMBER, elsewhere, settings, TODAY)).kind).toBe("not-mine")
        await batches.forgetEnded(settings, TODAY)
        expect(await kindOf(settings, TODAY)).toBe("answer")
        await batches.forgetEnded(settings, LATER)
        expect(await kindOf(settings, TODAY)).toBe("not-mine")
    })

    test("keeps the key of a batch whose announcing is on its way, and deletes it once withdrawn", async () => {
        const kindNow = async (): Promise<string> =>
            (await batches.sign(MEMBER, request(), settings, TODAY)).kind
        await batches.forgetEnded(settingsWith(), TODAY)
        expect(await kindNow()).toBe("answer")
        await batches.forgetEnded(settings, TODAY)
        await batches.forgetEnded(settingsWith(), TODAY)
        expect(await kindNow()).toBe("not-mine")
    })

    test("announces a new batch beside those that last, and drops those that ended", () => {
        const batch = { ...madeBatch().batch, ends: LATER }
        const found = announcing(settings, batch, TODAY).batches.map(({ id }) => id)
        expect(found).toEqual([made.batch.id, batch.id])
        const later = announcing(settings, batch, made.batch.ends).batches.map(({ id }) => id)
        expect(later).toEqual([batch.id])
    })

    test("opens at the server what is announced, and never what is not", async () => {
        const opened: string[] = []
        const server = {
            openBatch: (_circle: Uint8Array, _key: Uint8Array, modulus: Uint8Array) => {
                opened.push(hex(modulus))
                return Promise.resolve(factsOf())
            },
        }
        const key = randomBytes(32)
        await batches.open(server, key, settingsWith(), TODAY)
        expect(opened).toEqual([])
        await batches.open(server, key, settings, TODAY)
        await batches.open(server, key, settings, LATER)
        expect(opened).toEqual([made.batch.modulus])
    })
})

function factsOf(change: Partial<BatchFacts> = {}): BatchFacts {
    return {
        batch: unhex(made.batch.id),
        modulus: unhex(made.batch.modulus),
        size: 8,
        redeemed: 0,
        ends: made.batch.ends,
        ...change,
    }
}

describe("members who hold what the server lists against what was said inside", () => {
    const began = Ledger.begun("2026-11-01").announced(settings, settingsWith())
    const doubtsOf = (ledger: Ledger, facts: readonly BatchFacts[], of = settings): string[] =>
        ledger.compared(of, facts, TODAY).map(({ kind }) => kind)

    test("see nothing wrong where nothing is", () => {
        expect(doubtsOf(began, [factsOf()])).toEqual([])
        expect(doubtsOf(Ledger.decode(began.encode()), [factsOf()])).toEqual([])
        expect(doubtsOf(began, [factsOf({ ends: "2026-12-01" })])).toEqual([])
    })

    test("see a batch that no keeper announced", () => {
        const strange = madeBatch().batch
        const facts = factsOf({ batch: unhex(strange.id), modulus: unhex(strange.modulus) })
        expect(doubtsOf(began, [factsOf(), facts])).toEqual(["unannounced"])
    })

    test("see another key or another end in place of what was announced", () => {
        const modulus = unhex(madeBatch().batch.modulus)
        expect(doubtsOf(began, [factsOf({ modulus })])).toEqual(["another"])
        expect(doubtsOf(began, [factsOf({ ends: "2026-12-20" })])).toEqual(["another"])
    })

    test("see that more were used than were signed inside", async () => {
        const one = request()
        const answer = await signed(one)
        const ledger = began.said(MEMBER, false, one).said(KEEPER, true, answer)
        expect(doubtsOf(ledger, [factsOf({ redeemed: 1 })])).toEqual([])
        expect(doubtsOf(ledger, [factsOf({ redeemed: 2 })])).toEqual(["signed-outside"])
        expect(ledger.given(made.batch.id)).toEqual(new Map([[MEMBER, 1]]))
    })

    test("see that one is withheld, and that too many are open", () => {
        expect(doubtsOf(began, [])).toEqual(["not-there"])
        const more = [1, 2, 3].map(() => {
            const { id, modulus } = madeBatch().batch
            return factsOf({ batch: unhex(id), modulus: unhex(modulus) })
        })
        expect(doubtsOf(began, [factsOf(), ...more])).toContain("too-many")
    })

    test("do not accuse anybody of what they cannot know: whoever came in later has not counted", () => {
        const late = Ledger.begun(TODAY).announced(settings, null)
        expect(doubtsOf(late, [factsOf({ redeemed: 5 })])).toEqual([])
        // One that was withdrawn when somebody was removed, before this member came.
        const old = factsOf({ batch: unhex(madeBatch().batch.id), ends: "2026-11-28" })
        expect(doubtsOf(late, [factsOf(), old])).toEqual([])
        // One that they saw announced and withdrawn.
        expect(doubtsOf(began, [factsOf()], settingsWith())).toEqual([])
    })

    test("count no answer that a member gave in a keeper's place, and no copy twice", async () => {
        const one = request()
        const answer = await signed(one)
        const ledger = began
            .said(MEMBER, false, one)
            .said(OTHER, false, one)
            .said(OTHER, false, answer)
        expect(ledger.given(made.batch.id)).toEqual(new Map())
        const twice = ledger.said(KEEPER, true, answer).said(KEEPER, true, answer)
        expect(twice.given(made.batch.id)).toEqual(new Map([[MEMBER, 1]]))
    })
})

describe("a member's own ledger", () => {
    test("is kept with the room, counts from the first look on, and finds what does not fit", async () => {
        const counting = new Counting(store, CIRCLE)
        await counting.seen(settingsWith(), TODAY)
        const now = { ...settings, batches: [made.batch] }
        await counting.seen(now, TODAY)
        const one = request()
        const answer = await signed(one)
        await counting.heard(MEMBER, now, one)
        await counting.heard(OTHER, now, answer)
        expect(await counting.given(made.batch.id)).toEqual(new Map())
        await counting.heard(KEEPER, now, answer)
        await counting.heard(KEEPER, now, answer)
        const again = new Counting(store, CIRCLE)
        expect(await again.given(made.batch.id)).toEqual(new Map([[MEMBER, 1]]))
        const kinds = async (redeemed: number): Promise<string[]> =>
            (await again.doubts(now, [factsOf({ redeemed })], TODAY)).map(({ kind }) => kind)
        expect([await kinds(1), await kinds(2)]).toEqual([[], ["signed-outside"]])
        expect(await store.keys("")).toEqual([`room/${hex(CIRCLE)}/x/ledger`])
    })

    test("that began while a batch was open does not say that it has seen all of it", async () => {
        const counting = new Counting(store, CIRCLE)
        await counting.seen(settings, TODAY)
        expect(await counting.doubts(settings, [factsOf({ redeemed: 3 })], TODAY)).toEqual([])
    })
})

describe("messages about signing", () => {
    test("that are none cannot be read, and numbers out of range are not signed", async () => {
        for (const blinded of [new Uint8Array(256), new Uint8Array(256).fill(0xff)]) {
            const wrong = { ...request(), blinded }
            expect((await batches.sign(MEMBER, wrong, settings, TODAY)).kind).toBe("not-mine")
        }
        for (const length of [0, 1, 17, 272, 274, 288, 290, 1000]) {
            const body = new Uint8Array(length).fill(9)
            expect(() => parsedSigning(body)).toThrow(Unreadable)
        }
        for (const kind of [1, 2, 3]) {
            const body = new Uint8Array(500)
            body[0] = kind
            expect(() => parsedSigning(body)).toThrow(Unreadable)
        }
        for (const of of [request(), await signed(request())]) {
            expect(parsedSigning(signingBody(of))).toEqual(of)
        }
    })
})

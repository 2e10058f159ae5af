import { expect, test } from "vitest"

import { remove } from "../../../src/circles/keepers/actions.js"
import { boxedFrames, drawnId } from "../../../src/circles/keepers/boxed.js"
import { openedFrame } from "../../../src/circles/keepers/opened_frames.js"
import { forgedByAnybody, forgedByKeeper } from "./forging.js"
import { Handover, firstSecrets, nextSecrets } from "../../../src/circles/keepers/keeper_secrets.js"
import { checkedOnArrival } from "../../../src/circles/keepers/franking.js"
import { KEPT_PROOF } from "../../../src/circles/keepers/franking.js"
import {
    encodedAnswer,
    encodedReport,
    openedReport,
    parsedAnswer,
} from "../../../src/circles/keepers/reports.js"
import type { Reported } from "../../../src/circles/keepers/reports.js"
import { unhex } from "../../../src/circles/mls/bytes.js"
import { Unreadable } from "../../../src/circles/mls/problems.js"
import { TestRoom, settingsOf } from "./people.js"
import type { TestMember } from "./people.js"

async function room() {
    const test = new TestRoom()
    const [keeper, other, reporter, sender] = [
        await test.member(),
        await test.member(),
        await test.member(),
        await test.member(),
    ]
    const secrets = firstSecrets()
    const franking = unhex(secrets.ring.current)
    const opened = (
        messages: readonly Reported[],
        from: TestMember = reporter,
        ring = secrets.ring,
    ) =>
        openedReport(encodedReport({ words: "please look", messages }), {
            id: drawnId(),
            reporter: from.id,
            circle: test.circle,
            keepers: [keeper.id, other.id],
            ring,
            own: () => undefined,
        })
    return { test, keeper, other, reporter, sender, secrets, franking, opened }
}

test("a keeper sees who said it, what was chosen and what was added, and that it is proven", async () => {
    const { test, sender, reporter, franking, opened } = await room()
    const before = { ...test.arrived(reporter, "what went before", franking), chosen: false }
    const bad = test.arrived(sender, "what was bad", franking)
    const report = opened([before, bad])
    expect(report.words).toBe("please look")
    expect(report.byKeeper).toBe(false)
    expect(
        report.messages.map(({ senderId, verdict, chosen }) => [senderId, verdict, chosen]),
    ).toEqual([
        [reporter.id, "proven", false],
        [sender.id, "proven", true],
    ])
    expect(report.messages[1]?.content).toEqual(bad.content)
})

test("a reporter who changes a word, the sender or the epoch proves nothing", async () => {
    const { test, sender, other, franking, opened } = await room()
    const real = test.arrived(sender, "what was said", franking)
    const verdictOf = (changes: Partial<Reported>) =>
        opened([{ ...real, ...changes }]).messages[0]?.verdict
    expect(verdictOf({})).toBe("proven")
    expect(verdictOf({ content: new TextEncoder().encode("what was not said") })).toBe("false")
    expect(verdictOf({ sender: other.signatureKey })).toBe("false")
    expect(verdictOf({ epoch: real.epoch + 1 })).toBe("false")
    expect(verdictOf({ kept: new Uint8Array(KEPT_PROOF) })).toBe("false")
    expect(verdictOf({ kept: null })).toBe("unproven")
})

test("a reporter cannot make a member say what they never said", async () => {
    const { test, sender, franking, opened } = await room()
    const content = new TextEncoder().encode("never said")
    const franked = test.franked(sender, franking)
    const kept = forgedByAnybody(content, franked)
    const message = {
        content,
        epoch: franked.epoch,
        sender: sender.signatureKey,
        kept,
        chosen: true,
        rest: null,
    }
    expect(opened([message]).messages[0]?.verdict).toBe("false")
})

test("a keeper can, so what a keeper reports is marked as a keeper's word", async () => {
    const { test, keeper, sender, secrets, franking, opened } = await room()
    const content = new TextEncoder().encode("never said")
    const franked = test.franked(sender, franking)
    const secret = secrets.ring.keys[0]?.secret ?? new Uint8Array(0)
    const kept = forgedByKeeper(content, franked, secret).slice(0, KEPT_PROOF)
    const message = {
        content,
        epoch: franked.epoch,
        sender: sender.signatureKey,
        kept,
        chosen: true,
        rest: null,
    }
    const report = opened([message], keeper)
    expect(report.messages[0]?.verdict).toBe("proven")
    expect(report.byKeeper).toBe(true)
})

test("what was said before a keeper came, or under an earlier key, is proven to them too", async () => {
    const { test, sender, secrets, franking, opened } = await room()
    const old = test.arrived(sender, "long ago", franking, 2)
    const next = Handover.begin(secrets)
        .offered(nextSecrets(secrets, 4))
        .taken("nothing known", { epoch: 5, keeper: true })
    const candidate = next.candidates[0] ?? secrets
    const newcomer = Handover.begin(null)
        .offered(candidate)
        .taken(candidate.ring.current, { epoch: 5, keeper: true })
    const ring = newcomer.secrets?.ring ?? secrets.ring
    expect(opened([old], undefined, ring).messages[0]?.verdict).toBe("proven-earlier")
    const now = test.arrived(sender, "today", unhex(ring.current), 6)
    expect(opened([now], undefined, ring).messages[0]?.verdict).toBe("proven")
    // A former keeper may make up what was said while they were one, and nothing after it.
    const content = new TextEncoder().encode("made up")
    const earlier = secrets.ring.keys[0]?.secret ?? new Uint8Array(0)
    const franked = test.franked(sender, franking, 6)
    const kept = forgedByKeeper(content, franked, earlier).slice(0, KEPT_PROOF)
    expect(
        checkedOnArrival(forgedByKeeper(content, franked, earlier), content, franked),
    ).toHaveLength(KEPT_PROOF)
    const message = {
        content,
        epoch: 6,
        sender: sender.signatureKey,
        kept,
        chosen: true,
        rest: null,
    }
    expect(opened([message], undefined, ring).messages[0]?.verdict).toBe("false")
})

test("attack: a removed keeper opens reports", async () => {
    const { test, keeper, other, reporter, sender, secrets } = await room()
    const acting = {
        settings: settingsOf([keeper.id, other.id], { franking: secrets.ring.current }),
        by: keeper.id,
        members: [keeper, other, reporter, sender].map(({ id }) => id),
        epoch: 3,
    }
    const change = remove(acting, other.id, secrets)
    expect(change.settings.keepers).toEqual([keeper.id])
    expect(change.settings.franking).not.toBe(secrets.ring.current)
    expect(change.secrets?.serverKey).not.toEqual(secrets.serverKey)
    // Their own store says so too: at the commit they forget.
    const theirs = Handover.begin(secrets).taken(change.settings.franking, {
        epoch: 4,
        keeper: false,
    })
    expect(theirs.secrets).toBeNull()
    const data = encodedReport({ words: "about the one who was removed", messages: [] })
    const keys = [keeper, other]
        .filter(({ id }) => change.settings.keepers.includes(id))
        .map(({ boxKey }) => boxKey)
    const [frame = new Uint8Array(0)] = await boxedFrames(test.from(reporter), keys, {
        kind: "report",
        id: drawnId(),
        data,
    })
    expect(await openedFrame(frame, other.boxSecret, test.from(reporter))).toBeNull()
    expect((await openedFrame(frame, keeper.boxSecret, test.from(reporter)))?.data).toEqual(data)
})

test("attack: a report is replayed by somebody else", async () => {
    const { test, keeper, reporter, sender } = await room()
    const data = encodedReport({ words: "against the one who replays", messages: [] })
    const [frame = new Uint8Array(0)] = await boxedFrames(test.from(reporter), [keeper.boxKey], {
        kind: "report",
        id: drawnId(),
        data,
    })
    expect(await openedFrame(frame, keeper.boxSecret, test.from(reporter))).not.toBeNull()
    expect(await openedFrame(frame, keeper.boxSecret, test.from(sender))).toBeNull()
})

test("bytes that are no report, or say too much, are refused", async () => {
    const { test, sender, franking } = await room()
    const good = encodedReport({ words: "", messages: [test.arrived(sender, "x", franking)] })
    const from = {
        id: "",
        reporter: sender.id,
        circle: test.circle,
        keepers: [],
        ring: firstSecrets().ring,
        own: () => undefined,
    }
    expect(openedReport(good, from).messages).toHaveLength(1)
    for (const bad of [
        good.subarray(1),
        good.slice(0, -1),
        new Uint8Array(0),
        new Uint8Array(9999),
    ]) {
        expect(() => openedReport(bad, from)).toThrow(Unreadable)
    }
    expect(() => encodedReport({ words: " ", messages: [] })).toThrow("got neither")
    expect(() => encodedReport({ words: "x".repeat(1001), messages: [] })).toThrow("leave some out")
})

test("an answer names its report and is read back", () => {
    const report = drawnId()
    expect(parsedAnswer(encodedAnswer({ report, words: "we looked" }))).toEqual({
        report,
        words: "we looked",
    })
    expect(() => parsedAnswer(new TextEncoder().encode("no id"))).toThrow(Unreadable)
})

// What keepers see of a reported picture: its own bytes, by the hash that its sender agreed to.
import { sha256 } from "@noble/hashes/sha2.js"
import { expect, test } from "vitest"

import { reportedPicture, restOf } from "../../../src/circles/keepers/reported_picture.js"
import { encodedReport, encodedWithin } from "../../../src/circles/keepers/reports.js"
import { hex } from "../../../src/circles/mls/bytes.js"
import { frankedPart, messageId } from "../../../src/circles/room/content.js"
import { clean } from "../../support/with_metadata.js"
import { KeptRooms } from "./kept_rooms.js"
import type { KeptDevice } from "./kept_rooms.js"

/** A JPEG file of about so many bytes. */
function picture(length: number): Uint8Array {
    const file = clean("jpeg")
    const whole = new Uint8Array(file.length + length).map((_, at) => 1 + ((at * 7) % 250))
    whole.set(file.subarray(0, -2))
    whole.set(file.subarray(-2), whole.length - 2)
    return whole
}

function need(device: KeptDevice | undefined): KeptDevice {
    if (device === undefined) throw new Error("expected a member")
    return device
}

async function reported(length: number) {
    const rooms = new KeptRooms()
    const [keeper, ...members] = await rooms.circle(2)
    const [sender, reporter] = [need(members[0]), need(members[1])]
    const id = await sender.room.sendImage(picture(length))
    await rooms.settle()
    const shown = reporter.room.state.shown[0]?.image
    if (shown === undefined) throw new Error("expected the picture to have come")
    return { rooms, keeper, reporter, id, shown }
}

const opened = ({ keepers }: KeptDevice) => keepers.reports()[0]?.messages[0]

test("a keeper sees a reported picture and knows who sent it, from the keeper's own device", async () => {
    const { rooms, keeper, reporter, id, shown } = await reported(20_000)
    await reporter.keepers.report("look", [id])
    await rooms.settle()
    expect(opened(keeper)).toMatchObject({ verdict: "proven", picture: shown })
})

test("a keeper who has deleted it sees it all the same, where the report has room", async () => {
    const { rooms, keeper, reporter, id, shown } = await reported(20_000)
    await keeper.room.forget(id)
    await reporter.keepers.report("look", [id])
    await rooms.settle()
    expect(opened(keeper)).toMatchObject({ verdict: "proven", picture: shown })
})

test("a picture too large for the frames of a report: proven, and shown only from the own device", async () => {
    const { rooms, keeper, reporter, id, shown } = await reported(70_000)
    await reporter.keepers.report("look", [id])
    await rooms.settle()
    expect(opened(keeper)).toMatchObject({ verdict: "proven", picture: shown })
    await keeper.room.forget(id)
    expect(opened(keeper)).toMatchObject({ verdict: "proven", picture: null })
})

test("attack: a reporter shows keepers another picture than the one that was sent", () => {
    const [sent, other] = [picture(9_000), picture(9_001)]
    const nonce = "ab".repeat(16)
    const frame = {
        kind: "image",
        nonce,
        day: "2026-11-23",
        index: 0,
        count: 2,
        digest: hex(sha256(sent)),
        proof: new Uint8Array(0),
        piece: sent.subarray(0, 7_700),
    } as const
    const [content, sender] = [frankedPart(frame), "cd".repeat(16)]
    const none = () => undefined
    expect(reportedPicture(content, restOf(sent), sender, none)).toEqual(sent)
    expect(reportedPicture(content, restOf(other), sender, none)).toBeNull()
    expect(reportedPicture(content, null, sender, none)).toBeNull()
    // Nor does this device take another of its own for it.
    const asked: string[] = []
    const wrong = (id: string): Uint8Array => {
        asked.push(id)
        return other
    }
    expect(reportedPicture(content, restOf(sent), sender, wrong)).toEqual(sent)
    expect(asked).toEqual([messageId(sender, nonce)])
    expect(reportedPicture(new Uint8Array(30), restOf(sent), sender, none)).toBeNull()
})

test("where not all fits, the pictures that were chosen go, and context stays a hash", () => {
    const one = (chosen: boolean) => ({
        content: new Uint8Array(100),
        epoch: 1,
        sender: new Uint8Array(32),
        kept: null,
        chosen,
        rest: new Uint8Array(20_000),
    })
    const report = { words: "look", messages: [one(true), one(false)] }
    const whole = encodedReport(report).length
    expect(encodedWithin(report, whole)).toHaveLength(whole)
    const less = encodedWithin(report, whole - 1)
    expect(less.length).toBeGreaterThan(20_000)
    expect(less.length).toBeLessThan(whole - 20_000)
    expect(encodedWithin(report, 1_000).length).toBeLessThan(1_000)
})

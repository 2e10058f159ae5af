import { randomBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"

import {
    BOXED_SLOTS,
    BoxedError,
    MOST_FRAMES,
    boxedFrames,
    coverFrame,
    drawnId,
    frameLength,
    roomInFrame,
} from "../../../src/circles/keepers/boxed.js"
import { Pieces, openedFrame } from "../../../src/circles/keepers/opened_frames.js"
import { Unreadable } from "../../../src/circles/mls/problems.js"
import { CLASSIC, POST_QUANTUM } from "../../../src/circles/mls/suites.js"
import { TestRoom } from "./people.js"

const DATA = new TextEncoder().encode("sealed to keepers")

describe.each([CLASSIC, POST_QUANTUM] as const)("frames of %s", (suite) => {
    test("those chosen open it, nobody else does, and none shows which it was", async () => {
        const room = new TestRoom(suite)
        const [sender, one, two, spy] = [
            await room.member(),
            await room.member(),
            await room.member(),
            await room.member(),
        ]
        const id = drawnId()
        const message = { kind: "report" as const, id, data: DATA }
        const [frame = new Uint8Array(0)] = await boxedFrames(
            room.from(sender),
            [one.boxKey, two.boxKey],
            message,
        )
        for (const keeper of [one, two]) {
            expect(await openedFrame(frame, keeper.boxSecret, room.from(sender))).toEqual({
                kind: "report",
                id,
                part: 0,
                parts: 1,
                data: DATA,
            })
        }
        expect(await openedFrame(frame, spy.boxSecret, room.from(sender))).toBeNull()
        expect(await openedFrame(frame, sender.boxSecret, room.from(sender))).toBeNull()
        const cover = await coverFrame(room.from(sender))
        expect(cover).toHaveLength(frame.length)
        expect(frame).toHaveLength(frameLength(room.suite))
        expect(await openedFrame(cover, one.boxSecret, room.from(sender))).toBeNull()
    })
})

test("a frame opens for its sender and room only, so it cannot be sent again as another's", async () => {
    const room = new TestRoom()
    const [sender, thief, keeper] = [await room.member(), await room.member(), await room.member()]
    const [frame = new Uint8Array(0)] = await boxedFrames(room.from(sender), [keeper.boxKey], {
        kind: "report",
        id: drawnId(),
        data: DATA,
    })
    expect(await openedFrame(frame, keeper.boxSecret, room.from(sender))).not.toBeNull()
    expect(await openedFrame(frame, keeper.boxSecret, room.from(thief))).toBeNull()
    const elsewhere = { ...room.from(sender), circle: randomBytes(16) }
    expect(await openedFrame(frame, keeper.boxSecret, elsewhere)).toBeNull()
})

test("slots of another frame do not open this one's body", async () => {
    const room = new TestRoom()
    const [sender, keeper] = [await room.member(), await room.member()]
    const made = async () =>
        (
            await boxedFrames(room.from(sender), [keeper.boxKey], {
                kind: "report",
                id: drawnId(),
                data: DATA,
            })
        )[0] ?? new Uint8Array(0)
    const [one, two] = [await made(), await made()]
    const mixed = two.slice()
    mixed.set(one.subarray(0, BOXED_SLOTS * 80))
    await expect(openedFrame(mixed, keeper.boxSecret, room.from(sender))).rejects.toThrow(
        Unreadable,
    )
    for (const bad of [one.subarray(1), new Uint8Array(0), new Uint8Array(8000)]) {
        await expect(openedFrame(bad, keeper.boxSecret, room.from(sender))).rejects.toThrow(
            Unreadable,
        )
    }
})

test("what is longer comes in frames of one length, in any order, and is put together once", async () => {
    const room = new TestRoom()
    const [sender, keeper] = [await room.member(), await room.member()]
    const data = randomBytes(roomInFrame(room.suite) * 2 + 7)
    const frames = await boxedFrames(room.from(sender), [keeper.boxKey], {
        kind: "report",
        id: drawnId(),
        data,
    })
    expect(frames.map((frame) => frame.length)).toEqual(frames.map(() => frameLength(room.suite)))
    const pieces = new Pieces()
    let whole: Uint8Array | null = null
    for (const frame of [...frames].reverse()) {
        const piece = await openedFrame(frame, keeper.boxSecret, room.from(sender))
        if (piece === null) throw new Error("expected a piece")
        // Of another sender: never mixed in.
        if (piece.part > 0) expect(pieces.take(keeper.id, piece)).toBeNull()
        whole = pieces.take(sender.id, piece)
    }
    expect(whole).toEqual(data)
})

test("whoever begins messages without ending them does not fill a keeper's memory", () => {
    const pieces = new Pieces(4)
    const begun = { kind: "report" as const, part: 0, parts: 2, data: DATA }
    const last = drawnId()
    for (const id of [drawnId(), drawnId(), drawnId(), drawnId(), drawnId(), last]) {
        expect(pieces.take("", { ...begun, id })).toBeNull()
    }
    expect(pieces.take("", { ...begun, id: last, part: 1 })).toHaveLength(2 * DATA.length)
})

test("nobody, six members, or too much is refused before anything is sealed", async () => {
    const room = new TestRoom()
    const sender = await room.member()
    const message = { kind: "report" as const, id: drawnId(), data: DATA }
    await expect(boxedFrames(room.from(sender), [], message)).rejects.toThrow(BoxedError)
    const six = Array.from({ length: 6 }, () => sender.boxKey)
    await expect(boxedFrames(room.from(sender), six, message)).rejects.toThrow("1 to 5 members")
    const data = new Uint8Array(roomInFrame(room.suite) * MOST_FRAMES + 1)
    await expect(
        boxedFrames(room.from(sender), [sender.boxKey], { ...message, data }),
    ).rejects.toThrow("choose fewer messages")
})

// A member whom another library runs (rfc9420, in Python) in a whole circle of ours: by
// invitation, with our settings, cards, padding and private commits, in the suite circles use.
// Its exporter does not hash the context, as RFC 9420 (8.5) asks, so it has no door key; mls-rs
// has the same as ours (mls_rs.test.ts). It takes a tree only while every leaf's parent hash is
// the newest, so the founder alone has committed when it joins.
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import { encodeCapabilities } from "ts-mls/capabilities.js"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { drawnBoxKey } from "../../../src/circles/mls/boxes.js"
import { Group } from "../../../src/circles/mls/group.js"
import type { Changes } from "../../../src/circles/mls/group_steps.js"
import { capabilities, card, invitationExtension } from "../../../src/circles/mls/leaf.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import { CLASSIC, type SuiteName } from "../../../src/circles/mls/suites.js"
import { batch, CIRCLE, invitation, judging, NOW, SAID, settings } from "../support/people.js"
import { missing, Peer } from "./peer.js"

/** Members of one circle whom our code runs; what one sends, all others take in. */
class Circle {
    readonly groups: Group[]

    private constructor(founder: Group) {
        this.groups = [founder]
    }

    static async founded(): Promise<Circle> {
        const own = await newMember({
            suite: CLASSIC,
            circle: CIRCLE,
            name: "Rook",
            invitation: null,
            now: NOW,
        })
        const id = bytesToHex(identity(own.keyPackage.leafNode.credential))
        return new Circle(await Group.create(own, settings([id], [await batch()]), judging))
    }

    at(index: number): Group {
        const found = this.groups[index]
        if (found === undefined) throw new Error("nobody")
        return found
    }

    async commit(by: number, changes: Changes): Promise<{ sealed: string; welcome: Uint8Array }> {
        const { group, sealed, welcome } = await this.at(by).commit(changes, SAID)
        for (const [index, other] of this.groups.entries()) {
            if (index === by) continue
            const opened = await other.open(sealed)
            if (opened.group === null) throw new Error("removed")
            this.groups[index] = opened.group
        }
        this.groups[by] = group
        return { sealed: bytesToHex(sealed), welcome: welcome ?? new Uint8Array() }
    }

    async addOurs(by: number): Promise<string> {
        const made = { suite: CLASSIC as SuiteName, circle: CIRCLE, name: "Pawn", now: NOW }
        const own = await newMember({ ...made, invitation: invitation(this.groups.length) })
        const { sealed, welcome } = await this.commit(by, { add: [sentKeyPackage(own)] })
        this.groups.push(await Group.join(welcome, own, judging))
        return sealed
    }

    async say(by: number, words: string): Promise<string> {
        const { group, sealed } = await this.at(by).seal(utf8ToBytes(words))
        for (const [index, other] of this.groups.entries()) {
            if (index !== by) this.groups[index] = (await this.read(other, sealed)).group
        }
        this.groups[by] = group
        return bytesToHex(sealed)
    }

    async read(group: Group, sealed: Uint8Array) {
        const opened = await group.open(sealed)
        if (opened.kind !== "message") throw new Error(opened.kind)
        return opened
    }

    /** All of ours read it; who sent it, and what. */
    async readAll(hex: string): Promise<{ name: string; words: string }> {
        const said = { name: "", words: "" }
        for (const [index, group] of this.groups.entries()) {
            const opened = await this.read(group, hexToBytes(hex))
            this.groups[index] = opened.group
            said.name = opened.from.name
            said.words = new TextDecoder().decode(opened.content)
        }
        return said
    }
}

function identity(credential: { credentialType: string; identity?: Uint8Array }): Uint8Array {
    if (credential.identity === undefined) throw new Error(credential.credentialType)
    return credential.identity
}

describe.skipIf(missing("rfc9420"))("a member whom another library runs", () => {
    let peer: Peer
    let circle: Circle

    beforeEach(async () => {
        peer = new Peer("rfc9420_peer.py")
        circle = await Circle.founded()
    }, 120_000)

    afterEach(() => {
        peer.end()
    })

    async function theirPackage(): Promise<string> {
        const came = invitation(99)
        const box = await drawnBoxKey(CLASSIC)
        const shown = card("Knight", box.public, came)
        const brought = invitationExtension(came)
        return peer.ask(
            "key_package",
            bytesToHex(CIRCLE),
            NOW.getTime() / 1000,
            bytesToHex(encodeCapabilities(capabilities(CLASSIC))),
            [shown.extensionType, bytesToHex(shown.extensionData)],
            [brought.extensionType, bytesToHex(brought.extensionData)],
        )
    }

    async function talk(): Promise<void> {
        const words = utf8ToBytes("from ours")
        expect(await peer.ask("receive", await circle.say(0, "from ours"))).toBe(
            `text ${bytesToHex(words)}`,
        )
        const theirs = await peer.ask("send", bytesToHex(utf8ToBytes("from theirs")))
        expect(await circle.readAll(theirs)).toEqual({ name: "Knight", words: "from theirs" })
    }

    test("comes in, talks both ways, follows, is removed and reads nothing more", async () => {
        await circle.addOurs(0)
        const { welcome } = await circle.commit(0, { add: [hexToBytes(await theirPackage())] })
        expect(await peer.ask("join", bytesToHex(welcome))).toBe("joined")
        await talk()

        expect(await peer.ask("receive", (await circle.commit(1, {})).sealed)).toBe("commit")
        await talk()
        expect(await peer.ask("receive", await circle.addOurs(0))).toBe("commit")
        await talk()
        const changed = { ...circle.at(0).settings, days: 3 }
        const { sealed } = await circle.commit(0, { settings: changed })
        expect(await peer.ask("receive", sealed)).toBe("commit")
        await talk()

        const them = circle.at(0).members.find(({ name }) => name === "Knight")
        if (them === undefined) throw new Error("no such member")
        const gone = (await circle.commit(0, { remove: [them.id] })).sealed
        const after = await circle.say(0, "not for them")
        await peer.ask("receive", gone).catch(() => "it cannot open the path, as it must")
        await expect(peer.ask("receive", after)).rejects.toThrow()
    })
})

// Who may change what: commits that MLS would take and a circle must not, named after the attack.
import type { Extension, KeyPackage, Proposal } from "ts-mls"
import { createCommit, createProposal } from "ts-mls"
import { encodeMlsMessage } from "ts-mls/message.js"
import { beforeAll, describe, expect, test } from "vitest"

import { hex } from "../../../src/circles/mls/bytes.js"
import { Group } from "../../../src/circles/mls/group.js"
import { invitationExtension, usedMark } from "../../../src/circles/mls/leaf.js"
import type { Invitation } from "../../../src/circles/mls/leaf.js"
import {
    newMember,
    parsedOwnMember,
    encodedOwnMember,
    sentKeyPackage,
} from "../../../src/circles/mls/own_member.js"
import { settingsExtension, settingsWithout } from "../../../src/circles/mls/policy.js"
import { BrokenRule } from "../../../src/circles/mls/problems.js"
import { encodedSettings, parsedSettings } from "../../../src/circles/mls/settings.js"
import type { Settings } from "../../../src/circles/mls/settings.js"
import { CLASSIC, suiteOf } from "../../../src/circles/mls/suites.js"
import { forced, stateOf } from "../support/insides.js"
import {
    CIRCLE,
    NOW,
    SAID,
    circleOf,
    invitation,
    joined,
    judging,
    person,
} from "../support/people.js"

let groups: Group[]

beforeAll(async () => {
    groups = await circleOf(4)
})

function at(number: number): Group {
    const found = groups[number]
    if (found === undefined) throw new Error("no such member")
    return found
}

function changed(changes: Partial<Settings>): Extension[] {
    return [settingsExtension({ ...at(0).settings, ...changes })]
}

async function refused(sealed: Uint8Array, by: Group, rule: string): Promise<void> {
    const problem = await at(1)
        .open(sealed)
        .catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(BrokenRule)
    expect((problem as BrokenRule).by).toBe(by.me.id)
    expect((problem as BrokenRule).message).toContain(rule)
    // The circle is where it was, and still reads.
    const { sealed: next } = await at(0).seal(new Uint8Array(1))
    expect((await at(1).open(next)).kind).toBe("message")
}

async function withInvitation(changes: Partial<Invitation>, card = invitation()) {
    const own = await newMember({
        suite: CLASSIC,
        circle: CIRCLE,
        name: "newcomer",
        invitation: { ...card, ...changes },
        now: NOW,
    })
    return own.keyPackage
}

describe("a member who is no keeper", () => {
    test("removes nobody", async () => {
        const sealed = await forced(at(2), {
            remove: [at(3).me.leaf],
            extensions: changed({ batches: [] }),
        })
        await refused(sealed, at(2), "only keepers remove")
    })

    test("does not make itself a keeper, nor change anything", async () => {
        const keepers = [...at(0).settings.keepers, at(2).me.id].sort()
        await refused(
            await forced(at(2), { extensions: changed({ keepers }) }),
            at(2),
            "only keepers set",
        )
        await refused(
            await forced(at(2), { extensions: changed({ days: 90 }) }),
            at(2),
            "only keepers set",
        )
    })

    test("adds somebody with an invitation, and renews its own keys", async () => {
        const own = await person("newcomer")
        const made = await at(2).commit({ add: [sentKeyPackage(own)] }, SAID)
        expect((await at(1).open(made.sealed)).kind).toBe("commit")
        const updated = await at(3).commit({}, SAID)
        expect((await at(1).open(updated.sealed)).kind).toBe("commit")
    })
})

describe("nobody comes in", () => {
    async function notAdded(keyPackage: KeyPackage, rule: string): Promise<void> {
        await refused(await forced(at(0), { add: [keyPackage] }), at(0), rule)
    }

    test("without an invitation, not even through a keeper", async () => {
        const own = await newMember({
            suite: CLASSIC,
            circle: CIRCLE,
            name: "x",
            invitation: null,
            now: NOW,
        })
        await notAdded(own.keyPackage, "have an invitation")
    })

    test("by a forged signature", async () => {
        await notAdded(
            await withInvitation({ signature: new Uint8Array(256).fill(1) }),
            "are signed",
        )
    })

    test("by a batch that is not open", async () => {
        await notAdded(await withInvitation({ batch: new Uint8Array(16).fill(1) }), "open batch")
    })

    test("by an invitation that somebody came in by before", async () => {
        const used = invitation()
        const made = { suite: CLASSIC, circle: CIRCLE, invitation: used, now: NOW } as const
        const one = await newMember({ ...made, name: "one" })
        const two = await newMember({ ...made, name: "two" })
        const grown = await joined(groups, one)
        const reader = grown[1]
        const keeper = grown[0]
        if (reader === undefined || keeper === undefined) throw new Error("expected members")
        await expect(reader.open(await forced(keeper, { add: [two.keyPackage] }))).rejects.toThrow(
            "used once",
        )
        await expect(
            reader.open(await forced(at(0), { add: [one.keyPackage, two.keyPackage] })),
        ).rejects.toThrow()
    })

    test("by one invitation for two in one commit", async () => {
        const used = invitation()
        const made = { suite: CLASSIC, circle: CIRCLE, invitation: used, now: NOW } as const
        const both = [
            await newMember({ ...made, name: "one" }),
            await newMember({ ...made, name: "two" }),
        ]
        const sealed = await forced(at(0), { add: both.map(({ keyPackage }) => keyPackage) })
        await expect(at(1).open(sealed)).rejects.toThrow("cannot follow")
    })

    test("by another's invitation on their own card", async () => {
        const mine = invitation()
        const theirs = invitation()
        const own = await newMember({
            suite: CLASSIC,
            circle: CIRCLE,
            name: "x",
            invitation: mine,
            now: NOW,
        })
        const swapped = { ...own.keyPackage, extensions: [invitationExtension(theirs)] }
        expect(hex(usedMark(mine.nonce))).not.toBe(hex(usedMark(theirs.nonce)))
        const { signKeyPackage } = await import("ts-mls/keyPackage.js")
        const signed = await signKeyPackage(
            swapped,
            own.keys.signaturePrivateKey,
            suiteOf(CLASSIC).signature,
        )
        await notAdded(signed, "marked with their invitation")
    })

    test("into a closed circle", async () => {
        const closed = await at(0).commit({ settings: { ...at(0).settings, closed: true } }, SAID)
        const own = await person("late")
        await expect(closed.group.commit({ add: [sentKeyPackage(own)] }, SAID)).rejects.toThrow(
            "closed circle",
        )
        const opened = await at(1).open(closed.sealed)
        if (opened.kind !== "commit" || opened.group === null) throw new Error("expected a commit")
        await expect(
            opened.group.open(await forced(closed.group, { add: [own.keyPackage] })),
        ).rejects.toThrow("closed")
    })
})

describe("a keeper", () => {
    test("who removes somebody ends the batches whose knocks that member could open", async () => {
        const leaf = at(3).me.leaf
        const gone = new Set([at(3).me.id])
        await refused(await forced(at(0), { remove: [leaf] }), at(0), "ends all open batches")
        const kept = settingsWithout(at(0).settings, gone)
        const extensions = [settingsExtension({ ...kept, batches: at(0).settings.batches })]
        await refused(
            await forced(at(0), { remove: [leaf], extensions }),
            at(0),
            "ends all open batches",
        )
    })

    test("cannot name anybody who is no member", async () => {
        for (const who of ["keepers", "muted", "counsellors"] as const) {
            const stranger = [...at(0).settings[who], "f".repeat(32)].sort()
            await refused(
                await forced(at(0), { extensions: changed({ [who]: stranger }) }),
                at(0),
                "members only",
            )
        }
    })

    test("cannot bring other extensions in", async () => {
        const others = [...changed({}), { extensionType: 0xf5ff, extensionData: new Uint8Array(1) }]
        const sealed = await forced(at(0), { extensions: others })
        await refused(sealed, at(0), "no other extension")
    })

    test("cannot write settings in two ways", () => {
        const bytes = encodedSettings(at(0).settings)
        expect(parsedSettings(bytes)).toEqual(at(0).settings)
        const text = new TextDecoder().decode(bytes.subarray(4)).replace(/\0+$/, "")
        const spelled = (json: string): Uint8Array => {
            const padded = new Uint8Array(bytes.length)
            new DataView(padded.buffer).setUint32(0, json.length)
            padded.set(new TextEncoder().encode(json), 4)
            return padded
        }
        expect(() => parsedSettings(spelled(text))).not.toThrow()
        for (const other of [
            text.replace("{", "{ "),
            text.replace('"v":1', '"v":1.0'),
            text.replace('"v":1', '"v":2'),
            text.replace('"closed":false', '"closed":0'),
            text.replace("}", ',"more":1}'),
            text.replace('"name":"Chess', '"name":"\\u202eChess'),
            text.replace('"days":7', '"days":0'),
            text.replace(/"keepers":\[.*?\]/, '"keepers":[]'),
            "null",
            "[]",
        ]) {
            expect(() => parsedSettings(spelled(other)), other.slice(0, 40)).toThrow(
                "settings of a circle",
            )
        }
        const dirty = bytes.slice()
        dirty[dirty.length - 1] = 1
        expect(() => parsedSettings(dirty)).toThrow()
    })
})

test("a proposal outside a commit is refused, a member's own removal too", async () => {
    const state = stateOf(at(2))
    const leave = { proposalType: "remove", remove: { removed: at(2).me.leaf } } as const
    const { message } = await createProposal(state, false, leave, suiteOf(CLASSIC))
    await expect(at(1).open(encodeMlsMessage(message))).rejects.toThrow("outside a commit")
})

test("a new group instead, and proposals that nobody knows, are refused", async () => {
    const cipherSuite = suiteOf(CLASSIC)
    const others: Proposal[] = [
        { proposalType: 0xf0aa, proposalData: new Uint8Array(3) },
        {
            proposalType: "reinit",
            reinit: { groupId: CIRCLE, version: "mls10", cipherSuite: CLASSIC, extensions: [] },
        },
    ]
    for (const proposal of others) {
        const made = await createCommit(
            { state: stateOf(at(0)), cipherSuite },
            { extraProposals: [proposal] },
        )
        await refused(encodeMlsMessage(made.commit), at(0), "adds, removes or sets")
    }
})

test("messages that are not sealed are refused, whatever they say", async () => {
    const made = await createCommit(
        { state: stateOf(at(0)), cipherSuite: suiteOf(CLASSIC) },
        { wireAsPublicMessage: true },
    )
    await expect(at(1).open(encodeMlsMessage(made.commit))).rejects.toThrow("a sealed message")
})

test("the 26th member is refused", async () => {
    const many = await Promise.all(
        Array.from({ length: 22 }, (_, n) => person(`many ${String(n)}`)),
    )
    const sealed = await forced(at(0), { add: many.map(({ keyPackage }) => keyPackage) })
    await refused(sealed, at(0), "at most 25")
})

test("keys of a device in use elsewhere are noticed", async () => {
    const copy = Group.decode(at(2).encodeEpoch(), at(2).encodeRatchets(), judging)
    const { sealed } = await copy.seal(new Uint8Array(1))
    await expect(at(2).open(sealed)).rejects.toThrow("has not sent")
})

test("hostile bytes are unreadable, never anything else", async () => {
    const message = await at(0).seal(new Uint8Array(50))
    const commit = await at(0).commit({}, SAID)
    const whole = [message.sealed, commit.sealed]
    for (const sealed of whole) {
        for (let n = 0; n < 60; n += 1) {
            const bent = sealed.slice(0, n % 3 === 0 ? (n * 7) % sealed.length : sealed.length)
            const place = (n * 131) % Math.max(1, bent.length)
            bent[place] = (bent[place] ?? 0) ^ (1 << (n % 8))
            const problem = await at(1)
                .open(bent)
                .catch((error: unknown) => error)
            expect((problem as Error).name).toBe("Unreadable")
        }
        const longer = new Uint8Array(sealed.length + 1)
        longer.set(sealed)
        await expect(at(1).open(longer)).rejects.toThrow("expected")
    }
})

test("a state is read back as it was written, or not at all", async () => {
    const [epoch, ratchets] = [at(1).encodeEpoch(), at(1).encodeRatchets()]
    const back = Group.decode(epoch, ratchets, judging)
    expect(back.safetyCode()).toEqual(at(1).safetyCode())
    expect(back.encodeEpoch()).toEqual(at(1).encodeEpoch())
    for (let cut = 0; cut < epoch.length; cut += 97) {
        expect(() => Group.decode(epoch.slice(0, cut), ratchets.slice(), judging)).toThrow(
            "expected",
        )
    }
    for (let cut = 0; cut < ratchets.length; cut += 41) {
        expect(() => Group.decode(epoch.slice(), ratchets.slice(0, cut), judging)).toThrow(
            "expected",
        )
    }
    const own = await person("kept")
    const kept = parsedOwnMember(encodedOwnMember(own))
    expect(encodedOwnMember(kept)).toEqual(encodedOwnMember(own))
})

test("whoever was removed cannot open what comes after, with all keys it ever had", async () => {
    const spy = at(3)
    const before = Group.decode(spy.encodeEpoch(), spy.encodeRatchets(), judging)
    const made = await at(0).commit({ remove: [spy.me.id] }, SAID)
    const opened = await spy.open(made.sealed)
    expect(opened.kind === "commit" && opened.group === null).toBe(true)
    const { sealed } = await made.group.seal(new Uint8Array([1]))
    await expect(before.open(sealed)).rejects.toThrow("this epoch")
    expect(await made.group.doorKey()).not.toEqual(await before.doorKey())
})

test("members can be let in after others left, in any order", async () => {
    let all = groups.slice()
    const keeper = at(0)
    for (const leaving of [2, 1]) {
        const [first] = all
        const gone = all[leaving]
        if (first === undefined || gone === undefined) throw new Error("expected members")
        const batches = keeper.settings.batches
        const made = await first.commit({ remove: [gone.me.id] }, SAID)
        const again = await made.group.commit(
            { settings: { ...made.group.settings, batches } },
            SAID,
        )
        const others = await Promise.all(
            all
                .slice(1)
                .filter((group) => group !== gone)
                .map(async (group) => {
                    const one = await group.open(made.sealed)
                    if (one.kind !== "commit" || one.group === null)
                        throw new Error("expected a commit")
                    const two = await one.group.open(again.sealed)
                    if (two.kind !== "commit" || two.group === null)
                        throw new Error("expected a commit")
                    return two.group
                }),
        )
        all = await joined([again.group, ...others], await person(`after ${String(leaving)}`))
    }
    expect(new Set(all.map((group) => group.safetyCode().join())).size).toBe(1)
})

// What ts-mls does by itself and a circle must not: each test fails when its default comes back.
import { XWing as PeersXWing } from "@hpke/hybridkem-x-wing"
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305"
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HkdfSha512 } from "@hpke/core"
import type { KeyPackage } from "ts-mls"
import { createCommit, defaultCapabilities, defaultLifetime } from "ts-mls"
import { generateKeyPackageWithKey, signKeyPackage } from "ts-mls/keyPackage.js"
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js"
import { ed25519 } from "@noble/curves/ed25519.js"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"

import { boxed, drawnBoxKey, unboxed } from "../../../src/circles/mls/boxes.js"
import { forget } from "../../../src/circles/mls/forgetting.js"
import type { Group } from "../../../src/circles/mls/group.js"
import { capabilities, card, invitationExtension, memberId } from "../../../src/circles/mls/leaf.js"
import { checkedKeyPackage, newMember } from "../../../src/circles/mls/own_member.js"
import { settingsExtension } from "../../../src/circles/mls/policy.js"
import { CLASSIC, POST_QUANTUM, suiteOf } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { climb } from "../../../src/circles/mls/tree.js"
import { CIRCLE, NOW, SAID, circleOf, idOf, invitation, person } from "../support/people.js"
import { forced, stateOf } from "../support/insides.js"

const SUITE = suiteOf(CLASSIC)
let groups: Group[]

beforeAll(async () => {
    groups = await circleOf(3)
})

afterEach(() => {
    vi.unstubAllGlobals()
})

function at(number: number): Group {
    const found = groups[number]
    if (found === undefined) throw new Error("no such member")
    return found
}

interface Differing {
    readonly identity?: Uint8Array
    readonly lifetime?: { notBefore: bigint; notAfter: bigint }
    readonly capabilities?: ReturnType<typeof defaultCapabilities>
    readonly now?: Date
}

/** A key package of the same form, signed rightly, but for what a test changes. */
async function keyPackage(differing: Differing): Promise<KeyPackage> {
    const signing = await SUITE.signature.keygen()
    const box = await drawnBoxKey(CLASSIC)
    const invited = invitation()
    const { publicPackage } = await generateKeyPackageWithKey(
        {
            credentialType: "basic",
            identity: differing.identity ?? memberId(CIRCLE, signing.publicKey),
        },
        differing.capabilities ?? capabilities(CLASSIC),
        differing.lifetime ?? (await person("x")).keyPackage.leafNode.lifetime,
        [invitationExtension(invited)],
        signing,
        SUITE,
        [card("newcomer", box.public, invited)],
    )
    return publicPackage
}

function check(made: KeyPackage, as: "to be added" | "taken-in" = "taken-in", now = NOW) {
    return checkedKeyPackage(made, CLASSIC, CIRCLE, now, as)
}

test("authentication service that accepts everybody: an id is made from its key, or refused", async () => {
    await expect(check(await keyPackage({}))).resolves.toBeDefined()
    const victim = await person("victim")
    const stolen = Uint8Array.from(Buffer.from(idOf(victim), "hex"))
    const forged = await keyPackage({ identity: stolen })
    await expect(check(forged)).rejects.toThrow("made from its key")
    const added = await forced(at(0), { add: [forged] })
    await expect(at(1).open(added)).rejects.toThrow("made from its key")
})

test("lifetimes without end are refused, also when somebody else adds; over, by whoever adds", async () => {
    await expect(check(await keyPackage({ lifetime: defaultLifetime }))).rejects.toThrow("16 days")
    const old = await person("old", { now: new Date("2026-10-01T00:00:00Z") })
    await expect(check(old.keyPackage, "to be added")).rejects.toThrow("includes today")
    const early = await person("early", { now: new Date("2027-10-01T00:00:00Z") })
    await expect(check(early.keyPackage, "to be added")).rejects.toThrow("includes today")
    // Somebody added it whose clock, or ours, is wrong: all take it in, or the room is two.
    await expect(check(old.keyPackage)).resolves.toBeDefined()
    await expect(check(early.keyPackage)).resolves.toBeDefined()
})

test("capabilities by lot: every member's are alike, and others are refused", async () => {
    await expect(check(await keyPackage({ capabilities: defaultCapabilities() }))).rejects.toThrow(
        "capabilities of circles",
    )
})

test("padding up to 256 bytes only: texts of every length come out as one of four", async () => {
    const lengths = new Map<number, number>()
    for (const length of [1, 200, 300, 330, 331, 700, 900, 3000, 7900]) {
        lengths.set(length, (await at(0).seal(new Uint8Array(length))).sealed.length)
    }
    expect([...lengths.values()]).toEqual([512, 512, 512, 512, 512, 1024, 4096, 4096, 8192])
    await expect(at(0).seal(new Uint8Array(8100))).rejects.toThrow("in parts")
})

test("commits as long as what they do: padded to a few lengths, and welcomes too", async () => {
    const update = await at(0).commit({}, SAID)
    expect(update.sealed.length).toBe(2048)
    const { sentKeyPackage } = await import("../../../src/circles/mls/own_member.js")
    for (const name of ["a", "a name of fifty bytes, more or less, as some have it"]) {
        const own = await person(name)
        const made = await at(0).commit({ add: [sentKeyPackage(own)] }, SAID)
        expect([made.sealed.length, made.welcome?.length]).toEqual([2048, 4096])
    }
})

test("generations kept for late messages: a skipped one leaves no key behind", async () => {
    const skipped = await at(0).seal(new Uint8Array(1))
    const next = await skipped.group.seal(new Uint8Array(2))
    const opened = await at(1).open(next.sealed)
    if (opened.kind !== "message") throw new Error("expected a message")
    const { secretTree } = stateOf(opened.group)
    expect(
        secretTree.flatMap(({ application }) => Object.keys(application.unusedGenerations)),
    ).toEqual([])
    await expect(opened.group.open(skipped.sealed)).rejects.toThrow("sealed for us")
})

test("past epochs kept: nothing of them is in the state, and their messages do not open", async () => {
    const late = await at(0).seal(new Uint8Array(1))
    const made = await at(0).commit({}, SAID)
    const opened = await at(1).open(made.sealed)
    if (opened.kind !== "commit" || opened.group === null) throw new Error("expected a commit")
    await expect(opened.group.open(late.sealed)).rejects.toThrow("this epoch")
    // ts-mls keeps four, and with 0 all of them: its own commit shows that there was something.
    const theirs = await createCommit({ state: stateOf(at(0)), cipherSuite: SUITE })
    expect(theirs.newState.historicalReceiverData.size).toBe(1)
    const before = Buffer.from(late.group.encodeRatchets())
    expect(Buffer.from(opened.group.encodeEpoch()).includes(before.subarray(40, 72))).toBe(false)
})

test("spent keys stay in memory: what a step gives as spent is overwritten", async () => {
    const [sender, reader] = await circleOf(2)
    if (sender === undefined || reader === undefined) throw new Error("expected two")
    const { sealed, spent } = await sender.seal(new Uint8Array(1))
    expect(spent.length).toBeGreaterThan(0)
    const opened = await reader.open(sealed)
    forget(spent)
    forget(opened.spent)
    for (const bytes of [...spent, ...opened.spent]) expect(bytes.every((b) => b === 0)).toBe(true)
    // With the state from before, the message does not open any more.
    await expect(reader.open(sealed)).rejects.toThrow("do not open")
})

test("commits without a path, where settings change: ours has one, theirs would not", async () => {
    const extensions = [settingsExtension({ ...at(0).settings, days: 3 })]
    const theirs = await createCommit(
        { state: stateOf(at(0)), cipherSuite: SUITE },
        {
            extraProposals: [
                {
                    proposalType: "group_context_extensions",
                    groupContextExtensions: { extensions },
                },
            ],
        },
    )
    const { encodeMlsMessage } = await import("ts-mls")
    await expect(at(1).open(encodeMlsMessage(theirs.commit))).rejects.toThrow("renews")
    await expect(at(1).open(await forced(at(0), { extensions }))).resolves.toBeDefined()
})

test("new settings and a removal in one commit, which ts-mls seals so that nobody can open it", async () => {
    const leaf = at(2).me.leaf
    const changed = { ...at(0).settings, days: 3, batches: [] }
    const made = await at(0).commit({ remove: [at(2).me.id], settings: changed }, SAID)
    const opened = await at(1).open(made.sealed)
    if (opened.kind !== "commit" || opened.group === null) throw new Error("expected a commit")
    expect(opened.group.settings.days).toBe(3)
    expect(opened.group.members.some((member) => member.leaf === leaf)).toBe(false)
})

test("a newcomer with another's encryption key is refused", async () => {
    const own = await person("twin")
    const victim = stateOf(at(1)).ratchetTree[2]
    if (victim?.nodeType !== "leaf") throw new Error("expected a leaf")
    const leaf = own.keyPackage.leafNode
    const bare = own.keyPackage
    const signing = own.keys.signaturePrivateKey
    const twin = await signKeyPackage(
        {
            ...bare,
            leafNode: await signLeafNodeKeyPackage(
                { ...leaf, hpkePublicKey: victim.leaf.hpkePublicKey },
                signing,
                SUITE.signature,
            ),
        },
        signing,
        SUITE.signature,
    )
    const added = await forced(at(0), { add: [twin] })
    await expect(at(1).open(added)).rejects.toThrow("cannot follow")
})

test("a path's public keys are taken on trust: here they are made from its secrets, or refused", async () => {
    const { ratchetTree } = stateOf(at(0))
    const parent = ratchetTree.findIndex((node) => node?.nodeType === "parent")
    await expect(climb(ratchetTree, parent, new Uint8Array(32), SUITE)).rejects.toThrow("made from")
})

test("signatures under keys of small order hold for many messages: refused here", async () => {
    const identity = new Uint8Array(32)
    identity[0] = 1
    const signature = new Uint8Array(64)
    signature[0] = 1
    const message = new Uint8Array([1, 2, 3])
    expect(ed25519.verify(signature, message, identity)).toBe(true) // noble, by default
    expect(await SUITE.signature.verify(identity, message, signature)).toBe(false)
})

test("crypto.subtle, which pages of an onion lack, is not needed", async () => {
    vi.stubGlobal("crypto", {
        getRandomValues: crypto.getRandomValues.bind(crypto),
        get subtle(): never {
            throw new Error("asked for crypto.subtle")
        },
    })
    const small = await circleOf(2)
    const sealed = await small[0]?.seal(new Uint8Array(3))
    await expect(small[1]?.open(sealed?.sealed ?? new Uint8Array(0))).resolves.toBeDefined()
})

describe.each<[SuiteName, () => CipherSuite]>([
    [
        CLASSIC,
        () =>
            new CipherSuite({
                kem: new DhkemX25519HkdfSha256(),
                kdf: new HkdfSha256(),
                aead: new Chacha20Poly1305(),
            }),
    ],
    [
        POST_QUANTUM,
        () =>
            new CipherSuite({
                kem: new PeersXWing(),
                kdf: new HkdfSha512(),
                aead: new Chacha20Poly1305(),
            }),
    ],
])("HPKE of %s and another implementation", (name, peersSuite) => {
    const info = new Uint8Array([1, 2])
    const aad = new Uint8Array([3])
    const text = new Uint8Array([4, 5, 6])
    const plain = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer

    test("open what the other sealed, and derive the same keys", async () => {
        const peer = peersSuite()
        const { hpke } = suiteOf(name)
        const ikm = new Uint8Array(32).fill(5)
        const ours = await hpke.deriveKeyPair(ikm)
        const theirs = await peer.kem.deriveKeyPair(plain(ikm))
        const publicKey = await hpke.exportPublicKey(ours.publicKey)
        expect(new Uint8Array(await peer.kem.serializePublicKey(theirs.publicKey))).toEqual(
            publicKey,
        )
        const sealed = await hpke.seal(ours.publicKey, text, info, aad)
        const opened = await peer.open(
            { recipientKey: theirs.privateKey, enc: plain(sealed.enc), info: plain(info) },
            plain(sealed.ct),
            plain(aad),
        )
        expect(new Uint8Array(opened)).toEqual(text)
        const back = await peer.seal(
            { recipientPublicKey: theirs.publicKey, info: plain(info) },
            plain(text),
            plain(aad),
        )
        const [enc, ct] = [new Uint8Array(back.enc), new Uint8Array(back.ct)]
        expect(await hpke.open(ours.privateKey, enc, ct, info, aad)).toEqual(text)
        await expect(hpke.open(ours.privateKey, enc, ct, text, aad)).rejects.toThrow("do not open")
    })

    test("a box opens for its member and purpose only", async () => {
        const key = await drawnBoxKey(name)
        const box = await boxed(text, key.public, name, "keeper key", CIRCLE)
        expect(await unboxed(box, key.secret, name, "keeper key", CIRCLE)).toEqual(text)
        await expect(unboxed(box, key.secret, name, "report", CIRCLE)).rejects.toThrow("open")
        await expect(
            unboxed(box.slice(0, 20), key.secret, name, "report", CIRCLE),
        ).rejects.toThrow()
    })
})

test("nothing of one circle is used in another", async () => {
    const other = new Uint8Array(16).fill(8)
    const made = { suite: CLASSIC, name: "same", invitation: invitation(), now: NOW } as const
    const here = await newMember({ ...made, circle: CIRCLE })
    const there = await newMember({ ...made, circle: other })
    expect(idOf(here)).not.toBe(idOf(there))
    await expect(
        checkedKeyPackage(there.keyPackage, CLASSIC, CIRCLE, NOW, "to be added"),
    ).rejects.toThrow("made from its key")
})

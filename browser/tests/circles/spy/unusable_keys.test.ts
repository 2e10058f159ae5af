// Keys that nobody can seal to: one such leaf, and every later commit would fail for everybody
// who made it, without a word about whose fault it is.
import type { KeyPackage } from "ts-mls"
import { encodeMlsMessage } from "ts-mls/message.js"
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js"
import { signKeyPackage } from "ts-mls/keyPackage.js"
import { describe, expect, test } from "vitest"

import { CARD } from "../../../src/circles/mls/leaf.js"
import { BrokenRule, LostCommit, Unreadable } from "../../../src/circles/mls/problems.js"
import type { OwnMember } from "../../../src/circles/mls/own_member.js"
import { CLASSIC, POST_QUANTUM, suiteOf } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { madeCommit } from "../../../src/circles/mls/commits.js"
import { forced, stateOf } from "../support/insides.js"
import { SAID, circleOf, person } from "../support/people.js"

/** A key package signed by its owner, with other keys in it. */
async function remade(
    own: OwnMember,
    change: (keyPackage: KeyPackage) => KeyPackage,
): Promise<KeyPackage> {
    const { signature } = suiteOf(own.suite)
    const { leafNode, ...rest } = change(own.keyPackage)
    const secret = own.keys.signaturePrivateKey
    const leaf = await signLeafNodeKeyPackage({ ...leafNode }, secret, signature)
    return signKeyPackage({ ...rest, leafNode: leaf }, secret, signature)
}

function sent(keyPackage: KeyPackage): Uint8Array {
    return encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage })
}

const X25519 = new Uint8Array(32)
const UNUSABLE: readonly (readonly [string, SuiteName, Uint8Array])[] = [
    ["a point of small order", CLASSIC, X25519],
    ["a key that is too short", CLASSIC, X25519.subarray(5)],
    ["a point of small order in half of it", POST_QUANTUM, new Uint8Array(1216)],
]

describe.each(UNUSABLE)("with %s", (_, suite, key) => {
    test("nobody comes in: not as the key of a leaf, of a welcome, of a box", async () => {
        const [keeper, reader] = await circleOf(2, suite)
        if (keeper === undefined || reader === undefined) throw new Error("expected two")
        const own = await person("newcomer", { suite })
        const leaf = await remade(own, (it) => ({
            ...it,
            leafNode: { ...it.leafNode, hpkePublicKey: key },
        }))
        const welcome = await remade(own, (it) => ({ ...it, initKey: key }))
        const boxed = await remade(own, (it) => ({
            ...it,
            leafNode: {
                ...it.leafNode,
                extensions: it.leafNode.extensions.map(({ extensionType, extensionData }) => {
                    const card = extensionData.slice()
                    card.set(key, 64)
                    return {
                        extensionType,
                        extensionData: extensionType === CARD ? card : extensionData,
                    }
                }),
            },
        }))
        for (const bad of key.length < 32 ? [leaf, welcome] : [leaf, welcome, boxed]) {
            await expect(keeper.commit({ add: [sent(bad)] }, SAID)).rejects.toThrow(Unreadable)
        }
        const problem = await forced(keeper, { add: [leaf] })
            .then((sealed) => reader.open(sealed))
            .catch((error: unknown) => error)
        expect(problem).toBeInstanceOf(BrokenRule)
    })
})

test("a member cannot take such a key for their own leaf afterwards", async () => {
    const [keeper, spy] = await circleOf(2)
    if (keeper === undefined || spy === undefined) throw new Error("expected two")
    const honest = suiteOf(CLASSIC)
    let exported = 0
    const lying = {
        ...honest,
        hpke: {
            ...honest.hpke,
            // The first is the root's, the second the leaf's.
            exportPublicKey: async (...given: Parameters<typeof honest.hpke.exportPublicKey>) => {
                exported += 1
                return exported === 2 ? X25519 : honest.hpke.exportPublicKey(...given)
            },
        },
    }
    const nothing = { add: [], remove: [], extensions: null }
    const { commit } = await madeCommit(stateOf(spy), nothing, SAID, lying)
    const sealed = encodeMlsMessage({
        version: "mls10",
        wireformat: "mls_private_message",
        privateMessage: commit,
    })
    const problem = await keeper.open(sealed).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(LostCommit)
    expect((problem as LostCommit).by).toBe(spy.me.id)
})

import type { ClientState, KeyPackage, PrivateKeyPackage, Proposal } from "ts-mls"
import {
    acceptAll,
    createCommit,
    createGroup,
    defaultAuthenticationService,
    defaultCapabilities,
    defaultLifetime,
    emptyPskIndex,
    generateKeyPackage,
    joinGroup,
    processMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { beforeAll, describe, expect, test } from "vitest"

import { CLASSIC, suiteOf } from "../../../src/circles/mls/suites.js"
import { checkTree } from "../../../src/circles/mls/tree_checks.js"
import { welcomed } from "../../../src/circles/mls/welcome.js"

const SUITE = suiteOf(CLASSIC)

interface Newcomer {
    readonly publicPackage: KeyPackage
    readonly privatePackage: PrivateKeyPackage
}

function newcomer(number: number): Promise<Newcomer> {
    const credential = { credentialType: "basic", identity: Uint8Array.of(number) } as const
    return generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], SUITE)
}

/** All members of one group; a commit by one is taken in by all others. */
class Members {
    private constructor(private readonly states: Map<number, ClientState>) {}

    static async founded(): Promise<Members> {
        const { publicPackage, privatePackage } = await newcomer(0)
        const group = new Uint8Array(16)
        const state = await createGroup(group, publicPackage, privatePackage, [], SUITE)
        return new Members(new Map([[0, state]]))
    }

    state(leaf: number): ClientState {
        const found = this.states.get(leaf)
        if (found === undefined) throw new Error(`no member at leaf ${leaf.toString()}`)
        return found
    }

    async commit(by: number, extraProposals: Proposal[]) {
        const made = await createCommit(
            { state: this.state(by), cipherSuite: SUITE },
            { extraProposals, ratchetTreeExtension: true },
        )
        if (made.commit.wireformat !== "mls_private_message") throw new Error("not private")
        for (const [leaf, state] of this.states) {
            if (leaf === by) continue
            const { commit } = made
            const { newState } = await processMessage(
                commit,
                state,
                emptyPskIndex,
                acceptAll,
                SUITE,
            )
            if (newState.groupActiveState.kind === "active") this.states.set(leaf, newState)
            else this.states.delete(leaf)
        }
        this.states.set(by, made.newState)
        return made
    }

    async add(by: number, number: number) {
        const { publicPackage, privatePackage } = await newcomer(number)
        const add: Proposal = { proposalType: "add", add: { keyPackage: publicPackage } }
        const { welcome } = await this.commit(by, [add])
        if (welcome === undefined) throw new Error("no welcome")
        return { welcome, publicPackage, privatePackage }
    }

    async addAndJoin(by: number, number: number): Promise<void> {
        const { welcome, publicPackage, privatePackage } = await this.add(by, number)
        const config = defaultClientConfig
        const { state } = await welcomed(welcome, publicPackage, privatePackage, SUITE, config)
        this.states.set(state.privatePath.leafIndex, state)
    }
}

/**
 * Eight members, one gone, another in their place who has not written yet, and an update from the
 * other half: node 3 lists leaf 2 as unmerged, the root above it does not.
 */
async function afterSomebodyLeft(): Promise<Members> {
    const members = await Members.founded()
    for (let number = 1; number < 8; number++) await members.addAndJoin(0, number)
    for (const leaf of [3, 7]) await members.commit(leaf, [])
    await members.commit(0, [{ proposalType: "remove", remove: { removed: 2 } }])
    await members.addAndJoin(0, 8)
    await members.commit(5, [])
    return members
}

let members: Members
beforeAll(async () => {
    members = await afterSomebodyLeft()
}, 120_000)

describe("a room that somebody has left", () => {
    test("takes newcomers, whom ts-mls alone would refuse", async () => {
        const { welcome, publicPackage, privatePackage } = await members.add(5, 9)
        await expect(
            joinGroup(welcome, publicPackage, privatePackage, emptyPskIndex, SUITE),
        ).rejects.toThrow("must list leaf node in its unmerged_leaves")
        const config = defaultClientConfig
        const { state } = await welcomed(welcome, publicPackage, privatePackage, SUITE, config)
        const { epochAuthenticator } = members.state(5).keySchedule
        expect(state.keySchedule.epochAuthenticator).toEqual(epochAuthenticator)
    })
})

describe("an unlawful tree is refused", () => {
    /** Checks a tree that was bent, under a context whose hash was bent to fit. */
    async function checked(
        bend: (tree: ClientState["ratchetTree"]) => void,
        authentication = defaultAuthenticationService,
    ): Promise<void> {
        const { ratchetTree, groupContext } = members.state(0)
        const tree = structuredClone(ratchetTree)
        bend(tree)
        const treeHash = await treeHashRoot(tree, SUITE.hash).catch(() => groupContext.treeHash)
        await checkTree(tree, { ...groupContext, treeHash }, authentication, SUITE)
    }

    function parent(tree: ClientState["ratchetTree"], index: number) {
        const node = tree[index]
        if (node?.nodeType !== "parent") throw new Error(`node ${index.toString()} is no parent`)
        return node.parent
    }

    function leaf(tree: ClientState["ratchetTree"], index: number) {
        const node = tree[2 * index]
        if (node?.nodeType !== "leaf") throw new Error(`leaf ${index.toString()} is blank`)
        return node.leaf
    }

    test("and the same tree, not bent, is taken", async () => {
        await checked(() => undefined)
    })

    test.each<[string, (tree: ClientState["ratchetTree"]) => void, string]>([
        ["cut off", (tree) => tree.splice(-2), "cut off"],
        [
            "with a leaf for a parent",
            (tree) => {
                tree[3] = tree[0]
            },
            "cannot stand",
        ],
        [
            "with one member's key twice",
            (tree) => {
                leaf(tree, 1).hpkePublicKey = leaf(tree, 0).hpkePublicKey
            },
            "encryption key twice",
        ],
        [
            "with one signer twice",
            (tree) => {
                leaf(tree, 1).signaturePublicKey = leaf(tree, 0).signaturePublicKey
            },
            "signature key twice",
        ],
        [
            "with somebody unmerged elsewhere",
            (tree) => {
                parent(tree, 3).unmergedLeaves = [2, 5]
            },
            "stands elsewhere",
        ],
        [
            "with nobody unmerged",
            (tree) => {
                tree[4] = undefined
            },
            "is nobody",
        ],
        [
            "with somebody unmerged twice",
            (tree) => {
                parent(tree, 3).unmergedLeaves = [2, 2]
            },
            "out of order",
        ],
        [
            "with somebody unmerged above, merged below",
            (tree) => {
                parent(tree, 7).unmergedLeaves = [2]
                parent(tree, 3).unmergedLeaves = []
            },
            "merged further down",
        ],
        [
            "with a leaf changed by another",
            (tree) => {
                leaf(tree, 1).credential = {
                    credentialType: "basic",
                    identity: Uint8Array.of(99),
                }
            },
            "signed wrongly",
        ],
        [
            "with a parent's key changed",
            (tree) => {
                parent(tree, 11).hpkePublicKey = new Uint8Array(32)
            },
            "parent hashes",
        ],
    ])("%s", async (_name, bend, reason) => {
        await expect(checked(bend)).rejects.toThrow(reason)
    })

    test("with somebody whom authentication refuses", async () => {
        const nobody = { validateCredential: () => Promise.resolve(false) }
        await expect(checked(() => undefined, nobody)).rejects.toThrow("whom they say they are")
    })

    test("that is another than its context names", async () => {
        const { ratchetTree, groupContext } = members.state(0)
        const context = { ...groupContext, treeHash: new Uint8Array(32) }
        const auth = defaultAuthenticationService
        await expect(checkTree(ratchetTree, context, auth, SUITE)).rejects.toThrow("another than")
    })
})

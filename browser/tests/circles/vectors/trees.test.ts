import { bytesToHex } from "@noble/hashes/utils.js"
import type { GroupContext, LeafNode } from "ts-mls"
import { applyUpdatePathSecret } from "ts-mls/createCommit.js"
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js"
import { verifyParentHashes } from "ts-mls/parentHash.js"
import { getCommitSecret, pathToPathSecrets } from "ts-mls/pathSecrets.js"
import type { PrivateKeyPath } from "ts-mls/privateKeyPath.js"
import { decodeProposal } from "ts-mls/proposal.js"
import {
    addLeafNode,
    decodeRatchetTree,
    encodeRatchetTree,
    removeLeafNode,
    resolution,
    updateLeafNode,
    type RatchetTree,
} from "ts-mls/ratchetTree.js"
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js"
import {
    leafToNodeIndex,
    leafWidth,
    nodeToLeafIndex,
    root,
    toLeafIndex,
    toNodeIndex,
} from "ts-mls/treemath.js"
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from "ts-mls/updatePath.js"
import type { UpdatePath } from "ts-mls"
import { deriveSecret } from "ts-mls/crypto/kdf.js"
import { describe, expect, test } from "vitest"

import { ALL, bytes, decoded, named, suiteOf, type OfVectors } from "./official.js"

describe("tree operations", () => {
    interface Operation extends OfVectors {
        tree_before: string
        proposal: string
        proposal_sender: number
        tree_hash_before: string
        tree_after: string
        tree_hash_after: string
    }

    function applied(tree: RatchetTree, given: Operation): RatchetTree {
        const proposal = decoded(decodeProposal, given.proposal)
        if (proposal.proposalType === "add") {
            return addLeafNode(tree, proposal.add.keyPackage.leafNode)[0]
        }
        if (proposal.proposalType === "update") {
            const sender = toLeafIndex(given.proposal_sender)
            return updateLeafNode(tree, proposal.update.leafNode, sender)
        }
        if (proposal.proposalType === "remove") {
            return removeLeafNode(tree, toLeafIndex(proposal.remove.removed))
        }
        throw new Error(`got ${proposal.proposalType.toString()}`)
    }

    test.each(named<Operation>("tree-operations"))("%s", async (_title, given) => {
        const { hash } = suiteOf(given.cipher_suite)
        const before = decoded(decodeRatchetTree, given.tree_before)
        expect(bytesToHex(await treeHashRoot(before, hash))).toBe(given.tree_hash_before)
        const after = applied(before, given)
        expect(bytesToHex(encodeRatchetTree(after))).toBe(given.tree_after)
        expect(bytesToHex(await treeHashRoot(after, hash))).toBe(given.tree_hash_after)
    })
})

function leaves(tree: RatchetTree): [number, LeafNode][] {
    return tree.flatMap((node, index): [number, LeafNode][] =>
        node?.nodeType === "leaf" ? [[nodeToLeafIndex(toNodeIndex(index)), node.leaf]] : [],
    )
}

describe("tree validation", () => {
    interface Validation extends OfVectors {
        tree: string
        group_id: string
        resolutions: number[][]
        tree_hashes: string[]
    }
    test.each(named<Validation>("tree-validation"))("%s", async (_title, given) => {
        const { hash, signature } = suiteOf(given.cipher_suite)
        const tree = decoded(decodeRatchetTree, given.tree)
        expect(tree).toHaveLength(given.tree_hashes.length)
        for (const [index, expected] of given.tree_hashes.entries()) {
            const node = toNodeIndex(index)
            expect(resolution(tree, node)).toEqual(given.resolutions[index])
            expect(bytesToHex(await treeHash(tree, node, hash))).toBe(expected)
        }
        expect(await verifyParentHashes(tree, hash)).toBe(true)
        const group = bytes(given.group_id)
        for (const [index, leaf] of leaves(tree)) {
            expect(await verifyLeafNodeSignature(leaf, group, index, signature)).toBe(true)
        }
    })
})

interface TreeKem extends OfVectors {
    group_id: string
    epoch: number
    confirmed_transcript_hash: string
    ratchet_tree: string
    leaves_private: {
        index: number
        encryption_priv: string
        signature_priv: string
        path_secrets: { node: number; path_secret: string }[]
    }[]
    update_paths: {
        sender: number
        update_path: string
        path_secrets: (string | null)[]
        commit_secret: string
        tree_hash_after: string
    }[]
}

async function treeKem(given: TreeKem) {
    const suite = suiteOf(given.cipher_suite)
    const tree = decoded(decodeRatchetTree, given.ratchet_tree)
    const context = (treeHashAfter: Uint8Array): GroupContext => ({
        version: "mls10",
        cipherSuite: suite.name,
        groupId: bytes(given.group_id),
        epoch: BigInt(given.epoch),
        treeHash: treeHashAfter,
        confirmedTranscriptHash: bytes(given.confirmed_transcript_hash),
        extensions: [],
    })

    /** What one member learns of an update: the path secret and the commit secret. */
    async function processed(path: UpdatePath, sender: number, receiver: PrivateKeyPath) {
        const from = toLeafIndex(sender)
        const after = await applyUpdatePath(tree, from, path, suite.hash)
        const hash = await treeHashRoot(after, suite.hash)
        const { nodeIndex, pathSecret } = await applyUpdatePathSecret(
            after,
            receiver,
            from,
            context(hash),
            path,
            [],
            suite,
        )
        const at = toNodeIndex(nodeIndex)
        return {
            pathSecret: bytesToHex(pathSecret),
            commitSecret: bytesToHex(await getCommitSecret(after, at, pathSecret, suite.kdf)),
            treeHash: bytesToHex(hash),
        }
    }

    const members = new Map<number, PrivateKeyPath>()
    for (const leaf of given.leaves_private) {
        const own = leafToNodeIndex(toLeafIndex(leaf.index))
        const privateKeys: Record<number, Uint8Array> = { [own]: bytes(leaf.encryption_priv) }
        for (const { node, path_secret } of leaf.path_secrets) {
            const secret = await deriveSecret(bytes(path_secret), "node", suite.kdf)
            const pair = await suite.hpke.deriveKeyPair(secret)
            const shown = tree[node]
            if (shown?.nodeType !== "parent") throw new Error("a secret of no parent")
            const made = await suite.hpke.exportPublicKey(pair.publicKey)
            expect(bytesToHex(made)).toBe(bytesToHex(shown.parent.hpkePublicKey))
            privateKeys[node] = await suite.hpke.exportPrivateKey(pair.privateKey)
        }
        members.set(leaf.index, { leafIndex: leaf.index, privateKeys })
    }
    return { suite, tree, context, processed, members }
}

describe("TreeKEM", () => {
    const whole = named<TreeKem>("treekem")
    const cases = ALL
        ? whole
        : whole.filter(([, { cipher_suite }], at) => cipher_suite === 3 && at % 4 === 0)

    test.each(cases)("%s: updates of others", async (_title, given) => {
        const { members, processed } = await treeKem(given)
        for (const update of given.update_paths) {
            const path = decoded(decodeUpdatePath, update.update_path)
            for (const [index, secret] of update.path_secrets.entries()) {
                const receiver = members.get(index)
                if (secret === null || receiver === undefined) continue
                expect(await processed(path, update.sender, receiver)).toEqual({
                    pathSecret: secret,
                    commitSecret: update.commit_secret,
                    treeHash: update.tree_hash_after,
                })
            }
        }
    })

    test.each(cases)("%s: an update of our own", async (_title, given) => {
        const { suite, tree, context, processed, members } = await treeKem(given)
        for (const { sender } of given.update_paths) {
            const leaf = given.leaves_private.find(({ index }) => index === sender)
            if (leaf === undefined) throw new Error("the sender has no keys")
            const [after, path, made] = await createUpdatePath(
                tree,
                toLeafIndex(sender),
                // ts-mls counts the epoch on by itself, and takes the hash of the tree it makes.
                { ...context(new Uint8Array()), epoch: BigInt(given.epoch) - 1n },
                bytes(leaf.signature_priv),
                suite,
            )
            const secrets = pathToPathSecrets(made)
            const top = root(leafWidth(after.length))
            const secret = secrets[top]
            if (secret === undefined) throw new Error("no secret for the root")
            const commitSecret = bytesToHex(await deriveSecret(secret, "path", suite.kdf))
            for (const [index, receiver] of members) {
                if (index === sender) continue
                const found = await processed(path, sender, receiver)
                expect(found.commitSecret).toBe(commitSecret)
            }
        }
    })
})

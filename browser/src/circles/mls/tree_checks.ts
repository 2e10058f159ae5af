// Whether the tree that a welcome brings is a lawful one (RFC 9420, sections 7.3, 7.9.2, 12.4.3.1).
//
// ts-mls 1.6.4 has this check too, but demands that every node above an unmerged leaf lists the
// same unmerged leaves. The RFC asks it of the nodes between that leaf and the node which lists
// it; with the stricter rule nobody can come into a room that somebody has left
// (tests/circles/mls/tree_checks.test.ts).
import type { AuthenticationService, CiphersuiteImpl, GroupContext, LeafNode } from "ts-mls"
import { decodeRequiredCapabilities } from "ts-mls/requiredCapabilities.js"
import type { RequiredCapabilities } from "ts-mls"
import { extensionsSupportedByCapabilities } from "ts-mls/extension.js"
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js"
import { verifyParentHashes } from "ts-mls/parentHash.js"
import type { RatchetTree } from "ts-mls"
import { treeHashRoot } from "ts-mls/treeHash.js"
import {
    directPath,
    isLeaf,
    leafToNodeIndex,
    leafWidth,
    nodeToLeafIndex,
    toLeafIndex,
    toNodeIndex,
} from "ts-mls/treemath.js"
import { constantTimeEqual } from "ts-mls/util/constantTimeCompare.js"

import { SafelightError } from "../../errors.js"

/** A welcome, or the tree in it, that does not follow the rules. */
export class UnlawfulWelcome extends SafelightError {
    override readonly name = "UnlawfulWelcome"
}

function refuse(reason: string): never {
    throw new UnlawfulWelcome(
        `expected a welcome that follows RFC 9420, got one whose ${reason}; ask for a new one`,
    )
}

/** Returns if all of `tree` is lawful and is the tree of `context`; throws UnlawfulWelcome. */
export async function checkTree(
    tree: RatchetTree,
    context: GroupContext,
    authentication: AuthenticationService,
    suite: CiphersuiteImpl,
): Promise<void> {
    checkShape(tree)
    checkKeysDiffer(tree)
    checkUnmergedLeaves(tree)
    await checkLeaves(tree, context, authentication, suite)
    if (!constantTimeEqual(await treeHashRoot(tree, suite.hash), context.treeHash)) {
        refuse("tree is another than its context names")
    }
    if (!(await verifyParentHashes(tree, suite.hash))) refuse("parent hashes do not fit")
}

/** Leaves stand at even places, parents at odd ones; as many as a whole tree has. */
function checkShape(tree: RatchetTree): void {
    const leaves = leafWidth(tree.length)
    if (tree.length === 0 || !Number.isInteger(Math.log2(leaves))) refuse("tree is cut off")
    for (const [index, node] of tree.entries()) {
        if (node === undefined) continue
        if (isLeaf(toNodeIndex(index)) !== (node.nodeType === "leaf")) {
            refuse("tree has a node where it cannot stand")
        }
    }
}

function checkKeysDiffer(tree: RatchetTree): void {
    const encryption = new Set<string>()
    const signature = new Set<string>()
    for (const node of tree) {
        if (node === undefined) continue
        const leaf = node.nodeType === "leaf" ? node.leaf : undefined
        const key = node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey
        if (seenBefore(encryption, key)) refuse("tree has one encryption key twice")
        if (leaf !== undefined && seenBefore(signature, leaf.signaturePublicKey)) {
            refuse("tree has one signature key twice")
        }
    }
}

function seenBefore(seen: Set<string>, key: Uint8Array): boolean {
    const text = key.join()
    if (seen.has(text)) return true
    seen.add(text)
    return false
}

/**
 * Each unmerged leaf of a node is somebody, stands below that node, is named once and in order,
 * and is unmerged too for the nodes on its way up to there.
 */
function checkUnmergedLeaves(tree: RatchetTree): void {
    const leaves = leafWidth(tree.length)
    for (const [index, node] of tree.entries()) {
        if (node?.nodeType !== "parent") continue
        let before = -1
        for (const unmerged of node.parent.unmergedLeaves) {
            if (unmerged <= before) refuse("unmerged leaves are out of order")
            before = unmerged
            const at = leafToNodeIndex(toLeafIndex(unmerged))
            if (tree[at]?.nodeType !== "leaf") refuse("unmerged leaf is nobody")
            const way = directPath(at, leaves)
            const here = way.indexOf(toNodeIndex(index))
            if (here === -1) refuse("unmerged leaf stands elsewhere")
            for (const between of way.slice(0, here)) {
                const other = tree[between]
                if (other?.nodeType !== "parent") continue
                if (!other.parent.unmergedLeaves.includes(unmerged)) {
                    refuse("unmerged leaf is merged further down")
                }
            }
        }
    }
}

async function checkLeaves(
    tree: RatchetTree,
    context: GroupContext,
    authentication: AuthenticationService,
    suite: CiphersuiteImpl,
): Promise<void> {
    const required = requiredCapabilities(context)
    const all = [...tree.entries()].flatMap(([index, node]) =>
        node?.nodeType === "leaf" ? [[toNodeIndex(index), node.leaf] as const] : [],
    )
    const credentials = new Set(all.map(([, leaf]) => leaf.credential.credentialType))
    for (const [index, leaf] of all) {
        const number = nodeToLeafIndex(index)
        if (!(await verifyLeafNodeSignature(leaf, context.groupId, number, suite.signature))) {
            refuse("leaf is signed wrongly")
        }
        if (!(await authentication.validateCredential(leaf.credential, leaf.signaturePublicKey))) {
            refuse("member is not whom they say they are")
        }
        checkCapabilities(leaf, context, required)
        for (const type of credentials) {
            if (!leaf.capabilities.credentials.includes(type)) {
                refuse("members cannot read each other's credentials")
            }
        }
    }
}

function requiredCapabilities(context: GroupContext): RequiredCapabilities | undefined {
    const extension = context.extensions.find(
        ({ extensionType }) => extensionType === "required_capabilities",
    )
    if (extension === undefined) return undefined
    const found = decodeRequiredCapabilities(extension.extensionData, 0)
    if (found === undefined) refuse("required capabilities cannot be read")
    return found[0]
}

function checkCapabilities(
    leaf: LeafNode,
    context: GroupContext,
    required: RequiredCapabilities | undefined,
): void {
    const { capabilities } = leaf
    const has = (wanted: readonly number[], offered: readonly number[]) =>
        wanted.every((one) => offered.includes(one))
    const enough =
        capabilities.versions.includes(context.version) &&
        capabilities.ciphersuites.includes(context.cipherSuite) &&
        extensionsSupportedByCapabilities(leaf.extensions, capabilities) &&
        extensionsSupportedByCapabilities(context.extensions, capabilities) &&
        (required === undefined ||
            (has(required.extensionTypes, capabilities.extensions) &&
                has(required.proposalTypes, capabilities.proposals) &&
                required.credentialTypes.every((one) => capabilities.credentials.includes(one))))
    if (!enough) refuse("member lacks what the room needs")
}

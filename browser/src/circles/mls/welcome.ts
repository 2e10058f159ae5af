// Coming into a group by a welcome (RFC 9420, section 12.4.3.1), from the parts of ts-mls.
//
// Not by joinGroup of ts-mls 1.6.4: that refuses lawful trees (tree_checks.ts) and does not hold
// the path's secret against the keys in the tree. Pre-shared keys, and so resumed groups, are not
// taken: no circle uses them.
import type {
    CiphersuiteImpl,
    ClientConfig,
    ClientState,
    Extension,
    GroupInfo,
    KeyPackage,
    LeafIndex,
    LeafNode,
    PrivateKeyPackage,
    RatchetTree,
    Welcome,
} from "ts-mls"
import { extensionsSupportedByCapabilities } from "ts-mls/extension.js"
import {
    ratchetTreeFromExtension,
    verifyGroupInfoConfirmationTag,
    verifyGroupInfoSignature,
} from "ts-mls/groupInfo.js"
import { deriveKeySchedule } from "ts-mls/keySchedule.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { findLeafIndex } from "ts-mls/ratchetTree.js"
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js"
import { firstCommonAncestor } from "ts-mls/updatePath.js"
import { zeroOutUint8Array } from "ts-mls/util/byteArray.js"
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js"

import { climb } from "./tree.js"
import { ratchets } from "./ratchets.js"
import { checkTree, UnlawfulWelcome } from "./tree_checks.js"

/** What a welcome gives: the group's state, and what its sender said beside it. */
export interface Welcomed {
    readonly state: ClientState
    readonly extensions: readonly Extension[]
}

function refuse(reason: string): never {
    throw new UnlawfulWelcome(
        `expected a welcome for this device, got one ${reason}; ask for a new one`,
    )
}

/**
 * The group that `welcome` brings the owner of `keyPackage` into. `tree`, where it does not stand
 * in the welcome. Throws UnlawfulWelcome, or what ts-mls throws of bytes that do not open.
 */
export async function welcomed(
    welcome: Welcome,
    keyPackage: KeyPackage,
    keys: PrivateKeyPackage,
    suite: CiphersuiteImpl,
    config: ClientConfig,
    tree?: RatchetTree,
): Promise<Welcomed> {
    if (welcome.cipherSuite !== keyPackage.cipherSuite) refuse("of another cipher suite")
    const secrets = await decryptGroupSecrets(
        await suite.hpke.importPrivateKey(keys.initPrivateKey),
        await makeKeyPackageRef(keyPackage, suite.hash),
        welcome,
        suite.hpke,
    )
    if (secrets === undefined) refuse("whose secrets cannot be read")
    if (secrets.psks.length > 0) refuse("that needs a pre-shared key")
    const noPsk = new Uint8Array(suite.kdf.size)
    const info = await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, suite)
    if (info === undefined) refuse("whose description of the group cannot be read")
    const context = info.groupContext
    if (context.cipherSuite !== keyPackage.cipherSuite) refuse("into a group of another suite")
    const own = keyPackage.leafNode
    if (!extensionsSupportedByCapabilities(context.extensions, own.capabilities)) {
        refuse("into a group with something that this device does not know")
    }

    const members = ratchetTreeFromExtension(info) ?? tree ?? refuse("without a tree")
    await checkTree(members, context, config.authService, suite)
    const signer = leafOf(members, info.signer)
    if (!(await verifyGroupInfoSignature(info, signer.signaturePublicKey, suite.signature))) {
        refuse("that its sender has not signed")
    }
    const me = findLeafIndex(members, own)
    if (me === undefined) refuse("into a group that this device is not in")

    const privatePath = await ownPath(members, me, info, secrets.pathSecret, keys, suite)
    const [keySchedule, encryptionSecret] = await deriveKeySchedule(
        secrets.joinerSecret,
        noPsk,
        context,
        suite.kdf,
    )
    if (!(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite))) {
        refuse("that the group has not confirmed")
    }
    const secretTree = await ratchets(members, encryptionSecret, suite)
    zeroOutUint8Array(encryptionSecret)
    zeroOutUint8Array(secrets.joinerSecret)
    const state: ClientState = {
        groupContext: context,
        ratchetTree: members,
        privatePath,
        signaturePrivateKey: keys.signaturePrivateKey,
        confirmationTag: info.confirmationTag,
        unappliedProposals: {},
        keySchedule,
        secretTree,
        historicalReceiverData: new Map(),
        groupActiveState: { kind: "active" },
        clientConfig: config,
    }
    return { state, extensions: info.extensions }
}

function leafOf(tree: RatchetTree, index: number): LeafNode {
    const node = tree[leafToNodeIndex(toLeafIndex(index))]
    if (node?.nodeType !== "leaf") refuse("from nobody in the group")
    return node.leaf
}

/** Own private keys from the leaf up. */
async function ownPath(
    tree: RatchetTree,
    me: LeafIndex,
    info: GroupInfo,
    pathSecret: Uint8Array | undefined,
    keys: PrivateKeyPackage,
    suite: CiphersuiteImpl,
): Promise<ClientState["privatePath"]> {
    const own = { [leafToNodeIndex(me)]: keys.hpkePrivateKey }
    if (pathSecret === undefined) return { leafIndex: me, privateKeys: own }
    const shared = firstCommonAncestor(tree, me, toLeafIndex(info.signer))
    const { privateKeys } = await climb(tree, shared, pathSecret, suite)
    return { leafIndex: me, privateKeys: { ...privateKeys, ...own } }
}

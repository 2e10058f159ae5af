/**
 * Making a commit and taking one in (RFC 9420, sections 12.4.1 and 12.4.2), from parts of ts-mls.
 *
 * Not by its createCommit and processMessage: those make commits without a path where the RFC
 * wants one (changed extensions), seal paths under the old extensions so that nobody can open
 * them, do not hold a path's secrets against its public keys, and keep keys of past epochs.
 * Here every commit carries a path, so each one heals whoever made it.
 */

import type {
    CiphersuiteImpl,
    ClientState,
    Extension,
    FramedContentAuthDataCommit,
    GroupContext,
    KeyPackage,
    PrivateMessage,
    Proposal,
    RatchetTree,
    UpdatePath,
    Welcome,
} from "ts-mls"
import { applyProposals, nextEpochContext } from "ts-mls/clientState.js"
import { throwIfDefined, validateLeafNodeUpdateOrCommit } from "ts-mls/clientState.js"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import type { Commit } from "ts-mls/commit.js"
import { createGroupInfoWithRatchetTree } from "ts-mls/createCommit.js"
import { decryptWithLabel } from "ts-mls/crypto/hpke.js"
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js"
import type { FramedContentCommit } from "ts-mls/framedContent.js"
import { verifyConfirmationTag } from "ts-mls/framedContent.js"
import { groupContextEncoder } from "ts-mls/groupContext.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { initializeEpoch } from "ts-mls/keySchedule.js"
import { protect } from "ts-mls/messageProtection.js"
import { emptyPskIndex } from "ts-mls/pskIndex.js"
import { filteredDirectPathAndCopathResolution } from "ts-mls/ratchetTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { isAncestor, leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js"
import { applyUpdatePath, createUpdatePath, firstCommonAncestor } from "ts-mls/updatePath.js"
import { encodeWelcome, encryptGroupInfo, encryptGroupSecrets } from "ts-mls/welcome.js"

import { canBeSealedTo } from "./hpke.js"
import { FILLING } from "./leaf.js"
import { COMMIT_SIZES, WELCOME_SIZES, fitting, paddedContent } from "./padding.js"
import { Unreadable } from "./problems.js"
import { ratchets } from "./ratchets.js"
import { climb, pruned } from "./tree.js"
import type { Climb } from "./tree.js"

// Version and kind, before what an MLSMessage holds.
const MESSAGE_HEAD = 4
// The filling's own length and those around it: at most four bytes each for one or two.
const LENGTHS_GROW = 12

/** What happens to a group in one commit; all of it is proposed in the commit itself. */
export interface Proposed {
    readonly add: readonly KeyPackage[]
    /** Leaf indices. */
    readonly remove: readonly number[]
    readonly extensions: readonly Extension[] | null
}

export interface Made {
    readonly state: ClientState
    /** The state before, without the key that sealed the commit: no other is sealed with it. */
    readonly before: ClientState
    readonly content: Commit
    readonly commit: PrivateMessage
    readonly welcome: Welcome | null
}

/** A signed and decrypted commit, before anything of it is believed. */
export interface SignedCommit {
    readonly committer: number
    readonly content: FramedContentCommit
    readonly auth: FramedContentAuthDataCommit & { readonly signature: Uint8Array }
}

function proposals({ add, remove, extensions }: Proposed): Proposal[] {
    return [
        ...add.map((keyPackage) => ({ proposalType: "add" as const, add: { keyPackage } })),
        ...remove.map((removed) => ({ proposalType: "remove" as const, remove: { removed } })),
        ...(extensions === null
            ? []
            : [
                  {
                      proposalType: "group_context_extensions" as const,
                      groupContextExtensions: { extensions: [...extensions] },
                  },
              ]),
    ]
}

/**
 * The commit, the state after it, and a welcome for whom it adds. The state before stays good: the
 * commit may lose against another. `authenticatedData` is signed and, to the server, readable.
 */
export async function madeCommit(
    state: ClientState,
    proposed: Proposed,
    authenticatedData: Uint8Array,
    suite: CiphersuiteImpl,
): Promise<Made> {
    const own = toLeafIndex(state.privatePath.leafIndex)
    const inline = proposals(proposed).map((proposal) => ({
        proposalOrRefType: "proposal" as const,
        proposal,
    }))
    // false: lifetimes were looked at by `own_member.ts`. ts-mls reads another clock than the
    // group's, and takes nobody whose own is a minute ahead over midnight.
    const applied = await applyProposals(state, inline, own, emptyPskIndex, false, suite)
    const added = memberCommit(applied)
    const context = withExtensions(state.groupContext, proposed.extensions)
    const [tree, path, pathSecrets, leafKey] = await createUpdatePath(
        applied.tree,
        own,
        context,
        state.signaturePrivateKey,
        suite,
        added.map(([leaf]) => leafToNodeIndex(leaf)),
    )
    const [first] = pathSecrets
    const climbed: Climb =
        first === undefined // alone: nobody else will ever compute this
            ? { privateKeys: {}, commitSecret: suite.rng.randomBytes(suite.kdf.size) }
            : await climb(tree, first.nodeIndex, first.secret, suite)
    const { signature, framedContent } = await createContentCommitSignature(
        state.groupContext,
        "mls_private_message",
        { proposals: inline, path },
        { senderType: "member", leafIndex: own },
        authenticatedData,
        state.signaturePrivateKey,
        suite.signature,
    )
    const next = await nextEpochContext(
        context,
        "mls_private_message",
        framedContent,
        signature,
        await treeHashRoot(tree, suite.hash),
        state.confirmationTag,
        suite.hash,
    )
    const noPsk = new Uint8Array(suite.kdf.size)
    const epoch = await initializeEpoch(
        state.keySchedule.initSecret,
        climbed.commitSecret,
        next,
        noPsk,
        suite.kdf,
    )
    const confirmationTag = await createConfirmationTag(
        epoch.keySchedule.confirmationKey,
        next.confirmedTranscriptHash,
        suite.hash,
    )
    const content = {
        ...framedContent,
        auth: { contentType: framedContent.contentType, signature, confirmationTag },
    }
    const room = paddedContent(content, authenticatedData, COMMIT_SIZES)
    const protectedCommit = await protect(
        state.keySchedule.senderDataSecret,
        authenticatedData,
        state.groupContext,
        state.secretTree,
        content,
        own,
        { kind: "padUntilLength", padUntilLength: room },
        suite,
    )
    const ownKey = await suite.hpke.exportPrivateKey(leafKey)
    const after: ClientState = {
        ...state,
        groupContext: next,
        ratchetTree: tree,
        secretTree: await ratchets(tree, epoch.encryptionSecret, suite),
        keySchedule: epoch.keySchedule,
        privatePath: pruned(
            {
                leafIndex: own,
                privateKeys: {
                    ...state.privatePath.privateKeys,
                    ...climbed.privateKeys,
                    [leafToNodeIndex(own)]: ownKey,
                },
            },
            tree,
        ),
        unappliedProposals: {},
        historicalReceiverData: new Map(),
        confirmationTag,
    }
    const secrets = new Map(pathSecrets.map(({ nodeIndex, secret }) => [nodeIndex, secret]))
    const welcome =
        added.length === 0 ? null : await madeWelcome(after, added, epoch, secrets, suite)
    for (const spent of [climbed.commitSecret, epoch.joinerSecret, epoch.encryptionSecret]) {
        spent.fill(0)
    }
    return {
        state: after,
        before: { ...state, secretTree: protectedCommit.tree },
        content: framedContent.commit,
        commit: protectedCommit.privateMessage,
        welcome,
    }
}

type Added = readonly (readonly [ReturnType<typeof toLeafIndex>, KeyPackage])[]

async function madeWelcome(
    after: ClientState,
    added: Added,
    epoch: { readonly joinerSecret: Uint8Array; readonly welcomeSecret: Uint8Array },
    pathSecrets: ReadonlyMap<number, Uint8Array>,
    suite: CiphersuiteImpl,
): Promise<Welcome> {
    const own = toLeafIndex(after.privatePath.leafIndex)
    const { groupContext, confirmationTag, ratchetTree } = after
    async function sealed(padding: number): Promise<Welcome> {
        const extension = { extensionType: FILLING, extensionData: new Uint8Array(padding) }
        const info = await createGroupInfoWithRatchetTree(
            groupContext,
            confirmationTag,
            after,
            ratchetTree,
            [extension],
            suite,
        )
        const encryptedGroupInfo = await encryptGroupInfo(info, epoch.welcomeSecret, suite)
        const secrets = await Promise.all(
            added.map(async ([leaf, keyPackage]) => {
                const shared = firstCommonAncestor(ratchetTree, leaf, own)
                const { enc, ct } = await encryptGroupSecrets(
                    await suite.hpke.importPublicKey(keyPackage.initKey),
                    encryptedGroupInfo,
                    {
                        joinerSecret: epoch.joinerSecret,
                        pathSecret: pathSecrets.get(shared),
                        psks: [],
                    },
                    suite.hpke,
                )
                const newMember = await makeKeyPackageRef(keyPackage, suite.hash)
                return { newMember, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } }
            }),
        )
        return { cipherSuite: groupContext.cipherSuite, secrets, encryptedGroupInfo }
    }
    const length = (welcome: Welcome): number => MESSAGE_HEAD + encodeWelcome(welcome).length
    const bare = length(await sealed(0))
    // With the filling, lengths before it take more bytes: corrected until it fits.
    const size = fitting(bare + LENGTHS_GROW, WELCOME_SIZES)
    let padding = size - bare
    let welcome = await sealed(padding)
    // Where one byte less changes a length before it, no filling fits; two off is as good.
    for (let tries = 0; tries < 4 && length(welcome) !== size; tries += 1) {
        padding -= length(welcome) - size
        welcome = await sealed(padding)
    }
    return welcome
}

/** The state after somebody else's commit; null: it removed this member. Throws what is wrong. */
export async function takenCommit(
    state: ClientState,
    { committer, content, auth }: SignedCommit,
    suite: CiphersuiteImpl,
): Promise<ClientState | null> {
    const { path, proposals } = content.commit
    if (path === undefined) throw broken("a path")
    const from = toLeafIndex(committer)
    const applied = await applyProposals(state, proposals, from, emptyPskIndex, false, suite)
    const added = memberCommit(applied).map(([leaf]) => leafToNodeIndex(leaf))
    const extensions =
        applied.additionalResult.kind === "memberCommit" ? applied.additionalResult.extensions : []
    const context = withExtensions(state.groupContext, extensions.length > 0 ? extensions : null)
    throwIfDefined(
        await validateLeafNodeUpdateOrCommit(
            path.leafNode,
            committer,
            context,
            state.clientConfig.authService,
            suite.signature,
        ),
    )
    if (applied.selfRemoved) return null
    const tree = await applyUpdatePath(applied.tree, from, path, suite.hash)
    const treeHash = await treeHashRoot(tree, suite.hash)
    const sealedFor = { ...context, treeHash, epoch: context.epoch + 1n }
    const climbed = await openedPath(state, tree, from, path, added, sealedFor, suite)
    const next = await nextEpochContext(
        context,
        "mls_private_message",
        content,
        auth.signature,
        treeHash,
        state.confirmationTag,
        suite.hash,
    )
    const epoch = await initializeEpoch(
        state.keySchedule.initSecret,
        climbed.commitSecret,
        next,
        new Uint8Array(suite.kdf.size),
        suite.kdf,
    )
    const confirmed = await verifyConfirmationTag(
        epoch.keySchedule.confirmationKey,
        auth.confirmationTag,
        next.confirmedTranscriptHash,
        suite.hash,
    )
    if (!confirmed) throw broken("a confirmation that fits")
    const secretTree = await ratchets(tree, epoch.encryptionSecret, suite)
    for (const spent of [climbed.commitSecret, epoch.joinerSecret, epoch.encryptionSecret]) {
        spent.fill(0)
    }
    const privateKeys = { ...state.privatePath.privateKeys, ...climbed.privateKeys }
    return {
        ...state,
        secretTree,
        ratchetTree: tree,
        privatePath: pruned({ leafIndex: state.privatePath.leafIndex, privateKeys }, tree),
        groupContext: next,
        keySchedule: epoch.keySchedule,
        confirmationTag: auth.confirmationTag,
        historicalReceiverData: new Map(),
        unappliedProposals: {},
    }
}

async function openedPath(
    state: ClientState,
    tree: RatchetTree,
    committer: ReturnType<typeof toLeafIndex>,
    path: UpdatePath,
    added: readonly number[],
    context: GroupContext,
    suite: CiphersuiteImpl,
): Promise<Climb> {
    const { leafIndex, privateKeys } = state.privatePath
    const me = leafToNodeIndex(toLeafIndex(leafIndex))
    const steps = filteredDirectPathAndCopathResolution(committer, tree).map((step, at) => {
        const sealedTo = step.resolution.filter((node) => !added.includes(node))
        const sealed = path.nodes[at]?.encryptedPathSecret ?? []
        // Otherwise some could open a commit that others cannot.
        if (sealed.length !== sealedTo.length) throw broken("a path sealed to everybody")
        return { node: step.nodeIndex, sealedTo, sealed }
    })
    const step = steps.find(({ node }) => isAncestor(me, node, tree.length))
    // Those above are made again from their secret; these nobody here could, and all will seal to.
    const below = path.nodes.slice(0, step === undefined ? undefined : steps.indexOf(step))
    const keys = [path.leafNode, ...below].map(({ hpkePublicKey }) => hpkePublicKey)
    if (!(await canBeSealedTo(keys, suite))) throw broken("keys that can be sealed to")
    const at = step?.sealedTo.findIndex((node) => privateKeys[node] !== undefined) ?? -1
    const ciphertext = step?.sealed[at]
    const privateKey = privateKeys[step?.sealedTo[at] ?? -1]
    if (step === undefined || ciphertext === undefined || privateKey === undefined) {
        throw broken("a path that this device can open")
    }
    const pathSecret = await decryptWithLabel(
        await suite.hpke.importPrivateKey(privateKey),
        "UpdatePathNode",
        encode(groupContextEncoder)(context),
        ciphertext.kemOutput,
        ciphertext.ciphertext,
        suite.hpke,
    )
    return climb(tree, step.node, pathSecret, suite)
}

function memberCommit(applied: Awaited<ReturnType<typeof applyProposals>>): Added {
    if (applied.additionalResult.kind !== "memberCommit") throw broken("changes by a member")
    return applied.additionalResult.addedLeafNodes
}

function withExtensions(
    context: GroupContext,
    extensions: readonly Extension[] | null,
): GroupContext {
    return extensions === null ? context : { ...context, extensions: [...extensions] }
}

function broken(expected: string): Unreadable {
    return new Unreadable(`a commit: expected ${expected}, got something else`)
}

import { bytesToHex } from "@noble/hashes/utils.js"
import type { CiphersuiteImpl, GroupContext, KeyPackage, Welcome } from "ts-mls"
import { decodeMlsMessage, defaultPaddingConfig } from "ts-mls"
import { decodeCommit, encodeCommit } from "ts-mls/commit.js"
import {
    createConfirmationTag,
    createContentCommitSignature,
    verifyConfirmationTag,
} from "ts-mls/framedContent.js"
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import {
    protect,
    protectApplicationData,
    protectProposal,
    unprotectPrivateMessage,
} from "ts-mls/messageProtection.js"
import {
    protectProposalPublic,
    protectPublicMessage,
    unprotectPublicMessage,
} from "ts-mls/messageProtectionPublic.js"
import type { PrivateMessage } from "ts-mls/privateMessage.js"
import { decodeProposal, encodeProposal } from "ts-mls/proposal.js"
import type { PublicMessage } from "ts-mls/publicMessage.js"
import type { RatchetTree } from "ts-mls"
import { createSecretTree } from "ts-mls/secretTree.js"
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js"
import { describe, expect, test } from "vitest"

import { bytes, decoded, named, suiteOf, type OfVectors } from "./official.js"

const SENDER = 1
const NOTHING = new Uint8Array()
const KEPT = {
    retainKeysForEpochs: 0,
    retainKeysForGenerations: 0,
    maximumForwardRatchetSteps: 10,
}

type Protection = OfVectors &
    Record<
        | "group_id"
        | "tree_hash"
        | "confirmed_transcript_hash"
        | "signature_priv"
        | "signature_pub"
        | "encryption_secret"
        | "sender_data_secret"
        | "membership_key"
        | "proposal"
        | "proposal_pub"
        | "proposal_priv"
        | "commit"
        | "commit_pub"
        | "commit_priv"
        | "application"
        | "application_priv",
        string
    > & { epoch: number }

/** Everything of one case, ready for use; each use has a secret tree of its own. */
function prepared(given: Protection) {
    const suite = suiteOf(given.cipher_suite)
    const context: GroupContext = {
        version: "mls10",
        cipherSuite: suite.name,
        groupId: bytes(given.group_id),
        epoch: BigInt(given.epoch),
        treeHash: bytes(given.tree_hash),
        confirmedTranscriptHash: bytes(given.confirmed_transcript_hash),
        extensions: [],
    }
    const secretTree = () => createSecretTree(2, bytes(given.encryption_secret), suite.kdf)
    const membership = bytes(given.membership_key)
    const signKey = bytes(given.signature_priv)
    const verifyKey = bytes(given.signature_pub)
    const senderData = bytes(given.sender_data_secret)
    // The tree is asked for nothing but whether the sender's leaf is somebody.
    const tree = [undefined, undefined, { nodeType: "leaf" }] as unknown as RatchetTree

    const openPublic = (message: PublicMessage) =>
        unprotectPublicMessage(membership, context, tree, message, suite, verifyKey)
    const openPrivate = async (message: PrivateMessage) =>
        (
            await unprotectPrivateMessage(
                senderData,
                message,
                await secretTree(),
                tree,
                context,
                KEPT,
                suite,
                verifyKey,
            )
        ).content
    return { suite, context, secretTree, membership, signKey, senderData, openPublic, openPrivate }
}

function publicMessage(hex: string): PublicMessage {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_public_message") throw new Error(message.wireformat)
    return message.publicMessage
}

function privateMessage(hex: string): PrivateMessage {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_private_message") throw new Error(message.wireformat)
    return message.privateMessage
}

describe("message protection", () => {
    const cases = named<Protection>("message-protection")

    test.each(cases)("%s: a proposal", async (_title, given) => {
        const at = prepared(given)
        const proposal = decoded(decodeProposal, given.proposal)
        const inside = (content: { contentType: string }) => {
            if (content.contentType !== "proposal" || !("proposal" in content)) {
                throw new Error(`got ${content.contentType}`)
            }
            return bytesToHex(encodeProposal(content.proposal as typeof proposal))
        }
        const theirs = await at.openPublic(publicMessage(given.proposal_pub))
        expect(inside(theirs.content)).toBe(given.proposal)
        const { publicMessage: ours } = await protectProposalPublic(
            at.signKey,
            at.membership,
            at.context,
            NOTHING,
            proposal,
            SENDER,
            at.suite,
        )
        expect(inside((await at.openPublic(ours)).content)).toBe(given.proposal)

        const sealed = await at.openPrivate(privateMessage(given.proposal_priv))
        expect(inside(sealed.content)).toBe(given.proposal)
        const { privateMessage: own } = await protectProposal(
            at.signKey,
            at.senderData,
            proposal,
            NOTHING,
            at.context,
            await at.secretTree(),
            SENDER,
            defaultPaddingConfig,
            at.suite,
        )
        expect(inside((await at.openPrivate(own)).content)).toBe(given.proposal)
    })

    test.each(cases)("%s: a commit", async (_title, given) => {
        const at = prepared(given)
        const commit = decoded(decodeCommit, given.commit)
        const inside = (content: { contentType: string }) => {
            if (content.contentType !== "commit" || !("commit" in content)) {
                throw new Error(`got ${content.contentType}`)
            }
            return bytesToHex(encodeCommit(content.commit as typeof commit))
        }
        const theirs = await at.openPublic(publicMessage(given.commit_pub))
        expect(inside(theirs.content)).toBe(given.commit)
        const sealed = await at.openPrivate(privateMessage(given.commit_priv))
        expect(inside(sealed.content)).toBe(given.commit)

        for (const wireformat of ["mls_public_message", "mls_private_message"] as const) {
            const { framedContent, signature } = await createContentCommitSignature(
                at.context,
                wireformat,
                commit,
                { senderType: "member", leafIndex: SENDER },
                NOTHING,
                at.signKey,
                at.suite.signature,
            )
            const confirmationTag = await createConfirmationTag(
                bytes(given.membership_key), // any key: the tag is not looked at here
                at.context.confirmedTranscriptHash,
                at.suite.hash,
            )
            const auth = { contentType: "commit", signature, confirmationTag } as const
            if (wireformat === "mls_public_message") {
                const content = { wireformat, content: framedContent, auth }
                const { membership, context, suite } = at
                const own = await protectPublicMessage(membership, context, content, suite)
                expect(inside((await at.openPublic(own)).content)).toBe(given.commit)
            } else {
                const { privateMessage: own } = await protect(
                    at.senderData,
                    NOTHING,
                    at.context,
                    await at.secretTree(),
                    { ...framedContent, auth },
                    SENDER,
                    defaultPaddingConfig,
                    at.suite,
                )
                expect(inside((await at.openPrivate(own)).content)).toBe(given.commit)
            }
        }
    })

    test.each(cases)("%s: text, which cannot be public", async (_title, given) => {
        const at = prepared(given)
        const inside = (content: { contentType: string }) => {
            if (content.contentType !== "application" || !("applicationData" in content)) {
                throw new Error(`got ${content.contentType}`)
            }
            return bytesToHex(content.applicationData as Uint8Array)
        }
        const theirs = privateMessage(given.application_priv)
        expect(inside((await at.openPrivate(theirs)).content)).toBe(given.application)
        const { privateMessage: own } = await protectApplicationData(
            at.signKey,
            at.senderData,
            bytes(given.application),
            NOTHING,
            at.context,
            await at.secretTree(),
            SENDER,
            defaultPaddingConfig,
            at.suite,
        )
        const opened = await at.openPrivate(own)
        expect(inside(opened.content)).toBe(given.application)
        await expect(
            protectPublicMessage(
                at.membership,
                at.context,
                { ...opened, wireformat: "mls_public_message" },
                at.suite,
            ),
        ).rejects.toThrow("application message public")
        theirs.ciphertext.set([(theirs.ciphertext[0] ?? 0) ^ 1])
        await expect(at.openPrivate(theirs)).rejects.toThrow()
    })
})

describe("welcome", () => {
    type Given = OfVectors & Record<"init_priv" | "signer_pub" | "key_package" | "welcome", string>
    test.each(named<Given>("welcome"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        const welcome = welcomeOf(given.welcome)
        const secrets = await decryptGroupSecrets(
            await suite.hpke.importPrivateKey(bytes(given.init_priv)),
            await makeKeyPackageRef(keyPackageOf(given.key_package), suite.hash),
            welcome,
            suite.hpke,
        )
        if (secrets === undefined) throw new Error("no secrets")
        expect(secrets.psks).toEqual([])
        const info = await groupInfo(welcome, secrets.joinerSecret, suite)
        const signer = bytes(given.signer_pub)
        expect(await verifyGroupInfoSignature(info, signer, suite.signature)).toBe(true)
        const none = new Uint8Array(suite.kdf.size)
        const confirmed = () =>
            verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, none, suite)
        expect(await confirmed()).toBe(true)
        const { confirmedTranscriptHash } = info.groupContext
        const wrong = verifyConfirmationTag(
            none,
            info.confirmationTag,
            confirmedTranscriptHash,
            suite.hash,
        )
        expect(await wrong).toBe(false)
    })
})

async function groupInfo(welcome: Welcome, joiner: Uint8Array, suite: CiphersuiteImpl) {
    const none = new Uint8Array(suite.kdf.size)
    const info = await decryptGroupInfo(welcome, joiner, none, suite)
    if (info === undefined) throw new Error("no group info")
    return info
}

function welcomeOf(hex: string): Welcome {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_welcome") throw new Error(message.wireformat)
    return message.welcome
}

function keyPackageOf(hex: string): KeyPackage {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_key_package") throw new Error(message.wireformat)
    return message.keyPackage
}

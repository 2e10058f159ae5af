/** An application message, sealed and padded to one of four lengths (RFC 9420, section 6.3). */

import type { ClientState, PrivateMessage, SecretTree } from "ts-mls"
import { signFramedContentApplicationOrProposal } from "ts-mls/framedContent.js"
import { protect } from "ts-mls/messageProtection.js"

import { MESSAGE_SIZES, paddedContent } from "./padding.js"
import type { Suite } from "./suites.js"

const NOTHING = new Uint8Array(0)

export interface SealedMessage {
    readonly message: PrivateMessage
    readonly secretTree: SecretTree
    readonly consumed: readonly Uint8Array[]
}

export async function sealedMessage(
    state: ClientState,
    applicationData: Uint8Array,
    suite: Suite,
): Promise<SealedMessage> {
    const { groupContext, signaturePrivateKey, keySchedule, secretTree, privatePath } = state
    const content = {
        contentType: "application" as const,
        applicationData,
        groupId: groupContext.groupId,
        epoch: groupContext.epoch,
        sender: { senderType: "member" as const, leafIndex: privatePath.leafIndex },
        authenticatedData: NOTHING,
    }
    const auth = await signFramedContentApplicationOrProposal(
        signaturePrivateKey,
        {
            protocolVersion: groupContext.version,
            wireformat: "mls_private_message",
            content,
            senderType: "member",
            context: groupContext,
        },
        suite,
    )
    const framed = { ...content, auth: { ...auth, contentType: content.contentType } }
    const room = paddedContent(framed, NOTHING, MESSAGE_SIZES)
    const { privateMessage, tree, consumed } = await protect(
        keySchedule.senderDataSecret,
        NOTHING,
        groupContext,
        secretTree,
        framed,
        privatePath.leafIndex,
        { kind: "padUntilLength", padUntilLength: room },
        suite,
    )
    return { message: privateMessage, secretTree: tree, consumed }
}

/**
 * A group as kept on a device, in two parts: what changes with an epoch (the tree, 60 kB with
 * post-quantum keys) and what changes with every message (the ratchets, 6 kB).
 *
 * Both hold secrets; whoever keeps them seals them.
 */

import type { ClientConfig, ClientState, SecretTree } from "ts-mls"
import { encode } from "ts-mls/codec/tlsEncoder.js"
import { decodeGroupContext, groupContextEncoder } from "ts-mls/groupContext.js"
import { decodeKeySchedule, keyScheduleEncoder } from "ts-mls/keySchedule.js"
import { decodePrivateKeyPath, privateKeyPathEncoder } from "ts-mls/privateKeyPath.js"
import { decodeRatchetTree, ratchetTreeEncoder } from "ts-mls/ratchetTree.js"
import { decodeSecretTree, secretTreeEncoder } from "ts-mls/secretTree.js"

import { Reader, joined, long, uint64 } from "./bytes.js"
import { decoded } from "./own_member.js"
import { SUITES } from "./suites.js"
import type { SuiteName } from "./suites.js"

const VERSION = 1
const WHAT = "a kept circle"

export interface KeptGroup {
    readonly suite: SuiteName
    readonly state: ClientState
    readonly boxSecret: Uint8Array
}

export function encodedEpoch({ suite, state, boxSecret }: KeptGroup): Uint8Array<ArrayBuffer> {
    return joined(
        Uint8Array.of(VERSION, SUITES.indexOf(suite)),
        ...[
            encode(groupContextEncoder)(state.groupContext),
            encode(keyScheduleEncoder)(state.keySchedule),
            encode(ratchetTreeEncoder)(state.ratchetTree),
            encode(privateKeyPathEncoder)(state.privatePath),
            state.signaturePrivateKey,
            state.confirmationTag,
            boxSecret,
        ].map(long),
    )
}

/** Names its epoch, so that ratchets of one never meet the tree of another. */
export function encodedRatchets(state: ClientState): Uint8Array<ArrayBuffer> {
    return joined(
        Uint8Array.of(VERSION),
        uint64(Number(state.groupContext.epoch)),
        encode(secretTreeEncoder)(state.secretTree),
    )
}

export function parsedGroup(
    untrustedEpoch: Uint8Array,
    untrustedRatchets: Uint8Array,
    config: (circle: Uint8Array) => ClientConfig,
): KeptGroup {
    const read = new Reader(untrustedEpoch, WHAT)
    if (read.byte() !== VERSION) throw read.problem("version 1")
    const suite = SUITES[read.byte()]
    if (suite === undefined) throw read.problem("a known cipher suite")
    const groupContext = decoded(decodeGroupContext, read.long())
    const keySchedule = decoded(decodeKeySchedule, read.long())
    const ratchetTree = decoded(decodeRatchetTree, read.long())
    const privatePath = decoded(decodePrivateKeyPath, read.long())
    const [signaturePrivateKey, confirmationTag, boxSecret] = [
        read.long(),
        read.long(),
        read.long(),
    ]
    read.end()
    if (!groupContext || !keySchedule || !ratchetTree || !privatePath) throw read.problem("a group")
    const state: ClientState = {
        groupContext,
        keySchedule,
        ratchetTree,
        privatePath,
        signaturePrivateKey,
        confirmationTag,
        secretTree: parsedRatchets(untrustedRatchets, groupContext.epoch),
        unappliedProposals: {},
        historicalReceiverData: new Map(),
        groupActiveState: { kind: "active" },
        clientConfig: config(groupContext.groupId),
    }
    return { suite, state, boxSecret }
}

function parsedRatchets(untrusted: Uint8Array, epoch: bigint): SecretTree {
    const read = new Reader(untrusted, WHAT)
    if (read.byte() !== VERSION || BigInt(read.uint64()) !== epoch) {
        throw read.problem("ratchets of the same epoch")
    }
    const tree = decoded(decodeSecretTree, read.rest())
    if (tree === undefined) throw read.problem("ratchets")
    return tree
}

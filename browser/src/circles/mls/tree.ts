/** Walking a ratchet tree, and what must hold in a circle's beyond RFC 9420. */

import type { ClientState, LeafNode, RatchetTree } from "ts-mls"
import { deriveSecret } from "ts-mls/crypto/kdf.js"
import { directPath, leafWidth, root, toNodeIndex } from "ts-mls/treemath.js"
import type { CiphersuiteImpl } from "ts-mls"

import { hex, same } from "./bytes.js"
import { memberOf } from "./leaf.js"
import type { Member } from "./member.js"
import { Unreadable } from "./problems.js"
import { MOST_MEMBERS } from "./settings.js"
import type { SuiteName } from "./suites.js"

/** Leaf index and leaf of everybody in the tree. */
export function leaves(tree: RatchetTree): [number, LeafNode][] {
    return tree.flatMap((node, at) =>
        node?.nodeType === "leaf" ? [[at / 2, node.leaf] satisfies [number, LeafNode]] : [],
    )
}

/** Everybody in the tree, in the order of their leaves. Throws `Unreadable`. */
export function membersOf(tree: RatchetTree, suite: SuiteName, circle: Uint8Array): Member[] {
    return leaves(tree).map(([index, leaf]) => memberOf(leaf, index, suite, circle))
}

/**
 * No key, member or invitation stands twice, there is one founder or none, and there are at most 25. (ts-mls looks for a new
 * leaf's encryption key among the others, and then compares it with nothing.)
 */
export function checkUnique(tree: RatchetTree, members: readonly Member[]): void {
    if (members.length > MOST_MEMBERS) throw broken("at most 25 members")
    const seen = new Set<string>()
    const add = (what: string): void => {
        if (seen.has(what)) throw broken("each key, member, invitation and founder once")
        seen.add(what)
    }
    tree.forEach((_, at) => {
        const key = publicKeyAt(tree, at)
        if (key !== null) add(`encrypts ${hex(key)}`)
    })
    for (const member of members) {
        add(`is ${member.id}`)
        add(`signs ${hex(member.signatureKey)}`)
        // Only a founder has none.
        add(`came ${member.batch} ${member.invitation}`)
    }
}

export interface Climb {
    readonly privateKeys: Readonly<Record<number, Uint8Array>>
    readonly commitSecret: Uint8Array
}

/**
 * From the path secret of one node to the root: this member's private keys on the way, each held
 * against the public key in the tree (RFC 9420, section 7.5; ts-mls trusts the committer), and the
 * commit secret, which follows the last node that is not blank (ts-mls: the root, blank or not).
 */
export async function climb(
    tree: RatchetTree,
    from: number,
    pathSecret: Uint8Array,
    suite: CiphersuiteImpl,
): Promise<Climb> {
    const privateKeys: Record<number, Uint8Array> = {}
    let at = from
    let secret = pathSecret
    for (;;) {
        const pair = await suite.hpke.deriveKeyPair(await deriveSecret(secret, "node", suite.kdf))
        const made = await suite.hpke.exportPublicKey(pair.publicKey)
        const told = publicKeyAt(tree, at)
        if (told === null || !same(told, made)) throw broken("keys made from the path's secrets")
        privateKeys[at] = await suite.hpke.exportPrivateKey(pair.privateKey)
        const next = await deriveSecret(secret, "path", suite.kdf)
        const parent = nextAbove(tree, at)
        if (parent === null) return { privateKeys, commitSecret: next }
        at = parent
        secret = next
    }
}

/** Without keys of nodes that were emptied since: nothing is sealed to them any more. */
export function pruned(path: ClientState["privatePath"], tree: RatchetTree) {
    const kept = Object.entries(path.privateKeys).filter(
        ([at]) => publicKeyAt(tree, Number(at)) !== null,
    )
    return { leafIndex: path.leafIndex, privateKeys: Object.fromEntries(kept) }
}

function publicKeyAt(tree: RatchetTree, at: number): Uint8Array | null {
    const node = tree[at]
    if (node === undefined) return null
    return node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey
}

function nextAbove(tree: RatchetTree, at: number): number | null {
    const width = leafWidth(tree.length)
    if (at === root(width)) return null
    return directPath(toNodeIndex(at), width).find((node) => tree[node] !== undefined) ?? null
}

function broken(expected: string): Unreadable {
    return new Unreadable(`a circle's tree: expected ${expected}, got something else`)
}

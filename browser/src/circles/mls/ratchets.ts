/** The ratchets of an epoch (RFC 9420, section 9). */

import type { CiphersuiteImpl, GenerationSecret, RatchetTree, SecretTree } from "ts-mls"
import { createSecretTree } from "ts-mls/secretTree.js"
import { leafWidth } from "ts-mls/treemath.js"

/**
 * For members only. ts-mls makes ratchets for blank leaves and for parents too; nobody sends by
 * them, and they are as long again in every stored state.
 */
export async function ratchets(
    tree: RatchetTree,
    encryptionSecret: Uint8Array,
    suite: CiphersuiteImpl,
): Promise<SecretTree> {
    const all = await createSecretTree(leafWidth(tree.length), encryptionSecret, suite.kdf)
    return all.map((node, at) => {
        if (tree[at]?.nodeType === "leaf") return node
        for (const { secret } of [node.application, node.handshake]) secret.fill(0)
        return { application: nobody(), handshake: nobody() }
    })
}

// What is sealed under this opens, and is refused as no leaf's signature.
function nobody(): GenerationSecret {
    return { secret: new Uint8Array(0), generation: 0, unusedGenerations: {} }
}

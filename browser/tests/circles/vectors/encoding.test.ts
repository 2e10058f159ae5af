import { bytesToHex } from "@noble/hashes/utils.js"
import type { Decoder, Encoder } from "ts-mls"
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls"
import { determineLength } from "ts-mls/codec/variableLength.js"
import { decodeCommit, encodeCommit } from "ts-mls/commit.js"
import { decodeGroupSecrets, encodeGroupSecrets } from "ts-mls/groupSecrets.js"
import * as proposal from "ts-mls/proposal.js"
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js"
import * as math from "ts-mls/treemath.js"
import { describe, expect, test } from "vitest"

import { decoded, named, official } from "./official.js"

interface TreeMath {
    n_leaves: number
    n_nodes: number
    root: number
    left: (number | null)[]
    right: (number | null)[]
    parent: (number | null)[]
    sibling: (number | null)[]
}

describe("tree math", () => {
    test.each(named<TreeMath>("tree-math"))("%s", (_title, given) => {
        expect(math.nodeWidth(given.n_leaves)).toBe(given.n_nodes)
        const root = math.root(given.n_leaves)
        expect(root).toBe(given.root)
        for (let index = 0; index < given.n_nodes; index++) {
            const node = math.toNodeIndex(index)
            const children = math.isLeaf(node) ? [null, null] : [math.left(node), math.right(node)]
            expect(children).toEqual([given.left[index], given.right[index]])
            const above =
                node === root
                    ? [null, null]
                    : [math.parent(node, given.n_leaves), math.sibling(node, given.n_leaves)]
            expect(above).toEqual([given.parent[index], given.sibling[index]])
        }
    })
})

describe("lengths of vectors", () => {
    interface Length {
        vlbytes_header: string
        length: number
    }
    test.each(named<Length>("deserialization"))("%s", (_title, given) => {
        const read = determineLength(Uint8Array.from(Buffer.from(given.vlbytes_header, "hex")))
        expect(read.length).toBe(given.length)
        expect(read.lengthFieldSize).toBe(given.vlbytes_header.length / 2)
    })
})

type Messages = Readonly<Record<string, string>>

/** Decoding and encoding again gives the same bytes. */
function same<T>(decode: Decoder<T>, encode: Encoder<T>): (hex: string) => void {
    return (hex) => {
        expect(bytesToHex(encode(decoded(decode, hex)))).toBe(hex)
    }
}

const MESSAGE = same(decodeMlsMessage, encodeMlsMessage)
const FIELDS: Readonly<Record<string, (hex: string) => void>> = {
    mls_welcome: MESSAGE,
    mls_group_info: MESSAGE,
    mls_key_package: MESSAGE,
    ratchet_tree: same(decodeRatchetTree, encodeRatchetTree),
    group_secrets: same(decodeGroupSecrets, encodeGroupSecrets),
    add_proposal: same(proposal.decodeAdd, proposal.encodeAdd),
    update_proposal: same(proposal.decodeUpdate, proposal.encodeUpdate),
    remove_proposal: same(proposal.decodeRemove, proposal.encodeRemove),
    pre_shared_key_proposal: same(proposal.decodePSK, proposal.encodePSK),
    re_init_proposal: same(proposal.decodeReinit, proposal.encodeReinit),
    external_init_proposal: same(proposal.decodeExternalInit, proposal.encodeExternalInit),
    group_context_extensions_proposal: same(
        proposal.decodeGroupContextExtensions,
        proposal.encodeGroupContextExtensions,
    ),
    commit: same(decodeCommit, encodeCommit),
    public_message_application: MESSAGE,
    public_message_proposal: MESSAGE,
    public_message_commit: MESSAGE,
    private_message: MESSAGE,
}

describe("messages", () => {
    test("all 300 decode and encode to the same bytes", () => {
        const cases = official("messages") as readonly Messages[]
        expect(cases).toHaveLength(300)
        for (const given of cases) {
            expect(Object.keys(given).sort()).toEqual(Object.keys(FIELDS).sort())
            for (const [field, check] of Object.entries(FIELDS)) check(given[field] ?? "")
        }
    })
})

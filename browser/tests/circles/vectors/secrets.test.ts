import { bytesToHex } from "@noble/hashes/utils.js"
import { mlsExporter } from "ts-mls"
import {
    decodeAuthenticatedContent,
    type AuthenticatedContentCommit,
} from "ts-mls/authenticatedContent.js"
import { refhash } from "ts-mls/crypto/hash.js"
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js"
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js"
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js"
import { verifyConfirmationTag } from "ts-mls/framedContent.js"
import { encodeGroupContext, type GroupContext } from "ts-mls/groupContext.js"
import { initializeEpoch } from "ts-mls/keySchedule.js"
import { computePskSecret, type PreSharedKeyID } from "ts-mls/presharedkey.js"
import { createSecretTree, deriveKey, deriveNonce, ratchetUntil } from "ts-mls/secretTree.js"
import { expandSenderDataKey, expandSenderDataNonce } from "ts-mls/sender.js"
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js"
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js"
import { describe, expect, test } from "vitest"

import { bytes, decoded, named, suiteOf, type OfVectors } from "./official.js"

describe("labelled functions", () => {
    interface CryptoBasics extends OfVectors {
        ref_hash: { label: string; value: string; out: string }
        expand_with_label: {
            secret: string
            label: string
            context: string
            length: number
            out: string
        }
        derive_secret: { secret: string; label: string; out: string }
        derive_tree_secret: {
            secret: string
            label: string
            generation: number
            length: number
            out: string
        }
        sign_with_label: {
            priv: string
            pub: string
            content: string
            label: string
            signature: string
        }
        encrypt_with_label: Record<
            "priv" | "pub" | "label" | "context" | "plaintext" | "kem_output" | "ciphertext",
            string
        >
    }
    test.each(named<CryptoBasics>("crypto-basics"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        const { ref_hash, expand_with_label, derive_secret, derive_tree_secret } = given
        const ref = await refhash(ref_hash.label, bytes(ref_hash.value), suite.hash)
        expect(bytesToHex(ref)).toBe(ref_hash.out)
        const expanded = await expandWithLabel(
            bytes(expand_with_label.secret),
            expand_with_label.label,
            bytes(expand_with_label.context),
            expand_with_label.length,
            suite.kdf,
        )
        expect(bytesToHex(expanded)).toBe(expand_with_label.out)
        const derived = await deriveSecret(
            bytes(derive_secret.secret),
            derive_secret.label,
            suite.kdf,
        )
        expect(bytesToHex(derived)).toBe(derive_secret.out)
        const inTree = await deriveTreeSecret(
            bytes(derive_tree_secret.secret),
            derive_tree_secret.label,
            derive_tree_secret.generation,
            derive_tree_secret.length,
            suite.kdf,
        )
        expect(bytesToHex(inTree)).toBe(derive_tree_secret.out)

        const { priv, pub, label, content, signature } = given.sign_with_label
        const verifies = (made: Uint8Array) =>
            verifyWithLabel(bytes(pub), label, bytes(content), made, suite.signature)
        expect(await verifies(bytes(signature))).toBe(true)
        const own = await signWithLabel(bytes(priv), label, bytes(content), suite.signature)
        expect(await verifies(own)).toBe(true)
        own.set([(own[0] ?? 0) ^ 1])
        expect(await verifies(own)).toBe(false)

        const sealed = given.encrypt_with_label
        const key = await suite.hpke.importPrivateKey(bytes(sealed.priv))
        const open = (kem: Uint8Array, ciphertext: Uint8Array) =>
            decryptWithLabel(key, sealed.label, bytes(sealed.context), kem, ciphertext, suite.hpke)
        const opened = await open(bytes(sealed.kem_output), bytes(sealed.ciphertext))
        expect(bytesToHex(opened)).toBe(sealed.plaintext)
        const again = await encryptWithLabel(
            await suite.hpke.importPublicKey(bytes(sealed.pub)),
            sealed.label,
            bytes(sealed.context),
            bytes(sealed.plaintext),
            suite.hpke,
        )
        expect(bytesToHex(await open(again.enc, again.ct))).toBe(sealed.plaintext)
    })
})

describe("secret tree", () => {
    interface Leaf {
        generation: number
        handshake_key: string
        handshake_nonce: string
        application_key: string
        application_nonce: string
    }
    interface SecretTree extends OfVectors {
        sender_data: Record<"sender_data_secret" | "ciphertext" | "key" | "nonce", string>
        encryption_secret: string
        leaves: Leaf[][]
    }
    const KEEP_ALL = {
        retainKeysForEpochs: 4,
        retainKeysForGenerations: 10,
        maximumForwardRatchetSteps: 200,
    }
    test.each(named<SecretTree>("secret-tree"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        const { sender_data_secret, ciphertext, key, nonce } = given.sender_data
        const secret = bytes(sender_data_secret)
        const sampled = bytes(ciphertext)
        expect(bytesToHex(await expandSenderDataKey(suite, secret, sampled))).toBe(key)
        expect(bytesToHex(await expandSenderDataNonce(suite, secret, sampled))).toBe(nonce)
        const root = bytes(given.encryption_secret)
        const tree = await createSecretTree(given.leaves.length, root, suite.kdf)
        for (const [index, generations] of given.leaves.entries()) {
            const node = tree[leafToNodeIndex(toLeafIndex(index))]
            if (node === undefined) throw new Error("no secrets for this leaf")
            for (const at of generations) {
                for (const [ratchet, expectedKey, expectedNonce] of [
                    [node.handshake, at.handshake_key, at.handshake_nonce],
                    [node.application, at.application_key, at.application_nonce],
                ] as const) {
                    const [then] = await ratchetUntil(ratchet, at.generation, KEEP_ALL, suite.kdf)
                    const made = await deriveKey(then.secret, at.generation, suite)
                    expect(bytesToHex(made)).toBe(expectedKey)
                    const once = await deriveNonce(then.secret, at.generation, suite)
                    expect(bytesToHex(once)).toBe(expectedNonce)
                }
            }
        }
    })
})

describe("key schedule", () => {
    const SECRETS = {
        init_secret: "initSecret",
        sender_data_secret: "senderDataSecret",
        exporter_secret: "exporterSecret",
        epoch_authenticator: "epochAuthenticator",
        external_secret: "externalSecret",
        confirmation_key: "confirmationKey",
        membership_key: "membershipKey",
        resumption_psk: "resumptionPsk",
    } as const
    type Epoch = Record<
        | keyof typeof SECRETS
        | "tree_hash"
        | "commit_secret"
        | "psk_secret"
        | "confirmed_transcript_hash"
        | "group_context"
        | "joiner_secret"
        | "welcome_secret"
        | "encryption_secret"
        | "external_pub",
        string
    > & { exporter: { label: string; context: string; length: number; secret: string } }
    interface KeySchedule extends OfVectors {
        group_id: string
        initial_init_secret: string
        epochs: Epoch[]
    }
    test.each(named<KeySchedule>("key-schedule"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        let init = bytes(given.initial_init_secret)
        for (const [number, epoch] of given.epochs.entries()) {
            const context: GroupContext = {
                version: "mls10",
                cipherSuite: suite.name,
                groupId: bytes(given.group_id),
                epoch: BigInt(number),
                treeHash: bytes(epoch.tree_hash),
                confirmedTranscriptHash: bytes(epoch.confirmed_transcript_hash),
                extensions: [],
            }
            expect(bytesToHex(encodeGroupContext(context))).toBe(epoch.group_context)
            const made = await initializeEpoch(
                init,
                bytes(epoch.commit_secret),
                context,
                bytes(epoch.psk_secret),
                suite.kdf,
            )
            expect(bytesToHex(made.joinerSecret)).toBe(epoch.joiner_secret)
            expect(bytesToHex(made.welcomeSecret)).toBe(epoch.welcome_secret)
            expect(bytesToHex(made.encryptionSecret)).toBe(epoch.encryption_secret)
            for (const [field, name] of Object.entries(SECRETS)) {
                const expected = epoch[field as keyof typeof SECRETS]
                expect(bytesToHex(made.keySchedule[name]), field).toBe(expected)
            }
            const external = await suite.hpke.deriveKeyPair(made.keySchedule.externalSecret)
            const published = await suite.hpke.exportPublicKey(external.publicKey)
            expect(bytesToHex(published)).toBe(epoch.external_pub)
            const { label, context: exported, length, secret } = epoch.exporter
            const taken = await mlsExporter(
                made.keySchedule.exporterSecret,
                label,
                bytes(exported),
                length,
                suite,
            )
            expect(bytesToHex(taken)).toBe(secret)
            init = made.keySchedule.initSecret
        }
    })
})

describe("pre-shared keys", () => {
    interface Psk extends OfVectors {
        psks: Record<"psk_id" | "psk" | "psk_nonce", string>[]
        psk_secret: string
    }
    test.each(named<Psk>("psk_secret"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        const keys = given.psks.map(({ psk_id, psk, psk_nonce }): [PreSharedKeyID, Uint8Array] => [
            { psktype: "external", pskId: bytes(psk_id), pskNonce: bytes(psk_nonce) },
            bytes(psk),
        ])
        expect(bytesToHex(await computePskSecret(keys, suite))).toBe(given.psk_secret)
    })
})

describe("transcript hashes", () => {
    type Transcript = OfVectors &
        Record<
            | "confirmation_key"
            | "authenticated_content"
            | "interim_transcript_hash_before"
            | "confirmed_transcript_hash_after"
            | "interim_transcript_hash_after",
            string
        >
    test.each(named<Transcript>("transcript-hashes"))("%s", async (_title, given) => {
        const suite = suiteOf(given.cipher_suite)
        const content = decoded(decodeAuthenticatedContent, given.authenticated_content)
        expect(content.content.contentType).toBe("commit")
        if (content.auth.contentType !== "commit") throw new Error("carries no confirmation tag")
        const tag = content.auth.confirmationTag
        const confirmed = await createConfirmedHash(
            bytes(given.interim_transcript_hash_before),
            {
                wireformat: content.wireformat,
                content: (content as AuthenticatedContentCommit).content,
                signature: content.auth.signature,
            },
            suite.hash,
        )
        expect(bytesToHex(confirmed)).toBe(given.confirmed_transcript_hash_after)
        const interim = await createInterimHash(confirmed, tag, suite.hash)
        expect(bytesToHex(interim)).toBe(given.interim_transcript_hash_after)
        const key = bytes(given.confirmation_key)
        expect(await verifyConfirmationTag(key, tag, confirmed, suite.hash)).toBe(true)
        expect(await verifyConfirmationTag(key, tag, interim, suite.hash)).toBe(false)
    })
})

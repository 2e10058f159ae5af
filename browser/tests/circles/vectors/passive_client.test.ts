// Whole groups: a device is welcomed and follows every commit. It comes in by our own
// `welcomed` (src/circles/mls/welcome.ts); where a pre-shared key is needed, which no circle
// uses, ours must refuse and ts-mls joins instead.
import { bytesToHex } from "@noble/hashes/utils.js"
import type { CiphersuiteImpl, ClientState, KeyPackage, PskIndex, Welcome } from "ts-mls"
import {
    acceptAll,
    bytesToBase64,
    decodeMlsMessage,
    defaultKeyPackageEqualityConfig,
    defaultLifetimeConfig,
    defaultPaddingConfig,
    joinGroup,
    makePskIndex,
    processMessage,
    type ClientConfig,
} from "ts-mls"
import { decodeRatchetTree } from "ts-mls/ratchetTree.js"
import { describe, expect, test } from "vitest"

import { welcomed } from "../../../src/circles/mls/welcome.js"
import { ALL, bytes, decoded, named, suiteOf, type OfVectors } from "./official.js"

interface PassiveClient extends OfVectors {
    external_psks: { psk_id: string; psk: string }[]
    key_package: string
    signature_priv: string
    encryption_priv: string
    init_priv: string
    welcome: string
    ratchet_tree: string | null
    initial_epoch_authenticator: string
    epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[]
}

const CONFIG: ClientConfig = {
    keyRetentionConfig: {
        retainKeysForEpochs: 4,
        retainKeysForGenerations: 10,
        maximumForwardRatchetSteps: 200,
    },
    lifetimeConfig: defaultLifetimeConfig,
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: defaultPaddingConfig,
    authService: { validateCredential: () => Promise.resolve(true) },
}

function keyPackageOf(hex: string): KeyPackage {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_key_package") throw new Error(message.wireformat)
    return message.keyPackage
}

function welcomeOf(hex: string): Welcome {
    const message = decoded(decodeMlsMessage, hex)
    if (message.wireformat !== "mls_welcome") throw new Error(message.wireformat)
    return message.welcome
}

async function joined(given: PassiveClient, suite: CiphersuiteImpl): Promise<ClientState> {
    const keyPackage = keyPackageOf(given.key_package)
    const keys = {
        initPrivateKey: bytes(given.init_priv),
        hpkePrivateKey: bytes(given.encryption_priv),
        signaturePrivateKey: bytes(given.signature_priv),
    }
    const welcome = welcomeOf(given.welcome)
    const tree =
        given.ratchet_tree === null ? undefined : decoded(decodeRatchetTree, given.ratchet_tree)
    const ours = welcomed(welcome, keyPackage, keys, suite, CONFIG, tree)
    if (given.external_psks.length === 0) return (await ours).state
    await expect(ours).rejects.toThrow("pre-shared key")
    const psks = pskIndex(given, undefined)
    return joinGroup(welcome, keyPackage, keys, psks, suite, tree, undefined, CONFIG)
}

function pskIndex(given: PassiveClient, state: ClientState | undefined): PskIndex {
    const external = given.external_psks.map(({ psk_id, psk }) => [
        bytesToBase64(bytes(psk_id)),
        bytes(psk),
    ])
    return makePskIndex(state, Object.fromEntries(external) as Record<string, Uint8Array>)
}

async function followed(given: PassiveClient, epochs = given.epochs): Promise<void> {
    const suite = suiteOf(given.cipher_suite)
    let state = await joined(given, suite)
    const authenticator = () => bytesToHex(state.keySchedule.epochAuthenticator)
    expect(authenticator()).toBe(given.initial_epoch_authenticator)
    for (const epoch of epochs) {
        for (const hex of [...epoch.proposals, epoch.commit]) {
            const message = decoded(decodeMlsMessage, hex)
            if (
                message.wireformat !== "mls_private_message" &&
                message.wireformat !== "mls_public_message"
            ) {
                throw new Error(message.wireformat)
            }
            const psks = pskIndex(given, state)
            state = (await processMessage(message, state, psks, acceptAll, suite)).newState
        }
        expect(authenticator()).toBe(epoch.epoch_authenticator)
    }
}

describe("welcomes", () => {
    test.each(named<PassiveClient>("passive-client-welcome"))("%s", async (_title, given) => {
        await followed(given)
    })
})

describe("each kind of commit", () => {
    test.each(named<PassiveClient>("passive-client-handling-commit"))(
        "%s",
        async (_title, given) => {
            await followed(given)
        },
    )
})

describe("long lives of groups", () => {
    test.each(named<PassiveClient>("passive-client-random"))("%s", async (_title, given) => {
        expect(given.epochs.length).toBeGreaterThan(100)
        await followed(given, ALL ? given.epochs : given.epochs.slice(0, 12))
    })
})

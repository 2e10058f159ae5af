// mls-rs, another implementation in another language, in one group with ours: with the parts that
// circles make groups of (commits.ts, welcome.ts, sealing_messages.ts), below the rules of a
// circle. Its Python form offers cipher suite 1 alone and can neither carry a circle's own
// extensions nor send commits as PrivateMessage, so into a whole circle another library comes
// (whole_circle.test.ts).
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import type { ClientConfig, ClientState, KeyPackage, MLSMessage, PrivateKeyPackage } from "ts-mls"
import {
    createGroup,
    decodeMlsMessage,
    defaultCapabilities,
    defaultLifetime,
    encodeMlsMessage,
    generateKeyPackage,
    mlsExporter,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js"
import type { PrivateMessage } from "ts-mls/privateMessage.js"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { madeCommit, takenCommit, type Proposed } from "../../../src/circles/mls/commits.js"
import { sealedMessage } from "../../../src/circles/mls/sealing_messages.js"
import { welcomed } from "../../../src/circles/mls/welcome.js"
import { suiteOf } from "../vectors/official.js"
import { missing, Peer } from "./peer.js"

const SUITE = suiteOf(1)
const NOTHING = new Uint8Array()
const NO_CHANGE: Proposed = { add: [], remove: [], extensions: null }
const CONFIG: ClientConfig = {
    ...defaultClientConfig,
    keyRetentionConfig: {
        retainKeysForEpochs: 0,
        retainKeysForGenerations: 0,
        maximumForwardRatchetSteps: 100,
    },
}

function wire(message: MLSMessage): string {
    return bytesToHex(encodeMlsMessage(message))
}

function privately(privateMessage: PrivateMessage): string {
    return wire({ version: "mls10", wireformat: "mls_private_message", privateMessage })
}

function read(hex: string): MLSMessage {
    const found = decodeMlsMessage(hexToBytes(hex), 0)
    if (found === undefined) throw new Error("does not decode")
    return found[0]
}

/** A member that our code runs. */
class Ours {
    state: ClientState | null = null

    private constructor(
        readonly keyPackage: KeyPackage,
        readonly keys: PrivateKeyPackage,
    ) {}

    static async drawn(): Promise<Ours> {
        const identity = crypto.getRandomValues(new Uint8Array(16))
        const made = await generateKeyPackage(
            { credentialType: "basic", identity },
            { ...defaultCapabilities(), ciphersuites: [SUITE.name] },
            defaultLifetime,
            [],
            SUITE,
        )
        return new Ours(made.publicPackage, made.privatePackage)
    }

    get inside(): ClientState {
        if (this.state === null) throw new Error("not in the group")
        return this.state
    }

    async found(): Promise<void> {
        const group = new Uint8Array(16).fill(7)
        this.state = await createGroup(group, this.keyPackage, this.keys, [], SUITE, CONFIG)
    }

    async join(hex: string): Promise<void> {
        const message = read(hex)
        if (message.wireformat !== "mls_welcome") throw new Error(message.wireformat)
        const { welcome } = message
        this.state = (await welcomed(welcome, this.keyPackage, this.keys, SUITE, CONFIG)).state
    }

    async commit(change: Partial<Proposed>) {
        const proposed = { ...NO_CHANGE, ...change }
        const made = await madeCommit(this.inside, proposed, NOTHING, SUITE)
        this.state = made.state
        const { welcome } = made
        return {
            commit: privately(made.commit),
            welcome:
                welcome === null
                    ? ""
                    : wire({ version: "mls10", wireformat: "mls_welcome", welcome }),
        }
    }

    async say(text: string): Promise<string> {
        const data = new TextEncoder().encode(text)
        const sealed = await sealedMessage(this.inside, data, SUITE as never)
        this.state = { ...this.inside, secretTree: sealed.secretTree }
        return privately(sealed.message)
    }

    /** The text of a message, or "commit", or "removed". */
    async take(hex: string): Promise<string> {
        const message = read(hex)
        if (message.wireformat !== "mls_private_message") throw new Error(message.wireformat)
        const { keySchedule, secretTree, ratchetTree, groupContext, clientConfig } = this.inside
        const opened = await unprotectPrivateMessage(
            keySchedule.senderDataSecret,
            message.privateMessage,
            secretTree,
            ratchetTree,
            groupContext,
            clientConfig.keyRetentionConfig,
            SUITE,
        )
        const { content, auth } = opened.content
        if (content.contentType === "application") {
            this.state = { ...this.inside, secretTree: opened.tree }
            return new TextDecoder().decode(content.applicationData)
        }
        if (content.contentType !== "commit" || auth.contentType !== "commit") {
            throw new Error(content.contentType)
        }
        if (content.sender.senderType !== "member") throw new Error("from outside")
        const signed = { committer: content.sender.leafIndex, content, auth }
        this.state = await takenCommit(this.inside, signed, SUITE)
        return this.state === null ? "removed" : "commit"
    }

    async exported(): Promise<string> {
        const { exporterSecret } = this.inside.keySchedule
        return bytesToHex(await mlsExporter(exporterSecret, "safelight door", NOTHING, 32, SUITE))
    }
}

function text(words: string): string {
    return bytesToHex(new TextEncoder().encode(words))
}

describe.skipIf(missing("mls_rs_uniffi"))("with mls-rs", () => {
    let peer: Peer
    let ours: Ours

    beforeEach(async () => {
        peer = new Peer("mls_rs_peer.py")
        ours = await Ours.drawn()
    }, 120_000)

    afterEach(() => {
        peer.end()
    })

    async function peerPackage(): Promise<KeyPackage> {
        const message = read(await peer.ask("key_package"))
        if (message.wireformat !== "mls_key_package") throw new Error(message.wireformat)
        return message.keyPackage
    }

    /** Both speak, both read, both have the epoch's secrets. */
    async function talk(): Promise<void> {
        expect(await peer.ask("receive", await ours.say("from ours"))).toBe(
            `text ${text("from ours")}`,
        )
        expect(await ours.take(await peer.ask("send", text("from theirs")))).toBe("from theirs")
        expect(await peer.ask("export", "safelight door")).toBe(await ours.exported())
    }

    test("their member comes into our group, talks, follows, is removed and reads nothing more", async () => {
        await ours.found()
        const third = await Ours.drawn()
        await third.join((await ours.commit({ add: [third.keyPackage] })).welcome)
        const { commit, welcome } = await ours.commit({ add: [await peerPackage()] })
        expect(await third.take(commit)).toBe("commit")
        await peer.ask("join", welcome)
        await talk()

        for (let round = 0; round < 3; round++) {
            const by = round % 2 === 0 ? ours : third
            const other = by === ours ? third : ours
            const update = (await by.commit({})).commit
            expect(await other.take(update)).toBe("commit")
            expect(await peer.ask("receive", update)).toBe("commit")
            await talk()
        }
        const gone = (await ours.commit({ remove: [1] })).commit
        expect(await third.take(gone)).toBe("removed")
        expect(await peer.ask("receive", gone)).toBe("commit")
        const fourth = await Ours.drawn()
        const joining = await ours.commit({ add: [fourth.keyPackage] })
        await fourth.join(joining.welcome)
        expect(await peer.ask("receive", joining.commit)).toBe("commit")
        await talk()
        expect(await fourth.exported()).toBe(await ours.exported())

        const out = (await ours.commit({ remove: [2] })).commit
        const after = await ours.say("not for them")
        expect(await peer.ask("receive", out)).toBe("removed")
        await expect(peer.ask("receive", after)).rejects.toThrow(/Epoch|epoch|group/)
        expect(await fourth.take(out)).toBe("commit")
        expect(await fourth.take(after)).toBe("not for them")
    })

    test("our member comes into their group, talks, and they follow our commits", async () => {
        await peer.ask("create", "0a".repeat(16))
        const { keyPackage } = ours
        const sent = wire({ version: "mls10", wireformat: "mls_key_package", keyPackage })
        await ours.join(await peer.ask("add", sent))
        await talk()
        expect(await peer.ask("receive", (await ours.commit({})).commit)).toBe("commit")
        await talk()
    })

    test("what they send changed on the way is refused by both", async () => {
        await ours.found()
        await peer.ask("join", (await ours.commit({ add: [await peerPackage()] })).welcome)
        const theirs = hexToBytes(await peer.ask("send", text("whole")))
        theirs.set([(theirs[theirs.length - 1] ?? 0) ^ 1], theirs.length - 1)
        await expect(ours.take(bytesToHex(theirs))).rejects.toThrow()
        const own = hexToBytes(await ours.say("whole"))
        own.set([(own[own.length - 1] ?? 0) ^ 1], own.length - 1)
        await expect(peer.ask("receive", bytesToHex(own))).rejects.toThrow()
    })

    test("a commit of theirs in the open, as their library sends them, is refused", async () => {
        await ours.found()
        await peer.ask("join", (await ours.commit({ add: [await peerPackage()] })).welcome)
        await expect(ours.take(await peer.ask("commit"))).rejects.toThrow("mls_public_message")
    })
})

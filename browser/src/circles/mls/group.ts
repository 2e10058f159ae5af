/**
 * A circle's MLS group on this device: nobody's bytes are believed before signature, rules and
 * confirmation have been checked.
 *
 * Immutable: each step gives the next group, and what it spent. Keep the next one durably, then
 * `forget` what was spent; from then on the group before must not be used. Only then send.
 */

import type { ClientConfig, ClientState, PrivateMessage } from "ts-mls"
import { createGroup } from "ts-mls/clientState.js"
import { mlsExporter } from "ts-mls/keySchedule.js"
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js"
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js"
import type { UnprotectResult } from "ts-mls/messageProtection.js"
import { defaultKeyPackageEqualityConfig } from "ts-mls/keyPackageEqualityConfig.js"

import { same } from "./bytes.js"
import { madeCommit, takenCommit } from "./commits.js"
import type { SignedCommit } from "./commits.js"
import { encodedEpoch, encodedRatchets, parsedGroup } from "./group_state.js"
import { checkJoined } from "./joining_checks.js"
import { authentication, memberOf } from "./leaf.js"
import type { Member } from "./member.js"
import { decoded, parsedKeyPackage } from "./own_member.js"
import type { OwnMember } from "./own_member.js"
import { checkedChange, settingsExtension, settingsOf, settingsWithout } from "./policy.js"
import type { Before, Change } from "./policy.js"
import { BrokenRule, CopiedState, LostCommit, NotAllowed, Unreadable } from "./problems.js"
import { sealedMessage } from "./sealing_messages.js"
import { safetyCode } from "./safety_code.js"
import type { Settings } from "./settings.js"
import { everything, forget, spentWith } from "./forgetting.js"
import type { Changes, Committed, Judging, Opened, Sealed } from "./group_steps.js"
import { suiteOf } from "./suites.js"
import type { Suite } from "./suites.js"
import { checkUnique, membersOf } from "./tree.js"
import { welcomed } from "./welcome.js"

// The server's log has one order, and no message lies in another epoch than its own. So whatever
// comes late is a replay, and no key waits for it: not of a generation (ts-mls keeps the ratchet's
// secret for ten, from which all later ones follow) and not of an epoch (`commits.ts` drops them:
// for ts-mls, 0 means all).
const RETENTION = {
    retainKeysForGenerations: 0,
    retainKeysForEpochs: 0,
    // A sender's messages that nobody got: sealed before a crash, or lost by age after two weeks.
    maximumForwardRatchetSteps: 1000,
}

export class Group {
    readonly #suite: Suite
    readonly #state: ClientState
    readonly #boxSecret: Uint8Array
    readonly #judging: Judging
    readonly members: readonly Member[]
    readonly settings: Settings
    readonly me: Member

    /** `before`: of the same epoch, whose members and settings were read. */
    private constructor(
        suite: Suite,
        state: ClientState,
        boxSecret: Uint8Array,
        judging: Judging,
        before: Group | null = null,
    ) {
        this.#suite = suite
        this.#state = state
        this.#boxSecret = boxSecret
        this.#judging = judging
        this.members =
            before?.members ?? membersOf(state.ratchetTree, suite.name, state.groupContext.groupId)
        this.settings = before?.settings ?? settingsOf(state.groupContext.extensions)
        const me = this.members.find(({ leaf }) => leaf === state.privatePath.leafIndex)
        if (me === undefined) throw new Unreadable("a circle: expected this member in its tree")
        this.me = me
    }

    /** `settings` name the founder as a keeper. */
    static async create(own: OwnMember, settings: Settings, judging: Judging): Promise<Group> {
        const suite = suiteOf(own.suite)
        const leaf = memberOf(own.keyPackage.leafNode, 0, own.suite, own.circle)
        if (leaf.batch !== "" || !settings.keepers.includes(leaf.id)) {
            throw new NotAllowed("a circle is founded by its first keeper, who needs no invitation")
        }
        const state = await createGroup(
            own.circle,
            own.keyPackage,
            own.keys,
            [settingsExtension(settings)],
            suite,
            configFor(own.circle),
        )
        return new Group(suite, state, own.boxSecret, judging)
    }

    /** Throws `Unreadable` or `UnlawfulWelcome`. */
    static async join(untrusted: Uint8Array, own: OwnMember, judging: Judging): Promise<Group> {
        const suite = suiteOf(own.suite)
        const message = decoded(decodeMlsMessage, untrusted)
        if (message?.wireformat !== "mls_welcome") throw unreadable("a welcome")
        const config = configFor(own.circle)
        const { state } = await readably(() =>
            welcomed(message.welcome, own.keyPackage, own.keys, suite, config),
        )
        if (!same(state.groupContext.groupId, own.circle)) throw unreadable("this circle's welcome")
        return readably(async () => {
            const group = new Group(suite, state, own.boxSecret, judging)
            await checkJoined(state.ratchetTree, group)
            return group
        })
    }

    get circle(): Uint8Array {
        return this.#state.groupContext.groupId
    }

    get suite(): Suite["name"] {
        return this.#suite.name
    }

    get epoch(): number {
        return Number(this.#state.groupContext.epoch)
    }

    get isKeeper(): boolean {
        return this.settings.keepers.includes(this.me.id)
    }

    member(id: string): Member | undefined {
        return this.members.find((someone) => someone.id === id)
    }

    /** Of this member's leaf: 32 bytes, an Ed25519 seed. */
    get signatureSecret(): Uint8Array {
        return this.#state.signaturePrivateKey
    }

    get boxSecret(): Uint8Array {
        return this.#boxSecret
    }

    /** A secret that all members of this epoch have, and nobody else. */
    export(label: `safelight ${string}`, length: number): Promise<Uint8Array> {
        const secret = this.#state.keySchedule.exporterSecret
        return mlsExporter(secret, label, new Uint8Array(0), length, this.#suite)
    }

    /** What the server asks members of this epoch for. */
    doorKey(): Promise<Uint8Array> {
        return this.export("safelight door", 32)
    }

    /** Twelve groups of five digits. */
    safetyCode(): readonly string[] {
        return safetyCode(this.#state.keySchedule.epochAuthenticator)
    }

    /**
     * Throws `NotAllowed` for what members would refuse, `Unreadable` for a bad key package.
     * `said`: signed beside the commit, readable to the server.
     */
    async commit(changes: Changes, said: Uint8Array): Promise<Committed> {
        const before = this.#before()
        const removed = (changes.remove ?? []).map((id) => {
            const found = this.member(id)
            if (found === undefined) throw new NotAllowed("only members can be removed")
            return found
        })
        const added = []
        for (const untrusted of changes.add ?? []) {
            added.push(
                await parsedKeyPackage(untrusted, this.suite, this.circle, this.#judging.now()),
            )
        }
        const gone = new Set(removed.map(({ id }) => id))
        const settings =
            changes.settings ?? (gone.size > 0 ? settingsWithout(this.settings, gone) : null)
        const made = await madeCommit(
            this.#state,
            {
                add: added.map(({ keyPackage }) => keyPackage),
                remove: removed.map(({ leaf }) => leaf),
                extensions: settings === null ? null : [settingsExtension(settings)],
            },
            said,
            this.#suite,
        )
        const change = await checkedChange(made.content, this.me, before, "to be added")
        const group = this.#next(made.state)
        checkUnique(made.state.ratchetTree, group.members)
        return {
            group,
            current: this.#next(made.before),
            sealed: encodedPrivate(made.commit),
            welcome:
                made.welcome === null
                    ? null
                    : encodeMlsMessage({
                          version: "mls10",
                          wireformat: "mls_welcome",
                          welcome: made.welcome,
                      }),
            change,
        }
    }

    /** `content` sealed and padded. Throws `NotAllowed` if it is too long for one message. */
    async seal(content: Uint8Array): Promise<Sealed> {
        const { message, secretTree, consumed } = await sealedMessage(
            this.#state,
            content,
            this.#suite,
        )
        return {
            group: this.#next({ ...this.#state, secretTree }),
            sealed: encodedPrivate(message),
            spent: consumed,
        }
    }

    /**
     * What somebody else's message or commit says. Throws `Unreadable` (replayed, changed, of
     * another epoch, not for us), `BrokenRule`, `LostCommit` or `CopiedState`; then this group
     * stays as it was.
     */
    async open(untrusted: Uint8Array): Promise<Opened> {
        const message = this.#parsed(untrusted)
        const { content, tree, consumed } = await this.#unprotected(message)
        const { sender, contentType } = content.content
        if (sender.senderType !== "member") throw unreadable("a member's message")
        const from = this.members.find(({ leaf }) => leaf === sender.leafIndex)
        if (from === undefined) throw unreadable("a member's message")
        if (from.id === this.me.id) {
            throw new CopiedState(
                "a message in this device's name that it has not sent; leave this circle and come in anew",
            )
        }
        const state = { ...this.#state, secretTree: tree }
        if (contentType === "application") {
            const { applicationData } = content.content
            const group = this.#next(state)
            return { kind: "message", group, from, content: applicationData, spent: consumed }
        }
        if (contentType !== "commit" || content.auth.contentType !== "commit") {
            throw new Unreadable("a proposal outside a commit; circles have none")
        }
        return this.#taken(
            state,
            { committer: from.leaf, content: content.content, auth: content.auth },
            from,
        )
    }

    async #taken(state: ClientState, signed: SignedCommit, from: Member): Promise<Opened> {
        const change = await this.#judged(signed, from)
        const said = signed.content.authenticatedData
        const after = await lost(from, () => takenCommit(state, signed, this.#suite))
        if (after === null) {
            const spent = everything(state)
            return { kind: "commit", group: null, from, change, said, spent }
        }
        const group = await lost(from, () => Promise.resolve(this.#next(after)))
        await lost(from, () => {
            checkUnique(after.ratchetTree, group.members)
            return Promise.resolve()
        })
        return { kind: "commit", group, from, change, said, spent: spentWith(state, after) }
    }

    async #judged(signed: SignedCommit, from: Member): Promise<Change> {
        try {
            return await checkedChange(signed.content.commit, from, this.#before(), "taken-in")
        } catch (problem) {
            if (!(problem instanceof NotAllowed || problem instanceof Unreadable)) throw problem
            throw new BrokenRule(from.id, problem.message)
        }
    }

    #parsed(untrusted: Uint8Array): PrivateMessage {
        const found = decoded(decodeMlsMessage, untrusted)
        if (found?.wireformat !== "mls_private_message") throw unreadable("a sealed message")
        // Lengths can be written in more than one way; two spellings would be two entries.
        if (!same(encodeMlsMessage(found), untrusted)) throw unreadable("one spelling")
        const { groupId, epoch } = found.privateMessage
        if (!same(groupId, this.circle)) throw unreadable("a message of this circle")
        if (epoch !== this.#state.groupContext.epoch) throw unreadable("a message of this epoch")
        return found.privateMessage
    }

    #unprotected(message: PrivateMessage): Promise<UnprotectResult> {
        const { keySchedule, secretTree, ratchetTree, groupContext } = this.#state
        return readably(() =>
            unprotectPrivateMessage(
                keySchedule.senderDataSecret,
                message,
                secretTree,
                ratchetTree,
                groupContext,
                RETENTION,
                this.#suite,
            ),
        )
    }

    #before(): Before {
        return {
            suite: this.suite,
            circle: this.circle,
            members: this.members,
            settings: this.settings,
            genuine: this.#judging.genuine,
            now: this.#judging.now(),
        }
    }

    #next(state: ClientState): Group {
        const { groupContext, ratchetTree } = this.#state
        const same = state.groupContext === groupContext && state.ratchetTree === ratchetTree
        return new Group(this.#suite, state, this.#boxSecret, this.#judging, same ? this : null)
    }

    /** What changes with an epoch; secret. */
    encodeEpoch(): Uint8Array<ArrayBuffer> {
        return encodedEpoch({
            suite: this.#suite.name,
            state: this.#state,
            boxSecret: this.#boxSecret,
        })
    }

    /** What changes with every message; secret. */
    encodeRatchets(): Uint8Array<ArrayBuffer> {
        return encodedRatchets(this.#state)
    }

    /** Takes bytes over: do not change them afterwards. */
    static decode(epoch: Uint8Array, ratchets: Uint8Array, judging: Judging): Group {
        const { suite, state, boxSecret } = parsedGroup(epoch, ratchets, configFor)
        return new Group(suiteOf(suite), state, boxSecret, judging)
    }

    /** What to `forget` once `next` is in this group's place. */
    supersededBy(next: Group): readonly Uint8Array[] {
        return spentWith(this.#state, next.#state)
    }

    /** Overwrite all secrets of this group: it was left, removed, or lost its race. */
    forgetAll(): void {
        forget(everything(this.#state))
        this.#boxSecret.fill(0)
        this.#state.signaturePrivateKey.fill(0)
    }
}

function configFor(circle: Uint8Array): ClientConfig {
    return {
        keyRetentionConfig: RETENTION,
        // Lifetimes are checked by `own_member.ts`: ts-mls compares with now even what others
        // added two weeks ago, and never looks at how long a lifetime is.
        lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
        keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
        // Each message is padded by `padding.ts`.
        paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
        authService: authentication(circle),
    }
}

function encodedPrivate(privateMessage: PrivateMessage): Uint8Array {
    return encodeMlsMessage({
        version: "mls10",
        wireformat: "mls_private_message",
        privateMessage,
    })
}

async function readably<T>(work: () => Promise<T>): Promise<T> {
    try {
        return await work()
    } catch (problem) {
        // Whatever ts-mls throws of untrusted bytes, a TypeError too, means one thing.
        if (problem instanceof Unreadable) throw problem
        throw unreadable("bytes that a member sealed for us")
    }
}

async function lost<T>(by: Member, work: () => Promise<T>): Promise<T> {
    try {
        return await work()
    } catch {
        throw new LostCommit(by.id, "a signed commit that this device cannot follow")
    }
}

function unreadable(expected: string): Unreadable {
    return new Unreadable(`a circle's log: expected ${expected}, got something else`)
}

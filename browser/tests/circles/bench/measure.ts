// What circles cost at 25 members: run by bench/circles.py, which prints it beside peers.
// CPU of this process, not time that passed: the machine may be busy.
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import {
    acceptAll,
    createApplicationMessage,
    createCommit,
    createGroup,
    defaultCapabilities,
    defaultLifetime,
    emptyPskIndex,
    generateKeyPackage,
    getCiphersuiteFromName,
    nobleCryptoProvider,
    processPrivateMessage,
    type CiphersuiteImpl,
    type ClientState,
} from "ts-mls"
import { encodeMlsMessage } from "ts-mls/message.js"

import { Group } from "../../../src/circles/mls/group.js"
import type { Changes, Committed } from "../../../src/circles/mls/group_steps.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import { CLASSIC, POST_QUANTUM, type SuiteName } from "../../../src/circles/mls/suites.js"
import { welcomed } from "../../../src/circles/mls/welcome.js"
import { checkedOnArrival, drawnFrankingKey, frank } from "../../../src/circles/keepers/franking.js"
import { judged } from "../../../src/circles/keepers/judging_proofs.js"
import type { FrankingKey } from "../../../src/circles/keepers/franking.js"
import { encodedFrame, frankedPart, parsedFrame } from "../../../src/circles/room/content.js"
import type { TextFrame } from "../../../src/circles/room/content.js"
import { batch, CIRCLE, invitation, judging, NOW, SAID, settings } from "../support/people.js"

const MEMBERS = 25
const RUNS = Number(process.argv[2] ?? "40")
const TEXT =
    "A sentence of the length that people write to each other, a hundred characters or some more than that."

interface Figures {
    sendMs: number
    receiveMs: number
    /** Of these two: making the proof, and looking at it. */
    frankMs: number
    checkMs: number
    /** A keeper opens a reported text. */
    reportMs: number
    messageBytes: number
    commitMs: number
    followMs: number
    commitBytes: number
    joinMs: number
    welcomeBytes: number
    keyPackageBytes: number
}

async function cpu(work: () => unknown): Promise<number> {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

async function circle(suite: SuiteName): Promise<Figures> {
    const made = { suite, circle: CIRCLE, name: "Rook", now: NOW }
    const own = await newMember({ ...made, invitation: null })
    const { credential } = own.keyPackage.leafNode
    if (credential.credentialType !== "basic") throw new Error(credential.credentialType)
    const keepers = drawnFrankingKey()
    const agreed = {
        ...settings([bytesToHex(credential.identity)], [await batch(suite)]),
        franking: bytesToHex(keepers.public),
    }
    let groups = [await Group.create(own, agreed, judging)]
    const joins: number[] = []
    let welcomeBytes = 0
    let keyPackageBytes = 0

    async function commit(by: number, changes: Changes): Promise<Committed> {
        const committer = groups[by]
        if (committer === undefined) throw new Error("nobody")
        const committed = await committer.commit(changes, SAID)
        const after: Group[] = []
        for (const [index, group] of groups.entries()) {
            const opened = index === by ? committed : await group.open(committed.sealed)
            if (opened.group === null) throw new Error("removed")
            after.push(opened.group)
        }
        groups = after
        return committed
    }

    for (let number = 1; number < MEMBERS; number++) {
        const member = await newMember({ ...made, invitation: invitation(number) })
        keyPackageBytes = sentKeyPackage(member).length
        const { welcome } = await commit((number - 1) % groups.length, {
            add: [sentKeyPackage(member)],
        })
        if (welcome === null) throw new Error("no welcome")
        let joined: Group | undefined
        joins.push(await cpu(async () => (joined = await Group.join(welcome, member, judging))))
        if (joined === undefined) throw new Error("not in")
        groups.push(joined)
        welcomeBytes = welcome.length
    }
    // Everybody writes to the tree once, as in a room that has lived for a while.
    for (let by = 0; by < MEMBERS; by++) await commit(by, {})

    const text = await texts(groups, keepers)
    const commits: number[] = []
    const follows: number[] = []
    let commitBytes = 0
    for (let run = 0; run < Math.min(RUNS, 15); run++) {
        const [committer, follower] = [groups[3], groups[20]]
        if (committer === undefined || follower === undefined) throw new Error("nobody")
        let sealed = new Uint8Array()
        commits.push(
            await cpu(async () => (sealed = (await committer.commit({}, SAID)).sealed.slice())),
        )
        commitBytes = sealed.length
        follows.push(await cpu(() => follower.open(sealed)))
    }
    return {
        ...text,
        commitMs: median(commits),
        followMs: median(follows),
        commitBytes,
        joinMs: joins.at(-1) ?? NaN,
        welcomeBytes,
        keyPackageBytes,
    }
}

/** A text as a room sends it: with its proof, with how far its sender has read, padded. */
async function texts(
    groups: Group[],
    keepers: FrankingKey,
): Promise<
    Pick<Figures, "sendMs" | "receiveMs" | "frankMs" | "checkMs" | "reportMs" | "messageBytes">
> {
    const times: Record<"send" | "receive" | "frank" | "check" | "report", number[]> = {
        send: [],
        receive: [],
        frank: [],
        check: [],
        report: [],
    }
    const seen = { seq: 1, chain: new Uint8Array(16).fill(1) }
    let messageBytes = 0
    for (let run = 0; run < RUNS; run++) {
        const [sender, receiver] = [groups[0], groups[13]]
        if (sender === undefined || receiver === undefined) throw new Error("nobody")
        const nonce = bytesToHex(crypto.getRandomValues(new Uint8Array(16)))
        const bare = { kind: "text", nonce, day: "2026-11-23", replyTo: "", text: TEXT } as const
        const franked = {
            circle: CIRCLE,
            epoch: sender.epoch,
            sender: sender.me.signatureKey,
            franking: keepers.public,
        }
        let frame: TextFrame = { ...bare, proof: new Uint8Array(0) }
        times.frank.push(
            await cpu(() => {
                const proof = frank(frankedPart(frame), franked, sender.signatureSecret)
                frame = { ...bare, proof }
            }),
        )
        let sealed = new Uint8Array()
        const seal = await cpu(async () => {
            const done = await sender.seal(encodedFrame(frame, seen))
            groups[0] = done.group
            sealed = done.sealed.slice()
        })
        messageBytes = sealed.length
        let received: TextFrame | undefined
        const open = await cpu(async () => {
            const opened = await receiver.open(sealed)
            if (opened.kind !== "message") throw new Error(opened.kind)
            groups[13] = opened.group
            const parsed = parsedFrame(opened.content).frame
            if (parsed.kind === "text") received = parsed
        })
        if (received === undefined) throw new Error("no text came")
        const { proof } = received
        const content = frankedPart(received)
        let kept = new Uint8Array()
        times.check.push(
            await cpu(() => {
                kept = checkedOnArrival(proof, content, franked).slice()
            }),
        )
        times.report.push(
            await cpu(() => {
                judged(kept, content, franked, keepers.secret)
            }),
        )
        times.send.push(seal + (times.frank.at(-1) ?? NaN))
        times.receive.push(open + (times.check.at(-1) ?? NaN))
    }
    return {
        sendMs: median(times.send),
        receiveMs: median(times.receive),
        frankMs: median(times.frank),
        checkMs: median(times.check),
        reportMs: median(times.report),
        messageBytes,
    }
}

/** ts-mls as its own documentation uses it: its provider, its messages, its padding. */
async function plainTsMls(): Promise<Pick<Figures, "sendMs" | "receiveMs" | "messageBytes">> {
    const suite: CiphersuiteImpl = await nobleCryptoProvider.getCiphersuiteImpl(
        getCiphersuiteFromName(CLASSIC),
    )
    const person = (number: number) =>
        generateKeyPackage(
            { credentialType: "basic", identity: Uint8Array.of(number) },
            defaultCapabilities(),
            defaultLifetime,
            [],
            suite,
        )
    const founder = await person(0)
    let sender: ClientState = await createGroup(
        CIRCLE,
        founder.publicPackage,
        founder.privatePackage,
        [],
        suite,
    )
    const added = await Promise.all(Array.from({ length: MEMBERS - 1 }, (_, at) => person(at + 1)))
    const { newState, welcome } = await createCommit(
        { state: sender, cipherSuite: suite },
        {
            extraProposals: added.map(({ publicPackage }) => ({
                proposalType: "add",
                add: { keyPackage: publicPackage },
            })),
            ratchetTreeExtension: true,
        },
    )
    sender = newState
    const [first] = added
    if (first === undefined || welcome === undefined) throw new Error("nobody")
    let receiver = (
        await welcomed(
            welcome,
            first.publicPackage,
            first.privatePackage,
            suite,
            sender.clientConfig,
        )
    ).state
    const sends: number[] = []
    const receives: number[] = []
    let messageBytes = 0
    for (let run = 0; run < RUNS; run++) {
        let sent: Awaited<ReturnType<typeof createApplicationMessage>> | undefined
        sends.push(
            await cpu(async () => {
                sent = await createApplicationMessage(sender, utf8ToBytes(TEXT), suite)
            }),
        )
        if (sent === undefined) throw new Error("nothing sent")
        sender = sent.newState
        const { privateMessage } = sent
        messageBytes = encodeMlsMessage({
            version: "mls10",
            wireformat: "mls_private_message",
            privateMessage,
        }).length
        receives.push(
            await cpu(async () => {
                receiver = (
                    await processPrivateMessage(
                        receiver,
                        privateMessage,
                        emptyPskIndex,
                        suite,
                        acceptAll,
                    )
                ).newState
            }),
        )
    }
    return { sendMs: median(sends), receiveMs: median(receives), messageBytes }
}

console.log(
    JSON.stringify({
        classic: await circle(CLASSIC),
        "post-quantum": await circle(POST_QUANTUM),
        "ts-mls": await plainTsMls(),
    }),
)

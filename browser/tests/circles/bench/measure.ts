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
import { encodedFrame } from "../../../src/circles/room/content.js"
import { batch, CIRCLE, invitation, judging, NOW, SAID, settings } from "../support/people.js"

const MEMBERS = 25
const RUNS = Number(process.argv[2] ?? "40")
const TEXT =
    "A sentence of the length that people write to each other, a hundred characters or some more than that."

interface Figures {
    sendMs: number
    receiveMs: number
    messageBytes: number
    commitMs: number
    followMs: number
    commitBytes: number
    joinMs: number
    welcomeBytes: number
    keyPackageBytes: number
}

async function cpu(work: () => Promise<unknown>): Promise<number> {
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
    const agreed = settings([bytesToHex(credential.identity)], [await batch(suite)])
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

    const sends: number[] = []
    const receives: number[] = []
    let messageBytes = 0
    const frame = encodedFrame(
        {
            kind: "text",
            nonce: "ab".repeat(16),
            day: "2026-11-23",
            replyTo: "",
            text: TEXT,
            proof: new Uint8Array(32),
        },
        { seq: 1, chain: new Uint8Array(16).fill(1) },
    )
    for (let run = 0; run < RUNS; run++) {
        const [sender, receiver] = [groups[0], groups[13]]
        if (sender === undefined || receiver === undefined) throw new Error("nobody")
        const sent: Uint8Array[] = []
        sends.push(
            await cpu(async () => {
                const sealed = await sender.seal(frame)
                groups[0] = sealed.group
                sent.push(sealed.sealed)
            }),
        )
        const [sealed] = sent
        if (sealed === undefined) throw new Error("nothing sent")
        messageBytes = sealed.length
        receives.push(
            await cpu(async () => {
                const opened = await receiver.open(sealed)
                if (opened.group !== null) groups[13] = opened.group
            }),
        )
    }
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
        sendMs: median(sends),
        receiveMs: median(receives),
        messageBytes,
        commitMs: median(commits),
        followMs: median(follows),
        commitBytes,
        joinMs: joins.at(-1) ?? NaN,
        welcomeBytes,
        keyPackageBytes,
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

// Members of circles for tests: roles, never names.
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

import { drawnBoxKey } from "../../../src/circles/mls/boxes.js"
import { Group } from "../../../src/circles/mls/group.js"
import type { Changes, Judging } from "../../../src/circles/mls/group_steps.js"
import type { Invitation } from "../../../src/circles/mls/leaf.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import type { OwnMember } from "../../../src/circles/mls/own_member.js"
import type { Batch, Settings } from "../../../src/circles/mls/settings.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { memberId } from "../../../src/circles/mls/leaf.js"

export const CIRCLE = new Uint8Array(16).fill(7)
export const NOW = new Date("2026-11-23T12:00:00Z")
export const SAID = new Uint8Array(24)

const MODULUS = new Uint8Array(256).fill(0xc5)
const GENUINE = 0x51

/** In place of RSA: a signature of one byte, repeated. The real check is tested where it is. */
export const judging: Judging = {
    genuine: (modulus, { signature }) =>
        modulus.every((byte) => byte === 0xc5) && signature.every((byte) => byte === GENUINE),
    now: () => NOW,
}

export function invitation(number = 0): Invitation {
    const nonce = crypto.getRandomValues(new Uint8Array(32))
    new DataView(nonce.buffer).setUint32(0, number)
    return {
        batch: sha256(MODULUS).slice(0, 16),
        nonce,
        signature: new Uint8Array(256).fill(GENUINE),
    }
}

export async function batch(suite: SuiteName = CLASSIC): Promise<Batch> {
    return {
        id: bytesToHex(sha256(MODULUS)).slice(0, 32),
        modulus: bytesToHex(MODULUS),
        knock_secret: bytesToHex((await drawnBoxKey(suite)).secret),
        ends: "2026-11-30",
    }
}

export function settings(keepers: readonly string[], batches: readonly Batch[] = []): Settings {
    return {
        v: 1,
        name: "Chess on Fridays",
        keepers: [...keepers].sort(),
        muted: [],
        band: "adults",
        counsellors: [],
        days: 7,
        batches,
        franking: "",
        pinned: [],
        closed: false,
        saving: true,
        policy: "",
    }
}

export function person(
    name: string,
    options: { suite?: SuiteName; founder?: boolean; now?: Date; circle?: Uint8Array } = {},
): Promise<OwnMember> {
    return newMember({
        suite: options.suite ?? CLASSIC,
        circle: options.circle ?? CIRCLE,
        name,
        invitation: options.founder === true ? null : invitation(),
        now: options.now ?? NOW,
    })
}

export function idOf(own: OwnMember): string {
    return bytesToHex(memberId(own.circle, own.keyPackage.leafNode.signaturePublicKey))
}

export async function founded(suite: SuiteName = CLASSIC): Promise<Group> {
    const founder = await person("keeper", { suite, founder: true })
    return Group.create(founder, settings([idOf(founder)], [await batch(suite)]), judging)
}

/** A circle of `size`: the founder first. Everybody takes every commit in. */
export async function circleOf(size: number, suite: SuiteName = CLASSIC): Promise<Group[]> {
    let groups = [await founded(suite)]
    for (let at = 1; at < size; at += 1) {
        groups = await joined(groups, await person(`member ${String(at)}`, { suite }))
    }
    return groups
}

/** `groups`, one commit on, by the first of them; with the newcomer last. */
export async function joined(groups: readonly Group[], own: OwnMember): Promise<Group[]> {
    const [first, ...others] = groups
    if (first === undefined) throw new Error("a circle has a member")
    const made = await first.commit({ add: [sentKeyPackage(own)] }, SAID)
    if (made.welcome === null) throw new Error("a newcomer has a welcome")
    const newcomer = await Group.join(made.welcome, own, judging)
    const followed = await Promise.all(others.map((group) => followed1(group, made.sealed)))
    return [made.group, ...followed, newcomer]
}

export async function after(
    groups: readonly Group[],
    by: number,
    changes: Changes,
): Promise<(Group | null)[]> {
    const committer = groups[by]
    if (committer === undefined) throw new Error("no such member")
    const made = await committer.commit(changes, SAID)
    return Promise.all(
        groups.map(async (group, at) => {
            if (at === by) return made.group
            const opened = await group.open(made.sealed)
            return opened.kind === "commit" ? opened.group : null
        }),
    )
}

async function followed1(group: Group, sealed: Uint8Array): Promise<Group> {
    const opened = await group.open(sealed)
    if (opened.kind !== "commit" || opened.group === null) throw new Error("expected a commit")
    return opened.group
}

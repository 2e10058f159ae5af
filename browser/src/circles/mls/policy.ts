/**
 * Who may change what in a circle. Every client holds every commit against the settings before it;
 * the server cannot, as it reads none.
 */

import type { Extension, KeyPackage, Proposal } from "ts-mls"
import type { Commit } from "ts-mls/commit.js"

import { hex, same, unhex } from "./bytes.js"
import { SETTINGS, memberOf, usedMark } from "./leaf.js"
import type { Invitation } from "./leaf.js"
import type { Member } from "./member.js"
import { checkedKeyPackage } from "./own_member.js"
import { NotAllowed } from "./problems.js"
import { MOST_MEMBERS, encodedSettings, parsedSettings } from "./settings.js"
import type { Batch, Settings } from "./settings.js"
import type { SuiteName } from "./suites.js"

/** Does the batch with this modulus vouch for the invitation? (RFC 9474; `entering` has it.) */
export type InvitationCheck = (modulus: Uint8Array, invitation: Invitation) => boolean

/** The circle before a commit. */
export interface Before {
    readonly suite: SuiteName
    readonly circle: Uint8Array
    readonly members: readonly Member[]
    readonly settings: Settings
    readonly genuine: InvitationCheck
    readonly now: Date
}

/** What a commit does, in the circle's words. */
export interface Change {
    readonly by: Member
    readonly added: readonly Member[]
    readonly removed: readonly Member[]
    /** null: as they were. */
    readonly settings: Settings | null
}

interface Proposals {
    readonly add: readonly KeyPackage[]
    readonly remove: readonly number[]
    readonly extensions: readonly Extension[] | null
}

/** Throws `NotAllowed`, whose message names the rule. */
export async function checkedChange(
    commit: Commit,
    by: Member,
    before: Before,
    as: "to be added" | "taken-in",
): Promise<Change> {
    const { add, remove, extensions } = sorted(commit)
    if (commit.path === undefined) throw broken("a commit renews its committer's keys")
    checkSameMember(commit, by, before)
    const removed = remove.map((leaf) => removedMember(leaf, by, before))
    const added: Member[] = []
    for (const keyPackage of add) {
        added.push(await checkedNewcomer(keyPackage, before, as))
    }
    const gone = new Set(removed.map(({ id }) => id))
    const after = [...before.members.filter(({ id }) => !gone.has(id)), ...added]
    if (after.length > MOST_MEMBERS) throw broken("a circle has at most 25 members")
    const settings = extensions === null ? null : newSettings(extensions, by, before, after)
    if (removed.length > 0) checkRemoval(settings)
    return { by, added, removed, settings }
}

/** Keepers' names after some have gone: what a removal must say. */
export function settingsWithout(settings: Settings, gone: ReadonlySet<string>): Settings {
    const stays = (id: string): boolean => !gone.has(id)
    return {
        ...settings,
        keepers: settings.keepers.filter(stays),
        muted: settings.muted.filter(stays),
        counsellors: settings.counsellors.filter(stays),
        batches: [],
    }
}

export function settingsExtension(settings: Settings): Extension {
    return { extensionType: SETTINGS, extensionData: encodedSettings(settings) }
}

/** The settings, if they are all there is. */
export function settingsOf(extensions: readonly Extension[]): Settings {
    const [extension, ...others] = extensions
    if (extension?.extensionType !== SETTINGS || others.length > 0) {
        throw broken("a circle has settings and no other extension")
    }
    return parsedSettings(extension.extensionData)
}

function sorted(commit: Commit): Proposals {
    const inline = commit.proposals.map((item): Proposal => {
        if (item.proposalOrRefType === "proposal") return item.proposal
        throw broken("a commit says itself what it does")
    })
    const add: KeyPackage[] = []
    const remove: number[] = []
    const extensions: Extension[][] = []
    for (const proposal of inline) {
        if (proposal.proposalType === "add") add.push(proposal.add.keyPackage)
        else if (proposal.proposalType === "remove") remove.push(proposal.remove.removed)
        else if (proposal.proposalType === "group_context_extensions") {
            extensions.push(proposal.groupContextExtensions.extensions)
        } else throw broken("a commit adds, removes or sets, and nothing else")
    }
    if (extensions.length > 1) throw broken("a commit has one set of settings")
    return { add, remove, extensions: extensions[0] ?? null }
}

/** A new leaf says what the old one said: only its encryption key is another. */
function checkSameMember(commit: Commit, by: Member, { suite, circle }: Before): void {
    const leaf = commit.path?.leafNode
    if (leaf === undefined) return
    const now = memberOf(leaf, by.leaf, suite, circle)
    const unchanged =
        now.id === by.id &&
        now.name === by.name &&
        now.batch === by.batch &&
        now.invitation === by.invitation &&
        same(now.boxKey, by.boxKey)
    if (!unchanged) throw broken("a member stays who they are")
}

function removedMember(leaf: number, by: Member, { members, settings }: Before): Member {
    if (!settings.keepers.includes(by.id)) throw broken("only keepers remove")
    const found = members.find((someone) => someone.leaf === leaf)
    if (found === undefined || found.id === by.id) throw broken("keepers remove other members")
    return found
}

async function checkedNewcomer(
    keyPackage: KeyPackage,
    { suite, circle, settings, members, genuine, now }: Before,
    as: "to be added" | "taken-in",
): Promise<Member> {
    if (settings.closed) throw broken("nobody comes into a closed circle")
    const { member: newcomer, invitation } = await checkedKeyPackage(
        keyPackage,
        suite,
        circle,
        now,
        as,
    )
    const batch = settings.batches.find(({ id }) => id === newcomer.batch)
    if (invitation === null || batch === undefined || newcomer.batch !== hex(invitation.batch)) {
        throw broken("newcomers have an invitation of an open batch")
    }
    if (newcomer.invitation !== hex(usedMark(invitation.nonce))) {
        throw broken("newcomers are marked with their invitation")
    }
    if (
        members.some(({ batch: b, invitation: i }) => b === batch.id && i === newcomer.invitation)
    ) {
        throw broken("an invitation is used once")
    }
    if (members.some(({ id }) => id === newcomer.id)) throw broken("a member comes in once")
    if (!isBegunInTime(keyPackage, batch))
        throw broken("keys of newcomers begin before their batch ends")
    if (!genuine(unhex(batch.modulus), invitation)) throw broken("invitations are signed")
    return newcomer
}

/**
 * Held against what is signed and not against a clock: devices whose clocks differ must agree about
 * a commit. Whoever adds looks at the clock, so nobody honest adds by a batch that ended 16 days
 * ago; and the server takes no knock after the end.
 */
export function isBegunInTime({ leafNode }: KeyPackage, { ends }: Batch): boolean {
    const source: string = leafNode.leafNodeSource
    const end = BigInt(Date.parse(`${ends}T00:00:00Z`) / 1000)
    return source === "key_package" && leafNode.lifetime.notBefore < end
}

function newSettings(
    extensions: readonly Extension[],
    by: Member,
    { settings }: Before,
    after: readonly Member[],
): Settings {
    if (!settings.keepers.includes(by.id)) throw broken("only keepers set")
    const next = settingsOf(extensions)
    const ids = new Set(after.map(({ id }) => id))
    const named = [...next.keepers, ...next.muted, ...next.counsellors]
    if (named.some((id) => !ids.has(id))) throw broken("settings name members only")
    return next
}

/**
 * Whoever goes knows the open batches' knock keys, so those end with it. And they can read the
 * commit, as it is sealed under the epoch that they are still in: no new batch stands in it.
 */
function checkRemoval(next: Settings | null): void {
    if (next === null || next.batches.length > 0) {
        throw broken("a removal ends all open batches")
    }
}

function broken(rule: string): NotAllowed {
    return new NotAllowed(`the rule is broken that ${rule}`)
}

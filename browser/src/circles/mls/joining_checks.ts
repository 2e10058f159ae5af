/** What must hold in a group that a welcome led into, beyond RFC 9420 (`tree_checks.ts`). */

import type { RatchetTree } from "ts-mls"

import { canBeSealedTo } from "./hpke.js"
import type { Member } from "./member.js"
import { Unreadable } from "./problems.js"
import type { Settings } from "./settings.js"
import { suiteOf } from "./suites.js"
import type { SuiteName } from "./suites.js"
import { checkUnique, leaves } from "./tree.js"

interface Joined {
    readonly suite: SuiteName
    readonly members: readonly Member[]
    readonly settings: Settings
}

/** Throws `Unreadable`. */
export async function checkJoined(tree: RatchetTree, joined: Joined): Promise<void> {
    checkUnique(tree, joined.members)
    checkNames(joined)
    await checkFounder(tree, joined)
}

function checkNames({ settings, members }: Joined): void {
    const ids = new Set(members.map(({ id }) => id))
    const named = [...settings.keepers, ...settings.muted, ...settings.counsellors]
    if (named.some((id) => !ids.has(id))) throw unlike("settings that name members only")
}

/** Everybody else's keys were looked at by those who let them in. */
async function checkFounder(tree: RatchetTree, { members, suite }: Joined): Promise<void> {
    const founder = members.find(({ batch }) => batch === "")
    if (founder === undefined) return
    const own = leaves(tree).filter(([index]) => index === founder.leaf)
    const keys = [founder.boxKey, ...own.map(([, leaf]) => leaf.hpkePublicKey)]
    if (!(await canBeSealedTo(keys, suiteOf(suite)))) throw unlike("a founder's usable keys")
}

function unlike(expected: string): Unreadable {
    return new Unreadable(`a welcome: expected ${expected}, got something else`)
}

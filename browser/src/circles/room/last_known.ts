/** Who and what a circle was when this device was in it last. */

import { hex, unhex } from "../mls/bytes.js"
import type { Group } from "../mls/group.js"
import type { Member } from "../mls/member.js"
import type { Settings } from "../mls/settings.js"

export interface LastKnown {
    readonly members: readonly Member[]
    readonly me: Member
    readonly settings: Settings
    readonly epoch: number
    readonly safetyCode: readonly string[]
}

/** As rows keep it: bytes are hex. */
interface Written extends Omit<LastKnown, "members" | "me"> {
    readonly members: readonly WrittenMember[]
    readonly me: WrittenMember
}

interface WrittenMember extends Omit<Member, "signatureKey" | "boxKey"> {
    readonly signatureKey: string
    readonly boxKey: string
}

export function lastKnown(group: Group): Written {
    return { ...known(group), members: group.members.map(asText), me: asText(group.me) }
}

export function known(group: Group): LastKnown {
    const { members, me, settings, epoch } = group
    return { members, me, settings, epoch, safetyCode: group.safetyCode() }
}

/** Of what `lastKnown` gave. */
export function knownAgain(written: unknown): LastKnown {
    const last = written as Written
    return { ...last, members: last.members.map(asMember), me: asMember(last.me) }
}

function asText(member: Member): WrittenMember {
    return { ...member, signatureKey: hex(member.signatureKey), boxKey: hex(member.boxKey) }
}

function asMember(member: WrittenMember): Member {
    return { ...member, signatureKey: unhex(member.signatureKey), boxKey: unhex(member.boxKey) }
}

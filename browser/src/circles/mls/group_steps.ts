/** What a group is asked for, and what each step gives. */

import type { Group } from "./group.js"
import type { Member } from "./member.js"
import type { Change, InvitationCheck } from "./policy.js"
import type { Settings } from "./settings.js"

/** What a group needs to judge with. */
export interface Judging {
    readonly genuine: InvitationCheck
    readonly now: () => Date
}

export interface Changes {
    /** Key packages as they came, untrusted. */
    readonly add?: readonly Uint8Array[]
    /** Member ids. */
    readonly remove?: readonly string[]
    readonly settings?: Settings
}

export interface Committed {
    /** To be used once the server's log shows that this commit won. */
    readonly group: Group
    /** To be used until then, and from then on if another won. */
    readonly current: Group
    readonly sealed: Uint8Array
    readonly welcome: Uint8Array | null
    readonly change: Change
}

export interface Sealed {
    readonly group: Group
    readonly sealed: Uint8Array
    readonly spent: readonly Uint8Array[]
}

export type Opened =
    | {
          readonly kind: "message"
          readonly group: Group
          readonly from: Member
          readonly content: Uint8Array
          readonly spent: readonly Uint8Array[]
      }
    | {
          readonly kind: "commit"
          /** null: it removed this member. */
          readonly group: Group | null
          readonly from: Member
          readonly change: Change
          /** What the committer signed beside it. */
          readonly said: Uint8Array
          readonly spent: readonly Uint8Array[]
      }

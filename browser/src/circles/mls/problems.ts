/** What can be wrong with bytes of a circle. */

import { SafelightError } from "../../errors.js"

/** These bytes are nothing that this version reads: cut, changed, replayed or of another kind. */
export class Unreadable extends SafelightError {
    override readonly name = "Unreadable"
}

/** These keys are not for today, by this device's clock, which may be the one that is wrong. */
export class NotToday extends SafelightError {
    override readonly name = "NotToday"
}

/** A member signed a commit that the circle's rules forbid. Nothing of it was taken in. */
export class BrokenRule extends SafelightError {
    override readonly name = "BrokenRule"

    constructor(
        /** Whose signature stands under it: a member id as hex. */
        readonly by: string,
        message: string,
    ) {
        super(message)
    }
}

/** What was asked of this device would break a rule, or fits nowhere; nothing was sent. */
export class NotAllowed extends SafelightError {
    override readonly name = "NotAllowed"
}

/** A member's signed commit keeps the rules, and this device cannot follow it all the same. */
export class LostCommit extends SafelightError {
    override readonly name = "LostCommit"

    constructor(
        readonly by: string,
        message: string,
    ) {
        super(message)
    }
}

/** A message signed with this device's own keys that it has not sent: they are in use elsewhere. */
export class CopiedState extends SafelightError {
    override readonly name = "CopiedState"
}

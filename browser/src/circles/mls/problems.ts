/** What can be wrong with bytes of a circle. */

import { SafelightError } from "../../errors.js"

/** These bytes are nothing that this version reads: cut, changed, replayed or of another kind. */
export class Unreadable extends SafelightError {
    override readonly name = "Unreadable"
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

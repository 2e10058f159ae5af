/** What can be wrong with a proof of who said something. */

import { SafelightError } from "../../errors.js"

/** `stranger`: made by nobody whom the judge believes; `malformed`: no proof at all. */
export type FrankingProblem = "malformed" | "unsound" | "stranger"

export class FrankingError extends SafelightError {
    override readonly name = "FrankingError"

    constructor(
        readonly problem: FrankingProblem,
        message: string,
    ) {
        super(message)
    }
}

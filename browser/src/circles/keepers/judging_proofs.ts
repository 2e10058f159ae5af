/** What a keeper alone can tell about a proof (`franking.ts`): that the sender spoke. */

import { same } from "../mls/bytes.js"
import { FrankingError } from "./franking_error.js"
import { KEPT_PROOF, authored, frankingPublic, malformed, parsedScalar } from "./franking.js"
import type { Franked } from "./franking.js"

/**
 * Return if the sender said this, as far as a holder of `secret` can know; throw if not.
 *
 * Whoever holds `secret` can make such a proof in anybody's name.
 */
export function judged(
    untrustedKept: Uint8Array,
    content: Uint8Array,
    franked: Franked,
    secret: Uint8Array,
): void {
    if (untrustedKept.length !== KEPT_PROOF) throw malformed()
    const { mask, masked } = authored(untrustedKept, content, franked)
    const own = parsedScalar(secret)
    if (!same(frankingPublic(secret), franked.franking)) {
        throw new FrankingError(
            "malformed",
            "expected the secret of the keepers' key of that epoch, got another; ask who made you a keeper",
        )
    }
    if (!mask.multiply(own).equals(masked)) {
        throw new FrankingError(
            "stranger",
            "expected a message by this member, got one that anybody could have made up",
        )
    }
}

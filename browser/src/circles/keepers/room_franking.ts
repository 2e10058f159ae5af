/** What a room is given so that its messages can be reported, and reports look like nothing. */

import { suiteOf } from "../mls/suites.js"
import type { Franking } from "../room/franking.js"
import { coverFrame } from "./boxed.js"
import { checkedOnArrival, frank } from "./franking.js"

export const roomFranking: Franking = {
    frank,
    checkedOnArrival,
    cover: (suite, circle, sender) => coverFrame({ suite: suiteOf(suite), circle, sender }),
}

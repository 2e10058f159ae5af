/** What a room needs of message franking; `keepers/franking.ts` has it. */

import type { SuiteName } from "../mls/suites.js"

/** All that a proof is bound to besides the content. */
export interface Franked {
    readonly circle: Uint8Array
    readonly epoch: number
    /** The key that the sender signs with. */
    readonly sender: Uint8Array
    /** The keepers' public key in the settings of that epoch. */
    readonly franking: Uint8Array
}

export interface Franking {
    /** What travels with the content, at most 255 bytes; `seed`: secret of the sender's leaf. */
    frank(content: Uint8Array, franked: Franked, seed: Uint8Array): Uint8Array
    /** What is kept of it; throws if keepers would not accept it. */
    checkedOnArrival(untrusted: Uint8Array, content: Uint8Array, franked: Franked): Uint8Array
    /**
     * A frame for nobody (`keepers/boxed.ts`). Signs of life are such frames, so that a report
     * looks like one; without this they are bare.
     */
    cover?(suite: SuiteName, circle: Uint8Array, sender: string): Promise<Uint8Array>
}

/** Members of a room for tests: keys made here, no names. */

import { ed25519 } from "@noble/curves/ed25519.js"
import { randomBytes } from "@noble/hashes/utils.js"

import { hex } from "../../../src/circles/mls/bytes.js"
import { memberId } from "../../../src/circles/mls/leaf.js"
import { CLASSIC, suiteOf } from "../../../src/circles/mls/suites.js"
import type { Suite, SuiteName } from "../../../src/circles/mls/suites.js"
import type { Settings } from "../../../src/circles/mls/settings.js"
import { checkedOnArrival, frank } from "../../../src/circles/keepers/franking.js"
import type { Franked } from "../../../src/circles/keepers/franking.js"
import type { BoxedIn } from "../../../src/circles/keepers/boxed.js"
import type { Reported } from "../../../src/circles/keepers/reports.js"

export interface TestMember {
    readonly id: string
    readonly seed: Uint8Array
    readonly signatureKey: Uint8Array
    readonly boxKey: Uint8Array
    readonly boxSecret: Uint8Array
}

export class TestRoom {
    readonly circle = randomBytes(16)
    readonly suite: Suite

    constructor(name: SuiteName = CLASSIC) {
        this.suite = suiteOf(name)
    }

    async member(): Promise<TestMember> {
        const { secretKey, publicKey } = ed25519.keygen()
        const box = await this.suite.hpke.generateKeyPair()
        return {
            id: hex(memberId(this.circle, publicKey)),
            seed: secretKey,
            signatureKey: publicKey,
            boxKey: await this.suite.hpke.exportPublicKey(box.publicKey),
            boxSecret: await this.suite.hpke.exportPrivateKey(box.privateKey),
        }
    }

    from(sender: TestMember): BoxedIn {
        return { suite: this.suite, circle: this.circle, sender: sender.id }
    }

    franked(sender: TestMember, franking: Uint8Array, epoch = 3): Franked {
        return { circle: this.circle, epoch, sender: sender.signatureKey, franking }
    }

    /** What a recipient keeps of a message that arrived well. */
    arrived(sender: TestMember, text: string, franking: Uint8Array, epoch = 3): Reported {
        const content = new TextEncoder().encode(text)
        const franked = this.franked(sender, franking, epoch)
        const kept = checkedOnArrival(frank(content, franked, sender.seed), content, franked)
        return { content, epoch, sender: sender.signatureKey, kept, chosen: true, rest: null }
    }
}

export function settingsOf(keepers: readonly string[], changes: Partial<Settings> = {}): Settings {
    return {
        v: 1,
        name: "a room",
        keepers: [...keepers].sort(),
        muted: [],
        band: "18",
        counsellors: [],
        days: 7,
        batches: [],
        franking: "",
        pinned: [],
        closed: false,
        saving: false,
        policy: "",
        ...changes,
    }
}

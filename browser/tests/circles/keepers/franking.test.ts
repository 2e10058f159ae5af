import { ed25519, ristretto255 } from "@noble/curves/ed25519.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"

import {
    KEPT_PROOF,
    PROOF,
    checkedOnArrival,
    drawnFrankingKey,
    frank,
} from "../../../src/circles/keepers/franking.js"
import type { Franked } from "../../../src/circles/keepers/franking.js"
import { judged } from "../../../src/circles/keepers/judging_proofs.js"
import { FrankingError } from "../../../src/circles/keepers/franking_error.js"
import type { FrankingProblem } from "../../../src/circles/keepers/franking_error.js"
import { forgedByAnybody, forgedByKeeper, withOwnMask } from "./forging.js"
import { TestRoom } from "./people.js"

const TEXT = new TextEncoder().encode("the words that somebody wants to report")

async function said() {
    const room = new TestRoom()
    const [sender, other] = [await room.member(), await room.member()]
    const key = drawnFrankingKey()
    const franked = room.franked(sender, key.public)
    const proof = frank(TEXT, franked, sender.seed)
    return { room, sender, other, key, franked, proof }
}

function problem(work: () => unknown): FrankingProblem | "none" {
    try {
        work()
        return "none"
    } catch (error) {
        if (error instanceof FrankingError) return error.problem
        throw error
    }
}

describe("what a member said", () => {
    test("a recipient knows on arrival that keepers will accept it, and they do", async () => {
        const { key, franked, proof } = await said()
        expect(proof).toHaveLength(PROOF)
        const kept = checkedOnArrival(proof, TEXT, franked)
        expect(kept).toHaveLength(KEPT_PROOF)
        expect(
            problem(() => {
                judged(kept, TEXT, franked, key.secret)
            }),
        ).toBe("none")
    })

    test("altered text, another room, sender, epoch or keepers' key: refused by both", async () => {
        const { other, key, franked, proof } = await said()
        const kept = checkedOnArrival(proof, TEXT, franked)
        const another = drawnFrankingKey()
        const changes: readonly (readonly [string, Uint8Array, Franked])[] = [
            ["text", TEXT.slice(1), franked],
            ["room", TEXT, { ...franked, circle: randomBytes(16) }],
            ["sender", TEXT, { ...franked, sender: other.signatureKey }],
            ["epoch", TEXT, { ...franked, epoch: franked.epoch + 1 }],
            ["key", TEXT, { ...franked, franking: another.public }],
        ]
        for (const [what, content, where] of changes) {
            expect(
                problem(() => checkedOnArrival(proof, content, where)),
                what,
            ).toBe("unsound")
            const secret = what === "key" ? another.secret : key.secret
            expect(
                problem(() => {
                    judged(kept, content, where, secret)
                }),
                what,
            ).toBe("unsound")
        }
    })

    test("a flipped bit anywhere is no proof", async () => {
        const { franked, proof } = await said()
        for (let at = 0; at < PROOF; at += 13) {
            const changed = proof.slice()
            changed[at] = (changed[at] ?? 0) ^ 1
            expect(problem(() => checkedOnArrival(changed, TEXT, franked))).not.toBe("none")
        }
    })

    test("no bytes of another form are taken for a proof", async () => {
        const { franked, proof, key, sender } = await said()
        const kept = proof.slice(0, KEPT_PROOF)
        const zeros = new Uint8Array(32)
        for (const bad of [new Uint8Array(0), kept, new Uint8Array(PROOF), new Uint8Array(5000)]) {
            expect(problem(() => checkedOnArrival(bad, TEXT, franked))).toBe("malformed")
        }
        // Masks of nothing: J = k·E would hold for every k.
        const empty = proof.slice()
        empty.set(zeros, 0)
        empty.set(zeros, 32)
        expect(problem(() => checkedOnArrival(empty, TEXT, franked))).toBe("malformed")
        expect(
            problem(() => {
                judged(empty.slice(0, KEPT_PROOF), TEXT, franked, key.secret)
            }),
        ).toBe("malformed")
        const noKey = { ...franked, franking: zeros }
        expect(problem(() => frank(TEXT, noKey, sender.seed))).toBe("malformed")
        const wrong = drawnFrankingKey().secret
        expect(
            problem(() => {
                judged(kept, TEXT, franked, wrong)
            }),
        ).toBe("malformed")
    })

    test("a sender's key with torsion, or of small order, is refused", async () => {
        const { franked, proof } = await said()
        const order8 = ed25519.Point.fromHex(
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        )
        const torsion = ed25519.Point.fromBytes(franked.sender).add(order8).toBytes()
        for (const sender of [torsion, order8.toBytes(), new Uint8Array(32).fill(255)]) {
            expect(problem(() => checkedOnArrival(proof, TEXT, { ...franked, sender }))).toBe(
                "malformed",
            )
        }
    })

    test("nobody sends in another's name without their secret", async () => {
        const { other, franked } = await said()
        expect(problem(() => frank(TEXT, franked, other.seed))).toBe("malformed")
    })

    test("a client that was changed so that keepers reject is flagged on arrival", async () => {
        const { key, franked } = await said()
        const kept = forgedByAnybody(TEXT, franked)
        expect(problem(() => checkedOnArrival(withOwnMask(kept), TEXT, franked))).toBe("unsound")
        expect(
            problem(() => {
                judged(kept, TEXT, franked, key.secret)
            }),
        ).toBe("stranger")
    })

    test("the soundness part of one message does not serve another mask", async () => {
        const { franked, proof, sender } = await said()
        const second = frank(TEXT, franked, sender.seed)
        const mixed = second.slice()
        mixed.set(proof.subarray(KEPT_PROOF), KEPT_PROOF)
        expect(problem(() => checkedOnArrival(mixed, TEXT, franked))).toBe("unsound")
    })
})

describe("to others it proves nothing", () => {
    test("a keeper makes a proof in anybody's name that every check accepts", async () => {
        const { other, key, franked } = await said()
        const words = new TextEncoder().encode("never said by anybody")
        const framed = { ...franked, sender: other.signatureKey }
        const proof = forgedByKeeper(words, framed, key.secret)
        const kept = checkedOnArrival(proof, words, framed)
        expect(
            problem(() => {
                judged(kept, words, framed, key.secret)
            }),
        ).toBe("none")
    })

    test("a reporter makes a kept proof that differs for a keeper only", async () => {
        const { key, franked, proof } = await said()
        const real = checkedOnArrival(proof, TEXT, franked)
        const madeUp = forgedByAnybody(TEXT, franked)
        // "stranger" comes after the equation of authorship: everything that can be checked without
        // the keepers' secret holds for both.
        expect(madeUp).toHaveLength(KEPT_PROOF)
        expect(
            problem(() => {
                judged(real, TEXT, franked, key.secret)
            }),
        ).toBe("none")
        expect(
            problem(() => {
                judged(madeUp, TEXT, franked, key.secret)
            }),
        ).toBe("stranger")
    })

    test("bytes of real and made-up proofs are spread alike, byte by byte", async () => {
        const { franked, sender } = await said()
        const count = 120
        const real = Array.from({ length: count }, () =>
            frank(TEXT, franked, sender.seed).slice(0, KEPT_PROOF),
        )
        const madeUp = Array.from({ length: count }, () => forgedByAnybody(TEXT, franked))
        // For each position the difference of means, in standard errors of uniform bytes. The top
        // byte of points and scalars is smaller, in both alike. 160 positions: 6 is never by chance.
        for (let at = 0; at < KEPT_PROOF; at += 1) {
            const mean = (proofs: Uint8Array[]) =>
                proofs.reduce((sum, proof) => sum + (proof[at] ?? 0), 0) / count
            const error = 73.9 * Math.sqrt(2 / count)
            expect(Math.abs(mean(real) - mean(madeUp)) / error).toBeLessThan(6)
        }
    })

    test("the keepers' secret is the only thing that tells them apart", () => {
        const key = drawnFrankingKey()
        const secret = ed25519.Point.Fn.fromBytes(key.secret)
        expect(ristretto255.Point.BASE.multiply(secret).toBytes()).toEqual(key.public)
    })
})

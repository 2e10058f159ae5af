/** Knocks: one length, sealed to those inside twice. */

import { beforeAll, describe, expect, test } from "vitest"

import { randomBytes } from "../../../src/circles/entering/big_numbers.js"
import type { InvitationLink } from "../../../src/circles/entering/invitation.js"
import { isGenuine } from "../../../src/circles/entering/invitation.js"
import { openedKnock, sealedKnock } from "../../../src/circles/entering/knock.js"
import type { Door } from "../../../src/circles/entering/knock.js"
import { unhex } from "../../../src/circles/mls/bytes.js"
import { newMember, sentKeyPackage } from "../../../src/circles/mls/own_member.js"
import { Unreadable } from "../../../src/circles/mls/problems.js"
import { CLASSIC, POST_QUANTUM } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { CIRCLE, madeBatch, madeLink, NOW } from "./batches_for_tests.js"

const made = madeBatch()
const landing = { id: randomBytes(16), giverKey: randomBytes(32) }

async function packageFor(link: InvitationLink, name = "Newcomer"): Promise<Uint8Array> {
    const { suite, circle, invitation } = link
    return sentKeyPackage(await newMember({ suite, circle, name, invitation, now: NOW }))
}

async function knockWith(link: InvitationLink, name?: string): Promise<Uint8Array> {
    const { batch } = link.invitation
    return sealedKnock(link.knock, batch, await packageFor(link, name), landing)
}

const doorOf = (suite: SuiteName): Door => ({
    suite,
    circle: CIRCLE,
    batches: [madeBatch().batch, made.batch],
    now: NOW,
})

let knock: Uint8Array
beforeAll(async () => {
    knock = await knockWith(await madeLink(made))
})

test.each([CLASSIC, POST_QUANTUM] as const)(
    "a knock of %s opens inside, and has 8,192 bytes",
    async (suite) => {
        const link = await madeLink(made, suite)
        for (const name of ["A", "я".repeat(31)]) {
            const sealed = await knockWith(link, name)
            expect(sealed).toHaveLength(8192)
            const found = await openedKnock(sealed, doorOf(suite))
            expect(found.landing).toEqual(landing)
            expect(found.newcomer.member.name).toBe(name)
            expect(found.invitation).toEqual(link.invitation)
            expect(isGenuine(unhex(made.batch.modulus), found.invitation)).toBe(true)
        }
    },
)

test("two knocks have nothing in common but their length", async () => {
    const link = await madeLink(made)
    const one = await packageFor(link)
    const sealed = await Promise.all(
        [1, 2].map(() => sealedKnock(link.knock, link.invitation.batch, one, landing)),
    )
    const [a = knock, b = knock] = sealed
    const equal = a.filter((byte, at) => byte === b[at]).length
    expect(equal).toBeLessThan(100) // 32 of 8,192 by chance
})

describe("not opened", () => {
    const refused = async (sealed: Uint8Array, door = doorOf(CLASSIC)): Promise<void> => {
        await expect(openedKnock(sealed, door)).rejects.toThrow(Unreadable)
    }

    test("a changed one, of another length, or of noise", async () => {
        for (const at of [0, 24, 60, 4000, 8191]) {
            const wrong = knock.slice()
            wrong[at] = (wrong[at] ?? 0) ^ 1
            await refused(wrong)
        }
        for (const wrong of [knock.slice(1), new Uint8Array(9000), randomBytes(8192)]) {
            await refused(wrong)
        }
        await openedKnock(knock, doorOf(CLASSIC))
    })

    test("one of a batch that is not announced any more, or of another circle or suite", async () => {
        await refused(knock, { ...doorOf(CLASSIC), batches: [madeBatch().batch] })
        await refused(knock, { ...doorOf(CLASSIC), batches: [] })
        await refused(knock, { ...doorOf(CLASSIC), circle: randomBytes(16) })
        await refused(knock, doorOf(POST_QUANTUM))
    })

    test("one whose key package brings the invitation of another batch", async () => {
        const [link, other] = [await madeLink(made), await madeLink(madeBatch())]
        const wrong = await sealedKnock(
            link.knock,
            link.invitation.batch,
            await packageFor(other),
            landing,
        )
        await refused(wrong)
    })

    test("one in which something else than a key package stands", async () => {
        const link = await madeLink(made)
        for (const content of [new Uint8Array(0), randomBytes(500), randomBytes(6000)]) {
            await refused(await sealedKnock(link.knock, link.invitation.batch, content, landing))
        }
    })

    test("by whoever broke X25519 alone, or has a link of the batch alone", async () => {
        const other = madeBatch()
        const link = await madeLink(made)
        const theirs = await madeLink(other)
        const content = await packageFor(link)
        // The right HPKE key and another link key; then the other way round.
        const onlyInner = { publicKey: link.knock.publicKey, linkKey: theirs.knock.linkKey }
        const onlyOuter = { publicKey: theirs.knock.publicKey, linkKey: link.knock.linkKey }
        for (const keys of [onlyInner, onlyOuter]) {
            await refused(await sealedKnock(keys, link.invitation.batch, content, landing))
        }
    })
})

test("what does not fit a knock is refused where it is made", async () => {
    const link = await madeLink(made)
    const knocking = sealedKnock(link.knock, link.invitation.batch, randomBytes(8100), landing)
    await expect(knocking).rejects.toThrow(/no room for padding/)
})

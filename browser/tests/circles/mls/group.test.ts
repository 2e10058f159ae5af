import { expect, test } from "vitest"

import { Group } from "../../../src/circles/mls/group.js"
import { CLASSIC, POST_QUANTUM } from "../../../src/circles/mls/suites.js"
import type { SuiteName } from "../../../src/circles/mls/suites.js"
import { after, circleOf, judging } from "../support/people.js"

const TEXT = new TextEncoder().encode("see you on Friday")

test.each<SuiteName>([CLASSIC, POST_QUANTUM])(
    "members of a circle read each other (%s)",
    async (suite) => {
        let groups = await circleOf(5, suite)
        const codes = new Set(groups.map((group) => group.safetyCode().join(" ")))
        expect(codes.size).toBe(1)
        const doors = new Set(
            await Promise.all(groups.map(async (g) => (await g.doorKey()).join())),
        )
        expect(doors.size).toBe(1)
        for (const [at, sender] of groups.entries()) {
            const { group, sealed } = await sender.seal(TEXT)
            groups[at] = group
            expect(sealed.length).toBe(512)
            for (const [other, reader] of groups.entries()) {
                if (other === at) continue
                const opened = await reader.open(sealed)
                if (opened.kind !== "message") throw new Error("expected a message")
                expect(opened.content).toEqual(TEXT)
                expect(opened.from.id).toBe(sender.me.id)
                groups[other] = opened.group
            }
        }
        groups = groups.map((group) =>
            Group.decode(group.encodeEpoch(), group.encodeRatchets(), judging),
        )
        const removed = groups[2]?.me.id ?? ""
        const next = await after(groups, 0, { remove: [removed] })
        expect(next[2]).toBeNull()
        const stayed = next.filter((group) => group !== null)
        expect(new Set(stayed.map((group) => group.safetyCode().join(" "))).size).toBe(1)
        expect(stayed[0]?.settings.batches).toEqual([])
    },
)

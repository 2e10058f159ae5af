// A keeper who is a spy and writes settings with a client of their own: each field that members'
// devices would stumble over is refused by a rule with a name, and nothing is thrown raw.
import type { Extension } from "ts-mls"
import { beforeAll, expect, test } from "vitest"

import type { Group } from "../../../src/circles/mls/group.js"
import { BrokenRule, Unreadable } from "../../../src/circles/mls/problems.js"
import { encodedSettings, parsedSettings } from "../../../src/circles/mls/settings.js"
import { SETTINGS } from "../../../src/circles/mls/leaf.js"
import { forced } from "../support/insides.js"
import { circleOf } from "../support/people.js"

let keeper: Group
let reader: Group
let written: Record<string, unknown>

beforeAll(async () => {
    const [first, second] = await circleOf(2)
    if (first === undefined || second === undefined) throw new Error("expected two")
    keeper = first
    reader = second
    const bytes = encodedSettings(keeper.settings)
    const length = new DataView(bytes.buffer).getUint32(0)
    const text = new TextDecoder().decode(bytes.subarray(4, 4 + length))
    written = JSON.parse(text) as Record<string, unknown>
})

/** Padded and in order, whatever its values are. */
function extension(changes: Record<string, unknown>): Extension {
    const text = new TextEncoder().encode(JSON.stringify({ ...written, ...changes }))
    const extensionData = new Uint8Array(
        [2048, 4096, 8192].find((size) => size > text.length + 4) ?? 0,
    )
    new DataView(extensionData.buffer).setUint32(0, text.length)
    extensionData.set(text, 4)
    return { extensionType: SETTINGS, extensionData }
}

const batchWith = (changes: Record<string, unknown>) => {
    const [first] = written["batches"] as Record<string, unknown>[]
    return { batches: [{ ...first, ...changes }] }
}

const HOSTILE: readonly (readonly [string, () => Record<string, unknown>, string])[] = [
    ["a franking key that is no point", () => ({ franking: "aa".repeat(32) }), "a franking key"],
    ["the neutral point to prove under", () => ({ franking: "00".repeat(32) }), "a franking key"],
    ["a batch that ends on no day", () => batchWith({ ends: "2026-02-30" }), "calendar"],
    ["a batch that ends in month 13", () => batchWith({ ends: "2026-13-01" }), "calendar"],
    ["a batch that ends in eight thousand years", () => batchWith({ ends: "9999-12-31" }), "a day"],
    ["an even modulus", () => batchWith({ modulus: "c6".repeat(256) }), "a modulus"],
    ["a modulus of 2,047 bits", () => batchWith({ modulus: "45".repeat(256) }), "a modulus"],
    [
        "one batch twice",
        () => ({ batches: [0, 0].flatMap(() => written["batches"]) }),
        "each batch once",
    ],
    [
        "more keepers than one frame reaches",
        () => ({ keepers: [1, 2, 3, 4, 5, 6].map((at) => String(at).repeat(32)) }),
        "at most 5",
    ],
    ["half a day", () => ({ days: 0.5 }), "a whole number"],
    ["days without end", () => ({ days: 1e21 }), "a whole number"],
    ["a name that cannot be written", () => ({ name: "\ud800" }), "of text"],
    ["a name with private letters", () => ({ name: "room \ue000" }), "of text"],
    [
        "an address of two lines",
        () => ({ pinned: [{ address: "a\u2028b", kind: "briar" }] }),
        "of text",
    ],
    [
        "an address that is script",
        () => ({ pinned: [{ address: "javascript:1", kind: "web" }] }),
        "simplex or briar",
    ],
    ["a band in capital letters", () => ({ band: "ADULTS" }), "a band"],
    ["a field more", () => ({ zebra: 1 }), "the known settings"],
    ["a field's prototype", () => ({ keepers: { length: 1, 0: "x" } }), "at most"],
]

test.each(HOSTILE)("attack: %s", async (_, changes, rule) => {
    const sealed = await forced(keeper, { extensions: [extension(changes())] })
    const problem = await reader.open(sealed).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(BrokenRule)
    expect((problem as BrokenRule).by).toBe(keeper.me.id)
    expect((problem as BrokenRule).message).toContain(rule)
})

test("whatever stands in a field, settings are read or refused, and nothing else is thrown", () => {
    const values: readonly unknown[] = [
        null,
        -1,
        2 ** 60,
        "",
        "x".repeat(1500),
        "\u202e",
        [],
        [[]],
        [null],
        {},
        { id: 1 },
        true,
        ["a", "a"],
    ]
    for (const field of Object.keys(written)) {
        for (const value of values) {
            try {
                parsedSettings(extension({ [field]: value }).extensionData)
            } catch (problem) {
                expect(problem).toBeInstanceOf(Unreadable)
            }
        }
    }
    const deep = new Uint8Array(8192).fill("[".charCodeAt(0))
    new DataView(deep.buffer).setUint32(0, 8188)
    expect(() => parsedSettings(deep)).toThrow(Unreadable)
})

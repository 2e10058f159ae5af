// Names that are drawn as another's, or as nothing.
import { expect, test } from "vitest"

import { person } from "../support/people.js"

test.each([
    ["a filler of Hangul alone", "\u3164"],
    ["a blank of Braille alone", "\u2800"],
    ["a joiner of graphemes in the middle", "An\u034fna"],
    ["a selector of variants without a picture", "Anna\u{e0101}"],
    ["a selector of emoji after a letter", "Anna\ufe0f"],
    ["a blank that breaks no line", "Anna\u00a0B"],
    ["two blanks, drawn as one", "Anna  B"],
    ["a mark that turns direction", "Anna\u202e"],
])("nobody takes a name with %s", async (_, name) => {
    await expect(person(name)).rejects.toThrow("no invisible characters")
})

test.each(["Anna B", "Ёж", "محمد", "ქეთი", "❤️ Аня", "7️⃣", "明"])("%s is a name", async (name) => {
    expect((await person(name)).name).toBe(name)
})

import { expect, test } from "vitest"

import { base45, frames } from "../../src/pocket/frames.js"

test.each([
    // RFC 9285, section 4.3.
    ["AB", "BB8"],
    ["Hello!!", "%69 VD92EX0"],
    ["base-45", "UJCLQE7W581"],
])("Base45 of %s is the RFC's", (text, encoded) => {
    expect(base45(new TextEncoder().encode(text))).toBe(encoded)
})

test("every frame fits one code, says where it belongs, and needs alphanumeric mode only", () => {
    const file = crypto.getRandomValues(new Uint8Array(33_000))
    const texts = frames(file)
    expect(texts.length).toBe(36)
    texts.forEach((text, index) => {
        expect(text.length).toBeLessThanOrEqual(1451) // version 25, level M
        expect(text).toMatch(/^SL1\/[0-9A-F]{16}\/\d\d?\/36\/[0-9A-F]{8}\/[0-9A-Z $%*+\-./:]+$/)
        expect(text.split("/")[2]).toBe(String(index + 1))
    })
    expect(new Set(texts.map((text) => text.split("/")[1])).size).toBe(1)
})

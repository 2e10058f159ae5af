import { expect, test } from "vitest"

import { Receipt, ReceiptError } from "../../src/sealing/receipt.js"
import { WordList, WordListError } from "../../src/sealing/word_list.js"
import { wordList, wordLists } from "../support/word_lists.js"

test("two receipts are different", () => {
    expect(Receipt.generate().mailboxId).not.toBe(Receipt.generate().mailboxId)
})

test("nothing secret of a receipt shows when it is printed or serialised", () => {
    const receipt = Receipt.generate()
    expect(Object.keys(receipt)).toEqual([])
    expect(JSON.stringify(receipt)).toBe("{}")
})

test("a receipt that was written down comes back", () => {
    const lists = wordLists()
    const receipt = Receipt.generate()
    for (const language of ["en", "ru"] as const) {
        expect(Receipt.parse(receipt.words(lists[language]).join("\n"), lists).verifier).toBe(
            receipt.verifier,
        )
    }
})

test("a mistyped word brings words that may have been meant, beside the message", () => {
    const lists = wordLists()
    const words = [...new Receipt(new Uint8Array(16).fill(1)).words(lists.en)]
    expect(Receipt.parse(words.join(" "), lists)).toBeInstanceOf(Receipt)
    const meant = words[3] ?? ""
    words[3] = `${meant.slice(0, 1)}q${meant.slice(2)}`
    const read = () => Receipt.parse(words.join(" "), lists)
    expect(read).toThrow(ReceiptError)
    try {
        read()
    } catch (error) {
        expect((error as ReceiptError).wrong.get(4)).toContain(meant)
        expect((error as ReceiptError).message).not.toContain(meant)
    }
})

test("two words that changed places are noticed", () => {
    const lists = wordLists()
    const words = [
        ...new Receipt(Uint8Array.from({ length: 16 }, (_, at) => at * 11)).words(lists.en),
    ]
    ;[words[0], words[1]] = [words[1] ?? "", words[0] ?? ""]
    expect(() => Receipt.parse(words.join(" "), lists)).toThrow("do not belong together")
})

test("a list with a word missing, or with one word twice, is not used", () => {
    const list = wordList("en")
    const words = Array.from({ length: 2048 }, (_, number) => list.word(number))
    expect(new WordList("en", words.join(" ")).word(2047)).toBe("zoo")
    expect(() => new WordList("en", words.slice(1).join(" "))).toThrow(WordListError)
    words[7] = "zoo"
    expect(() => new WordList("en", words.join(" "))).toThrow("damaged")
})

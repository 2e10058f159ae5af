// node scripts/seal-for-python.mjs < request.json
//
// Does what the form's script does between pressing the button and sending, so that a test in
// Python can open it. Request: {"roster", "root", "today", "receipt" (hex), "filled"}.
// Answer: {"envelope" (base64), "mailbox", "verifier", "words"}, or {"problem"} when refused.
import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"

import { bundledModule } from "./bundled_module.mjs"

const { reportBytes } = await bundledModule("vocabulary/report.ts")
const { hexOf, Receipt } = await bundledModule("sealing/receipt.ts")
const { RosterError, verifiedRoster } = await bundledModule("sealing/roster.ts")
const { sealBytes } = await bundledModule("sealing/seal.ts")
const { WordList } = await bundledModule("sealing/word_list.ts")

async function sealed({ roster, root, today, receipt: secret, filled }) {
    const verified = verifiedRoster(roster, { rootHex: root, today, lastSeenVersion: null })
    const receipt = new Receipt(Uint8Array.from(Buffer.from(secret, "hex")))
    const replyTo = await receipt.replyRecipient()
    const report = reportBytes(filled, {
        written: today,
        replyTo: replyTo.text,
        mailboxId: receipt.mailboxId,
        withdrawalVerifier: receipt.withdrawalVerifier,
        messageKey: hexOf(receipt.messageKey),
        rosterVersion: verified.version,
    })
    const envelope = await sealBytes(report, verified.recipients(today))
    const list = new URL("../../safelight/sealing/wordlists/en.txt", import.meta.url)
    return {
        envelope: Buffer.from(envelope).toString("base64"),
        mailbox: receipt.mailboxId,
        verifier: receipt.verifier,
        words: receipt.words(new WordList("en", await readFile(list, "utf8"))),
    }
}

async function answer(request) {
    try {
        return await sealed(request)
    } catch (error) {
        if (error instanceof RosterError) return { problem: error.problem }
        throw error
    }
}

process.stdout.write(JSON.stringify(await answer(JSON.parse(await text(process.stdin)))))

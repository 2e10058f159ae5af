/** From what stands in the form to sealed bytes and a receipt. Everything stays in memory. */

import type { Day } from "../sealing/day.js"
import { tagged } from "../sealing/message_tag.js"
import { hexOf, Receipt } from "../sealing/receipt.js"
import { sealBytes } from "../sealing/seal.js"
import type { SealedReport } from "../sealing/seal.js"
import type { FilledForm } from "../vocabulary/filled_form.js"
import { fileHeaderBytes } from "../vocabulary/messages.js"
import { reportBytes } from "../vocabulary/report.js"
import { depositFile } from "./deposit_file.js"
import type { Photo } from "./photos.js"
import type { Usable } from "./usable.js"

export interface SealedDeposit {
    readonly receipt: Receipt
    /** The report and its photos: what is saved. */
    readonly file: Uint8Array<ArrayBuffer>
    /** The report alone: what goes into pictures. */
    readonly reportFile: Uint8Array<ArrayBuffer>
    readonly photos: number
}

export async function sealedDeposit(
    filled: FilledForm,
    photos: readonly Photo[],
    { roster, day }: Extract<Usable, { state: "usable" }>,
): Promise<SealedDeposit> {
    const recipients = roster.recipients(day)
    const receipt = Receipt.generate()
    const report = reportBytes(filled, {
        written: day,
        replyTo: (await receipt.replyRecipient()).text,
        mailboxId: receipt.mailboxId,
        withdrawalVerifier: receipt.withdrawalVerifier,
        messageKey: hexOf(receipt.messageKey),
        rosterVersion: roster.version,
    })
    const envelopes: SealedReport[] = [await sealBytes(report, recipients)]
    for (const photo of photos) {
        const content = fileBytes(photo, receipt.mailboxId, day)
        envelopes.push(await sealBytes(tagged(content, receipt.messageKey), recipients))
    }
    return {
        receipt,
        file: depositFile(receipt, roster.version, envelopes),
        reportFile: depositFile(receipt, roster.version, envelopes.slice(0, 1)),
        photos: photos.length,
    }
}

/** `safelight-file/1`: a line about the file, then the file. */
function fileBytes({ bytes, ...photo }: Photo, mailboxId: string, written: Day): Uint8Array {
    const line = fileHeaderBytes({ ...photo, mailboxId, written })
    const whole = new Uint8Array(line.length + bytes.length)
    whole.set(line)
    whole.set(bytes, line.length)
    return whole
}

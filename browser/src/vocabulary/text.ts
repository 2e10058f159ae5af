/** Text as everything keeps it that a person wrote (twin: `cleaned_text` in vocabulary/report.py). */

// Characters that hide or reorder text on a caseworker's screen; never needed to tell a story.
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const LINE_ENDS = /\r\n|[\r\u0085\u2028\u2029]/g
const HALF_CHARACTERS = /\p{Cs}/gu
const CONTROLS = /(?![\n\t])\p{Cc}/gu

/** NFC, "\n" line ends, nothing invisible that reorders. */
export function cleanedText(untrusted: string): string {
    return untrusted
        .replace(LINE_ENDS, "\n")
        .replace(HALF_CHARACTERS, "\ufffd")
        .replace(INVISIBLE, "")
        .replace(CONTROLS, "")
        .normalize("NFC")
        .trim()
}

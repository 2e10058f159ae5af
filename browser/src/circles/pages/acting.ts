/** Doing something that takes a while, once, and saying what went wrong in words of the page. */

import { SafelightError } from "../../errors.js"
import type { Page } from "./page.js"
import type { Key } from "./words/en.js"

/** Errors by their names: the parts below have many, and each name says enough here. */
const BY_NAME: Readonly<Record<string, Key>> = {
    NetworkFailed: "problem-network",
    LoadError: "problem-network",
    EpochOver: "problem-epoch",
    CircleFull: "room-full",
    Burned: "room-burned",
    NoCircle: "problem-gone",
    BatchesOut: "problem-batches",
    InvitationSpent: "enter-spent",
    NoInvitation: "enter-no-invitation",
    AnotherAge: "enter-another-age",
    DoorBusy: "enter-busy",
    Refused: "problem-refused",
    Misanswered: "problem-server",
    NotAllowed: "problem-allowed",
    MovingWordsError: "movein-bad",
    ReportError: "report-nobody",
    KeeperError: "problem-other",
}
const BY_PROBLEM: Readonly<Record<string, Key>> = {
    passphrase: "passphrase-wrong",
    weak: "first-weak",
    full: "store-full",
    gone: "lock-gone",
    locked: "taken-over",
    "taken-over": "taken-over",
    busy: "taken-over",
    unavailable: "memory-only",
}

export function problemKey(error: unknown): Key {
    if (!(error instanceof Error)) return "problem-other"
    if (error.name === "KeepingError" && "problem" in error && typeof error.problem === "string") {
        return BY_PROBLEM[error.problem] ?? "problem-other"
    }
    const known = BY_NAME[error.name]
    if (known !== undefined) return known
    return error instanceof SafelightError && "says" in error
        ? (error.says as Key)
        : "problem-other"
}

export interface Doing {
    /** Said while it is done. */
    readonly busy?: Key
    /** Where the sentence about a failure is put; after `control` otherwise. */
    readonly place?: HTMLElement
    /** The element that took the press; it takes no second one meanwhile. */
    readonly control: HTMLElement
}

/** Do it once at a time; true if it went well. */
export async function act(page: Page, doing: Doing, what: () => Promise<void>): Promise<boolean> {
    const { control } = doing
    if (control.getAttribute("aria-disabled") === "true") return false
    const place = doing.place ?? control.parentElement ?? page.main
    place.querySelector(":scope > .problem[role=alert]")?.remove()
    const said = control.textContent
    control.setAttribute("aria-disabled", "true")
    if (doing.busy !== undefined) {
        control.textContent = page.say(doing.busy)
        page.aloud(page.say(doing.busy))
    }
    // The page must show it before something computes for seconds.
    await drawn()
    try {
        await what()
        return true
    } catch (error) {
        place.append(page.problem(problemKey(error)))
        return false
    } finally {
        control.removeAttribute("aria-disabled")
        if (doing.busy !== undefined) control.textContent = said
        page.aloud("")
    }
}

/** Two frames, or a moment where none is drawn, as in a tab behind another. */
function drawn(): Promise<void> {
    return new Promise((resolve) => {
        const late = setTimeout(resolve, 100)
        requestAnimationFrame(() => {
            requestAnimationFrame(() => {
                clearTimeout(late)
                resolve()
            })
        })
    })
}

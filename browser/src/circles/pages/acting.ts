/** Doing something that takes a while, once, and saying what went wrong in words of the page. */

import { SafelightError } from "../../errors.js"
import { button } from "./elements.js"
import type { Attributes } from "./elements.js"
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

/** Milliseconds after which a press that shows nothing yet says that it was heard. */
const SILENT = 800

export interface Doing {
    /** Said while it is done; otherwise only where it takes long. */
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
    const said = [...control.childNodes]
    control.setAttribute("aria-disabled", "true")
    const working = (): void => {
        control.textContent = page.say(doing.busy ?? "opening")
        page.aloud(control.textContent)
    }
    const late = setTimeout(working, SILENT)
    if (doing.busy !== undefined) working()
    // The page must show it before something computes for seconds.
    await drawn()
    try {
        await what()
        return true
    } catch (error) {
        place.append(page.problem(problemKey(error)))
        return false
    } finally {
        clearTimeout(late)
        control.removeAttribute("aria-disabled")
        control.replaceChildren(...said)
        page.aloud("")
    }
}

/** A button whose press may fail, if only because a module does not come through a cut line. */
export function pressing(
    page: Page,
    text: string,
    what: () => Promise<void>,
    attributes: Attributes = {},
    doing: Partial<Doing> = {},
): HTMLElement {
    const press = button(text, () => void act(page, { control: press, ...doing }, what), attributes)
    return press
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

/** The page for a sealed file, as a script shows it: in pieces, with progress, and on after a cut. */

import { browserNetwork } from "../sending/browser_network.js"
import { chosenDeposit, ChosenDepositError } from "../sending/chosen_deposit.js"
import { SendingError } from "../sending/network.js"
import type { Network, SendingProblem } from "../sending/network.js"
import { DEPOSIT_FILE, Upload } from "../sending/upload.js"
import { lock, showWhatNeedsScript } from "./page_parts.js"
import { Said, sentence } from "./said.js"

/** Problems with a sentence of their own. */
const SAID: readonly SendingProblem[] = ["network", "busy", "taken", "withdrawn", "too-large"]

/** Called when all modules of the page are there. */
export function start(): void {
    enhanceUpload(document, browserNetwork())
}

/** Take over the upload's page; without this, the browser sends the form in one piece. */
export function enhanceUpload(page: Document, network: Network): void {
    const form = page.querySelector<HTMLFormElement>("form#upload")
    const input = page.querySelector<HTMLInputElement>("input#file")
    if (form === null || input === null) return
    const said = new Said(page)
    let busy = false
    // Kept in memory, so that another press goes on with the bytes that are there.
    let underWay: { readonly file: File; readonly upload: Upload } | null = null

    showWhatNeedsScript(page)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        const file = input.files?.[0]
        if (!busy && file !== undefined) void send(form, file)
    })

    async function send(form: HTMLFormElement, file: File): Promise<void> {
        busy = true
        said.problem("")
        form.setAttribute("aria-busy", "true")
        lock(form, true)
        try {
            if (underWay?.file !== file) {
                await underWay?.upload.abandon(network)
                underWay = { file, upload: new Upload(await chosenDeposit(file), DEPOSIT_FILE) }
            }
            const { upload } = underWay
            tell(0)
            await upload.send(network, (bytes) => {
                tell(Math.floor((100 * bytes) / file.size))
            })
            arrived(form, upload.wasNew)
        } catch (error) {
            // Whatever went wrong, the one wrong answer is silence.
            said.status("")
            said.problem(sentence(page, problemOf(error)))
        } finally {
            busy = false
            said.progress(null)
            form.removeAttribute("aria-busy")
            lock(form, false)
        }
    }

    function tell(percent: number): void {
        said.progress(percent)
        said.status(sentence(page, "sending", { percent: (percent - (percent % 10)).toString() }))
    }

    function arrived(form: HTMLFormElement, wasNew: boolean): void {
        underWay = null
        form.remove()
        said.status(sentence(page, wasNew ? "arrived" : "arrived-before"))
        const more = page.getElementById("arrived")
        if (more !== null) more.hidden = false
        page.querySelector<HTMLElement>("main")?.focus()
    }
}

function problemOf(error: unknown): string {
    if (error instanceof ChosenDepositError) return `problem-${error.problem}`
    if (!(error instanceof SendingError)) return "problem-not-a-deposit" // gone, or not readable
    return SAID.includes(error.problem) ? `problem-${error.problem}` : "problem-refused"
}

/** The files that a person chose: what each gives away, what becomes of it, and out again. */

import type { Scrubbed } from "../scrub/scrubbed.js"
import { fileHeaderBytes } from "../vocabulary/messages.js"
import type { FileFacts } from "../vocabulary/messages.js"
import type { Item } from "../sending/delivery.js"
import { sentence } from "./said.js"

interface Chosen {
    readonly number: number
    readonly file: File
    readonly line: HTMLLIElement
    /** null: still being read. */
    looked: Scrubbed | "unreadable" | "too-large" | null
    /** The person knows that nothing could be taken out, and sends it as it is. */
    asItIs: boolean
}

/** Not needed before a file is chosen, so the page does not wait for it. */
const scrubbing = async (): Promise<(file: Blob) => Promise<Scrubbed>> => {
    const { scrubbed } = await import("../scrub/scrubbed.js")
    return scrubbed
}

/** Types that hold nothing but what one reads. */
const PLAIN = ["text/plain"]

export class FilesList {
    readonly #chosen: Chosen[] = []
    /** In place of the browser's own control, which would say that no file is chosen. */
    readonly #choose: HTMLButtonElement
    readonly #howMany: HTMLElement
    #looking: Promise<unknown> = Promise.resolve()
    #count = 0

    /** Takes over `input#files`; the list is `ul#files-list`. Null on a page without them. */
    static on(page: Document): FilesList | null {
        const input = page.querySelector<HTMLInputElement>("input#files")
        const list = page.getElementById("files-list")
        return input === null || list === null ? null : new FilesList(page, input, list)
    }

    private constructor(
        readonly page: Document,
        readonly input: HTMLInputElement,
        readonly list: HTMLElement,
    ) {
        scrubbing().catch(() => undefined) // asked for again with the first file
        input.addEventListener("change", () => {
            for (const file of input.files ?? []) this.#add(file)
            input.value = "" // the list is what counts, and a file taken out may be chosen again
        })
        this.#choose = page.createElement("button")
        this.#howMany = page.createElement("p")
        this.#replaceControl()
    }

    /** A button that can be read aloud, and a line that says how many files there are. */
    #replaceControl(): void {
        const { input } = this
        this.#howMany.id = "files-count"
        this.#howMany.className = "help"
        this.#howMany.setAttribute("role", "status")
        this.#choose.type = "button"
        this.#choose.className = "choose"
        const described = [input.getAttribute("aria-describedby"), this.#howMany.id]
        this.#choose.setAttribute("aria-describedby", described.filter(Boolean).join(" "))
        this.#choose.addEventListener("click", () => {
            input.click() // nothing happens while it is disabled
        })
        this.list.before(this.#choose, this.#howMany)
        input.hidden = true
        this.#tellHowMany()
    }

    /** Say how many there are. */
    #tellHowMany(): void {
        const count = this.#chosen.length.toString()
        this.#choose.textContent = this.#sentence(count === "0" ? "files-choose" : "files-more", {})
        this.#howMany.textContent = this.#sentence("files-count", { count })
    }

    /** Resolves when every file that was chosen so far has been looked at. */
    async looked(): Promise<void> {
        await this.#looking
    }

    /** The button to begin with at a file that has to be decided about or taken out, or null. */
    get undecided(): HTMLElement | null {
        const open = this.#chosen.find((chosen) => metadataOf(chosen) === null)
        return open?.line.querySelector("button") ?? null
    }

    /** Another one after each change of what would be sent. */
    get key(): string {
        return this.#chosen.map((chosen) => chosen.number).join()
    }

    get isEmpty(): boolean {
        return this.#chosen.length === 0
    }

    /** The files in their order, to be sealed. */
    items(facts: Pick<FileFacts, "mailboxId" | "written">): readonly Item[] {
        return this.#chosen.flatMap((chosen) => {
            const { file, looked } = chosen
            const metadata = metadataOf(chosen)
            if (metadata === null || looked === null || typeof looked === "string") return []
            const header = fileHeaderBytes({
                ...facts,
                name: file.name,
                type: looked.type,
                metadata,
            })
            return [{ content: () => new Blob([header, looked.blob]) }]
        })
    }

    clear(): void {
        this.#chosen.length = 0
        this.list.replaceChildren()
        this.#tellHowMany()
    }

    #add(file: File): void {
        const line = this.page.createElement("li")
        this.#count += 1
        const chosen: Chosen = { number: this.#count, file, line, looked: null, asItIs: false }
        this.#chosen.push(chosen)
        this.#tellHowMany()
        this.list.append(line)
        this.#show(chosen)
        this.#looking = Promise.all([this.#looking, this.#look(chosen)])
    }

    async #look(chosen: Chosen): Promise<void> {
        const largest = Number(this.input.dataset["largest"] ?? Infinity)
        if (chosen.file.size > largest) chosen.looked = "too-large"
        else {
            try {
                const scrubbed = await scrubbing()
                chosen.looked = await scrubbed(chosen.file)
            } catch {
                // A file may be gone, or a folder: the person sees which, and takes it out.
                chosen.looked = "unreadable"
            }
        }
        if (this.#chosen.includes(chosen)) this.#show(chosen)
    }

    #remove(chosen: Chosen): void {
        this.#chosen.splice(this.#chosen.indexOf(chosen), 1)
        chosen.line.remove()
        this.#tellHowMany()
        this.#choose.focus() // where the button was is nothing any more
    }

    #show(chosen: Chosen): void {
        const { file, line } = chosen
        const name = this.page.createElement("strong")
        name.textContent = file.name
        const about = this.page.createElement("span")
        about.textContent = this.#sentence(`file-${stateOf(chosen)}`, {})
        const buttons = [
            this.#button("file-remove", file.name, () => {
                this.#remove(chosen)
            }),
        ]
        if (stateOf(chosen) === "unknown") {
            buttons.unshift(
                this.#button("file-keep", file.name, () => {
                    chosen.asItIs = true
                    this.#show(chosen)
                    line.querySelector("button")?.focus()
                }),
            )
        }
        const size = sizeOf(file.size, (unit, count) => this.#sentence(unit, { count }))
        line.replaceChildren(name, ` (${size}) `, about, ...buttons.flatMap((one) => [" ", one]))
    }

    #button(key: string, name: string, act: () => void): HTMLButtonElement {
        const button = this.page.createElement("button")
        button.type = "button"
        button.textContent = this.#sentence(key, {})
        // Several lines have the same buttons: what is read aloud names the file.
        button.setAttribute("aria-label", `${button.textContent}: ${name}`)
        button.addEventListener("click", () => {
            if (!this.input.disabled) act() // what is being sent is not changed any more
        })
        return button
    }

    #sentence(key: string, values: Readonly<Record<string, string>>): string {
        return sentence(this.page, key, values)
    }
}

function stateOf({ looked, asItIs, file }: Chosen): string {
    if (looked === null) return "reading"
    if (typeof looked === "string") return looked
    if (looked.outcome === "removed") return "clean"
    if (PLAIN.includes(file.type)) return "plain"
    return asItIs ? "as-it-is" : "unknown"
}

function metadataOf(chosen: Chosen): FileFacts["metadata"] | null {
    switch (stateOf(chosen)) {
        case "clean":
            return "removed"
        case "plain":
            return "none-known"
        case "as-it-is":
            return "kept"
        default:
            return null
    }
}

function sizeOf(bytes: number, say: (unit: string, count: string) => string): string {
    const mebibytes = bytes / (1024 * 1024)
    if (mebibytes >= 1) return say("size-mb", mebibytes.toFixed(1))
    return say("size-kb", Math.max(1, Math.round(bytes / 1024)).toString())
}

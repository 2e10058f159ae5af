/** Photos that go along: cleaned at once when they are chosen, each sealed into an envelope of its own. */

import { scrubbed } from "../scrub/scrubbed.js"
import type { Scrubbed } from "../scrub/scrubbed.js"
import type { Language } from "../sealing/word_list.js"
import { element, paragraph } from "./elements.js"
import { say } from "./sentences.js"

export const MOST_PHOTOS = 6
/** Fits an envelope of 2 MiB; six of them and the report fit one deposit file of 16 MiB. */
const LARGEST_PHOTO = 2_000_000

export interface Photo {
    readonly name: string
    readonly type: string
    readonly metadata: "removed" | "kept"
    readonly bytes: Uint8Array<ArrayBuffer>
}

interface Chosen {
    readonly name: string
    readonly clean: Scrubbed
    readonly wanted: () => boolean
}

export class Photos {
    readonly place: HTMLElement
    #chosen: readonly Chosen[] = []

    constructor(readonly language: Language) {
        const input = element("input", {
            type: "file",
            id: "files",
            multiple: true,
            accept: "image/jpeg,image/png,image/webp",
            "aria-describedby": "files-help",
        })
        const list = element("ul", { id: "files-list", "aria-live": "polite" })
        input.addEventListener("change", () => {
            void this.#take(Array.from(input.files ?? []), list)
        })
        this.place = element(
            "div",
            { class: "question" },
            element("label", { for: "files" }, say("photos", language)),
            paragraph(say("photos-help", language, String(MOST_PHOTOS)), {
                class: "help",
                id: "files-help",
            }),
            input,
            list,
        )
    }

    /** What is sealed; read only now, so that many photos are never in memory at once for nothing. */
    async wanted(): Promise<readonly Photo[]> {
        const photos: Photo[] = []
        for (const { name, clean, wanted } of this.#chosen) {
            if (!wanted()) continue
            const bytes = new Uint8Array(await clean.blob.arrayBuffer())
            const metadata = clean.outcome === "removed" ? "removed" : "kept"
            photos.push({ name, type: clean.type, metadata, bytes })
        }
        return photos
    }

    async #take(files: readonly File[], list: HTMLElement): Promise<void> {
        this.#chosen = []
        list.replaceChildren()
        const chosen: Chosen[] = []
        for (const file of files) {
            const { line, found } = await this.#looked(file, chosen.length)
            list.append(line)
            if (found !== null) chosen.push(found)
        }
        this.#chosen = chosen
    }

    async #looked(
        file: File,
        before: number,
    ): Promise<{ readonly line: HTMLElement; readonly found: Chosen | null }> {
        const { name } = file
        const left = (key: "photo-too-large" | "photo-too-many" | "photo-unreadable") => ({
            line: element("li", {}, say(key, this.language, name)),
            found: null,
        })
        if (file.size > LARGEST_PHOTO) return left("photo-too-large")
        if (before >= MOST_PHOTOS) return left("photo-too-many")
        let clean: Scrubbed
        try {
            clean = await scrubbed(file)
        } catch {
            return left("photo-unreadable") // it was deleted or changed after it was chosen
        }
        if (clean.outcome === "removed") {
            const line = element("li", {}, say("photo-removed", this.language, name))
            return { line, found: { name, clean, wanted: () => true } }
        }
        const tick = element("input", { type: "checkbox", autocomplete: "off" })
        const label = element("span", {}, say("photo-unknown", this.language, name))
        const line = element("li", {}, element("label", { class: "option" }, tick, label))
        return { line, found: { name, clean, wanted: () => tick.checked } }
    }
}

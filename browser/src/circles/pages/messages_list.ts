/**
 * The messages of a room as a list that grows at its end: only what changed is drawn anew, so that
 * a screen reader reads what is new, and nobody loses their place.
 */

import type { Shown } from "../room/room_state.js"
import { button, element, paragraph, pictureOf } from "./elements.js"
import { markOf } from "../mls/names.js"
import type { Page } from "./page.js"
import type { OpenRoom } from "./parts.js"

/** Five that say enough; each more is one more that an old phone may not draw. */
export const REACTIONS = ["👍", "❤️", "😂", "😢", "❗"] as const

export interface MessageActions {
    readonly reply: (message: Shown) => void
    readonly report: (message: Shown) => void
    readonly failed: (error: unknown) => void
}

interface Drawn {
    readonly line: HTMLLIElement
    readonly signature: string
}

export class MessagesList {
    readonly whole: HTMLElement
    readonly #list = element("ol", { class: "log" })
    readonly #drawn = new Map<string, Drawn>()
    readonly #days = new Map<string, HTMLLIElement>()

    constructor(
        private readonly page: Page,
        private readonly room: OpenRoom,
        private readonly actions: MessageActions,
    ) {
        const spoken = { role: "log", "aria-live": "polite", "aria-relevant": "additions" }
        this.whole = element(
            "div",
            { ...spoken, "aria-label": page.say("room-log"), tabindex: "-1" },
            this.#list,
        )
    }

    update(): void {
        const { shown } = this.room.state
        const wanted: HTMLElement[] = []
        const kept = new Set<string>()
        let day = ""
        for (const message of shown) {
            if (message.day !== day) {
                day = message.day
                wanted.push(this.#dayLine(day))
            }
            kept.add(message.id)
            wanted.push(this.#line(message, shown))
        }
        for (const id of [...this.#drawn.keys()]) if (!kept.has(id)) this.#drawn.delete(id)
        this.#put(wanted)
    }

    #put(wanted: readonly HTMLElement[]): void {
        const there = new Set<Element>(wanted)
        for (const child of [...this.#list.children]) if (!there.has(child)) child.remove()
        // What stands where it should is not touched: moving it would read it aloud again.
        wanted.forEach((line, at) => {
            const now = this.#list.children[at] ?? null
            if (now !== line) this.#list.insertBefore(line, now)
        })
    }

    #dayLine(day: string): HTMLLIElement {
        const known = this.#days.get(day)
        if (known !== undefined) return known
        const today = new Date().toISOString().slice(0, 10)
        const said = day === today ? this.page.say("today") : this.page.day(day)
        const line = element("li", { class: "day" }, element("time", { datetime: day }, said))
        this.#days.set(day, line)
        return line
    }

    #line(message: Shown, all: readonly Shown[]): HTMLLIElement {
        const quoted = all.find(({ id }) => id === message.replyTo)
        const { saving, franking } = this.room.state.settings
        const signature = JSON.stringify([
            message.kind,
            message.text,
            message.image?.length,
            [...message.reactions],
            message.saved,
            message.state,
            quoted?.id,
            message.name,
            message.from === null ? "" : markOf(message.from, this.room.state.members),
            saving,
            franking === "",
        ])
        const before = this.#drawn.get(message.id)
        if (before?.signature === signature) return before.line
        const line = element(
            "li",
            { class: message.mine ? "mine" : undefined, id: `m${message.id}` },
            this.#who(message),
            message.replyTo === undefined ? null : this.#quote(quoted),
            this.#body(message),
            this.#tally(message),
            this.#foot(message),
            this.#more(message, before?.line.querySelector("details")?.open === true),
        )
        const hadFocus = before?.line.contains(document.activeElement) === true
        if (before !== undefined) before.line.replaceWith(line)
        this.#drawn.set(message.id, { line, signature })
        if (hadFocus) line.querySelector<HTMLElement>("summary")?.focus()
        return line
    }

    #who(message: Shown): HTMLElement {
        // Apart from the name, which could say the same of itself.
        const told = [
            message.from === null ? "" : markOf(message.from, this.room.state.members),
            message.mine ? `(${this.page.say("room-you")})` : "",
            message.again ? `· ${this.page.say("room-again")}` : "",
        ].filter((text) => text !== "")
        const marks = told.length === 0 ? null : element("small", {}, ` ${told.join(" ")}`)
        return element("p", { class: "who" }, element("bdi", {}, message.name), marks)
    }

    #quote(quoted: Shown | undefined): HTMLElement {
        if (quoted === undefined) {
            return element("blockquote", {}, this.page.say("room-reply-gone"))
        }
        const text = quoted.text ?? this.page.say("room-picture-of", { name: quoted.name })
        const short = text.length > 100 ? `${text.slice(0, 100)}…` : text
        return element("blockquote", {}, `${quoted.name}: ${short}`)
    }

    #body(message: Shown): HTMLElement {
        if (message.kind === "unreadable") {
            return paragraph(this.page.say("room-unreadable"), { class: "foot" })
        }
        if (message.kind === "text") return paragraph(message.text ?? "")
        const alt = this.page.say("room-picture-of", { name: message.name })
        const picture = message.image === undefined ? null : pictureOf(message.image, alt)
        return picture ?? paragraph(this.page.say("room-picture-coming"), { class: "foot" })
    }

    #tally(message: Shown): HTMLElement | null {
        if (message.reactions.size === 0) return null
        const me = this.room.state.me.id
        const row = element("div", { class: "tally" })
        for (const [emoji, by] of message.reactions) {
            const text = this.page.say("room-reacted", { emoji, count: String(by.length) })
            const names = this.room.state.members
                .filter(({ id }) => by.includes(id))
                .map(({ name }) => name)
            const press = button(
                text,
                () => {
                    this.room.react(message.id, emoji).catch(this.actions.failed)
                },
                {
                    class: "quiet",
                    "aria-pressed": String(by.includes(me)),
                    "aria-label": `${text}: ${names.join(", ")}`,
                },
            )
            row.append(press)
        }
        return row
    }

    #foot(message: Shown): HTMLElement {
        const told: string[] = []
        if (message.state === "waiting") told.push(this.page.say("room-waiting"))
        if (message.state === "failed") told.push(this.page.say("room-failed"))
        if (message.saved) told.push(this.page.say("room-saved"))
        else if (message.vanishes !== "") {
            told.push(this.page.say("room-until", { day: this.page.day(message.vanishes) }))
        }
        return paragraph(told.join(" · "), { class: "foot" })
    }

    #more(message: Shown, open: boolean): HTMLElement {
        const { room, page, actions } = this
        const row = element("div", { class: "row" })
        const add = (text: string, go: () => void, attributes = {}): void => {
            row.append(button(text, go, { class: "quiet", ...attributes }))
        }
        const tried = (done: Promise<void>): void => {
            done.catch(actions.failed)
        }
        if (message.state === "failed") {
            add(page.say("room-retry"), () => {
                tried(room.retry(message.id))
            })
        }
        if (message.state === "sent") {
            add(page.say("room-reply"), () => {
                actions.reply(message)
            })
            for (const emoji of REACTIONS) {
                const label = page.say("room-react", { emoji })
                add(
                    emoji,
                    () => {
                        tried(room.react(message.id, emoji))
                    },
                    { "aria-label": label },
                )
            }
        }
        if (room.state.settings.saving && message.state === "sent") {
            add(page.say(message.saved ? "room-unkeep" : "room-keep"), () => {
                tried(room.save(message.id, !message.saved))
            })
        }
        if (!message.mine && message.state === "sent") {
            add(page.say("room-report"), () => {
                actions.report(message)
            })
        }
        add(page.say("room-forget"), () => {
            tried(room.forget(message.id))
        })
        // Named by whom it is about: all summaries of a list would sound alike otherwise.
        const summary = element("summary", {}, page.say("room-more"))
        summary.append(element("span", { class: "aloud" }, ` ${message.name}`))
        return element("details", { open }, summary, row)
    }
}

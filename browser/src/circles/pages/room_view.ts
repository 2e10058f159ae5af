/** A room: what is said there, what is not right with it, and the ways from here. */

import { button, element, paragraph } from "./elements.js"
import { pressing, problemKey } from "./acting.js"
import { MessagesList } from "./messages_list.js"
import type { Page } from "./page.js"
import type { Inside, Invitation, OpenRoom, Ways } from "./parts.js"
import type { Key } from "./words/en.js"
import { writing } from "./writing.js"

/** Pixels from the end of the page within which somebody reads what comes next. */
const NEAR_THE_END = 240
/** Milliseconds: a counsellor's hours end in quarters. */
const LOOK_AT_HOURS = 20_000

export function showRoom(page: Page, inside: Inside, room: OpenRoom, back: () => void): void {
    /** From a page about the room back into it. The room stays open meanwhile. */
    const again = (): void => {
        showRoom(page, inside, room, back)
    }
    const leave = (): void => {
        room.close()
        back()
    }
    const ways: Ways = {
        again,
        leave,
        async moved(id) {
            const next = await inside.open(id)
            room.close()
            showRoom(page, inside, next, back)
        },
    }
    if (room.rulesChanged) {
        import("./noted_view.js").then(
            ({ showRulesChanged }) => {
                showRulesChanged(page, inside, room, ways)
            },
            (error: unknown) => {
                page.main.append(page.problem(problemKey(error)))
            },
        )
        return
    }
    const told = element("div", {})
    const empty = paragraph(page.say("room-empty"), { class: "help" })
    const write = writing(page, room)
    const list = new MessagesList(page, room, {
        reply: write.replyTo,
        report(message) {
            import("./reporting_view.js").then(({ showReporting }) => {
                showReporting(page, room, message, again)
            }, failed)
        },
        failed,
    })
    function failed(error: unknown): void {
        told.append(page.problem(problemKey(error)))
    }
    const nav = element("nav", { class: "row", "aria-label": page.say("room-facts-title") })
    const way = (key: Key, go: () => Promise<void>): HTMLElement => {
        const press = pressing(page, page.say(key), go, { class: "quiet" }, { place: told })
        nav.append(press)
        return press
    }
    nav.append(button(page.say("room-rooms"), leave, { class: "quiet" }))
    way("room-people", async () => {
        const { showPeople } = await import("./people_view.js")
        showPeople(page, inside, room, ways)
    })
    const keepers = way("room-keepers", async () => {
        const { showKeepers } = await import("./keepers_view.js")
        await showKeepers(page, room, ways)
    })
    way("room-help", async () => {
        const { showHelp } = await import("./help_view.js")
        showHelp(page, inside, again)
    })
    page.show(room.state.name, nav, told, empty, list.whole, write.whole)

    const moved = element("div", {})
    const answered = element("div", {})
    told.before(moved, answered)
    let came = ""
    let asking = false
    let more = false
    /** What came in frames, for this member alone; drawn anew only where it is something else. */
    const frames = async (): Promise<void> => {
        const [text, answers] = await Promise.all([room.movedTo(), room.answers()])
        const now = JSON.stringify([text, answers.map(({ id }) => id)])
        if (now === came) return
        const invitation = text === null ? null : inside.readInvitation(text)
        moved.replaceChildren(...(invitation === null ? [] : [comeAlong(invitation)]))
        answered.replaceChildren()
        if (answers.length > 0) {
            const { answersBox } = await import("./noted_view.js")
            answered.append(answersBox(page, room, answers))
        }
        came = now
    }
    /** One look at a time, and one after the last change. */
    const askedFor = async (): Promise<void> => {
        more = true
        if (asking) return
        asking = true
        while (more) {
            more = false
            // What does not come through the line now is looked for at the next change.
            await frames().catch(() => undefined)
        }
        asking = false
    }
    function comeAlong(invitation: Invitation): HTMLElement {
        const come = pressing(page, page.say("room-come-along"), async () => {
            const { showEntering } = await import("./entering_view.js")
            await showEntering(page, inside, invitation, again)
        })
        const notice = paragraph(page.say("room-moved"))
        return element("div", { class: "notice", id: "moved" }, notice, come)
    }

    const hidden = new Set<string>()
    let standing = ""
    const draw = (): void => {
        const { state } = room
        const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - NEAR_THE_END
        list.update()
        keepers.hidden = !state.keeper
        empty.hidden = state.shown.length > 0
        const { lines, writable } = standingOf(page, room)
        const warnings = state.warnings.filter(
            ({ kind, seq }) => !hidden.has(`${kind}${String(seq)}`),
        )
        // Drawn anew only where it changed: an alert is read aloud each time it is put there.
        const now = JSON.stringify([lines, warnings.map(({ kind, seq }) => [kind, seq])])
        if (now !== standing) {
            standing = now
            told.replaceChildren(...lines.map((line) => paragraph(line, { class: "notice" })))
            if (warnings.length > 0) told.append(warningsBox())
        }
        write.allow(writable)
        void askedFor()
        if (atEnd) scrollTo(0, document.documentElement.scrollHeight)
    }

    function warningsBox(): HTMLElement {
        const warnings = room.state.warnings.filter(
            ({ kind, seq }) => !hidden.has(`${kind}${String(seq)}`),
        )
        const texts = new Set(
            warnings.flatMap(({ kind, by }) => [
                page.say(`warn-${kind}`, { name: by?.name ?? "?" }),
                ...(kind === "forked" && by !== null
                    ? [page.say("warn-forked-by", { name: by.name })]
                    : []),
            ]),
        )
        const box = element("section", { class: "problem", role: "alert" })
        box.append(element("h2", {}, page.say("warn-title")))
        box.append(...[...texts].map((text) => paragraph(text)))
        box.append(
            button(
                page.say("warn-hide"),
                () => {
                    for (const { kind, seq } of warnings) hidden.add(`${kind}${String(seq)}`)
                    draw()
                },
                { class: "quiet" },
            ),
        )
        return box
    }

    draw()
    scrollTo(0, document.documentElement.scrollHeight)
    page.onEnd(room.subscribe(draw))
    if (room.state.settings.counsellors.includes(room.state.me.id)) {
        const look = setInterval(() => void room.lookAtHours(), LOOK_AT_HOURS)
        page.onEnd(() => {
            clearInterval(look)
        })
    }
}

/** What a person must know before they write, and whether they can. */
function standingOf(page: Page, room: OpenRoom): { lines: readonly string[]; writable: boolean } {
    const { state } = room
    const lines: Key[] = []
    const ended: Key | null = state.burned
        ? "room-burned"
        : state.removed
          ? "room-removed"
          : state.stopped
            ? "room-stopped"
            : state.closed
              ? "room-closed"
              : null
    if (ended !== null) lines.push(ended)
    if (state.settings.muted.includes(state.me.id)) lines.push("room-muted")
    if (room.anew && ended === null) lines.push("rooms-anew")
    if (room.resting && ended === null) lines.push("room-resting")
    if (room.doubted && ended === null) lines.push("warn-batches")
    if (room.offline && ended === null) lines.push("room-offline")
    return { lines: lines.map((key) => page.say(key)), writable: ended === null && !room.resting }
}

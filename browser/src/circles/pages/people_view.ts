/** Who is in a room, how to know that nobody sits between, inviting, and leaving. */

import { pressing } from "./acting.js"
import { button, element, paragraph, section } from "./elements.js"
import { markOf } from "../mls/names.js"
import type { Page } from "./page.js"
import type { Inside, OpenRoom, Ways } from "./parts.js"
import { qrPicture } from "./qr_picture.js"
import { lateWords } from "./words/late.js"

export function showPeople(page: Page, inside: Inside, room: OpenRoom, ways: Ways): void {
    const { state } = room
    page.show(
        page.say("people-title"),
        button(
            page.say("back"),
            () => {
                ways.again()
            },
            { class: "quiet" },
        ),
        section(
            page.say("people-members", { count: String(state.members.length) }),
            ...people(page, room),
        ),
        ownCard(page, inside, room),
        section(page.say("code-title"), ...code(page, room)),
        state.burned || state.removed || state.closed ? null : inviting(page, room),
        section(page.say("pinned-title"), ...pinned(page, room)),
        section(page.say("room-facts-title"), ...facts(page, room)),
        leaving(page, room, ways),
    )
}

function people(page: Page, room: OpenRoom): readonly HTMLElement[] {
    const { state } = room
    const say = lateWords(page)
    const checking = new Map<string, HTMLElement>()
    const list = element("ul", { class: "plain cards" })
    const has = (members: readonly { readonly id: string }[], id: string): boolean =>
        members.some((member) => member.id === id)
    for (const { id, name } of state.members) {
        const told = [
            id === state.me.id ? page.say("room-you") : "",
            state.settings.keepers.includes(id) ? page.say("people-keeper") : "",
            state.settings.muted.includes(id) ? page.say("people-muted") : "",
            has(state.leaving, id) ? page.say("people-leaving") : "",
            has(state.unheard, id) ? page.say("people-unheard") : "",
        ].filter((text) => text !== "")
        const mark = markOf({ id, name }, state.members)
        const line = element("li", {}, element("strong", {}, element("bdi", {}, name)))
        // Apart from the name, which could say the same of itself.
        if (mark !== "") line.append(element("small", { translate: "no" }, ` ${mark}`))
        if (told.length > 0) line.append(paragraph(told.join(" · "), { class: "help" }))
        if (state.settings.counsellors.includes(id)) {
            const beside = paragraph(say("counsellor-unchecked"), { class: "help" })
            checking.set(id, beside)
            line.append(beside)
        }
        list.append(line)
    }
    if (checking.size > 0) {
        // What does not come through the line leaves them unchecked.
        room.counsellors().then(
            (lines) => {
                for (const { id, pseudonym } of lines) {
                    const beside = checking.get(id)
                    if (beside === undefined || pseudonym === null) continue
                    beside.textContent = say("counsellor-checked", { pseudonym })
                }
            },
            () => undefined,
        )
    }
    const unheard = state.unheard.length === 0 ? [] : [paragraph(page.say("people-unheard-what"))]
    return [list, ...unheard]
}

/** For whom a desk vouches, and whom the keepers have not accepted here yet. */
function ownCard(page: Page, inside: Inside, room: OpenRoom): HTMLElement {
    const place = element("div", {})
    const { settings, me } = room.state
    if (settings.counsellors.includes(me.id)) return place
    const say = lateWords(page)
    const show = async (): Promise<void> => {
        await room.showCard()
        place.replaceChildren(paragraph(say("counsellor-shown"), { role: "status" }))
    }
    void inside.isCounsellor().then((is) => {
        if (is) place.append(pressing(page, say("counsellor-show"), show, { class: "quiet" }))
    })
    return place
}

function code(page: Page, { state }: OpenRoom): readonly HTMLElement[] {
    return [
        paragraph(page.say("code-what")),
        paragraph(state.safetyCode.join(" "), {
            class: "code",
            translate: "no",
            id: "safety-code",
        }),
    ]
}

function pinned(page: Page, { state }: OpenRoom): readonly HTMLElement[] {
    const { pinned: addresses } = state.settings
    if (addresses.length === 0) return [paragraph(page.say("pinned-none"), { class: "help" })]
    // Text, not a link: following it is a decision, and a press by mistake would leave the room.
    const lines = addresses.map(({ kind, address }) =>
        element(
            "li",
            {},
            paragraph(page.say(`pinned-${kind}`)),
            paragraph(address, { class: "link", translate: "no" }),
        ),
    )
    return [element("ul", { class: "plain" }, ...lines), paragraph(page.say("pinned-what"))]
}

function facts(page: Page, room: OpenRoom): readonly HTMLElement[] {
    const { days } = room.state.settings
    const suite = room.postQuantum ? "room-fact-suite-pq" : "room-fact-suite-classic"
    return [
        paragraph(page.say("room-fact-band", { band: room.bandName })),
        paragraph(page.say("room-fact-days", { days: String(days) })),
        paragraph(page.say(suite)),
    ]
}

function inviting(page: Page, room: OpenRoom): HTMLElement {
    const place = element("div", {})
    const press = pressing(page, page.say("invite-ask"), async () => {
        const made = await room.invite()
        if (made === "asked") {
            place.replaceChildren(paragraph(page.say("invite-asked"), { role: "status" }))
        } else if (made === "none") {
            place.replaceChildren(paragraph(page.say("invite-none-left"), { role: "status" }))
        } else if (made === "refused" || made === "garbage") {
            const told = lateWords(page)(`invite-${made}`)
            place.replaceChildren(paragraph(told, { role: "status" }))
        } else {
            press.hidden = true
            place.replaceChildren(...shownInvitation(page, room, made.address, press, place))
        }
    })
    return section(
        page.say("invite-title"),
        paragraph(page.say("invite-what")),
        element("div", {}, press),
        place,
    )
}

function shownInvitation(
    page: Page,
    room: OpenRoom,
    link: string,
    press: HTMLElement,
    place: HTMLElement,
): readonly Element[] {
    const text = element(
        "p",
        { class: "link", translate: "no", id: "invitation", tabindex: "-1" },
        link,
    )
    const told = paragraph("", { role: "status" })
    const copy = pressing(
        page,
        page.say("invite-copy"),
        async () => {
            getSelection()?.selectAllChildren(text)
            // Absent without https; then the text is selected, and a person copies it.
            const clipboard = (navigator as { clipboard?: Clipboard }).clipboard
            await clipboard?.writeText(link)
            told.textContent = clipboard === undefined ? "" : page.say("invite-copied")
        },
        { class: "quiet" },
    )
    const done = pressing(page, page.say("invite-done"), async () => {
        await room.given()
        place.replaceChildren()
        press.hidden = false
        press.focus()
    })
    return [
        paragraph(page.say("invite-send")),
        text,
        qrPicture(link, page.say("invite-ready")),
        element("div", { class: "row" }, copy, done),
        told,
    ]
}

function leaving(page: Page, room: OpenRoom, ways: Ways): HTMLElement {
    const { state } = room
    const lastKeeper =
        state.keeper &&
        state.settings.keepers.length === 1 &&
        state.members.length > 1 &&
        !state.burned
    const place = element("div", {})
    const sure = pressing(
        page,
        page.say("leave-sure"),
        async () => {
            await room.leave()
            ways.leave()
        },
        { class: "danger" },
        { busy: "keep-working" },
    )
    const press = button(
        page.say("leave-now"),
        () => {
            press.hidden = true
            place.replaceChildren(
                paragraph(page.say("leave-what"), { class: "problem" }),
                lastKeeper ? paragraph(page.say("last-keeper"), { class: "problem" }) : "",
                element("div", { class: "row" }, sure, button(page.say("cancel"), stay)),
            )
            sure.focus()
        },
        { class: "danger" },
    )
    function stay(): void {
        place.replaceChildren()
        press.hidden = false
        press.focus()
    }
    return section(page.say("leave-title"), element("div", {}, press), place)
}

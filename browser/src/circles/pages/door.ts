/** The door: opening with a passphrase, choosing one, deleting everything, coming by words. */

import { act, pressing } from "./acting.js"
import { button, element, field, paragraph, passphraseField, progress } from "./elements.js"
import type * as Inner from "./inside.js"
import type { Page } from "./page.js"
import type { Door, Inside } from "./parts.js"

type Rooms = typeof Inner

/** Asked for at once: it comes while somebody types. */
function rooms(): Promise<Rooms> {
    return import("./inside.js")
}

export async function showDoor(page: Page, door: Door): Promise<void> {
    rooms().catch(() => undefined) // asked for again when it is needed
    const here = await door.whatIsHere()
    if (here === "kept") showClosed(page, door)
    else await showFirst(page, door, here === "nothing")
}

function title(): string {
    return document.title
}

function showClosed(page: Page, door: Door): void {
    const typed = passphraseField(page.say("passphrase"))
    const press = element("button", { type: "submit" }, page.say("open"))
    const working = progress(page.say("opening"))
    const form = element("form", {}, typed.whole, press, working.bar, beforehand(page))
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        void act(page, { control: press, busy: "opening", place: form }, async () => {
            const passphrase = typed.control.value
            // Loaded first: the wiping passphrase must not delete and then fail to show anything.
            await rooms()
            const inside = await door.unlock(passphrase, working.told)
            typed.control.value = ""
            await goIn(page, inside)
        }).then((opened) => {
            working.end()
            if (!opened) typed.control.focus()
        })
    })
    page.show(title(), invited(page), form, others(page, door, true))
    typed.control.focus()
}

/** Making a key of a passphrase takes long on purpose. */
function beforehand(page: Page): HTMLElement {
    return paragraph(page.say("opening-what"), { class: "help" })
}

function invited(page: Page): HTMLElement | null {
    if (page.invitation === "") return null
    return paragraph(page.say("door-invited"), { class: "notice" })
}

async function showFirst(page: Page, door: Door, keeps: boolean): Promise<void> {
    if (!keeps) {
        const go = async (): Promise<void> => {
            await goIn(page, await door.withoutKeeping())
        }
        const press = pressing(page, page.say("memory-go-on"), go, {}, { busy: "opening" })
        page.show(
            title(),
            invited(page),
            paragraph(page.say("memory-only"), { class: "notice" }),
            element("div", {}, press),
            others(page, door, false),
        )
        return
    }
    const unsure = await door.mayForget()
    const chosen = await choosing(page, door)
    const press = element("button", { type: "submit" }, page.say("first-create"))
    const working = progress(page.say("opening"))
    const form = element("form", {}, chosen.whole, press, working.bar, beforehand(page))
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        void act(page, { control: press, busy: "opening", place: form }, async () => {
            const passphrase = chosen.value()
            if (passphrase === null) {
                form.append(page.problem("first-differs"))
                return
            }
            await rooms()
            const inside = await door.create(passphrase, working.told)
            chosen.clear()
            await goIn(page, inside)
        }).finally(working.end)
    })
    page.show(
        title(),
        invited(page),
        element("h2", {}, page.say("first-title")),
        paragraph(page.say("first-lead")),
        unsure ? paragraph(page.say("kept-unsure"), { class: "help" }) : null,
        form,
        others(page, door, false),
    )
}

interface Choosing {
    readonly whole: HTMLElement
    /** null: the two that were typed differ. */
    value(): string | null
    clear(): void
}

/** Words that the device drew, or a person's own, typed twice. */
export async function choosing(page: Page, door: Pick<Door, "drawnPassphrase">): Promise<Choosing> {
    const drawn = element("p", { class: "code", translate: "no", id: "drawn" })
    const draw = async (): Promise<void> => {
        drawn.textContent = await door.drawnPassphrase().catch(() => "")
    }
    await draw()
    const own = passphraseField(page.say("passphrase"), page.say("first-own-help"))
    const again = passphraseField(page.say("first-again"))
    const drawnPart = element(
        "div",
        {},
        paragraph(page.say("first-drawn"), { class: "help" }),
        drawn,
        button(
            page.say("first-draw"),
            () => {
                void draw()
            },
            { class: "quiet" },
        ),
    )
    const ownPart = element("details", {}, element("summary", {}, page.say("first-own")))
    ownPart.append(own.whole, again.whole)
    // Without the list of words there is nothing to draw from.
    if (drawn.textContent === "") ownPart.open = true
    return {
        whole: element("div", { class: "field" }, drawnPart, ownPart),
        value() {
            if (!ownPart.open) return drawn.textContent
            return own.control.value === again.control.value ? own.control.value : null
        },
        clear() {
            own.control.value = ""
            again.control.value = ""
            drawn.textContent = ""
        },
    }
}

function others(page: Page, door: Door, kept: boolean): HTMLElement {
    const whole = element("details", {}, element("summary", {}, page.say("door-more")))
    const move = button(
        page.say("door-move-in"),
        () => {
            void showMoveIn(page, door, !kept)
        },
        { class: "quiet" },
    )
    const row = element("div", { class: "row" }, kept ? null : move)
    if (kept) {
        row.append(
            button(
                page.say("door-wipe"),
                () => {
                    showWipe(page, door)
                },
                { class: "danger" },
            ),
        )
    }
    whole.append(row)
    return whole
}

function showWipe(page: Page, door: Door): void {
    const press = pressing(
        page,
        page.say("door-wipe-sure"),
        async () => {
            await door.wipe()
            await showDoor(page, door)
            page.main.append(paragraph(page.say("door-wiped"), { class: "notice", role: "status" }))
        },
        { class: "danger" },
    )
    const stay = button(page.say("cancel"), () => {
        void showDoor(page, door)
    })
    page.show(
        title(),
        paragraph(page.say("door-wipe-what"), { class: "problem" }),
        element("div", { class: "row" }, press, stay),
    )
}

async function showMoveIn(page: Page, door: Door, empty: boolean): Promise<void> {
    const keeps = empty && (await door.whatIsHere()) === "nothing"
    // All nine to be read over at once.
    const area = element("textarea", { rows: "3", autocapitalize: "none", maxlength: "300" })
    const words = field(page.say("movein-words"), area, page.say("movein-what"))
    const chosen = keeps ? await choosing(page, door) : null
    const press = element("button", { type: "submit" }, page.say("movein-now"))
    const form = element("form", {}, words.whole)
    if (chosen !== null) {
        form.append(
            element("h2", {}, page.say("first-title")),
            paragraph(page.say("first-lead")),
            chosen.whole,
        )
    } else {
        form.append(paragraph(page.say("memory-only"), { class: "help" }))
    }
    const working = progress(page.say("opening"))
    form.append(press, working.bar)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        void act(page, { control: press, busy: "movein-working", place: form }, async () => {
            const passphrase = chosen === null ? null : chosen.value()
            if (chosen !== null && passphrase === null) {
                form.append(page.problem("first-differs"))
                return
            }
            await rooms()
            const inside = await door.bringHere(words.control.value, passphrase, working.told)
            if (inside === null) {
                form.append(page.problem("movein-nothing"))
                return
            }
            await goIn(page, inside)
            page.aloud(page.say("movein-arrived"))
        }).finally(working.end)
    })
    page.show(
        page.say("movein-title"),
        form,
        button(
            page.say("back"),
            () => {
                void showDoor(page, door)
            },
            { class: "quiet" },
        ),
    )
}

async function goIn(page: Page, inside: Inside): Promise<void> {
    const { showInside } = await rooms()
    if (!page.entered(inside)) return
    await showInside(page, inside)
}

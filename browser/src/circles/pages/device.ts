/** This device: moving to another one, the two passphrases, deleting everything. */

import { act, pressing } from "./acting.js"
import { button, element, paragraph, passphraseField, progress, section } from "./elements.js"
import type { Page } from "./page.js"
import type { Progressed } from "../keeping/scrypt.js"
import type { Inside, Move } from "./parts.js"
import { lateWords } from "./words/late.js"
import { learnMore } from "./words/more.js"
import type { Key } from "./words/en.js"

export function showDevice(page: Page, inside: Inside, back: () => void): void {
    learnMore(page)
    page.show(
        page.say("device-title"),
        button(page.say("back"), back, { class: "quiet" }),
        moving(page, inside, back),
        inside.keeps ? changing(page, inside) : null,
        inside.keeps ? wiping(page, inside) : null,
        pressing(
            page,
            lateWords(page)("counsellor-title"),
            async () => {
                const { showCounsellor } = await import("./counsellor_view.js")
                await showCounsellor(page, inside, () => {
                    showDevice(page, inside, back)
                })
            },
            { class: "quiet" },
        ),
        deleting(page, inside),
    )
}

function moving(page: Page, inside: Inside, back: () => void): HTMLElement {
    const press = pressing(page, page.say("device-move-now"), async () => {
        showMove(page, await inside.prepareMove(), back, false)
    })
    return section(
        page.say("device-move"),
        paragraph(page.say("device-move-what")),
        element("div", {}, press),
    )
}

/** The words first: once it is sent, nothing but the person has them. */
export function showMove(page: Page, move: Move, back: () => void, begun: boolean): void {
    learnMore(page)
    if (begun && move.late) {
        showLate(page, move, back)
        return
    }
    const list = element("ol", { class: "words", translate: "no", id: "words" })
    list.append(...move.words.map((word) => element("li", {}, word)))
    const bar = element("progress", { max: "1", value: "0", hidden: true })
    const sent = async (): Promise<void> => {
        bar.hidden = false
        bar.removeAttribute("value") // no end in sight until a key was made of the words
        await move.send((arrived, size) => {
            bar.max = size
            bar.value = arrived
        })
        ended(page, "device-move-sent")
    }
    const send = pressing(page, page.say("device-move-end"), sent, {}, { busy: "device-moving" })
    const stay = pressing(
        page,
        page.say(begun ? "device-move-back" : "cancel"),
        async () => {
            if (!begun || (await move.takeBack())) back()
            else ended(page, "device-move-gone")
        },
        { class: "quiet" },
    )
    page.show(
        page.say("device-move-words"),
        begun ? paragraph(page.say("device-move-begun"), { class: "notice" }) : null,
        list,
        paragraph(page.say("device-move-next")),
        bar,
        element("div", { class: "row" }, send, stay),
    )
}

/** Nobody but the person knows on which of the two devices the rooms are. */
function showLate(page: Page, move: Move, back: () => void): void {
    const say = lateWords(page)
    const other = pressing(
        page,
        say("late-other"),
        async () => {
            await move.gone()
            ended(page, "device-move-gone")
        },
        { class: "danger" },
    )
    const here = pressing(page, say("late-here"), async () => {
        await move.stay()
        back()
    })
    page.show(
        say("late-title"),
        paragraph(say("late-what"), { class: "notice" }),
        element("div", { class: "row" }, other, here),
    )
}

function ended(page: Page, key: Key): void {
    const go = button(page.say("back"), () => {
        page.hide()
    })
    page.show(page.say("device-title"), paragraph(page.say(key), { class: "notice" }), go)
}

interface Asked {
    readonly title: Key
    readonly what: Key | null
    readonly next: Key
    readonly press: Key
    readonly done: Key
}

function changing(page: Page, inside: Inside): HTMLElement {
    const asked: Asked = {
        title: "device-change",
        what: null,
        next: "device-change-new",
        press: "device-change-now",
        done: "device-changed",
    }
    return asking(page, asked, (...typed) => inside.changePassphrase(...typed))
}

function wiping(page: Page, inside: Inside): HTMLElement {
    const asked: Asked = {
        title: "device-wiping",
        what: "device-wiping-what",
        next: "device-wiping-new",
        press: "device-set",
        done: "device-is-set",
    }
    return asking(page, asked, (...typed) => inside.setWipingPassphrase(...typed))
}

function asking(
    page: Page,
    asked: Asked,
    set: (current: string, next: string, progressed: Progressed) => Promise<void>,
): HTMLElement {
    const current = passphraseField(page.say("device-current"))
    const next = passphraseField(page.say(asked.next), page.say("first-own-help"))
    const again = passphraseField(page.say("first-again"))
    const press = element("button", { type: "submit" }, page.say(asked.press))
    const told = paragraph("", { role: "status" })
    const working = progress(page.say("opening"))
    const what = paragraph(page.say("opening-what"), { class: "help" })
    const form = element("form", {}, current.whole, next.whole, again.whole, press, working.bar)
    form.append(what, told)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        told.textContent = ""
        void act(page, { control: press, busy: "opening", place: form }, async () => {
            if (next.control.value !== again.control.value) {
                form.append(page.problem("first-differs"))
                return
            }
            if (next.control.value === current.control.value) {
                form.append(page.problem("device-same"))
                return
            }
            await set(current.control.value, next.control.value, working.told)
            form.reset()
            told.textContent = page.say(asked.done)
        }).finally(working.end)
    })
    const whole = element("details", {}, element("summary", {}, page.say(asked.title)))
    if (asked.what !== null) whole.append(paragraph(page.say(asked.what)))
    whole.append(form)
    return whole
}

function deleting(page: Page, inside: Inside): HTMLElement {
    const sure = pressing(
        page,
        page.say("door-wipe-sure"),
        async () => {
            await inside.wipe()
            page.hide()
        },
        { class: "danger" },
    )
    const whole = element("details", {}, element("summary", {}, page.say("device-wipe")))
    whole.append(paragraph(page.say("device-wipe-what")), sure)
    return whole
}

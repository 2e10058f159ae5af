/** For counsellors: a key that a desk vouches for, and hours: beginning a block, ending it. */

import { act, pressing } from "./acting.js"
import { button, element, field, paragraph, picked, section } from "./elements.js"
import type { Page } from "./page.js"
import type { CounsellorParts, CounsellorState, Inside } from "./parts.js"
import { lateWords } from "./words/late.js"

const QUARTER = 15
const LONGEST_STATEMENT = 8000
/** Milliseconds between looks at the clock. */
const LOOK = 30_000

type Hours = NonNullable<CounsellorState["hours"]>

export async function showCounsellor(page: Page, inside: Inside, back: () => void): Promise<void> {
    const rules = await inside.rules()
    const parts = await inside.counsellor()
    const state = await parts.state()
    const say = lateWords(page)
    const again = (): Promise<void> => showCounsellor(page, inside, back)
    const step = (text: string, what: () => Promise<void>, attributes = {}): HTMLElement =>
        pressing(
            page,
            text,
            async () => {
                await what()
                await again()
            },
            attributes,
        )
    const forget = element("details", {}, element("summary", {}, say("counsellor-forget")))
    forget.append(
        paragraph(say("counsellor-forget-what")),
        step(say("counsellor-forget-now"), () => parts.forget(), { class: "danger" }),
    )
    page.show(
        say("counsellor-title"),
        button(page.say("back"), back, { class: "quiet" }),
        paragraph(say("counsellor-what")),
        rules === null ? paragraph(say("counsellor-no-rules"), { class: "problem" }) : null,
        state === null
            ? element(
                  "div",
                  {},
                  step(say("counsellor-begin"), () => parts.begin()),
              )
            : null,
        ...(state?.hours ? hours(page, parts, state.hours, step) : []),
        ...(state === null ? [] : statement(page, parts, state, again)),
        state === null ? null : forget,
    )
    if (state?.hours) {
        const look = setInterval(() => {
            // Drawn anew only where a block or a pause has ended: somebody may be choosing.
            void parts.state().then((now) => {
                if (now?.hours?.now.state !== state.hours?.now.state) void again()
            })
        }, LOOK)
        page.onEnd(() => {
            clearInterval(look)
        })
    }
}

function hours(
    page: Page,
    parts: CounsellorParts,
    { pseudonym, until, weekMinutes, mostMinutes, now }: Hours,
    step: (text: string, what: () => Promise<void>) => HTMLElement,
): readonly HTMLElement[] {
    const say = lateWords(page)
    const shown: HTMLElement[] = [
        paragraph(say("counsellor-known", { name: pseudonym, day: page.day(until) })),
        paragraph(
            say("counsellor-week", {
                hours: duration(page, weekMinutes),
                most: duration(page, mostMinutes),
            }),
        ),
    ]
    if (now.state === "working") {
        const left = say("counsellor-on", { hours: duration(page, now.minutesLeft) })
        shown.push(
            paragraph(left, { class: "notice", id: "on" }),
            step(say("counsellor-out"), () => parts.clockOut()),
            paragraph(say("counsellor-out-what"), { class: "help" }),
        )
    } else if (now.state === "may-begin") {
        const lengths = [1, 2, 4, 6, 8]
            .map((quarters) => quarters * QUARTER)
            .filter((minutes) => minutes < now.minutes + QUARTER)
        const chosen = picked(
            say("counsellor-length"),
            lengths.map((minutes) => [String(minutes), duration(page, minutes)] as const),
            String(Math.min(60, lengths.at(-1) ?? QUARTER)),
        )
        shown.push(
            paragraph(say("counsellor-off")),
            chosen.whole,
            step(say("counsellor-in"), () => parts.clockIn(Number(chosen.control.value))),
        )
    } else {
        const key = now.state === "break" ? "counsellor-break" : "counsellor-week-over"
        const told = say(key, { hours: duration(page, now.minutes) })
        shown.push(paragraph(told, { class: "notice" }))
    }
    return [section(say("counsellor-hours"), ...shown)]
}

/** "1 h 30 min". */
export function duration(page: Page, minutes: number): string {
    const say = lateWords(page)
    const whole = Math.floor(minutes / 60)
    const rest = Math.ceil(minutes % 60)
    const parts = [
        whole === 0 ? "" : say("hours", { count: String(whole) }),
        rest === 0 && whole > 0 ? "" : say("minutes", { count: String(rest) }),
    ]
    return parts.filter((text) => text !== "").join(" ")
}

function statement(
    page: Page,
    parts: CounsellorParts,
    state: CounsellorState,
    again: () => Promise<void>,
): readonly HTMLElement[] {
    const say = lateWords(page)
    const pasted = field(
        say("counsellor-paste"),
        element("textarea", {
            rows: "4",
            autocapitalize: "none",
            maxlength: String(LONGEST_STATEMENT),
        }),
        say("counsellor-paste-help"),
    )
    const file = element("input", { type: "file", "aria-label": say("counsellor-file") })
    const press = element("button", { type: "submit" }, say("counsellor-take"))
    const form = element("form", {}, pasted.whole, file, press)
    form.addEventListener("submit", (event) => {
        event.preventDefault()
        void act(page, { control: press, place: form }, async () => {
            const chosen = file.files?.[0]
            const text =
                chosen === undefined
                    ? pasted.control.value
                    : await chosen.slice(0, LONGEST_STATEMENT).text()
            const problem = await parts.takeIn(text)
            if (problem === null) await again()
            else {
                const told = { class: "problem", role: "alert" }
                form.append(paragraph(say(`counsellor-not-${problem}`), told))
            }
        })
    })
    const whole = section(
        say("counsellor-statement"),
        paragraph(say("counsellor-key")),
        paragraph(state.key, { class: "link", translate: "no", id: "counsellor-key" }),
        form,
    )
    return [whole]
}

/** QR codes (ISO/IEC 18004) one after another on the screen, and all of them on paper. */

import encodeQR from "qr"

import { darkSquares } from "../qr/dark_squares.js"
import { button, element } from "./elements.js"
import { say } from "./sentences.js"
import type { Language } from "../sealing/word_list.js"

// All frames of a row have one version, so that they stand still on the screen. Level M mends
// 15 %: reflections on a screen, a fold in paper.
const VERSION = 25
const QUIET = 4
const EACH_STAYS = 1500
const SVG = "http://www.w3.org/2000/svg"

export function qrCode(text: string): SVGSVGElement {
    const rows = encodeQR(text, "raw", {
        ecc: "medium",
        encoding: "alphanumeric",
        version: VERSION,
        border: QUIET,
    })
    const picture = document.createElementNS(SVG, "svg")
    picture.setAttribute("viewBox", `0 0 ${String(rows.length)} ${String(rows.length)}`)
    picture.setAttribute("shape-rendering", "crispEdges")
    const dark = document.createElementNS(SVG, "path")
    dark.setAttribute("d", darkSquares(rows))
    const light = document.createElementNS(SVG, "rect")
    light.setAttribute("width", "100%")
    light.setAttribute("height", "100%")
    light.setAttribute("fill", "#fff") // also where the page is dark: phones read it so only
    picture.append(light, dark)
    return picture
}

/** One code at a time, with its number; it goes on by itself until it is stopped. */
export function shownPictures(texts: readonly string[], language: Language): HTMLElement {
    const place = element("div", { class: "code" })
    const number = element("p", { class: "number", "aria-live": "off" })
    let at = 0
    let timer: ReturnType<typeof setInterval> | null = null
    const show = (to: number): void => {
        at = (to + texts.length) % texts.length
        place.replaceChildren(qrCode(texts[at] ?? ""))
        number.textContent = say("picture-of", language, String(at + 1), String(texts.length))
    }
    const stop = (): void => {
        if (timer !== null) clearInterval(timer)
        timer = null
        turn.textContent = say("go-on", language)
    }
    const turn = button(say("go-on", language), () => {
        if (timer !== null) {
            stop()
            return
        }
        timer = setInterval(() => {
            show(at + 1)
        }, EACH_STAYS)
        turn.textContent = say("stop", language)
    })
    const step = (by: number) => () => {
        stop()
        show(at + by)
    }
    show(0)
    return element(
        "div",
        { class: "shown" },
        place,
        number,
        element(
            "div",
            { class: "row" },
            button(say("before", language), step(-1)),
            turn,
            button(say("after", language), step(1)),
        ),
    )
}

/** All codes with their numbers: only paper shows it. */
export function printedSheet(texts: readonly string[], language: Language): HTMLElement {
    const total = String(texts.length)
    return element(
        "div",
        { class: "sheet" },
        ...texts.map((text, index) =>
            element(
                "figure",
                {},
                qrCode(text),
                element("figcaption", {}, say("picture-of", language, String(index + 1), total)),
            ),
        ),
    )
}

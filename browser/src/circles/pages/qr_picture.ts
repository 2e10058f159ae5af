/** One QR code (ISO/IEC 18004) of a text, for a phone that is held before this screen. */

import encodeQR from "qr"

import { darkSquares } from "../../qr/dark_squares.js"

const SVG = "http://www.w3.org/2000/svg"
const QUIET = 4

export function qrPicture(text: string, label: string): SVGSVGElement {
    const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET })
    const size = String(rows.length)
    const picture = document.createElementNS(SVG, "svg")
    picture.setAttribute("viewBox", `0 0 ${size} ${size}`)
    picture.setAttribute("class", "qr")
    picture.setAttribute("role", "img")
    picture.setAttribute("aria-label", label)
    picture.setAttribute("shape-rendering", "crispEdges")
    const dark = document.createElementNS(SVG, "path")
    dark.setAttribute("d", darkSquares(rows))
    picture.append(dark)
    return picture
}

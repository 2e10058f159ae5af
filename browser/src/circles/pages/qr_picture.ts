/** One QR code (ISO/IEC 18004) of a text, for a phone that is held before this screen. */

import encodeQR from "qr"

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
    dark.setAttribute("d", rows.map(darkRuns).join(""))
    picture.append(dark)
    return picture
}

function darkRuns(row: readonly boolean[], y: number): string {
    let runs = ""
    for (let x = 0; x < row.length; x += 1) {
        if (!row[x]) continue
        const from = x
        while (row[x + 1]) x += 1
        const width = String(x - from + 1)
        runs += `M${String(from)} ${String(y)}h${width}v1h-${width}z`
    }
    return runs
}

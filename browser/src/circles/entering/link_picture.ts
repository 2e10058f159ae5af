/** An invitation as a QR code (ISO/IEC 18004), for a screen that another phone looks at. */

import encodeQR from "qr"

export interface Picture {
    /** Squares a side, with the quiet zone. */
    readonly size: number
    /** Dark squares, as the `d` of an SVG path whose units are squares. */
    readonly path: string
}

const QUIET = 4

export function linkPicture(address: string): Picture {
    // Level L: a screen has no folds, and each level more makes the squares smaller.
    const rows = encodeQR(address, "raw", { ecc: "low", border: QUIET })
    const runs: string[] = []
    for (const [y, row] of rows.entries()) {
        for (let x = 0; x < row.length; x += 1) {
            if (!row[x]) continue
            const from = x
            while (row[x + 1]) x += 1
            const width = String(x - from + 1)
            runs.push(`M${String(from)} ${String(y)}h${width}v1h-${width}z`)
        }
    }
    return { size: rows.length, path: runs.join("") }
}

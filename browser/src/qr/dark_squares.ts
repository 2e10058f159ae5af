/** A QR code (ISO/IEC 18004) as the `d` of an SVG path whose units are its squares. */

export function darkSquares(rows: readonly (readonly boolean[])[]): string {
    return rows.map(darkRuns).join("")
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

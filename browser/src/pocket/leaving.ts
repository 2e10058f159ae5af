/** Leaving at once: the page is replaced, and with it everything that was typed. */

const SHIFTS = 3
const WITHIN = 1500

/** A file has no server to go to; an empty page is what every browser can show. */
export function leaveNow(): void {
    location.replace("about:blank")
}

/** Shift three times, as on the server's pages: Esc is no sign of a person to a browser. */
export function leaveByShift(): void {
    let times: number[] = []
    document.addEventListener("keydown", (event) => {
        if (event.key !== "Shift") times = []
        else if (!event.repeat) {
            times = [...times, event.timeStamp].slice(-SHIFTS)
            const [first = 0] = times
            if (times.length === SHIFTS && event.timeStamp - first < WITHIN) leaveNow()
        }
    })
}

/** The browser's own network. */

import type { Network } from "./network.js"

export function browserNetwork(): Network {
    return {
        fetch: (address, request) => fetch(address, request),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        breathe,
    }
}

/** Not a timer: browsers let those of a page in the background run once a second. */
function breathe(): Promise<void> {
    return new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
            port1.close()
            resolve()
        }
        port2.postMessage(null)
    })
}

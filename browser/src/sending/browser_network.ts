/** The browser's own network. */

import { breathe } from "./breathing.js"
import type { Network } from "./network.js"

export function browserNetwork(): Network {
    return {
        fetch: (address, request) => fetch(address, request),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        breathe,
    }
}

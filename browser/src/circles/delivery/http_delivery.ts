/** All that circles ask of a server, over HTTP, each request below 12 kB on its own connection. */

import type { Network } from "../../sending/network.js"
import type { Delivery } from "./delivery.js"
import { HttpEntering } from "./entering_delivery.js"
import { HttpLog } from "./log_delivery.js"
import { HttpStash } from "./stash_delivery.js"

/** `base`: where the server is, such as `http://….onion`; empty for the page's own. */
export function httpDelivery(network: Network, base = ""): Delivery {
    const there: Network = {
        fetch: (address, request) => network.fetch(base + address, request),
        pause: (milliseconds) => network.pause(milliseconds),
        breathe: () => network.breathe(),
    }
    const log = new HttpLog(there)
    const entering = new HttpEntering(there)
    const stash = new HttpStash(there)
    return {
        found: (...given) => log.found(...given),
        post: (...given) => log.post(...given),
        commit: (...given) => log.commit(...given),
        read: (...given) => log.read(...given),
        live: (...given) => log.live(...given),
        burn: (...given) => log.burn(...given),
        openBatch: (...given) => entering.openBatch(...given),
        batches: (...given) => entering.batches(...given),
        knocks: (...given) => entering.knocks(...given),
        knock: (...given) => entering.knock(...given),
        dropKnock: (...given) => entering.dropKnock(...given),
        comeIn: (...given) => entering.comeIn(...given),
        prepareLanding: (...given) => entering.prepareLanding(...given),
        putPackage: (...given) => entering.putPackage(...given),
        takePackage: (...given) => entering.takePackage(...given),
        leaveWelcome: (...given) => entering.leaveWelcome(...given),
        landingFacts: (...given) => entering.landingFacts(...given),
        welcome: (...given) => entering.welcome(...given),
        clearLanding: (...given) => entering.clearLanding(...given),
        stash: (...given) => stash.stash(...given),
        takeStash: (...given) => stash.takeStash(...given),
        dropStash: (...given) => stash.dropStash(...given),
    }
}

/** What the receipt's page does once all its modules are there. */

import { browserSurroundings } from "../intake/surroundings.js"
import { enhanceConversation } from "./page.js"

/** Called by /static/b.js. */
export function start(): void {
    enhanceConversation(document, browserSurroundings())
}

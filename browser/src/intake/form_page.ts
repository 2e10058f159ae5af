/** What the form's page does once all its modules are there. */

import { enhance } from "./page.js"
import { browserSurroundings } from "./surroundings.js"

/** Called by /static/a.js. */
export function start(): void {
    enhance(document, browserSurroundings())
}

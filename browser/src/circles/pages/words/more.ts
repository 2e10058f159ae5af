/** Both languages together: a page behind a press is asked for once, and not on the way in. */

import type { Page } from "../page.js"
import { more as en } from "./more_en.js"
import { more as ru } from "./more_ru.js"

/** Before a page says any of them. */
export function learnMore(page: Page): void {
    page.learn(page.language === "ru" ? ru : en)
}

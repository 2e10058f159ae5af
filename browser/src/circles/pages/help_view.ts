/** Help from outside the room: a sealed letter in a tab of its own, with nothing of the room. */

import { button, element, paragraph } from "./elements.js"
import type { Page } from "./page.js"

export function showHelp(page: Page, back: () => void): void {
    // `noopener`: the letter's tab can neither see this one nor be found from it.
    const outside = { target: "_blank", rel: "noopener noreferrer", referrerpolicy: "no-referrer" }
    page.show(
        page.say("help-title"),
        paragraph(page.say("help-crisis"), { class: "notice" }),
        paragraph(page.say("help-letter-what")),
        element(
            "p",
            {},
            element(
                "a",
                { class: "button", href: page.letter, ...outside },
                page.say("help-letter"),
            ),
        ),
        element(
            "p",
            { class: "links" },
            element("a", { href: page.helpers, ...outside }, page.say("help-who")),
        ),
        paragraph(page.say("help-keepers")),
        button(page.say("back"), back, { class: "quiet" }),
    )
}

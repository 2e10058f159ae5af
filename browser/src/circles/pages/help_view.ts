/** Help from outside the room: a sealed letter in a tab of its own, with nothing of the room. */

import { problemKey } from "./acting.js"
import { button, element, paragraph, section } from "./elements.js"
import type { Page } from "./page.js"
import type { Inside, Rules } from "./parts.js"
import { learnMore } from "./words/more.js"

export function showHelp(page: Page, inside: Inside, back: () => void): void {
    learnMore(page)
    const told = element("div", {})
    inside.rules().then(
        (rules) => {
            if (rules !== null) told.append(...whatToDo(page, rules))
        },
        (error: unknown) => {
            told.append(page.problem(problemKey(error)))
        },
    )
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
        told,
        button(page.say("back"), back, { class: "quiet" }),
    )
}

/** Whom to turn to, and what is done when somebody is in danger: as the organisation signed it. */
function whatToDo(page: Page, rules: Rules): readonly HTMLElement[] {
    const who = element("ul", { class: "plain cards" })
    for (const { name, what, how } of rules.help) {
        who.append(element("li", {}, element("strong", {}, name), paragraph(what), paragraph(how)))
    }
    const steps = element("ul", { class: "plain cards" })
    for (const step of rules.steps) {
        steps.append(
            element(
                "li",
                {},
                element("strong", {}, step.name),
                paragraph(step.do),
                paragraph(
                    page.say("help-told", { who: step.told, minutes: String(step.withinMinutes) }),
                ),
                paragraph(page.say("help-decides", { who: step.decides })),
            ),
        )
    }
    return [section(page.say("help-numbers"), who), section(page.say("help-steps"), steps)]
}

/** What keepers can do about somebody who is not who they say; each with a second confirmation. */

import { act } from "./acting.js"
import { button, element, paragraph, section, tick } from "./elements.js"
import type { Page } from "./page.js"
import type { KeeperParts, OpenRoom, Ways } from "./parts.js"

export function emergency(
    page: Page,
    room: OpenRoom,
    keeper: KeeperParts,
    ways: Ways,
): HTMLElement {
    const chosen = room.state.members
        .filter(({ id }) => id !== room.state.me.id)
        .map(({ id, name }) => ({ id, ...tick(name) }))
    const who = element(
        "fieldset",
        { class: "field" },
        element("legend", {}, page.say("keep-reseed-who")),
    )
    who.append(...chosen.map(({ whole }) => whole))
    return section(
        page.say("keep-emergency"),
        paragraph(page.say("keep-emergency-what")),
        step("keep-rekey", "keep-rekey-what", null, async () => {
            await keeper.rekey()
            ways.again()
        }),
        step("keep-reseed", "keep-reseed-what", chosen.length === 0 ? null : who, async () => {
            const along = chosen.filter(({ control }) => control.checked).map(({ id }) => id)
            const next = await keeper.reseed(along)
            await ways.moved(next)
        }),
        step("keep-burn", "keep-burn-what", null, async () => {
            await keeper.burn()
            ways.leave()
        }),
    )

    function step(
        title: "keep-rekey" | "keep-reseed" | "keep-burn",
        what: "keep-rekey-what" | "keep-reseed-what" | "keep-burn-what",
        more: HTMLElement | null,
        done: () => Promise<void>,
    ): HTMLElement {
        const sure = tick(page.say("keep-sure"))
        const place = element("div", {})
        const press = button(
            page.say("keep-sure-now"),
            () => {
                place.replaceChildren()
                if (!sure.control.checked) {
                    place.append(page.problem("keep-tick-first"))
                    sure.control.focus()
                    return
                }
                void act(page, { control: press, busy: "keep-working", place }, done)
            },
            { class: "danger" },
        )
        const whole = element("details", { id: title }, element("summary", {}, page.say(title)))
        if (more !== null) whole.append(paragraph(page.say(what)), more, sure.whole, press, place)
        else whole.append(paragraph(page.say(what)), sure.whole, press, place)
        return whole
    }
}

/** For keepers: who knocks, invitations, people, the room, reports, and what to do about a spy. */

import { pressing } from "./acting.js"
import { emergency } from "./emergency_view.js"
import { button, element, paragraph, picked, section, textField } from "./elements.js"
import type { Page } from "./page.js"
import type { KeeperParts, OpenRoom, Ways } from "./parts.js"
import { ReportsList } from "./reports_list.js"
import { lateWords } from "./words/late.js"
import { learnMore } from "./words/more.js"
import type { Key } from "./words/en.js"

const LONGEST_ADDRESS = 1000
/** Milliseconds: a knock is no change of the room that would be told. */
const LOOK_AT_DOOR = 20_000

export async function showKeepers(page: Page, room: OpenRoom, ways: Ways): Promise<void> {
    learnMore(page)
    const keeper = await room.keeping()
    if (keeper === null) {
        ways.again()
        return
    }
    const drawn = new KeepersView(page, room, keeper, ways)
    await drawn.show()
}

class KeepersView {
    constructor(
        readonly page: Page,
        readonly room: OpenRoom,
        readonly keeper: KeeperParts,
        readonly ways: Ways,
    ) {}

    async show(): Promise<void> {
        const { page } = this
        const knocks = element("div", {})
        const reports = new ReportsList(page, this.keeper, (text, what, attributes) =>
            this.#button(text, what, attributes),
        )
        const batches = element("div", {})
        const counsellors = element("div", {})
        page.show(
            page.say("keep-title"),
            button(
                page.say("back"),
                () => {
                    this.ways.again()
                },
                { class: "quiet" },
            ),
            knocks,
            section(page.say("keep-invitations"), ...this.#invitations(batches)),
            reports.whole,
            section(page.say("keep-people"), this.#people()),
            counsellors,
            section(page.say("keep-room"), ...this.#roomItself()),
            emergency(page, this.room, this.keeper, this.ways),
        )
        const look = setInterval(() => void this.#fillKnocks(knocks), LOOK_AT_DOOR)
        page.onEnd(() => {
            clearInterval(look)
        })
        page.onEnd(
            this.room.subscribe(() => {
                reports.update()
            }),
        )
        await Promise.all([
            this.#fillKnocks(knocks),
            this.#fillBatches(batches),
            this.#fillCounsellors(counsellors),
        ])
        reports.update()
    }

    /** Do it, then draw the page anew with what came of it. */
    #button(text: string, what: () => Promise<void>, attributes = {}, busy?: Key): HTMLElement {
        const done = async (): Promise<void> => {
            await what()
            await this.show()
            this.page.aloud(this.page.say("keep-done"))
        }
        return pressing(this.page, text, done, attributes, busy === undefined ? {} : { busy })
    }

    async #fillKnocks(place: HTMLElement): Promise<void> {
        const { page, keeper } = this
        const found = await keeper.knocks().catch(() => null)
        // Drawn anew only where it changed: somebody may be about to press.
        const now = JSON.stringify(found?.map(({ id }) => id))
        if (place.dataset["shown"] === now) return
        place.dataset["shown"] = now
        if (found === null) {
            place.replaceChildren(page.problem("problem-network"))
            return
        }
        const list = element("ul", { class: "plain cards" })
        for (const { id, name, ends } of found) {
            const told = ends === "" ? null : page.say("keep-knock-batch", { day: page.day(ends) })
            list.append(
                element(
                    "li",
                    {},
                    element("strong", {}, name),
                    told === null ? null : paragraph(told, { class: "help" }),
                    element(
                        "div",
                        { class: "row" },
                        this.#button(
                            page.say("keep-let-in"),
                            () => keeper.letIn(id),
                            {},
                            "keep-letting",
                        ),
                        this.#button(page.say("keep-turn-away"), () => keeper.turnAway(id), {
                            class: "danger",
                        }),
                    ),
                ),
            )
        }
        const title = page.say("keep-knocks", { count: String(found.length) })
        place.replaceChildren(
            section(
                title,
                found.length === 0
                    ? paragraph(page.say("keep-knocks-none"), { class: "help" })
                    : list,
            ),
        )
    }

    async #fillBatches(place: HTMLElement): Promise<void> {
        const { page, keeper } = this
        const found = await keeper.batches().catch(() => [])
        const lines = found.flatMap(({ ends, used, size, doubted }) => {
            const line = page.say("keep-batch", {
                day: page.day(ends),
                used: String(used),
                size: String(size),
            })
            return doubted
                ? [paragraph(line), paragraph(page.say("keep-batch-doubted"), { role: "alert" })]
                : [paragraph(line)]
        })
        const none = paragraph(page.say("keep-batch-none"), { class: "help" })
        place.replaceChildren(...(lines.length === 0 ? [none] : lines))
    }

    #invitations(batches: HTMLElement): readonly HTMLElement[] {
        const { page, keeper } = this
        const asking = keeper.asking()
        const signing = element("div", {})
        if (asking.length > 0) {
            signing.append(paragraph(page.say("keep-sign", { count: String(asking.length) })))
            for (const { id, name } of asking) {
                signing.append(
                    this.#button(page.say("keep-sign-now", { name }), () => keeper.sign(id)),
                )
            }
        }
        return [
            batches,
            paragraph(page.say("keep-batch-what"), { class: "help" }),
            element(
                "div",
                {},
                this.#button(
                    page.say("keep-batch-open"),
                    () => keeper.openBatch(),
                    {},
                    "keep-batch-making",
                ),
            ),
            signing,
        ]
    }

    /** Who shows a card, who was accepted, and the hours that they announced. */
    async #fillCounsellors(place: HTMLElement): Promise<void> {
        const { page, keeper, room } = this
        const lines = await room.counsellors().catch(() => [])
        if (lines.length === 0) return
        const say = lateWords(page)
        const { duration } = await import("./counsellor_view.js")
        const list = element("ul", { class: "plain cards" })
        for (const { id, name, pseudonym, accepted, hours } of lines) {
            const known = pseudonym === null ? "counsellor-unchecked" : "counsellor-shows"
            const line = element("li", {}, element("strong", {}, name))
            line.append(paragraph(say(known, { pseudonym: pseudonym ?? "" })))
            const week = duration(page, hours?.weekMinutes ?? 0)
            line.append(
                paragraph(
                    hours === null
                        ? say("counsellor-none-announced")
                        : say("counsellor-hours-of", { hours: week }),
                    { class: "help" },
                ),
            )
            if ((hours?.broken.length ?? 0) > 0) {
                line.append(paragraph(say("counsellor-broken"), { class: "problem" }))
            }
            const change = say(accepted ? "counsellor-dismiss" : "counsellor-accept")
            if (accepted || pseudonym !== null) {
                line.append(
                    this.#button(change, () => keeper.acceptCounsellor(id, !accepted), {
                        class: "quiet",
                    }),
                )
            }
            list.append(line)
        }
        place.replaceChildren(section(say("counsellor-title-keepers"), list))
    }

    #people(): HTMLElement {
        const { page, keeper, room } = this
        const { settings, members, me } = room.state
        const list = element("ul", { class: "plain cards" })
        for (const { id, name } of members) {
            if (id === me.id) continue
            const muted = settings.muted.includes(id)
            const keeps = settings.keepers.includes(id)
            const row = element("div", { class: "row" })
            const quiet = { class: "quiet" }
            if (!keeps) {
                row.append(
                    this.#button(
                        page.say(muted ? "keep-unmute" : "keep-mute"),
                        () => keeper.mute(id, !muted),
                        quiet,
                    ),
                )
            }
            if (!muted) {
                row.append(
                    this.#button(
                        page.say(keeps ? "keep-unmake-keeper" : "keep-make-keeper"),
                        () => keeper.makeKeeper(id, !keeps),
                        quiet,
                    ),
                )
            }
            const sure = this.#button(
                page.say("keep-remove-sure", { name }),
                () => keeper.remove(id),
                { class: "danger" },
                "keep-working",
            )
            const taking = element("details", {}, element("summary", {}, page.say("keep-remove")))
            taking.append(paragraph(page.say("keep-remove-what", { name })), sure)
            const told = keeps ? page.say("people-keeper") : muted ? page.say("people-muted") : ""
            list.append(
                element(
                    "li",
                    {},
                    element("strong", {}, name),
                    told === "" ? null : paragraph(told, { class: "help" }),
                    row,
                    taking,
                ),
            )
        }
        return list
    }

    #roomItself(): readonly HTMLElement[] {
        const { page, keeper, room } = this
        const { settings } = room.state
        const days = picked(
            page.say("keep-days"),
            [...new Set([1, 7, 30, settings.days])]
                .sort((one, other) => one - other)
                .map((count) => [String(count), String(count)] as const),
            String(settings.days),
        )
        const kind = picked(
            page.say("keep-pin-kind"),
            [
                ["simplex", page.say("pinned-simplex")],
                ["briar", page.say("pinned-briar")],
            ],
            settings.pinned[0]?.kind ?? "simplex",
        )
        const address = textField(page.say("keep-pin-address"), "", LONGEST_ADDRESS)
        address.control.value = settings.pinned[0]?.address ?? ""
        const chosenKind = (): "simplex" | "briar" =>
            kind.control.value === "briar" ? "briar" : "simplex"
        const row = element("div", { class: "row" })
        row.append(
            this.#button(page.say("keep-pin-save"), async () => {
                const typed = address.control.value.trim()
                await keeper.pin(chosenKind(), typed === "" ? null : typed)
            }),
        )
        if (settings.pinned.length > 0) {
            row.append(
                this.#button(page.say("keep-pin-remove"), () => keeper.pin(chosenKind(), null), {
                    class: "quiet",
                }),
            )
        }
        return [
            paragraph(page.say("keep-close-what"), { class: "help" }),
            element(
                "div",
                {},
                this.#button(
                    page.say(room.state.closed ? "keep-open" : "keep-close"),
                    () => keeper.closeRoom(!room.state.closed),
                    { class: "quiet" },
                ),
            ),
            days.whole,
            element(
                "div",
                {},
                this.#button(page.say("keep-save"), () =>
                    keeper.setDays(Number(days.control.value)),
                ),
            ),
            kind.whole,
            address.whole,
            row,
        ]
    }
}

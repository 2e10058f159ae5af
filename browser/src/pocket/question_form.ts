/**
 * A question set as a form: the same controls and names as the server's pages have, so that
 * intake/form_fields.ts reads both (twin: templates/intake/question.html).
 */

import type { Day } from "../sealing/day.js"
import type { Language } from "../sealing/word_list.js"
import { inLanguage } from "./data.js"
import type { Code, Question, QuestionSet } from "./data.js"
import { followConditions } from "../intake/form_fields.js"
import { element, paragraph } from "./elements.js"
import { periods } from "./periods.js"
import { say } from "./sentences.js"

/** Up to so many choices stand openly; more fold into a list. */
const MOST_RADIOS = 7
const MANY_ROWS_FROM = 1000

export function questionForm(set: QuestionSet, language: Language, today: Day): HTMLFormElement {
    const form = element("form", {
        id: "report",
        "data-form": set.id,
        "data-form-version": set.version,
        "data-language": language,
        autocomplete: "off",
    })
    for (const question of set.questions) {
        if (question.part !== undefined) {
            form.append(element("h2", {}, inLanguage(question.part, language)))
        }
        form.append(shownQuestion(question, language, today))
    }
    followConditions(form)
    return form
}

function shownQuestion(question: Question, language: Language, today: Day): HTMLElement {
    const label = inLanguage(question.label, language)
    const help = question.help === undefined ? [] : [inLanguage(question.help, language)]
    const helpId = `${question.id}-help`
    const described = help.length === 0 ? undefined : helpId
    const aside = help.map((text) => paragraph(text, { class: "help", id: helpId }))
    const facts = { class: "question", "data-only-if": question.only_if }
    if (question.kind === "text") {
        return element(
            "div",
            facts,
            element("label", { for: question.id }, label),
            ...aside,
            textArea(question, described),
        )
    }
    const choices = offered(question, language, today)
    if (question.kind === "one" && choices.length > MOST_RADIOS) {
        const options = [optionOf("", say("no-answer", language), false)]
        options.push(...choices.map((code) => optionOf(code[0], labelOf(code, language), false)))
        const list = element("select", {
            id: question.id,
            name: question.id,
            autocomplete: "off",
            "aria-describedby": described,
        })
        list.append(...options)
        return element("div", facts, element("label", { for: question.id }, label), ...aside, list)
    }
    const type = question.kind === "one" ? "radio" : "checkbox"
    const set = element(
        "fieldset",
        { ...facts, id: question.id, "aria-describedby": described },
        element("legend", {}, label),
        ...aside,
        ...choices.map((code) =>
            choice(type, question.id, code[0], labelOf(code, language), false),
        ),
    )
    if (type === "radio")
        set.append(choice(type, question.id, "", say("no-answer", language), true))
    if (question.years !== undefined) set.append(...howLong(question, language))
    return set
}

function textArea(question: Question, described: string | undefined): HTMLTextAreaElement {
    const longest = question.longest ?? 0
    return element("textarea", {
        id: question.id,
        name: question.id,
        rows: longest >= MANY_ROWS_FROM ? "10" : "3",
        autocomplete: "off",
        spellcheck: "false", // some browsers check spelling on their maker's servers
        "data-longest": String(longest),
        "aria-describedby": described,
    })
}

function choice(
    type: string,
    name: string,
    value: string,
    label: string,
    checked: boolean,
): HTMLLabelElement {
    const input = element("input", { type, name, value, autocomplete: "off", checked })
    return element("label", { class: "option" }, input, element("span", {}, label))
}

function optionOf(value: string, label: string, selected: boolean): HTMLOptionElement {
    return element("option", { value, selected }, label)
}

function howLong(question: Question, language: Language): readonly HTMLElement[] {
    const list = element("select", { id: "consent_for", name: "consent_for", autocomplete: "off" })
    for (const [years, english, russian] of question.years ?? []) {
        const label = inLanguage([english, russian], language)
        list.append(optionOf(String(years), label, years === question.suggested_years))
    }
    return [
        element("label", { class: "years", for: "consent_for" }, say("how-long", language)),
        list,
    ]
}

function labelOf([, english, russian]: Code, language: Language): string {
    return inLanguage([english, russian], language)
}

function offered(question: Question, language: Language, today: Day): readonly Code[] {
    const { codes = [], alphabetic = 0, half_years = 0, earlier_years = 0 } = question
    const named = codes.slice(0, alphabetic)
    named.sort((one, other) => (labelOf(one, language) < labelOf(other, language) ? -1 : 1))
    return [...periods(today, half_years, earlier_years), ...named, ...codes.slice(alphabetic)]
}

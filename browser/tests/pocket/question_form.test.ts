// @vitest-environment happy-dom
import { expect, test } from "vitest"

import { fieldsOf, rulesOf } from "../../src/intake/form_fields.js"
import type { QuestionSet } from "../../src/pocket/data.js"
import { periods } from "../../src/pocket/periods.js"
import { questionForm } from "../../src/pocket/question_form.js"
import type { Day } from "../../src/sealing/day.js"
import { filledForm } from "../../src/vocabulary/filled_form.js"

const TODAY = "2026-11-22" as Day

const SET: QuestionSet = {
    id: "what-happened",
    version: "1",
    title: ["Tell", "Расскажите"],
    questions: [
        {
            id: "acts",
            kind: "many",
            label: ["What?", "Что?"],
            help: ["Tick", "Отметьте"],
            codes: [
                ["THR", "threats", "угрозы"],
                ["EXT", "blackmail", "шантаж"],
            ],
        },
        {
            id: "demand",
            kind: "text",
            label: ["What demand?", "Чего требуют?"],
            only_if: "acts=EXT",
            longest: 400,
        },
        {
            id: "when",
            kind: "one",
            label: ["When?", "Когда?"],
            half_years: 2,
            earlier_years: 1,
            codes: [["UNK", "unknown", "не знаю"]],
        },
        {
            id: "region",
            kind: "one",
            label: ["Where?", "Где?"],
            alphabetic: 8,
            codes: [
                ...["Ю", "А", "В", "Б", "Ж", "Д", "Е", "Г"].map(
                    (name) => [`R${name}`, name, name] as const,
                ),
                ["ABROAD", "abroad", "за границей"],
            ],
        },
        {
            id: "consent",
            kind: "consent",
            label: ["May we?", "Можно?"],
            codes: [["STAT", "count it", "считать"]],
            years: [
                [1, "one year", "один год"],
                [3, "three years", "три года"],
            ],
            suggested_years: 3,
        },
    ],
}

test("what is filled in is read as from the server's page", () => {
    const form = questionForm(SET, "ru", TODAY)
    document.body.replaceChildren(form)
    const demand = form.querySelector<HTMLTextAreaElement>("#demand")
    const question = demand?.closest<HTMLElement>(".question")
    expect(question?.hidden).toBe(true)
    form.querySelector<HTMLInputElement>('[value="EXT"]')?.click()
    form.dispatchEvent(new Event("change"))
    expect(question?.hidden).toBe(false)
    if (demand !== null) demand.value = "деньги"
    form.querySelector<HTMLInputElement>('[value="STAT"]')?.click()
    const filled = filledForm(fieldsOf(form), rulesOf(form), { language: "ru", today: TODAY })
    expect(filled).toEqual({
        form: { id: "what-happened", version: "1" },
        language: "ru",
        answers: { acts: ["EXT"], demand: "деньги" },
        consent: { STAT: "2029-11-22" },
    })
})

test("an answer to a question that is no longer asked is not sealed", () => {
    const form = questionForm(SET, "en", TODAY)
    const demand = form.querySelector<HTMLTextAreaElement>("#demand")
    if (demand !== null) demand.value = "money"
    const filled = filledForm(fieldsOf(form), rulesOf(form), { language: "en", today: TODAY })
    expect(filled.answers).toEqual({})
})

test("places come in the alphabet, what is no place at the end", () => {
    const options = questionForm(SET, "ru", TODAY).querySelectorAll("#region option")
    expect(
        [...options]
            .map((option) => option.textContent)
            .slice(1)
            .join(" "),
    ).toBe("А Б В Г Д Е Ж Ю за границей")
})

test.each([
    ["2026-11-22", ["2026-H2", "2026-H1", "2025-H2", "2024", "2023"]],
    ["2026-06-30", ["2026-H1", "2025-H2", "2025-H1", "2024", "2023"]],
    ["2026-07-01", ["2026-H2", "2026-H1", "2025-H2", "2024", "2023"]],
])("on %s the choices of time are those of the server", (today, expected) => {
    expect(periods(today as Day, 3, 2).map(([code]) => code)).toEqual(expected)
})

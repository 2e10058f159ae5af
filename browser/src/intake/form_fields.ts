/** The form as its page shows it: its rules, its fields, and which questions are asked now. */

import { CONSENT_FOR, isAsked } from "../vocabulary/filled_form.js"
import type { Fields, FormRules } from "../vocabulary/filled_form.js"

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

function controlsOf(form: HTMLElement): readonly Control[] {
    const all = form.querySelectorAll<Control>("input[name], select[name], textarea[name]")
    return [...all].filter((control) => control.name !== "" && !isOutside(control))
}

/** Files go another way, and hidden fields are for the way without script. */
function isOutside(control: Control): boolean {
    return control instanceof HTMLInputElement && ["file", "hidden"].includes(control.type)
}

/** What the page says about its form. */
export function rulesOf(form: HTMLFormElement): FormRules {
    const kinds: Record<string, FormRules["kinds"][string]> = {}
    const longest: Record<string, number> = {}
    const conditions: Record<string, string> = {}
    let years: readonly number[] = []
    let suggestedYears = 0
    for (const control of controlsOf(form)) {
        if (control.name === CONSENT_FOR && control instanceof HTMLSelectElement) {
            years = [...control.options].map(({ value }) => Number(value))
            const suggested = [...control.options].find((option) => option.defaultSelected)
            suggestedYears = Number(suggested?.value ?? years[0])
            continue
        }
        kinds[control.name] = kindOf(control)
        const most = control.dataset["longest"]
        if (most !== undefined) longest[control.name] = Number(most)
        const condition = control.closest<HTMLElement>("[data-only-if]")?.dataset["onlyIf"]
        if (condition !== undefined) conditions[control.name] = condition
    }
    const { form: id = "", formVersion: version = "" } = form.dataset
    return { id, version, kinds, conditions, longest, years, suggestedYears }
}

function kindOf(control: Control): FormRules["kinds"][string] {
    if (control instanceof HTMLTextAreaElement) return "text"
    if (control instanceof HTMLSelectElement || control.type === "radio") return "one"
    if (control.type !== "checkbox") return "text"
    return control.name === "consent" ? "consent" : "many"
}

/** Names and values in the order of the form, as a browser would send them. */
export function fieldsOf(form: HTMLFormElement): Fields {
    return controlsOf(form)
        .filter(
            (control) =>
                !(control instanceof HTMLInputElement) ||
                !["checkbox", "radio"].includes(control.type) ||
                control.checked,
        )
        .map((control) => [control.name, control.value] as const)
}

/**
 * Show only the questions that are asked of somebody with these answers, now and after each
 * change. What stands in a hidden one stays there, and is not sent.
 */
export function followConditions(form: HTMLFormElement): void {
    const rules = rulesOf(form)
    const update = (): void => {
        const answers: Record<string, readonly string[]> = {}
        for (const [name, value] of fieldsOf(form)) {
            answers[name] = [...(answers[name] ?? []), value]
        }
        for (const [id, condition] of Object.entries(rules.conditions)) {
            const hidden = !isAsked(id, answers, rules)
            for (const question of form.querySelectorAll<HTMLElement>("[data-only-if]")) {
                if (question.dataset["onlyIf"] === condition) question.hidden = hidden
            }
        }
    }
    form.addEventListener("change", update)
    update()
}

/** The script has no sentences of its own: each stands in the page, in the page's language. */

/** The sentence of `<template id="say-KEY">`, with `{name}` replaced; "" where the page has none. */
export function sentence(
    page: Document,
    key: string,
    values: Readonly<Record<string, string>> = {},
): string {
    const found = page.querySelector<HTMLTemplateElement>(`template#say-${key}`)
    const text = found?.content.textContent.trim() ?? ""
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** The lines of a page that say what is being done and what went wrong. */
export class Said {
    #lastStatus = ""

    constructor(readonly page: Document) {}

    /** What is being done. A screen reader reads each new text, so the same one is not set again. */
    status(text: string): void {
        const line = this.page.getElementById("status")
        if (line === null || text === this.#lastStatus) return
        this.#lastStatus = text
        line.textContent = text
    }

    /** How far it is, in whole percent; null hides it. */
    progress(percent: number | null): void {
        const bar = this.page.querySelector<HTMLProgressElement>("progress#progress")
        if (bar === null) return
        bar.hidden = percent === null
        bar.max = 100
        bar.value = percent ?? 0
    }

    problem(text: string): void {
        const line = this.page.getElementById("problem")
        if (line === null) return
        line.hidden = text === ""
        line.textContent = text
    }
}

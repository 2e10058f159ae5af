/** What the pages with a script have in common. */

export function showWhatNeedsScript(page: Document): void {
    // A button that worked earlier would send the form in the clear if the script is late;
    // a hidden one would still do so on Enter, so it is disabled as well.
    for (const late of page.querySelectorAll<HTMLElement>("[data-needs-script]")) {
        late.hidden = false
        late.removeAttribute("disabled")
    }
    for (const early of page.querySelectorAll<HTMLElement>("[data-until-script]")) {
        early.hidden = true
    }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** What is typed while something is being sent would be neither in it nor kept. */
export function lock(form: HTMLFormElement, locked: boolean): void {
    for (const part of form.querySelectorAll<HTMLElement>(
        ".question, fieldset, textarea, #files, #files-list",
    )) {
        part.inert = locked
    }
    // Some browsers in use do not know `inert` (Chromium before 102, Firefox before 112), so each
    // control is locked by itself as well. What only stands there to be read stays readable.
    for (const control of form.querySelectorAll<Control>("input, select, textarea")) {
        if (control instanceof HTMLTextAreaElement) control.readOnly = locked
        else control.disabled = locked
    }
    // Not `disabled`: a person who pressed the button would lose their place.
    for (const button of form.querySelectorAll("button")) {
        if (locked) button.setAttribute("aria-disabled", "true")
        else button.removeAttribute("aria-disabled")
    }
}

export function metaContent(page: Document, name: string): string {
    return page.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? ""
}

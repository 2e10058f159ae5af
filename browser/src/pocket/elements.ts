/** Making elements. Text only: nothing that was typed can become markup. */

export type Attributes = Readonly<Record<string, string | boolean | undefined>>

/** `false` and `undefined` leave an attribute out, `true` sets it empty. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== undefined && value !== false)
            made.setAttribute(name, value === true ? "" : value)
    }
    made.append(...children)
    return made
}

export function button(text: string, pressed: () => void): HTMLButtonElement {
    const made = element("button", { type: "button" }, text)
    made.addEventListener("click", pressed)
    return made
}

export function paragraph(text: string, attributes: Attributes = {}): HTMLParagraphElement {
    return element("p", attributes, text)
}

/** Making elements. Text only: nothing that somebody wrote can become markup. */

export type Attributes = Readonly<Record<string, string | boolean | undefined>>
export type Child = Node | string | null

/** `false` and `undefined` leave an attribute out, `true` sets it empty. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== undefined && value !== false)
            made.setAttribute(name, value === true ? "" : value)
    }
    made.append(...children.filter((child) => child !== null))
    return made
}

export function paragraph(text: string, attributes: Attributes = {}): HTMLParagraphElement {
    return element("p", attributes, text)
}

export function heading(text: string): HTMLHeadingElement {
    return element("h1", { tabindex: "-1" }, text)
}

export function section(title: string, ...children: readonly Child[]): HTMLElement {
    const id = `s${String((sections += 1))}`
    return element("section", { "aria-labelledby": id }, element("h2", { id }, title), ...children)
}

let sections = 0

export function button(text: string, pressed: () => void, attributes: Attributes = {}) {
    const made = element("button", { type: "button", ...attributes }, text)
    made.addEventListener("click", () => {
        if (made.getAttribute("aria-disabled") !== "true") pressed()
    })
    return made
}

export interface Field<Control extends HTMLElement> {
    readonly whole: HTMLElement
    readonly control: Control
}

let fields = 0

/** A labelled control; browsers and phones are told to keep and guess nothing of it. */
export function field<Control extends HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(
    label: string,
    control: Control,
    help = "",
): Field<Control> {
    const id = `f${String((fields += 1))}`
    control.id = id
    control.setAttribute("autocomplete", "off")
    if (!(control instanceof HTMLSelectElement)) {
        control.setAttribute("autocorrect", "off")
        control.setAttribute("spellcheck", "false")
    }
    const told = help === "" ? null : paragraph(help, { class: "help", id: `${id}h` })
    if (told !== null) control.setAttribute("aria-describedby", `${id}h`)
    const whole = element("div", { class: "field" }, element("label", { for: id }, label), told)
    whole.append(control)
    return { whole, control }
}

/** A passphrase is no login: no name beside it for which a browser would offer to keep it. */
export function passphraseField(label: string, help = ""): Field<HTMLInputElement> {
    const input = element("input", { type: "password", autocapitalize: "none" })
    const made = field(label, input, help)
    input.setAttribute("autocomplete", "new-password") // "off" is ignored for this type
    return made
}

export function textField(label: string, help = "", longest = 200): Field<HTMLInputElement> {
    return field(label, element("input", { type: "text", maxlength: String(longest) }), help)
}

export function tick(label: string): Field<HTMLInputElement> {
    const control = element("input", { type: "checkbox", autocomplete: "off" })
    const whole = element("label", { class: "option" }, control, element("span", {}, label))
    return { whole, control }
}

export interface Progress {
    readonly bar: HTMLProgressElement
    /** From 0 to 1. Nothing is seen of it where that takes no time. */
    readonly told: (done: number) => void
    readonly end: () => void
}

export function progress(label: string): Progress {
    const bar = element("progress", { max: "1", hidden: true, "aria-label": label })
    return {
        bar,
        told(done) {
            bar.hidden = false
            bar.value = done
        },
        end() {
            bar.hidden = true
        },
    }
}

export function picked(
    label: string,
    options: readonly (readonly [value: string, text: string])[],
    chosen: string,
): Field<HTMLSelectElement> {
    const control = element("select")
    for (const [value, text] of options) {
        control.append(element("option", { value, selected: value === chosen }, text))
    }
    return field(label, control)
}

/** A picture that stands inside the page: nothing is fetched, and no address of it remains. */
export function pictureOf(bytes: Uint8Array, alt: string): HTMLImageElement | null {
    const type = pictureType(bytes)
    if (type === null || !isDrawable(bytes)) return null
    let text = ""
    for (const byte of bytes) text += String.fromCharCode(byte)
    return element("img", { src: `data:${type};base64,${btoa(text)}`, alt })
}

/** By the bytes, of the three that a room carries. A browser would draw others too, SVG even. */
function pictureType(bytes: Uint8Array): string | null {
    const starts = (...expected: readonly number[]): boolean =>
        expected.every((byte, at) => bytes[at] === byte)
    if (starts(0xff, 0xd8, 0xff)) return "image/jpeg"
    if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png"
    if (starts(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57) return "image/webp"
    return null
}

/** 32 MB once unpacked; the screen of a phone has half of it. */
const MOST_PIXELS = 8_000_000
const LONGEST_SIDE = 8192

/**
 * Small enough to be drawn, by what it says before a browser unpacks it? A few hundred bytes can
 * hold a gigabyte, and a phone that goes through it opens that room never again.
 */
export function isDrawable(untrusted: Uint8Array): boolean {
    const view = new DataView(untrusted.buffer, untrusted.byteOffset, untrusted.length)
    try {
        const [width, height] = sizeIn(view)
        const longest = Math.max(width, height)
        return width > 0 && height > 0 && longest <= LONGEST_SIDE && width * height <= MOST_PIXELS
    } catch {
        return false // cut off before its size
    }
}

const NONE = [0, 0] as const

function sizeIn(view: DataView): readonly [number, number] {
    // PNG (third edition), section 11.2.1: IHDR comes first.
    if (view.getUint32(0) === 0x89504e47) return [view.getUint32(16), view.getUint32(20)]
    if (view.getUint16(0) === 0xffd8) return jpegSize(view)
    return webpSize(view)
}

/** ITU T.81, annex B: the frame header, which stands before the first scan. */
function jpegSize(view: DataView): readonly [number, number] {
    let at = 2
    for (;;) {
        const marker = view.getUint16(at)
        const isFrame =
            marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
        if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)]
        if (marker < 0xffc0 || marker === 0xffda) return NONE
        at += 2 + view.getUint16(at + 2)
    }
}

/** RFC 9649, sections 2.5 to 2.7; RFC 6386, section 9.1. */
function webpSize(view: DataView): readonly [number, number] {
    const three = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000
    switch (view.getUint32(12)) {
        case 0x56503858: // VP8X
            return [three(24) + 1, three(27) + 1]
        case 0x5650384c: {
            const bits = view.getUint32(21, true) // VP8L
            return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
        }
        case 0x56503820: // VP8
            return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
        default:
            return NONE
    }
}

/** What the page of circles does once its own module is there. Called by /static/10.js. */

export function start(): void {
    document.querySelector("[data-until-script]")?.remove()
}

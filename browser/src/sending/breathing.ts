/** Long work lets the page be painted and used in between. */

/** Not a timer: browsers let those of a page in the background run once a second. */
export function breathe(): Promise<void> {
    return new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
            port1.close()
            resolve()
        }
        port2.postMessage(null)
    })
}

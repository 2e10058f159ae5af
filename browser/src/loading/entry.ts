/** What /static/<entry>.js does. The build puts the names of its modules in. */

import { loader } from "./load.js"

declare const PAGE: string
declare const MODULES: readonly string[]

globalThis.safelightModule = loader({
    importAt: (address) => import(address),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
})

// All at once: the others are needed before the page's own module can start.
for (const name of MODULES) globalThis.safelightModule(name).catch(() => undefined)
globalThis.safelightModule(PAGE).then(
    (page) => {
        ;(page as { start(): void }).start()
    },
    () => undefined, // the page says from the beginning what to do when no button appears
)

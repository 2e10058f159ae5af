/** The door's real parts: what is kept on this device, and what comes by words. */

import { WordList } from "../../sealing/word_list.js"
import { isObject } from "../../sealing/json.js"
import { drawnPassphrase } from "../keeping/passphrase.js"
import {
    createStore,
    howLongKept,
    unlockStore,
    whatIsHere,
    wipeEverything,
} from "../keeping/unlocking.js"
import type { Page } from "./page.js"
import type { Door } from "./parts.js"
import type * as Inner from "./wired_opening.js"

type Wired = typeof Inner

function wired(): Promise<Wired> {
    return import("./wired_opening.js")
}

export function wiredDoor(page: Page): Door {
    const words = async (): Promise<WordList> => {
        // A list of the intake's, in the folder that all modules are fetched from.
        const imported = await globalThis.safelightModule(`${page.language}.js`)
        const listed = isObject(imported) ? imported["words"] : ""
        return new WordList(page.language, typeof listed === "string" ? listed : "")
    }
    return {
        whatIsHere,
        mayForget: async () => (await howLongKept()) === "unsure",
        drawnPassphrase: async () => drawnPassphrase(await words()),
        unlock: async (passphrase, progressed) =>
            (await wired()).insideOf(page, await unlockStore(passphrase, progressed)),
        create: async (passphrase, progressed) =>
            (await wired()).insideOf(page, await createStore(passphrase, null, progressed)),
        withoutKeeping: async () => (await wired()).insideMemory(page),
        bringHere: async (typed, passphrase, progressed) =>
            (await wired()).broughtHere(page, typed, passphrase, progressed),
        wipe: wipeEverything,
    }
}

/** From a store that was unlocked, or from another device, to what is behind the door. */

import { MemoryStore } from "../keeping/memory_store.js"
import type { Progressed } from "../keeping/scrypt.js"
import type { SealedStore } from "../keeping/sealed_store.js"
import type { Page } from "./page.js"
import type { Inside } from "./parts.js"
import { loadWords, RealInside } from "./wired_inside.js"

export function insideOf(page: Page, store: SealedStore): Inside {
    return new RealInside(page, store, store)
}

export function insideMemory(page: Page): Inside {
    return new RealInside(page, new MemoryStore(), null)
}

/** null: nothing lies under these words, and nothing was made here. */
export async function broughtHere(
    page: Page,
    typed: string,
    passphrase: string | null,
    progressed: Progressed,
): Promise<Inside | null> {
    const [{ broughtInto, checkedWords }, { createStore }, en, ru] = await Promise.all([
        import("./wired_moving.js"),
        import("../keeping/unlocking.js"),
        loadWords("en"),
        loadWords("ru"),
    ])
    const secret = checkedWords(typed, { en, ru })
    const sealed = passphrase === null ? null : await createStore(passphrase, null, progressed)
    const store = sealed ?? new MemoryStore()
    if (await broughtInto(store, secret)) return new RealInside(page, store, sealed)
    await store.wipe()
    return null
}

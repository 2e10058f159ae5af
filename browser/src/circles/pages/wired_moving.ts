/** Moving all rooms to another device by words, and taking them in here. */

import { browserNetwork } from "../../sending/browser_network.js"
import type { WordList } from "../../sealing/word_list.js"
import type { Delivery } from "../delivery/delivery.js"
import { httpDelivery } from "../delivery/http_delivery.js"
import { Arriving, dropArrived } from "../entering/arriving.js"
import { Leaving } from "../entering/leaving.js"
import { parsedMovingWords } from "../entering/moving_words.js"
import type { Store } from "../keeping/store.js"
import { unhex } from "../mls/bytes.js"
import type { Move } from "./parts.js"

/** Pictures may stay behind where not all fits: `room/<circle>/p/…` (room/rows.ts). */
const DISPENSABLE = /^room\/[0-9a-f]{32}\/p\//
const OF_A_ROOM = /^room\/([0-9a-f]{32})\//

export function moveOf(store: Store, delivery: Delivery, words: WordList): Move {
    return moveFrom(Leaving.prepare(store, new Date()), delivery, words)
}

export async function unfinishedMove(
    store: Store,
    delivery: Delivery,
    words: () => Promise<WordList>,
): Promise<Move | null> {
    const leaving = await Leaving.begun(store)
    return leaving === null ? null : moveFrom(leaving, delivery, await words())
}

function moveFrom(leaving: Leaving, delivery: Delivery, words: WordList): Move {
    const dispensable = (key: string): boolean => DISPENSABLE.test(key)
    return {
        words: leaving.words(words),
        late: leaving.isLate(new Date()),
        stay: () => leaving.stay(),
        gone: () => leaving.wipe(),
        send: async (progressed) => {
            await leaving.send(delivery, dispensable, progressed)
        },
        takeBack: async () => {
            if ((await leaving.takeBack(delivery, dispensable)) === "stays") return true
            await leaving.wipe()
            return false
        },
    }
}

/** What the words stand for. Throws `MovingWordsError`. */
export function checkedWords(
    typed: string,
    lists: Readonly<{ en: WordList; ru: WordList }>,
): Uint8Array {
    return parsedMovingWords(typed, lists)
}

/** false: nothing lies under these words. */
export async function broughtInto(store: Store, secret: Uint8Array): Promise<boolean> {
    const delivery = httpDelivery(browserNetwork())
    const arriving = (await Arriving.begun(store)) ?? (await Arriving.begin(store, secret))
    const came = await arriving.take(delivery, (key) => {
        const circle = OF_A_ROOM.exec(key)?.[1]
        return circle === undefined ? null : unhex(circle)
    })
    if (came === "nothing") return false
    // What fails here is tried again when this device is next opened.
    await dropArrived(store, delivery).catch(() => undefined)
    return true
}

/** The organisation's rules as a page shows them: in one language, the newest that is known. */

import type { Network } from "../../sending/network.js"
import { SendingError } from "../../sending/network.js"
import { impatient } from "../../sending/parts.js"
import type { Day } from "../../sealing/day.js"
import type { Store } from "../keeping/store.js"
import { mayEnter, mayFound, mayKeep, maySendImages } from "./allowed.js"
import type { Refusal } from "./allowed.js"
import { currentPolicy, knownPolicy } from "./current_policy.js"
import { escalationSteps, helpEntries } from "./help.js"
import type { Language, ShownStep } from "./help.js"
import { PolicyError } from "./policy.js"
import type { CirclesPolicy, HelpEntry } from "./policy.js"

export interface RulesHere {
    /** Hex: what a room's settings say of the rules it follows. */
    readonly hash: string
    readonly bands: readonly { readonly code: string; readonly name: string }[]
    readonly aboutAges: string
    readonly steps: readonly ShownStep[]
    readonly help: readonly HelpEntry[]
    /** null: somebody of this band may found a room of that one and keep messages so long. */
    refusesFounding(room: string, own: string, days: number, today: Day): Refusal | null
    /** null: somebody who says to be of this band may enter a room of that one. */
    refusesEntering(room: string, own: string, counsellor: "no" | "checked"): Refusal | null
    allowsImages(room: string): boolean
}

/** Forged or older ones are passed over; null: this device has never seen any. */
export async function rulesHere(
    network: Network,
    store: Store,
    { rootHex, language }: { readonly rootHex: string; readonly language: Language },
): Promise<RulesHere | null> {
    const policy = await newest(network, store, rootHex)
    return policy === null ? null : shown(policy, language)
}

/** What this device knows already, without asking anybody. */
export async function rulesKnown(
    store: Store,
    { rootHex, language }: { readonly rootHex: string; readonly language: Language },
): Promise<RulesHere | null> {
    const policy = await knownPolicy(store, rootHex)
    return policy === null ? null : shown(policy, language)
}

async function newest(network: Network, store: Store, rootHex: string) {
    try {
        return await currentPolicy(impatient(network), store, rootHex)
    } catch (error) {
        if (!(error instanceof PolicyError || error instanceof SendingError)) throw error
        return knownPolicy(store, rootHex)
    }
}

function shown(policy: CirclesPolicy, language: Language): RulesHere {
    return {
        hash: policy.hash,
        bands: policy.bands.map(({ code, name }) => ({ code, name: name[language] })),
        aboutAges: policy.about_ages[language],
        steps: escalationSteps(policy, language),
        help: helpEntries(policy, language),
        refusesFounding: (room, own, days, today) =>
            mayFound(policy, room, { band: own, counsellor: "no" }, today) ??
            mayKeep(policy, room, days),
        refusesEntering: (room, own, counsellor) =>
            mayEnter(policy, room, { band: own, counsellor }),
        allowsImages: (room) => maySendImages(policy, room) === null,
    }
}

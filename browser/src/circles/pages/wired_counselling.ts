/**
 * A counsellor's key, statement and hours on this device, and the cards and hours of others.
 * Loaded by counsellors, and where a room has some.
 */

import { dayOf } from "../../sealing/day.js"
import { isObject, parsedJson } from "../../sealing/json.js"
import { browserNetwork } from "../../sending/browser_network.js"
import { SendingError } from "../../sending/network.js"
import type { Network } from "../../sending/network.js"
import { impatient } from "../../sending/parts.js"
import { currentRoster } from "../../sending/roster_parts.js"
import {
    checkedCard,
    counsellorCard,
    CounsellorError,
    verifiedCounsellor,
} from "../keepers/counsellor.js"
import type { Counsellor, CounsellorProblem, Vouching } from "../keepers/counsellor.js"
import { knownPolicy } from "../keepers/current_policy.js"
import type { RoomKeepers } from "../keepers/room_keepers.js"
import {
    begunBlock,
    checkedShifts,
    endedBlock,
    hoursOf,
    mayWork,
    shiftKeyOf,
    signedShifts,
} from "../keepers/shifts.js"
import type { Block } from "../keepers/shifts.js"
import type { Store } from "../keeping/store.js"
import { Unreadable } from "../mls/problems.js"
import type { Page } from "./page.js"
import type { CounsellorLine, CounsellorParts, CounsellorState } from "./parts.js"
import { BLOCKS, CARD, SECRET, STATEMENT } from "./wired_room.js"

const WEEK_MS = 7 * 24 * 60 * 60 * 1000

/** What this needs of the inside: what is kept, whose root, the rooms in which a card was shown. */
export interface Around {
    readonly store: Store
    readonly page: Pick<Page, "root">
    counsellingIn(): Promise<readonly RoomKeepers[]>
}

export class Counselling implements CounsellorParts {
    constructor(
        private readonly around: Around,
        private readonly vouching: () => Promise<Vouching | null> = () => vouchingNow(around),
        private readonly now: () => Date = () => new Date(),
    ) {}

    async state(): Promise<CounsellorState | null> {
        const secret = await this.around.store.get(SECRET)
        if (secret === undefined) return null
        const key = shiftKeyOf(secret)
        const vouching = await this.vouching()
        const own = vouching === null ? null : await this.#vouchedFor(vouching)
        if (own === null || vouching === null) return { key, hours: null }
        const { counsellors: rules } = vouching.policy
        const blocks = await blocksIn(this.around.store)
        const { weekMinutes } = hoursOf(blocks, rules, this.now())
        return {
            key,
            hours: {
                pseudonym: own.pseudonym,
                until: own.validUntil,
                weekMinutes,
                mostMinutes: rules.week_minutes,
                now: mayWork(blocks, rules, this.now()),
            },
        }
    }

    async begin(): Promise<void> {
        if ((await this.around.store.get(SECRET)) !== undefined) return
        await this.around.store.put(new Map([[SECRET, crypto.getRandomValues(new Uint8Array(32))]]))
    }

    async takeIn(statement: string): Promise<CounsellorProblem | "no-rules" | null> {
        const vouching = await this.vouching()
        const secret = await this.around.store.get(SECRET)
        if (vouching === null || secret === undefined) return "no-rules"
        const text = statement.trim()
        try {
            const { key } = verifiedCounsellor(text, vouching)
            if (key !== shiftKeyOf(secret)) return "another-member"
        } catch (error) {
            if (error instanceof CounsellorError) return error.problem
            throw error
        }
        await this.around.store.put(new Map([[STATEMENT, new TextEncoder().encode(text)]]))
        return null
    }

    /** Keepers are told before anything is written: what was not announced does not begin. */
    async clockIn(minutes: number): Promise<void> {
        const vouching = await this.vouching()
        const own = vouching === null ? null : await this.#vouchedFor(vouching)
        if (vouching === null || own === null) return
        const { counsellors: rules } = vouching.policy
        const blocks = await blocksIn(this.around.store)
        const begun = begunBlock(blocks, rules, this.now(), minutes)
        if (begun !== null) await this.#announced([...blocks, begun])
    }

    async clockOut(): Promise<void> {
        await this.#announced(endedBlock(await blocksIn(this.around.store), this.now()))
    }

    async forget(): Promise<void> {
        const rows = [SECRET, STATEMENT, BLOCKS].map((row) => [row, null] as const)
        await this.around.store.put(new Map(rows))
    }

    /** This member's card into a room, for everybody. */
    async showCard(keepers: RoomKeepers): Promise<void> {
        const { room } = keepers
        const { store } = this.around
        const [secret, stored] = [await store.get(SECRET), await store.get(STATEMENT)]
        if (secret === undefined || stored === undefined) return
        const { me, members } = room.state
        const of = { circle: room.circle, member: me.id }
        await keepers.sendCard(counsellorCard(new TextDecoder().decode(stored), secret, of))
        const shown = members.map(({ id }) => id).join(" ")
        await room.putOnShelf(CARD, new TextEncoder().encode(shown))
        const blocks = await blocksIn(store)
        if (blocks.length > 0) await keepers.sendShifts(signedShifts(blocks, secret))
    }

    /** Who came in since has not seen it. */
    async showCardAgain(keepers: RoomKeepers): Promise<void> {
        const shown = new TextDecoder().decode(await keepers.room.shelf(CARD)).split(" ")
        if (keepers.room.state.members.some(({ id }) => !shown.includes(id))) {
            await this.showCard(keepers)
        }
    }

    /** Everybody who showed a card in this room or was accepted as a counsellor. */
    async linesOf(keepers: RoomKeepers): Promise<readonly CounsellorLine[]> {
        const [cards, shifts] = [keepers.newest("card"), keepers.newest("shift")]
        const { members, settings } = keepers.room.state
        const listed = members.filter(
            ({ id }) => cards.has(id) || settings.counsellors.includes(id),
        )
        if (listed.length === 0) return [] // nobody for whom a roster would have to be fetched
        const vouching = await this.vouching()
        return listed.map(({ id, name }) => {
            const of = { circle: keepers.room.circle, member: id }
            const card = vouching === null ? null : cardIn(cards.get(id), of, vouching)
            const blocks = card === null ? null : shiftsIn(shifts.get(id), card.key)
            const hours =
                blocks === null || vouching === null
                    ? null
                    : hoursOf(blocks, vouching.policy.counsellors, this.now())
            const accepted = settings.counsellors.includes(id)
            return { id, name, accepted, pseudonym: card?.pseudonym ?? null, hours }
        })
    }

    async #vouchedFor(vouching: Vouching): Promise<Counsellor | null> {
        const stored = await this.around.store.get(STATEMENT)
        if (stored === undefined) return null
        try {
            return verifiedCounsellor(new TextDecoder().decode(stored), vouching)
        } catch (error) {
            if (error instanceof CounsellorError) return null // its last day is over, or the desk's
            throw error
        }
    }

    async #announced(blocks: readonly Block[]): Promise<void> {
        const secret = await this.around.store.get(SECRET)
        if (secret === undefined) return
        const first = Math.floor((this.now().getTime() - WEEK_MS) / 60_000)
        const kept = blocks.filter(({ until }) => until > first)
        const bytes = new TextEncoder().encode(JSON.stringify(kept))
        await this.around.store.put(new Map([[BLOCKS, bytes]]))
        const signed = signedShifts(kept, secret)
        for (const keepers of await this.around.counsellingIn()) await keepers.sendShifts(signed)
    }
}

/** null: no signed rules, or nothing that says who may vouch today. */
export async function vouchingNow(
    { store, page }: Pick<Around, "store" | "page">,
    network: Network = browserNetwork(),
): Promise<Vouching | null> {
    const policy = await knownPolicy(store, page.root)
    if (policy === null) return null
    const today = dayOf(new Date())
    try {
        const roster = await currentRoster(impatient(network), { rootHex: page.root, today })
        return { roster, policy, today }
    } catch (error) {
        // Without the roster of now nobody is checked, and pages say so.
        if (error instanceof SendingError) return null
        if (error instanceof Error && error.name === "RosterError") return null
        throw error
    }
}

function cardIn(
    untrusted: Uint8Array | undefined,
    of: { readonly circle: Uint8Array; readonly member: string },
    vouching: Vouching,
): Counsellor | null {
    if (untrusted === undefined) return null
    try {
        return checkedCard(untrusted, of, vouching)
    } catch (error) {
        if (error instanceof CounsellorError || error instanceof Unreadable) return null
        throw error
    }
}

function shiftsIn(untrusted: Uint8Array | undefined, key: string): readonly Block[] | null {
    if (untrusted === undefined) return null
    try {
        return checkedShifts(untrusted, key)
    } catch (error) {
        if (error instanceof Unreadable) return null
        throw error
    }
}

/** Our own bytes, authenticated by the store. */
async function blocksIn(store: Store): Promise<readonly Block[]> {
    const stored = await store.get(BLOCKS)
    const found = stored === undefined ? [] : parsedJson(new TextDecoder().decode(stored))
    return Array.isArray(found) ? found.filter(isObject).map((row) => row as unknown as Block) : []
}

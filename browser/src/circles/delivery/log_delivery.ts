/** The log of a circle over HTTP: found, say, commit, read, burn. */

import type { Network } from "../../sending/network.js"
import { answered, answeredForWork } from "./asking.js"
import type { Question, Told } from "./asking.js"
import { LARGEST_COMMIT, PIECE } from "./delivery.js"
import type { LogDelivery, LogEntry, LogPage, OutgoingCommit } from "./delivery.js"
import { live } from "./live.js"
import { checkedLength, fetchedWhole, sentWhole } from "./pieces.js"
import { base64From, idOf, listFrom, wholeFrom } from "./untrusted.js"

const MOST_ENTRIES = 100
const LAST = Number.MAX_SAFE_INTEGER

/** As the server lists it; `sealed` is null for what must be fetched in pieces. */
interface Listed extends Omit<LogEntry, "sealed"> {
    readonly size: number
    readonly sealed: Uint8Array | null
}

export class HttpLog implements LogDelivery {
    constructor(readonly network: Network) {}

    found(circle: Uint8Array, keeperHash: Uint8Array, doorHash: Uint8Array): Promise<void> {
        const question: Question = {
            method: "POST",
            path: pathOf(circle),
            shown: { Keeper: keeperHash, Door: doorHash },
        }
        return answeredForWork(this.network, question, 0, ({ status, facts }) =>
            isKept(status) && facts["epoch"] === 0 ? undefined : null,
        )
    }

    async post(circle: Uint8Array, doorKey: Uint8Array, sealed: Uint8Array): Promise<number> {
        checkedLength(sealed, PIECE)
        const path = `${pathOf(circle)}/message`
        const shown = { Key: doorKey }
        return answered(this.network, { method: "POST", path, shown, body: sealed }, placeIn)
    }

    async commit(circle: Uint8Array, outgoing: OutgoingCommit): Promise<number> {
        const { doorKey, epoch, nextDoorHash, sealed, keeper } = outgoing
        checkedLength(sealed, LARGEST_COMMIT)
        const keeperKey = outgoing.keeperKey ?? keeper?.key
        const pieces = {
            path: pathOf(circle),
            shown: { Key: doorKey, ...(keeperKey && { "Keeper-Key": keeperKey }) },
        }
        const shown = {
            Key: doorKey,
            Epoch: String(epoch),
            Door: nextDoorHash,
            ...(keeper && { "Keeper-Key": keeper.key, Keeper: keeper.nextHash }),
        }
        const path = `${pathOf(circle)}/commit`
        return sentWhole(this.network, sealed, pieces, (whole) =>
            answered(
                this.network,
                "body" in whole
                    ? { method: "POST", path, shown, body: whole.body }
                    : { method: "POST", path, shown: { ...shown, Digest: whole.digest } },
                placeIn,
            ),
        )
    }

    async read(circle: Uint8Array, doorKey: Uint8Array, after: number): Promise<LogPage> {
        const path = pathOf(circle)
        const shown = { Key: doorKey }
        const listed = await answered(
            this.network,
            { method: "GET", path: `${path}?after=${String(after)}`, shown },
            (told) => pageIn(told, after),
        )
        const entries: LogEntry[] = []
        for (const { size, sealed, ...entry } of listed.entries) {
            const at = { path: `${path}/entry/${String(entry.seq)}`, shown }
            entries.push({
                ...entry,
                sealed: sealed ?? (await fetchedWhole(this.network, at, size)),
            })
        }
        return { ...listed, entries }
    }

    live(
        circle: Uint8Array,
        doorKey: Uint8Array,
        onNews: () => void,
        signal: AbortSignal,
    ): Promise<void> {
        const isOver = async (): Promise<boolean> => {
            const question: Question = {
                method: "GET",
                path: `${pathOf(circle)}?after=${String(LAST)}`,
                shown: { Key: doorKey },
                once: true,
            }
            const page = await answered(this.network, question, (told) => pageIn(told, LAST))
            return page.epoch === null
        }
        return live(
            this.network,
            { path: `${pathOf(circle)}/news`, doorKey, isOver },
            onNews,
            signal,
        )
    }

    burn(circle: Uint8Array, keeperKey: Uint8Array): Promise<void> {
        const question: Question = {
            method: "POST",
            path: `${pathOf(circle)}/burn`,
            shown: { "Keeper-Key": keeperKey },
        }
        return answered(this.network, question, ({ facts }) =>
            facts["burned"] === true ? undefined : null,
        )
    }
}

export function pathOf(circle: Uint8Array): string {
    return `/circle/${idOf(circle)}`
}

export function isKept(status: number): boolean {
    return status === 200 || status === 201
}

function placeIn({ status, facts }: Told): number | null {
    return isKept(status) ? wholeFrom(facts["seq"], 1, LAST) : null
}

type ListedPage = Omit<LogPage, "entries"> & { readonly entries: readonly Listed[] }

function pageIn({ status, facts, headers }: Told, after: number): ListedPage | null {
    const { epoch, more } = facts
    const known = epoch === null || wholeFrom(epoch, 0, LAST) !== null
    const entries = listFrom(facts["entries"], MOST_ENTRIES, entryFrom)
    if (status !== 200 || !known || typeof more !== "boolean" || entries === null) return null
    let last = after
    for (const { seq } of entries) {
        if (seq <= last) return null
        last = seq
    }
    const clock = Date.parse(headers.get("Date") ?? "")
    const told = Number.isNaN(clock) ? {} : { clock }
    return { epoch: epoch === null ? null : Number(epoch), entries, more, ...told }
}

function entryFrom(untrusted: Readonly<Record<string, unknown>>): Listed | null {
    const { kind } = untrusted
    const seq = wholeFrom(untrusted["seq"], 1, LAST)
    const epoch = wholeFrom(untrusted["epoch"], 0, LAST)
    const size = wholeFrom(untrusted["size"], 1, kind === "commit" ? LARGEST_COMMIT : PIECE)
    if (seq === null || epoch === null || size === null) return null
    if (kind !== "message" && kind !== "commit") return null
    if (untrusted["sealed"] === null) return { seq, epoch, kind, size, sealed: null }
    const sealed = base64From(untrusted["sealed"], size)
    return sealed === null ? null : { seq, epoch, kind, size, sealed }
}

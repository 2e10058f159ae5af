/**
 * A room's side of the log: reading it, sending what waits, and commits that win or are made anew.
 * Everything happens one after the other; a step stands in the store before it counts.
 */

import { sha256 } from "@noble/hashes/sha2.js"

import { Burned, CircleFull, EpochOver, NoCircle, Refused } from "../delivery/delivery.js"
import type { LogDelivery, LogEntry } from "../delivery/delivery.js"
import { KeepingError } from "../keeping/store.js"
import { hex, unhex } from "../mls/bytes.js"
import { forget } from "../mls/forgetting.js"
import type { Group } from "../mls/group.js"
import type { Changes } from "../mls/group_steps.js"
import { NotAllowed } from "../mls/problems.js"
import { seenOf } from "./chain.js"
import { clockCompared } from "./clock.js"
import { encodedSeen } from "./content.js"
import { Draft } from "./draft.js"
import type { Kept } from "./draft.js"
import { enqueue, sealedWaiting } from "./outbox.js"
import { missing, received } from "./receiving.js"
import type { Receiving } from "./receiving.js"
import type { Pending, RoomRows, Waiting } from "./rows.js"

const HOUR_MS = 60 * 60 * 1000
const HEARTBEAT_EVERY_HOURS = 12
/** Lost races in a row before giving up for now. */
const MOST_TRIES = 12

export interface KeeperChange {
    /** The keeper key of now, and the hash of the next one. */
    readonly key: Uint8Array
    readonly nextHash: Uint8Array
}

export interface CommitOptions {
    readonly keeper?: KeeperChange
    /** Kept with the welcome, for whoever leaves it at a landing. */
    readonly note?: Uint8Array
}

export class RoomLog {
    #kept: Kept
    #turn: Promise<unknown> = Promise.resolve()
    /** The commit of this device that won last. */
    #won = ""
    #over = false
    /** Nothing after the last entry can be taken in: see the warnings. */
    stopped = false

    constructor(
        readonly rows: RoomRows,
        readonly delivery: LogDelivery,
        private readonly surroundings: Omit<Receiving, "today" | "hour">,
        kept: Kept,
        private readonly changed: () => void,
    ) {
        this.#kept = kept
    }

    get kept(): Kept {
        return this.#kept
    }

    /**
     * Overwrite all keys. What is under way would seal with zeros, which the server could open, and
     * keep zeros in place of keys: it ends at its next step.
     */
    end(): void {
        this.#over = true
        this.#kept.group?.forgetAll()
    }

    #checkThere(): void {
        if (this.#over) throw new KeepingError("locked", "expected keys, got none; unlock again")
    }

    /** One after the other; a failure ends only its own turn. */
    inTurn<T>(work: () => Promise<T>): Promise<T> {
        const turn = this.#turn.then(work)
        this.#turn = turn.catch(() => undefined)
        return turn
    }

    /** Write, forget, and only then become. Inside a turn. */
    async step<T>(work: (draft: Draft, context: Receiving) => T | Promise<T>): Promise<T> {
        const draft = new Draft(this.#kept)
        this.#checkThere()
        const result = await work(draft, this.context())
        this.#checkThere()
        const rows = draft.rows()
        if (rows.size > 0) await this.rows.put(rows)
        forget(draft.spent)
        this.#kept = draft.kept
        if (this.#over) this.end()
        if (draft.won !== null) this.#won = draft.won
        if (rows.size > 0) this.changed()
        return result
    }

    context(): Receiving {
        const now = this.surroundings.judging.now()
        return {
            ...this.surroundings,
            today: now.toISOString().slice(0, 10),
            hour: Math.floor(now.getTime() / HOUR_MS),
        }
    }

    /** Read everything there is, through the ends of epochs. */
    async read(): Promise<void> {
        this.stopped = false
        for (;;) {
            const { group, place } = this.#kept
            if (group === null || place.burned) return
            const after = Math.max(0, place.seq)
            const page = await this.#asked(async () =>
                this.delivery.read(group.circle, await group.doorKey(), after),
            )
            if (page === null) return
            await this.step((draft) => {
                clockCompared(draft, page.clock, this.surroundings.judging.now())
            })
            this.stopped = await this.#taken(page.entries)
            if (this.stopped || this.#kept.group === null) return
            const moved = this.#kept.group.epoch !== group.epoch
            const advanced = this.#kept.place.seq !== place.seq
            if (!moved && !(page.more && advanced)) {
                await this.#ended(page.epoch === null || (page.more && !advanced))
                // This epoch is over and what ended it is not to be had: nothing can follow.
                this.stopped = page.epoch === null
                return
            }
        }
    }

    /** One page is one step: after a crash it is read again. True: nothing after it can be read. */
    #taken(entries: readonly LogEntry[]): Promise<boolean> {
        return this.step(async (draft, context) => {
            for (const entry of entries) {
                if ((await received(draft, entry, context)) === "stopped") {
                    return draft.kept.group !== null
                }
            }
            return false
        })
    }

    /** `hidden`: there is more by the server's own word, and it does not give it. */
    #ended(hidden: boolean): Promise<void> {
        return this.step((draft, { today }) => {
            const { seq, read } = draft.kept.place
            if (hidden) draft.warn(missing(read, today), seq + 1, "", today)
            else if (read !== today) draft.place({ read: today })
            acknowledgedAndLost(draft, today)
        })
    }

    /** Send what waits. True if something was sent, or has to be sealed anew: read again. */
    async send(): Promise<boolean> {
        let sent = false
        for (const { number } of this.#kept.outbox) {
            const item = this.#kept.outbox.find((one) => one.number === number)
            const { group } = this.#kept
            if (item === undefined || group === null || this.stopped) break
            if (item.seq > 0) continue
            const done = await this.#sent(item, group)
            sent ||= done !== "refused"
            if (done !== "sent") break
        }
        return sent
    }

    async #sent(item: Waiting, group: Group): Promise<"sent" | "epoch-over" | "refused"> {
        const ready = await this.step((draft, { franking }) =>
            sealedWaiting(draft, item, group, franking),
        )
        try {
            const seq = await this.#asked(async () =>
                this.delivery.post(group.circle, await group.doorKey(), unhex(ready.sealed)),
            )
            if (seq === null) return "refused"
            await this.step((draft) => {
                draft.waiting({ ...ready, seq })
            })
            return "sent"
        } catch (problem) {
            if (problem instanceof EpochOver) return "epoch-over"
            if (!(problem instanceof CircleFull)) throw problem
            await this.step((draft) => {
                givenUp(draft, item)
            })
            return "refused"
        }
    }

    /**
     * Commit what `changes` says of the group of now, again until it wins. `null`: nothing is to be
     * done any more. Return the welcome, if somebody was added.
     */
    async commit(
        changes: (group: Group) => Changes | null,
        options: CommitOptions = {},
    ): Promise<Uint8Array | null> {
        for (let tries = 0; tries < MOST_TRIES; tries += 1) {
            await this.settled()
            const { group } = this.#kept
            if (group === null || this.stopped) throw new NotAllowed("this room takes no changes")
            const wanted = changes(group)
            if (wanted === null) return null
            const pending = await this.step((draft) => prepared(draft, group, wanted, options))
            await this.settled()
            if (this.#won === pending.sealed) {
                return pending.welcome === "" ? null : unhex(pending.welcome)
            }
        }
        throw new EpochOver("others changed this room again and again; try once more")
    }

    /** Read; and a commit on its way has won or lost afterwards. */
    async settled(): Promise<void> {
        await this.read()
        const { pending, group } = this.#kept
        if (pending === null || group === null || this.stopped) return
        try {
            const won = await this.#asked(async () => {
                await this.delivery.commit(group.circle, {
                    doorKey: await group.doorKey(),
                    epoch: pending.epoch,
                    nextDoorHash: unhex(pending.nextDoorHash),
                    sealed: unhex(pending.sealed),
                    ...(pending.keeper === null
                        ? {}
                        : {
                              keeper: {
                                  key: unhex(pending.keeper.key),
                                  nextHash: unhex(pending.keeper.nextHash),
                              },
                          }),
                })
                return true
            })
            if (won === null) return
        } catch (problem) {
            if (refusesCommit(problem, pending)) {
                await this.read()
                await this.#withdrawn(pending)
                throw problem
            }
            if (!(problem instanceof EpochOver)) throw problem
        }
        await this.read()
    }

    /** Not in the log, so the epoch goes on without it; its key is spent all the same. */
    #withdrawn({ sealed }: Pending): Promise<void> {
        return this.step((draft) => {
            if (draft.kept.pending?.sealed === sealed) draft.pending(null)
        })
    }

    /** A sign of life now and then, at a time that says nothing. */
    heartbeat(): Promise<void> {
        return this.step(async (draft, { hour, drawn, franking }) => {
            const { place, group } = draft.kept
            if (group === null || hour < place.heartbeat) return
            const cover = await franking?.cover?.(group.suite, group.circle, group.me.id)
            const bare = { kind: "heartbeat" } as const
            enqueue(draft, cover === undefined ? bare : { kind: "boxed", body: cover }, "")
            const wait = HEARTBEAT_EVERY_HOURS + drawn(2 * HEARTBEAT_EVERY_HOURS)
            draft.place({ heartbeat: hour + wait })
        })
    }

    /** null: the circle was burned. */
    async #asked<T>(ask: () => Promise<T>): Promise<T | null> {
        try {
            this.#checkThere()
            return await ask()
        } catch (problem) {
            if (!(problem instanceof Burned)) throw problem
            await this.step((draft) => {
                draft.place({ burned: true })
            })
            return null
        }
    }
}

/** The server will not take these bytes later either. */
function refusesCommit(problem: unknown, { keeper }: Pending): boolean {
    const wrongKeeperKey = keeper !== null && problem instanceof NoCircle
    return wrongKeeperKey || problem instanceof CircleFull || problem instanceof Refused
}

async function prepared(
    draft: Draft,
    group: Group,
    wanted: Changes,
    { keeper, note }: CommitOptions,
): Promise<Pending> {
    const said = encodedSeen(seenOf(draft.kept.place.chain))
    const made = await group.commit(wanted, said)
    const pending: Pending = {
        epoch: group.epoch,
        sealed: hex(made.sealed),
        nextDoorHash: hex(sha256(await made.group.doorKey())),
        keeper:
            keeper === undefined ? null : { key: hex(keeper.key), nextHash: hex(keeper.nextHash) },
        welcome: made.welcome === null ? "" : hex(made.welcome),
        note: note === undefined ? "" : hex(note),
        group: {
            epoch: hex(made.group.encodeEpoch()),
            ratchets: hex(made.group.encodeRatchets()),
        },
    }
    draft.ratcheted(made.current, [])
    draft.pending(pending)
    return pending
}

/** The server said that it has them, and shows a log without them: they are sent once more. */
function acknowledgedAndLost(draft: Draft, today: string): void {
    const { outbox, place, group } = draft.kept
    for (const item of outbox) {
        if (item.seq === 0 || item.seq > place.seq) continue
        draft.warn("withheld", item.seq, group?.me.id ?? "", today)
        draft.waiting({ ...item, sealed: "", seq: 0 })
    }
}

function givenUp(draft: Draft, { number, id }: Waiting): void {
    const message = draft.kept.messages.get(id)
    if (message === undefined) {
        draft.dropWaiting(number)
        return
    }
    for (const item of draft.kept.outbox) if (item.id === id) draft.dropWaiting(item.number)
    draft.message({ ...message, state: "failed" })
}

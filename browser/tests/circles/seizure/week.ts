// Days of traffic on a real server, with the code that browsers run: rooms, invitations, knocks,
// welcomes. Run by tests/circles/seized_week.py, which changes the server's day in between and
// then searches all that it has. The last line of output is every secret there was.
import { generateKeyPairSync } from "node:crypto"
import { createInterface } from "node:readline"

import { sha256 } from "@noble/hashes/sha2.js"

import { httpDelivery } from "../../../src/circles/delivery/http_delivery.js"
import type { Delivery } from "../../../src/circles/delivery/delivery.js"
import { keyOf } from "../../../src/circles/entering/batch_key.js"
import { numberOf, randomBytes } from "../../../src/circles/entering/big_numbers.js"
import {
    blindSign,
    keyBytes,
    type PrivateKey,
} from "../../../src/circles/entering/blind_signature.js"
import { ComingIn } from "../../../src/circles/entering/coming_in.js"
import { lookAtDoor } from "../../../src/circles/entering/door.js"
import { batchId, isGenuine, linkText } from "../../../src/circles/entering/invitation.js"
import { Requests } from "../../../src/circles/entering/requests.js"
import {
    parsedSigning,
    signingBody,
    type SigningAnswer,
} from "../../../src/circles/entering/signing_messages.js"
import { MemoryStore } from "../../../src/circles/keeping/memory_store.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import type { Batch } from "../../../src/circles/mls/settings.js"
import { CLASSIC } from "../../../src/circles/mls/suites.js"
import { Room, type Surroundings } from "../../../src/circles/room/room.js"
import { randomNumbers } from "../../support/random_numbers.js"

const DAY_MS = 86_400_000
const [ROOMS, MEMBERS, DAYS, SEED] = process.argv.slice(2).map(Number) as [
    number,
    number,
    number,
    number,
]
const START = Date.now()
const random = randomNumbers(SEED)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

let base = ""
let day = 0

/** One request as somebody who watches the wire sees it, with whose device it was. */
interface Watched {
    readonly at: number
    readonly who: string
    readonly method: string
    readonly path: string
    readonly sent: number
}

const watched: Watched[] = []
/** Virtual: requests of one moment follow each other. */
let ticks = 0

// ts-mls asks the clock itself when this device adds somebody.
Date.now = () => START + day * DAY_MS

function now(): Date {
    return new Date(START + day * DAY_MS)
}

function pick<T>(from: readonly T[]): T {
    const found = from[Math.floor(random() * from.length)]
    if (found === undefined) throw new Error("nobody to choose from")
    return found
}

/** A device on the network: everything it asks is seen by the watcher. */
function delivery(who: string): Delivery {
    return httpDelivery({
        fetch: (path, request) => {
            const body = request.body
            const sent = body instanceof Uint8Array ? body.length : 0
            ticks += 1
            watched.push({ at: ticks, who, method: request.method ?? "GET", path, sent })
            return fetch(base + path, request).then(dated)
        },
        // A worker that is being renewed is back within a second or two, as for a browser.
        pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
        breathe: () => Promise.resolve(),
    })
}

/** The server's program lives on the simulated day; what dates its answers asks the machine. */
function dated(answer: Response): Response {
    const headers = new Headers(answer.headers)
    headers.set("date", now().toUTCString())
    const { status, statusText } = answer
    const body = [101, 204, 205, 304].includes(status) ? null : answer.body
    return new Response(body, { status, statusText, headers })
}

interface Person {
    readonly name: string
    readonly around: Surroundings & { readonly delivery: Delivery; readonly store: MemoryStore }
    room: Room
}

class Circle {
    readonly people: Person[] = []
    readonly keys: PrivateKey[] = []
    readonly pairs: { inviter: string; invitee: string; landing: string }[] = []
    readonly keeperKey = randomBytes(32)

    constructor(readonly number: number) {}

    get keeper(): Person {
        const [first] = this.people
        if (first === undefined) throw new Error("a founder")
        return first
    }

    async found(): Promise<void> {
        const name = this.#name()
        const around = surroundings(name)
        const room = await Room.found(around, {
            suite: CLASSIC,
            name: `Raum-${hex(randomBytes(6))}`,
            myName: name,
            band: "adults",
            keeperHash: sha256(this.keeperKey),
        })
        remember(room.state.name, name)
        this.people.push({ name, around, room })
    }

    /** A keeper lets eight more be invited. */
    async openBatch(): Promise<void> {
        const { room, around } = this.keeper
        const key = rsaKey()
        const modulus = keyBytes(key)
        const batch: Batch = {
            id: hex(batchId(modulus)),
            modulus: hex(modulus),
            knock_secret: hex(randomBytes(32)),
            ends: new Date(now().getTime() + 7 * DAY_MS).toISOString().slice(0, 10),
        }
        this.keys.push(key)
        await room.commit((group) => ({
            settings: { ...group.settings, batches: [...group.settings.batches, batch] },
        }))
        await around.delivery.openBatch(room.circle, this.keeperKey, modulus)
    }

    /** Somebody asks, a keeper signs blindly, the link goes to a newcomer by another way. */
    async invite(unused = false): Promise<void> {
        const inviter = pick(this.people)
        await inviter.room.sync()
        const { settings } = inviter.room.state
        const requests = new Requests(inviter.around.store, inviter.room.circle, CLASSIC)
        const asked = await requests.ask(settings, today())
        if (asked === null) return
        await inviter.room.send("entering", asked.body)
        if (inviter === this.keeper) {
            // A keeper's device signs for itself; the same goes over the wire all the same.
            const answer = this.#answer(asked.body)
            await inviter.room.send("entering", signingBody(answer))
            await requests.answered(answer, inviter.room.state.me.id, settings)
        } else {
            await this.#sign()
            await inviter.room.sync()
            for (const part of inviter.room.received("entering")) {
                const message = parsedSigning(unhex(part.body))
                if (message.kind !== "request") {
                    await requests.answered(message, part.from, inviter.room.state.settings)
                }
                await inviter.room.done(part.seq)
            }
        }
        const [ready] = await requests.ready(inviter.room.state.settings, today())
        if (ready === undefined) throw new Error("no invitation came back")
        const { nonce, signature } = ready.link.invitation
        if (unused) {
            secrets.unused.push(hex(nonce), hex(signature), linkText(ready.link))
            return
        }
        await requests.given(ready.request)
        secrets.links.push(linkText(ready.link))
        secrets.linkKeys.push(hex(ready.link.knock.linkKey))
        await this.#comeIn(inviter, ready.link)
    }

    async #sign(): Promise<void> {
        const { room } = this.keeper
        await room.sync()
        for (const part of room.received("entering")) {
            const body = unhex(part.body)
            if (parsedSigning(body).kind === "request") {
                await room.send("entering", signingBody(this.#answer(body)))
            }
            await room.done(part.seq)
        }
    }

    #answer(body: Uint8Array): SigningAnswer {
        const message = parsedSigning(body)
        const key = this.keys.find((one) => hex(batchId(keyBytes(one))) === message.batch)
        if (message.kind !== "request" || key === undefined) throw new Error("not for this keeper")
        const { batch, request, blinded } = message
        return { kind: "answer", batch, request, signature: blindSign(key, blinded) }
    }

    async #comeIn(inviter: Person, link: Parameters<typeof ComingIn.begin>[1]): Promise<void> {
        const name = this.#name()
        const around = surroundings(name)
        const coming = await ComingIn.begin(around.store, link, name, now())
        const standing = await coming.carryOn(around.delivery)
        const opener = pick(this.people)
        await opener.room.sync()
        const { group } = opener.room
        if (group === null) throw new Error("a member")
        const { settings, members, circle } = group
        const { delivery: asks } = opener.around
        const looked = await lookAtDoor(
            asks,
            await group.doorKey(),
            { suite: CLASSIC, circle, batches: settings.batches, now: now() },
            members,
        )
        const [waiting] = looked.good
        if (waiting === undefined) {
            const why = looked.bad.map((one) => one.why).join()
            throw new Error(`nobody at the door: ${standing}, ${why}`)
        }
        const { knock, id } = waiting
        const welcome = await opener.room.commit(() => ({ add: [knock.keyPackage] }))
        if (welcome === null) throw new Error("no welcome")
        await asks.leaveWelcome(knock.landing.id, knock.landing.giverKey, welcome)
        await this.keeper.around.delivery.dropKnock(circle, this.keeperKey, id)
        const joined = await coming.look(around.delivery, around.judging)
        if (joined === null) throw new Error("not let in")
        const room = await Room.entered(around, joined.group)
        await around.store.put(coming.rowsWhenInside())
        this.people.push({ name, around, room })
        this.pairs.push({ inviter: inviter.name, invitee: name, landing: hex(knock.landing.id) })
    }

    #name(): string {
        const name = `Mensch-${this.number.toString()}-${hex(randomBytes(5))}`
        remember(name)
        return name
    }
}

const secrets = {
    texts: [] as string[],
    names: [] as string[],
    links: [] as string[],
    linkKeys: [] as string[],
    unused: [] as string[],
    keys: [] as string[],
}

function remember(...names: string[]): void {
    secrets.names.push(...names)
}

function today(): string {
    return now().toISOString().slice(0, 10)
}

function rsaKey(): PrivateKey {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const { p = "", q = "" } = privateKey.export({ format: "jwk" })
    const of = (text: string) => numberOf(Uint8Array.from(Buffer.from(text, "base64url")))
    return keyOf(of(p), of(q))
}

function surroundings(who: string): Person["around"] {
    return {
        delivery: delivery(who),
        store: new MemoryStore(),
        judging: { genuine: isGenuine, now },
        franking: null,
    }
}

async function oneDay(circles: readonly Circle[]): Promise<void> {
    // Rooms live side by side, so that their rows lie mixed.
    const newcomers = Math.ceil((MEMBERS - 1) / Math.max(1, DAYS - 1))
    for (let round = 0; round < newcomers; round++) {
        for (const circle of circles) {
            if (circle.people.length >= MEMBERS) continue
            if (circle.people.length % 8 === 1 && circle.keys.length <= circle.people.length / 8) {
                await circle.openBatch()
            }
            await circle.invite()
        }
    }
    for (const circle of circles) {
        for (let said = 0; said < 3 + random() * 10; said++) {
            const text = `Niemand-sonst-liest-${hex(randomBytes(8))}`
            secrets.texts.push(text)
            await pick(circle.people).room.say(text)
        }
        for (const { room } of circle.people) await room.sync()
    }
}

/** The next address of the server: it was started again on another day. */
async function address(): Promise<void> {
    process.stdout.write("ready\n")
    const line = await lines.next()
    if (line.done === true) throw new Error("no address")
    base = line.value
}

const circles = Array.from({ length: ROOMS }, (_, number) => new Circle(number))
for (day = 0; day < DAYS; day++) {
    await address()
    if (day === 0) for (const circle of circles) await circle.found()
    await oneDay(circles)
}
for (const circle of circles) {
    await circle.invite(true)
    const { group } = circle.keeper.room
    if (group !== null) secrets.keys.push(hex(await group.doorKey()), hex(circle.keeperKey))
    for (const { room } of circle.people) {
        await room.sync()
        const { warnings } = room.state
        if (warnings.length > 0) throw new Error(`warned: ${JSON.stringify(warnings[0]?.kind)}`)
    }
}
const rooms = circles.map(({ keeper, people, pairs }) => ({
    circle: hex(keeper.room.circle),
    people: people.map(({ name }) => name),
    pairs,
    shown: Math.min(...people.map(({ room }) => room.state.shown.length)),
}))
const told = `done ${JSON.stringify({ rooms, secrets, watched })}\n`
process.stdout.write(told, () => process.exit(0)) // a pipe takes 64 kB at once

/** The client against the real server; tests/circles/test_browser_client.py starts one. */

import { generateKeyPairSync } from "node:crypto"

import { sha256 } from "@noble/hashes/sha2.js"
import { expect, test } from "vitest"

import {
    Burned,
    EpochOver,
    LARGEST_COMMIT,
    LARGEST_WELCOME,
    NoCircle,
    NoInvitation,
    PIECE,
} from "../../../src/circles/delivery/delivery.js"
import { httpDelivery } from "../../../src/circles/delivery/http_delivery.js"
import { browserNetwork } from "../../../src/sending/browser_network.js"

const BASE = process.env["SAFELIGHT_TEST_SERVER"]
const delivery = httpDelivery(browserNetwork(), BASE)

function random(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 65_536) {
        crypto.getRandomValues(bytes.subarray(at, at + 65_536))
    }
    return bytes
}

test.runIf(BASE)("a circle lives: founded, said, heard live, committed, burned", async () => {
    const circle = random(16)
    const keeper = random(32)
    const door = random(32)
    await delivery.found(circle, sha256(keeper), sha256(door))
    await delivery.found(circle, sha256(keeper), sha256(door))
    const heard: number[] = []
    const stop = new AbortController()
    const living = delivery.live(
        circle,
        door,
        () => {
            heard.push(heard.length)
        },
        stop.signal,
    )
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    const said = Array.from({ length: 12 }, (_, at) => random(at === 5 ? PIECE : 1024))
    for (const [at, one] of said.entries()) {
        expect(await delivery.post(circle, door, one)).toBe(at + 1)
    }
    while (heard.length === 1) await new Promise((resolve) => setTimeout(resolve, 10))
    const next = random(32)
    const sealed = random(LARGEST_COMMIT)
    const outgoing = { doorKey: door, epoch: 0, nextDoorHash: sha256(next), sealed }
    const change = { key: keeper, nextHash: sha256(next) }
    expect(await delivery.commit(circle, { ...outgoing, keeper: change })).toBe(13)
    expect(await delivery.commit(circle, { ...outgoing, keeper: change })).toBe(13)
    await living // its epoch is over
    const other = { ...outgoing, sealed: random(300) }
    await expect(delivery.commit(circle, other)).rejects.toBeInstanceOf(EpochOver)
    await expect(delivery.post(circle, door, random(9))).rejects.toBeInstanceOf(EpochOver)
    const entries = []
    for (let more = true; more;) {
        const page = await delivery.read(circle, door, entries.at(-1)?.seq ?? 0)
        entries.push(...page.entries)
        more = page.more
        expect(page.epoch).toBeNull()
    }
    expect(entries.map((entry) => entry.sealed)).toEqual([...said, sealed])
    expect((await delivery.read(circle, next, 0)).epoch).toBe(1)
    await expect(delivery.read(circle, random(32), 0)).rejects.toBeInstanceOf(NoCircle)
    await expect(delivery.burn(circle, keeper)).rejects.toBeInstanceOf(NoCircle)
    await delivery.burn(circle, next)
    await delivery.burn(circle, next)
    await expect(delivery.read(circle, next, 0)).rejects.toBeInstanceOf(Burned)
})

test.runIf(BASE)("somebody comes in: batch, landing, packages, welcome", async () => {
    const [circle, keeper, door] = [random(16), random(32), random(32)]
    await delivery.found(circle, sha256(keeper), sha256(door))
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const { n = "" } = publicKey.export({ format: "jwk" })
    const modulus = Uint8Array.from(Buffer.from(n, "base64url"))
    const opened = await delivery.openBatch(circle, keeper, modulus)
    expect(await delivery.batches(circle, door)).toEqual([opened])
    expect(opened.modulus).toEqual(modulus)
    const invited = {
        batch: opened.batch,
        nonce: random(32),
        signature: random(256),
        knock: random(PIECE),
    }
    await expect(delivery.comeIn(invited)).rejects.toBeInstanceOf(NoInvitation)
    expect(await delivery.knocks(circle, door)).toEqual([])
    expect(await delivery.knock(circle, door, "0000000000000001")).toBeNull()
    await delivery.dropKnock(circle, keeper, "0000000000000001")

    const [landing, owner, giver] = [random(16), random(32), random(32)]
    await delivery.prepareLanding(landing, sha256(owner), sha256(giver))
    const [once, last] = [random(3_000), random(4_000)]
    expect(await delivery.takePackage(landing, giver)).toBeNull()
    await delivery.putPackage(landing, owner, once, "once")
    await delivery.putPackage(landing, owner, last, "last-resort")
    const taken = [await delivery.takePackage(landing, giver)]
    taken.push(await delivery.takePackage(landing, giver))
    expect(taken).toEqual([
        { keyPackage: once, lastResort: false },
        { keyPackage: last, lastResort: true },
    ])
    const welcome = random(LARGEST_WELCOME)
    await delivery.leaveWelcome(landing, giver, welcome)
    await delivery.leaveWelcome(landing, giver, welcome)
    const { welcomes } = await delivery.landingFacts(landing, owner)
    expect(welcomes).toHaveLength(1)
    for (const waiting of welcomes) {
        expect(await delivery.welcome(landing, owner, waiting)).toEqual(welcome)
    }
    await delivery.clearLanding(landing, owner)
    await expect(delivery.landingFacts(landing, owner)).rejects.toBeInstanceOf(NoCircle)
})

test.runIf(BASE)("rooms move to another device once", async () => {
    const [id, key, sealed] = [random(16), random(32), random(200_001)]
    const arrived: number[] = []
    await delivery.stash(id, key, sealed, (bytes) => arrived.push(bytes))
    expect(arrived.at(-1)).toBe(sealed.length)
    const claim = random(32)
    expect(await delivery.takeStash(id, random(32), claim)).toBeNull()
    expect(await delivery.takeStash(id, key, claim)).toEqual(sealed)
    expect(await delivery.takeStash(id, key, random(32))).toBeNull()
    // The line was cut, the page was closed: the same claim goes on.
    expect(await delivery.takeStash(id, key, claim)).toEqual(sealed)
    await delivery.dropStash(claim)
    expect(await delivery.takeStash(id, key, claim)).toBeNull()
})

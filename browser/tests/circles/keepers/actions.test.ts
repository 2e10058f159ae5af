import { sha256 } from "@noble/hashes/sha2.js"
import { describe, expect, test } from "vitest"

import {
    close,
    follow,
    makeKeeper,
    mute,
    rekey,
    remove,
    unmakeKeeper,
    unmute,
} from "../../../src/circles/keepers/actions.js"
import type { Acting } from "../../../src/circles/keepers/actions.js"
import { drawnId } from "../../../src/circles/keepers/boxed.js"
import { drawnFrankingKey } from "../../../src/circles/keepers/franking.js"
import {
    FrankingRing,
    Handover,
    KeeperError,
    encodedSecrets,
    firstSecrets,
    nextSecrets,
    parsedSecrets,
} from "../../../src/circles/keepers/keeper_secrets.js"
import { hex, unhex } from "../../../src/circles/mls/bytes.js"
import { encodedSettings, parsedSettings } from "../../../src/circles/mls/settings.js"
import { settingsOf } from "./people.js"

const [FIRST, SECOND, MEMBER, SPY] = [drawnId(), drawnId(), drawnId(), drawnId()].sort() as [
    string,
    string,
    string,
    string,
]
const SECRETS = firstSecrets()
const MODULUS = "ab".repeat(256)
const BATCH = {
    id: hex(sha256(unhex(MODULUS)).slice(0, 16)),
    modulus: MODULUS,
    knock_secret: "cd".repeat(32),
    ends: "2026-12-01",
}

function room(changes = {}, by = FIRST): Acting {
    const settings = settingsOf([FIRST, SECOND], {
        franking: SECRETS.ring.current,
        batches: [BATCH],
        ...changes,
    })
    return { settings, by, members: [FIRST, SECOND, MEMBER, SPY], epoch: 6 }
}

describe("what a keeper does", () => {
    test("every change is settings that all clients take in", () => {
        const muted = room({ muted: [MEMBER] })
        for (const { settings } of [
            mute(room(), SPY),
            unmute(muted, MEMBER),
            remove(room(), SPY, SECRETS),
            remove(room(), SECOND, SECRETS),
            close(room()),
            makeKeeper(room(), MEMBER, SECRETS),
            unmakeKeeper(room(), SECOND, SECRETS),
            rekey(room(), SECRETS),
        ]) {
            expect(parsedSettings(encodedSettings(settings))).toEqual(settings)
        }
    })

    test("muting is for members, and taken back", () => {
        expect(mute(room(), SPY).settings.muted).toEqual([SPY])
        expect(mute(room({ muted: [MEMBER] }), SPY).settings.muted).toEqual([MEMBER, SPY].sort())
        expect(unmute(room({ muted: [MEMBER] }), MEMBER).settings.muted).toEqual([])
        expect(() => mute(room(), SECOND)).toThrow("who is no keeper")
    })

    test("whoever is removed is nowhere in the settings, and every open batch ends", () => {
        const named = room({ muted: [SPY], counsellors: [SPY] })
        const change = remove(named, SPY, SECRETS)
        expect(change.remove).toEqual([SPY])
        expect(JSON.stringify(change.settings)).not.toContain(SPY)
        expect(change.settings.batches).toEqual([])
        expect(change.secrets).toBeNull()
        expect(change.settings.franking).toBe(SECRETS.ring.current)
    })

    test("with keepers all their keys change", () => {
        for (const change of [
            remove(room(), SECOND, SECRETS),
            makeKeeper(room(), MEMBER, SECRETS),
            unmakeKeeper(room(), SECOND, SECRETS),
            rekey(room(), SECRETS),
        ]) {
            expect(change.secrets?.ring.current).toBe(change.settings.franking)
            expect(change.settings.franking).not.toBe(SECRETS.ring.current)
            expect(change.secrets?.serverKey).not.toEqual(SECRETS.serverKey)
            expect(change.secrets?.ring.keys[0]?.secret).toEqual(SECRETS.ring.keys[0]?.secret)
        }
    })

    test("attack: a member acts as a keeper", () => {
        for (const by of [MEMBER, SPY, drawnId()]) {
            expect(() => mute(room({}, by), SPY)).toThrow("expected a keeper of this room")
            expect(() => remove(room({}, by), FIRST, SECRETS)).toThrow(KeeperError)
            expect(() => close(room({}, by))).toThrow(KeeperError)
            expect(() => rekey(room({}, by), SECRETS)).toThrow(KeeperError)
        }
    })

    test("the last keeper stays one, nobody removes themselves, and five is the most", () => {
        const alone = room({ keepers: [FIRST] })
        expect(() => unmakeKeeper(alone, FIRST, SECRETS)).toThrow("another keeper to stay")
        expect(() => unmakeKeeper(room(), FIRST, SECRETS)).toThrow("ask one of them")
        expect(() => remove(room(), FIRST, SECRETS)).toThrow("expected another member")
        expect(() => mute(room(), drawnId())).toThrow("expected a member of this room")
        const five = [FIRST, SECOND, drawnId(), drawnId(), drawnId()].sort()
        expect(() => makeKeeper(room({ keepers: five }), MEMBER, SECRETS)).toThrow("at most 5")
        expect(() => makeKeeper(room({ muted: [MEMBER] }), MEMBER, SECRETS)).toThrow("may write")
    })

    test("rules that do not know the room's band, or are over, are not followed", () => {
        const policy = {
            bands: [{ code: "18", days: 3 }],
            expires: "2026-12-31",
            hash: "ab".repeat(32),
        } as unknown as Parameters<typeof follow>[1]
        const change = follow(room(), policy, "2026-12-31" as never)
        expect(change.settings).toMatchObject({ policy: policy.hash, days: 3 })
        expect(() => follow(room(), policy, "2027-01-01" as never)).toThrow("rules in force")
        expect(() => follow(room({ band: "14-17" }), policy, "2026-12-31" as never)).toThrow(
            "rules in force",
        )
    })
})

describe("handing the secrets over", () => {
    const next = nextSecrets(SECRETS, 6)
    const named = next.ring.current

    test("they hold from the commit that names them, and not before", () => {
        const offered = Handover.begin(SECRETS).offered(next)
        expect(offered.secrets).toEqual(SECRETS)
        expect(offered.ready(named)).toBe(false)
        const taken = offered.taken(named, { epoch: 7, keeper: true })
        expect(taken.ready(named)).toBe(true)
        expect(taken.secrets?.serverKey).toEqual(next.serverKey)
        expect(taken.secrets?.ring.inForce(6)[0]?.secret).toEqual(SECRETS.ring.keys[0]?.secret)
        expect(taken.secrets?.ring.inForce(7)[0]?.secret).toEqual(next.ring.keys[1]?.secret)
    })

    test("a commit that never came, or another one that won, leaves what was", () => {
        const offered = Handover.begin(SECRETS).offered(next)
        const other = offered.taken(SECRETS.ring.current, { epoch: 7, keeper: true })
        expect(other.secrets).toEqual(SECRETS)
        const unknown = offered.taken("ff".repeat(32), { epoch: 7, keeper: true })
        expect(unknown.secrets).toEqual(SECRETS)
        expect(unknown.ready("ff".repeat(32))).toBe(false)
    })

    test("attack: a removed keeper burns the room with what they still know", () => {
        const theirs = Handover.begin(SECRETS).taken(named, { epoch: 7, keeper: false })
        expect(theirs.secrets).toBeNull()
        // The server's key is another: what they remember opens nothing there any more.
        expect(next.serverKey).not.toEqual(SECRETS.serverKey)
    })

    test("attack: whoever hands over lies about the keys of before", () => {
        const own = Handover.begin(SECRETS).offered(next).taken(named, { epoch: 7, keeper: true })
        const held = own.secrets ?? SECRETS
        const honest = nextSecrets(held, 8)
        const [, ...later] = honest.ring.keys
        const stranger = { ...drawnFrankingKey(), from: 0, sure: 0 }
        const lying = { ...honest, ring: new FrankingRing([stranger, ...later]) }
        const taken = own.offered(lying).taken(lying.ring.current, { epoch: 9, keeper: true })
        expect(taken.ready(lying.ring.current)).toBe(true)
        expect(taken.secrets?.ring.inForce(0)[0]?.secret).toEqual(SECRETS.ring.keys[0]?.secret)
    })

    test("whoever saw several commits at once holds what lies between against both keys", () => {
        const late = Handover.begin(SECRETS).offered(next).taken(named, { epoch: 9, keeper: true })
        const keys = (epoch: number) =>
            late.secrets?.ring.inForce(epoch).map((key) => hex(key.public)) ?? []
        expect(keys(6)).toEqual([SECRETS.ring.current])
        expect(keys(7)).toEqual([SECRETS.ring.current, named])
        expect(keys(8)).toEqual([SECRETS.ring.current, named])
        expect(keys(9)).toEqual([named])
    })

    test("what is stored reads back, candidates too", () => {
        const kept = Handover.begin(SECRETS).offered(next)
        const read = Handover.parsed(kept.encoded())
        expect(read.secrets).toEqual(SECRETS)
        expect(read.candidates).toEqual([next])
        expect(Handover.parsed(Handover.begin(null).encoded()).secrets).toBeNull()
        expect(parsedSecrets(encodedSecrets(next))).toEqual(next)
        expect(() => parsedSecrets(encodedSecrets(next).slice(0, -1))).toThrow()
        expect(() => parsedSecrets(new Uint8Array(70))).toThrow()
    })

    test("after many changes the oldest keys are gone, and the newest is in force", () => {
        let handover = Handover.begin(SECRETS)
        for (let epoch = 1; epoch <= 30; epoch += 1) {
            const candidate = nextSecrets(handover.secrets ?? SECRETS, epoch - 1)
            handover = handover
                .offered(candidate)
                .taken(candidate.ring.current, { epoch, keeper: true })
        }
        expect(handover.secrets?.ring.keys).toHaveLength(16)
        expect(handover.secrets?.ring.inForce(30)[0]?.from).toBe(30)
        expect(handover.secrets?.ring.inForce(10)).toEqual([])
    })
})

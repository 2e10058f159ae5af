// The official vectors (vectors/mls) and what they are run with: the suites as circles use them.
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

import { hexToBytes } from "@noble/hashes/utils.js"
import { gcm } from "@noble/ciphers/aes.js"
import { sha256 } from "@noble/hashes/sha2.js"
import type { CiphersuiteImpl } from "ts-mls"
import type { Decoder } from "ts-mls/codec/tlsDecoder.js"

import { hpke } from "../../../src/circles/mls/hpke.js"
import { CLASSIC, dhkemX25519, suiteOf as circleSuite } from "../../../src/circles/mls/suites.js"
import { inRepository } from "../../support/repository.js"

/** All of the two slowest files take a minute; `make prove-circles` runs all, `npm test` some. */
export const ALL = process.env["SAFELIGHT_PROVE"] === "1"

export interface OfVectors {
    readonly cipher_suite: number
}

/** All cases of one official file that are kept here, as its format (test-vectors.md) says. */
export function official(kind: string): readonly unknown[] {
    const packed = readFileSync(inRepository(`vectors/mls/${kind}.json.gz`))
    const cases: unknown = JSON.parse(gunzipSync(packed).toString("utf8"))
    if (!Array.isArray(cases) || cases.length === 0) {
        throw new Error(`expected cases in vectors/mls/${kind}.json.gz, got none`)
    }
    return cases
}

/** Cases under a name for the test's title: number and cipher suite. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- files have no types
export function named<Case>(kind: string): readonly (readonly [string, Case])[] {
    return official(kind).map((one, index) => {
        const suite = (one as Partial<OfVectors>).cipher_suite
        const title = suite === undefined ? "" : `, suite ${suite.toString()}`
        return [`${kind} ${index.toString()}${title}`, one as Case]
    })
}

export function bytes(hex: string): Uint8Array {
    return hexToBytes(hex)
}

/**
 * Suite 3 is the one that circles use. Suite 1, in which alone some official files exist, differs
 * from it in the cipher only; everything else of it is the same code.
 */
export function suiteOf(id: number): CiphersuiteImpl {
    const classic = circleSuite(CLASSIC)
    if (id === 3) return classic
    if (id !== 1) throw new Error(`suite ${id.toString()} is not kept`)
    const aead = { id: 0x0001, cipher: gcm, keyLength: 16, nonceLength: 12 }
    return {
        ...classic,
        name: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        hpke: hpke({ kem: dhkemX25519, hash: sha256, aead, rng: classic.rng }),
    }
}

/** The value of all of `hex`; what does not decode, or leaves bytes over, throws. */
export function decoded<T>(decode: Decoder<T>, hex: string): T {
    const whole = bytes(hex)
    const found = decode(whole, 0)
    if (found === undefined) throw new Error("does not decode")
    if (found[1] !== whole.length) {
        throw new Error(`${(whole.length - found[1]).toString()} bytes are left over`)
    }
    return found[0]
}

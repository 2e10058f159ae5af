/**
 * Rows as they lie on the disk: no name, no length, nothing that can be exchanged unseen.
 *
 * - id: HMAC-SHA256 of the key's name, 16 bytes. Equal names have equal ids, for whoever has the key.
 * - name: XChaCha20-Poly1305 of the padded name and of the value's tag, so that an older value put
 *   back in place of a newer one does not fit.
 * - value: XChaCha20-Poly1305 of the value padded to one of a few sizes.
 * - head: of all rows together, so that one row left out, or the whole of an older day mixed with a
 *   newer one, does not fit. All of an older day put back together does (docs/threat-model.md).
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes } from "@noble/hashes/utils.js"

import { hexOf } from "../../sealing/receipt.js"
import { pad, unpad } from "../../sealing/padding.js"
import { KeepingError, LONGEST_KEY } from "./store.js"

const KIB = 1024
/** What a value's length on the disk may be, before nonce and tag. */
export const VALUE_SIZES: readonly number[] = [0.5, 2, 8, 32, 128, 512, 2048].map((n) => n * KIB)
const NONCE = 24
const TAG = 16
const ID = 16
const NAME = LONGEST_KEY + 2

/** Wrong passphrase or damaged bytes: one error, because nobody can tell them apart. */
export function unopened(): KeepingError {
    return new KeepingError(
        "passphrase",
        "expected what this passphrase opens, got something else: it is another passphrase, or what " +
            "is kept here is damaged",
    )
}

/** With a nonce of its own in front. */
export function sealedBytes(key: Uint8Array, content: Uint8Array, belongs: Uint8Array): Uint8Array {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE))
    return concatBytes(nonce, xchacha20poly1305(key, nonce, belongs).encrypt(content))
}

/** Throws `KeepingError` "passphrase". */
export function openedBytes(
    key: Uint8Array,
    untrusted: Uint8Array,
    belongs: Uint8Array,
): Uint8Array {
    if (untrusted.length < NONCE + TAG) throw unopened()
    try {
        return xchacha20poly1305(key, untrusted.subarray(0, NONCE), belongs).decrypt(
            untrusted.subarray(NONCE),
        )
    } catch {
        throw unopened() // the library has one plain Error for every way of not opening
    }
}

export interface SealedRow {
    readonly id: string
    readonly name: Uint8Array
    readonly value: Uint8Array
}

export interface OpenedName {
    readonly key: string
    readonly tag: Uint8Array
}

export class RowSealing {
    readonly #id: Uint8Array
    readonly #name: Uint8Array
    readonly #value: Uint8Array
    readonly #head: Uint8Array
    #forgotten = false

    constructor(master: Uint8Array) {
        const derived = (what: string): Uint8Array =>
            hkdf(sha256, master, undefined, text(`safelight keeping v1 ${what}`), 32)
        this.#id = derived("row id")
        this.#name = derived("row name")
        this.#value = derived("row value")
        this.#head = derived("head")
    }

    /** Overwrite the keys. What the engine copied meanwhile is out of reach. */
    forget(): void {
        this.#forgotten = true
        for (const key of [this.#id, this.#name, this.#value, this.#head]) key.fill(0)
    }

    /** A step that was under way when the keys went must not go on with zeros for keys. */
    #checkThere(): void {
        if (this.#forgotten)
            throw new KeepingError("locked", "expected keys, got none; unlock again")
    }

    id(key: string): string {
        this.#checkThere()
        return hexOf(hmac(sha256, this.#id, text(key)).subarray(0, ID))
    }

    sealed(key: string, value: Uint8Array): SealedRow {
        const id = this.id(key)
        const size = VALUE_SIZES.find((one) => value.length < one)
        if (size === undefined) {
            throw new KeepingError(
                "too-large",
                `expected a value below ${String(VALUE_SIZES.at(-1))} bytes, got ` +
                    `${String(value.length)}; keep it in pieces`,
            )
        }
        const sealedValue = sealedBytes(this.#value, pad(value, size), text(id))
        const named = concatBytes(pad(text(key), NAME), sealedValue.subarray(-TAG))
        return { id, name: sealedBytes(this.#name, named, text(id)), value: sealedValue }
    }

    openedName(id: string, untrusted: Uint8Array): OpenedName {
        this.#checkThere()
        const named = openedBytes(this.#name, untrusted, text(id))
        const key = new TextDecoder().decode(unpad(named.subarray(0, NAME)))
        return { key, tag: named.slice(NAME) }
    }

    /** `tag`: as the name says. */
    openedValue(id: string, tag: Uint8Array, untrusted: Uint8Array | undefined): Uint8Array {
        this.#checkThere()
        if (untrusted === undefined || hexOf(untrusted.subarray(-TAG)) !== hexOf(tag)) {
            throw unopened()
        }
        return unpad(openedBytes(this.#value, untrusted, text(id))).slice()
    }

    /**
     * Other bytes each time, so that a window sees whether it was the last to write.
     * `names`: id → sealed name, of all rows.
     */
    sealedHead(names: ReadonlyMap<string, Uint8Array>): Uint8Array {
        this.#checkThere()
        return sealedBytes(this.#head, digestOf(names), text("head"))
    }

    /** Throws `KeepingError` "passphrase" unless it is the head of just these rows. */
    checkHead(untrusted: Uint8Array, names: ReadonlyMap<string, Uint8Array>): void {
        const head = openedBytes(this.#head, untrusted, text("head"))
        if (hexOf(head) !== hexOf(digestOf(names))) throw unopened()
    }
}

/** Each name's tag stands for its bytes: 16 bytes that only the key's holder can choose. */
function digestOf(names: ReadonlyMap<string, Uint8Array>): Uint8Array {
    const all = sha256.create()
    for (const id of [...names.keys()].sort()) {
        all.update(text(id)).update((names.get(id) ?? new Uint8Array()).subarray(-TAG))
    }
    return all.digest()
}

function text(of: string): Uint8Array {
    return new TextEncoder().encode(of)
}

/** Bytes: joining, comparing, writing as hex. */

import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"

import { Unreadable } from "./problems.js"

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
        whole.set(part, at)
        at += part.length
    }
    return whole
}

export function ascii(text: string): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(text)
}

export function hex(bytes: Uint8Array): string {
    return bytesToHex(bytes)
}

/** Of hex that was checked before. */
export function unhex(text: string): Uint8Array {
    return hexToBytes(text)
}

export function uint64(number: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(number))
    return bytes
}

/** In time that does not depend on where they differ. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false
    let difference = 0
    for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0)
    return difference === 0
}

/** ts-mls waits for everything; what is thrown must come as a rejection. */
export function later<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
        resolve(work())
    })
}

/** Reads from untrusted bytes, from front to back; what is short is `Unreadable`. */
export class Reader {
    #at = 0

    constructor(
        private readonly untrusted: Uint8Array,
        private readonly what: string,
    ) {}

    /** A copy: views into a state would be overwritten with it. */
    take(length: number): Uint8Array<ArrayBuffer> {
        if (length > this.left) throw this.problem("more bytes")
        this.#at += length
        return this.untrusted.slice(this.#at - length, this.#at)
    }

    byte(): number {
        return this.take(1)[0] ?? 0
    }

    uint16(): number {
        const [high = 0, low = 0] = this.take(2)
        return high * 256 + low
    }

    uint32(): number {
        return new DataView(this.take(4).buffer).getUint32(0)
    }

    /** Numbers of a log stay below 2^53. */
    uint64(): number {
        const number = new DataView(this.take(8).buffer).getBigUint64(0)
        if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw this.problem("a smaller number")
        return Number(number)
    }

    /** Bytes after a length of four bytes. */
    long(): Uint8Array<ArrayBuffer> {
        return this.take(this.uint32())
    }

    rest(): Uint8Array<ArrayBuffer> {
        return this.take(this.left)
    }

    end(): void {
        if (this.left > 0) throw this.problem("nothing more")
    }

    get left(): number {
        return this.untrusted.length - this.#at
    }

    problem(expected: string): Unreadable {
        return new Unreadable(`${this.what}: expected ${expected}, got something else`)
    }
}

/** With a length of four bytes before it. */
export function long(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, bytes.length)
    return joined(length, bytes)
}

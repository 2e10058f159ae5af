/** A file read piece by piece: photos and films are larger than the memory to hold them. */

import { SafelightError } from "../errors.js"

/** Something that is not as the format says. Ends in "unknown", never on the page. */
export class MalformedError extends SafelightError {
    override readonly name = "MalformedError"

    constructor(expected: string) {
        super(`expected ${expected}, got something else; the file is left as it is`)
    }
}

const WINDOW = 256 * 1024

/** Reads of `file` at any place; neighbouring small reads come from one window in memory. */
export class FileWindow {
    readonly size: number
    #start = 0
    #bytes = new Uint8Array(0)

    constructor(readonly file: Blob) {
        this.size = file.size
    }

    /** Exactly `length` bytes from `at`. Throws `MalformedError` where the file ends before. */
    async bytes(at: number, length: number): Promise<Uint8Array> {
        if (at < 0 || length < 0 || at + length > this.size) {
            throw new MalformedError("a file that goes on")
        }
        if (at < this.#start || at + length > this.#start + this.#bytes.length) {
            const to = Math.min(this.size, at + Math.max(length, WINDOW))
            this.#bytes = new Uint8Array(await this.file.slice(at, to).arrayBuffer())
            this.#start = at
        }
        return this.#bytes.subarray(at - this.#start, at - this.#start + length)
    }

    /** As many bytes from `at` as are at hand at once; none at the end of the file. */
    bytesFrom(at: number): Promise<Uint8Array> {
        return this.bytes(at, Math.min(WINDOW, this.size - at))
    }
}

export function fieldsOf(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Four characters that name a chunk or a box. */
export function nameAt(bytes: Uint8Array, at: number): string {
    return String.fromCharCode(...bytes.subarray(at, at + 4))
}

export function bytesOfName(name: string): Uint8Array {
    return Uint8Array.from(name, (character) => character.charCodeAt(0))
}

export function startsWith(bytes: Uint8Array, start: readonly number[], at = 0): boolean {
    return start.every((byte, index) => bytes[at + index] === byte)
}

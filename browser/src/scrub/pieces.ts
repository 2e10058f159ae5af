/** What a scrubbed file is made of: ranges of the original, and a few bytes written anew. */

import { MalformedError } from "./file_window.js"

/** A scrubbed file before it is put together. */
export interface Kept {
    readonly pieces: Pieces
    readonly type: string
}

type Piece = Uint8Array<ArrayBuffer> | { readonly from: number; readonly to: number }

// A photo of a million tiny chunks is no photo, and would cost more memory than the file.
const MOST_PIECES = 200_000

export class Pieces {
    readonly #pieces: Piece[] = []
    #size = 0

    get size(): number {
        return this.#size
    }

    /** The original's bytes from `from` up to `to`. */
    keep(from: number, to: number): void {
        const last = this.#pieces.at(-1)
        this.#size += to - from
        if (last !== undefined && !(last instanceof Uint8Array) && last.to === from) {
            this.#pieces[this.#pieces.length - 1] = { from: last.from, to }
        } else if (to > from) this.#push({ from, to })
    }

    add(...parts: readonly (Uint8Array | readonly number[])[]): void {
        for (const part of parts) {
            const bytes = Uint8Array.from(part)
            this.#size += bytes.length
            this.#push(bytes)
        }
    }

    /** All of `others`, after what is here. */
    append(others: Pieces): void {
        for (const piece of others.#pieces) {
            if (piece instanceof Uint8Array) this.add(piece)
            else this.keep(piece.from, piece.to)
        }
    }

    /** A slice is a reference: nothing is read here. */
    blob(file: Blob, type: string): Blob {
        const parts = this.#pieces.map((piece) =>
            piece instanceof Uint8Array ? piece : file.slice(piece.from, piece.to),
        )
        return new Blob(parts, { type })
    }

    #push(piece: Piece): void {
        if (this.#pieces.length >= MOST_PIECES) throw new MalformedError("fewer parts in a file")
        this.#pieces.push(piece)
    }
}

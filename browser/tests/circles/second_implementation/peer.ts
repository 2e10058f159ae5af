// A program by other people, asked over its standard input and output, one JSON value a line.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process"
import { createInterface, type Interface } from "node:readline"

import { inRepository } from "../../support/repository.js"

/** `make peers` makes it; SAFELIGHT_PEERS names another Python that has the libraries. */
const PYTHON = process.env["SAFELIGHT_PEERS"] ?? inRepository(".venv/peers/bin/python")

export function missing(library: string): boolean {
    return spawnSync(PYTHON, ["-c", `import ${library}`]).status !== 0
}

export class Peer {
    readonly #process: ChildProcessWithoutNullStreams
    readonly #lines: AsyncIterableIterator<string>

    constructor(script: string) {
        const path = inRepository(`browser/tests/circles/second_implementation/${script}`)
        this.#process = spawn(PYTHON, [path])
        const lines: Interface = createInterface({ input: this.#process.stdout })
        this.#lines = lines[Symbol.asyncIterator]()
    }

    /** Throws with what the library said, if it refuses. */
    async ask(
        operation: string,
        ...rest: (string | number | (string | number)[])[]
    ): Promise<string> {
        this.#process.stdin.write(`${JSON.stringify([operation, ...rest])}\n`)
        const line = await this.#lines.next()
        if (line.done === true) throw new Error("the other library's program has ended")
        const answer = JSON.parse(line.value) as { ok?: string; problem?: string }
        if (answer.ok === undefined) throw new Error(answer.problem ?? "no answer")
        return answer.ok
    }

    end(): void {
        this.#process.stdin.end()
    }
}

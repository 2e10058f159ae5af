/** A network that a test writes: answers by its own rules, and no time passes in its pauses. */

import type { Network } from "../../../src/sending/network.js"

export interface Asked {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array
}

/** null: no answer. */
export type Rule = (asked: Asked, number: number) => Response | null

export class WrittenNetwork implements Network {
    readonly asked: Asked[] = []
    readonly pauses: number[] = []

    constructor(readonly rule: Rule) {}

    fetch(path: string, request: RequestInit): Promise<Response> {
        const asked = {
            method: request.method ?? "GET",
            path,
            headers: request.headers as Record<string, string>,
            body: new Uint8Array((request.body as ArrayBuffer | undefined) ?? new ArrayBuffer(0)),
        }
        this.asked.push(asked)
        const answer = this.rule(asked, this.asked.length - 1)
        return answer === null
            ? Promise.reject(new TypeError("Failed to fetch"))
            : Promise.resolve(answer)
    }

    async pause(milliseconds: number): Promise<void> {
        this.pauses.push(milliseconds)
        // Timers and readers of streams get their turn.
        await new Promise((resolve) => setTimeout(resolve, 0))
    }

    breathe(): Promise<void> {
        return Promise.resolve()
    }
}

export function told(facts: object, status = 200): Response {
    return new Response(JSON.stringify(facts).padEnd(1024), { status })
}

export function refused(problem: string, status: number): Response {
    return told({ problem, expected: "a", got: "b", next: "c" }, status)
}

export function bytes(length: number, byte = 7): Uint8Array {
    return new Uint8Array(length).fill(byte)
}

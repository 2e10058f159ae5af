import { execFile } from "node:child_process"
import { promisify } from "node:util"

import { expect, test } from "vitest"

import { inRepository } from "../support/repository.js"

interface Measured {
    readonly content: number
    readonly sealed: number
    readonly rss_before_mib: number
    readonly rss_peak_mib: number
}

test("120 MiB are sealed and opened without holding them: memory grows by less than 100 MiB", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
        inRepository("browser/scripts/measure-streaming.mjs"),
        "120",
    ])
    const measured = JSON.parse(stdout) as Measured
    expect(measured.content).toBe(120 * 1024 * 1024)
    expect(measured.sealed).toBe(128 * 1024 * 1024)
    expect(measured.rss_peak_mib - measured.rss_before_mib).toBeLessThan(100)
})

import path from "node:path"

import ts from "typescript"
import { expect, test } from "vitest"

import { inRepository } from "../support/repository.js"

const SOURCE = inRepository("browser/tests/sealing/plaintext_does_not_compile.ts")

/** The lines of the file at which the compiler finds errors, once `edit` has changed its text. */
function linesWithErrors(edit: (text: string) => string): readonly number[] {
    const configPath = inRepository("browser/tests/tsconfig.json")
    const { options } = ts.parseJsonConfigFileContent(
        ts.readConfigFile(configPath, (name) => ts.sys.readFile(name)).config,
        ts.sys,
        path.dirname(configPath),
    )
    const host = ts.createCompilerHost(options)
    const read = host.getSourceFile.bind(host)
    host.getSourceFile = (name, target) =>
        path.resolve(name) === SOURCE
            ? ts.createSourceFile(name, edit(ts.sys.readFile(name) ?? ""), target)
            : read(name, target)
    const program = ts.createProgram([SOURCE], options, host)
    const source = program.getSourceFile(SOURCE)
    return ts
        .getPreEmitDiagnostics(program, source)
        .map(({ start }) => (source?.getLineAndCharacterOfPosition(start ?? 0).line ?? -1) + 1)
}

test("plaintext does not compile as a sealed report, while a sealed one does", () => {
    const expected: number[] = []
    const without = linesWithErrors((text) => {
        text.split("\n").forEach((line, index) => {
            if (line.includes("@ts-expect-error")) expected.push(index + 2)
        })
        return text.replaceAll("@ts-expect-error", "expected:")
    })
    expect(expected.length).toBeGreaterThan(5)
    expect([...new Set(without)].sort((a, b) => a - b)).toEqual(expected)
    expect(linesWithErrors((text) => text)).toEqual([])
})

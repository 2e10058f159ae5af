import { readdirSync, readFileSync } from "node:fs"

import { inRepository } from "./repository.js"

/** The names of one folder's vectors. Their absence is a failure, not a skip. */
export function vectorNames(folder: string): readonly string[] {
    const names = readdirSync(inRepository(`vectors/${folder}`)).filter((name) =>
        name.endsWith(".json"),
    )
    if (names.length === 0) throw new Error(`expected vectors in vectors/${folder}, got none`)
    return names.sort().map((name) => `${folder}/${name}`)
}

/** One vector as it stands in its file; the caller knows its shape from vectors/README.md. */
export function vector(path: string): unknown {
    return JSON.parse(readFileSync(inRepository(`vectors/${path}`), "utf8"))
}

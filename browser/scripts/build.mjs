// npm run build: write what is served, and remove what is not built any more.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises"

import { builtFiles, SERVED } from "./bundle.mjs"

for (const { program, folder } of SERVED) {
    await mkdir(folder, { recursive: true })
    const files = await builtFiles(program)
    for (const [name, bytes] of files) {
        await writeFile(new URL(name, folder), bytes)
        console.log(`${name}: ${bytes.length} bytes`)
    }
    for (const name of await readdir(folder)) {
        if (name.endsWith(".js") && !files.has(name)) await rm(new URL(name, folder))
    }
}

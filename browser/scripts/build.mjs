// npm run build: write what is served, and remove what is not built any more.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises"

import { builtFiles, STATIC } from "./bundle.mjs"

await mkdir(STATIC, { recursive: true })
const files = await builtFiles()
for (const [name, bytes] of files) {
    await writeFile(new URL(name, STATIC), bytes)
    console.log(`${name}: ${bytes.length} bytes`)
}
for (const name of await readdir(STATIC)) {
    if (name.endsWith(".js") && !files.has(name)) await rm(new URL(name, STATIC))
}

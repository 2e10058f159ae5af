// npm run build: write what is served.
import { mkdir, writeFile } from "node:fs/promises"

import { builtFiles, STATIC } from "./bundle.mjs"

await mkdir(STATIC, { recursive: true })
for (const [name, bytes] of await builtFiles()) {
    await writeFile(new URL(name, STATIC), bytes)
    console.log(`${name}: ${bytes.length} bytes`)
}

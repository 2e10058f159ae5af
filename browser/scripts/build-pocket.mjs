// The pocket form's template: written, or with --check compared with what is committed.
import { mkdir, readFile, writeFile } from "node:fs/promises"

import { POCKET_TEMPLATE, pocketTemplate } from "./pocket.mjs"

const built = await pocketTemplate()
if (process.argv[2] === "--check") {
    const committed = await readFile(POCKET_TEMPLATE).catch(() => Buffer.alloc(0))
    if (!committed.equals(built)) {
        console.error(
            "The pocket form's template differs from a rebuild. Run `npm run build` and commit.",
        )
        process.exit(1)
    }
    console.log("The pocket form's template equals a rebuild, byte for byte.")
} else {
    await mkdir(new URL("./", POCKET_TEMPLATE), { recursive: true })
    await writeFile(POCKET_TEMPLATE, built)
    console.log(`pocket/form.html: ${built.length} bytes`)
}

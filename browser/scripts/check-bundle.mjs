// The committed files must be what the committed sources give: otherwise people read one
// script and reporters run another.
//
//   node scripts/check-bundle.mjs [FOLDER]     FOLDER: another place of a reporter's files
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { pathToFileURL } from "node:url"

import { builtFiles, SERVED } from "./bundle.mjs"

const differing = []
const elsewhere = process.argv[2] && pathToFileURL(path.resolve(process.argv[2]) + path.sep)
const looked = elsewhere ? [{ ...SERVED[0], folder: elsewhere }] : SERVED
for (const { program, folder } of looked) {
    const built = await builtFiles(program)
    for (const [name, bytes] of built) {
        const committed = await readFile(new URL(name, folder)).catch(() => null)
        if (committed === null) differing.push(`${name} is missing`)
        else if (!committed.equals(bytes)) {
            const at = committed.findIndex((byte, index) => byte !== bytes[index])
            differing.push(
                `${name}: ${committed.length} bytes committed, ${bytes.length} rebuilt, first difference at ${at}`,
            )
        }
    }
    for (const name of await readdir(folder)) {
        if (name.endsWith(".js") && !built.has(name))
            differing.push(`${name} is built from nothing`)
    }
}
if (differing.length > 0) {
    console.error(
        `What is served differs from a rebuild: ${differing.join("; ")}. Run \`npm run build\` and commit.`,
    )
    process.exit(1)
}
console.log("What is served equals a rebuild, byte for byte.")

import path from "node:path"
import { fileURLToPath } from "node:url"

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..")

/** A file of the repository. (Vite would rewrite `new URL(…, import.meta.url)` to an asset.) */
export function inRepository(name: string): string {
    return path.join(ROOT, name)
}

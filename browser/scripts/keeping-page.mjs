// For tests in Python: a page whose script can do what `src/circles/keeping` does, and nothing else.
// Prints it as HTML; `keeping` is its global.
import { build } from "esbuild"

const { outputFiles } = await build({
    stdin: {
        contents: `export * from "./unlocking.js"`,
        resolveDir: new URL("../src/circles/keeping/", import.meta.url).pathname,
        loader: "ts",
    },
    bundle: true,
    format: "iife",
    globalName: "keeping",
    target: "es2022",
    write: false,
})
process.stdout.write(`<!doctype html><title>-</title><script>${outputFiles[0].text}</script>`)

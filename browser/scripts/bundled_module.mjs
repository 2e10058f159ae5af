import { build } from "esbuild"

/** Import a TypeScript source of `src/` with everything it needs, without writing a file. */
export async function bundledModule(source) {
    const { outputFiles } = await build({
        entryPoints: [new URL(`../src/${source}`, import.meta.url).pathname],
        bundle: true,
        format: "esm",
        platform: "neutral",
        mainFields: ["module", "main"],
        target: "es2022",
        write: false,
    })
    const code = Buffer.from(outputFiles[0].contents).toString("base64")
    return import(`data:text/javascript;base64,${code}`)
}

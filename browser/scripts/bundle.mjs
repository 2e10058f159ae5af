// What the browser gets, built from `src/`: unminified, so that it can be read and compared.
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"

import { build } from "esbuild"

const HERE = new URL("../", import.meta.url)
// A language without a list of words has no receipt to show, so its page cannot send.
const LANGUAGES = ["en", "ru"].filter((language) => existsSync(wordListFile(language)))

/** Where the files are served from; what is committed there must equal a rebuild. */
export const STATIC = new URL("../../safelight/intake/static/", import.meta.url)

/** Every built file by name, as bytes. The same sources and lock give the same bytes. */
export async function builtFiles() {
    const files = new Map([["report.js", await script()]])
    for (const language of LANGUAGES) files.set(`words-${language}.js`, await wordModule(language))
    files.set("report.licenses.txt", await licenses())
    return files
}

async function script() {
    const { outputFiles } = await build({
        absWorkingDir: HERE.pathname,
        entryPoints: { report: "src/intake/main.ts" },
        outdir: "built", // not written to; it only shortens the names in comments
        bundle: true,
        format: "esm",
        target: "es2020",
        charset: "utf8",
        legalComments: "inline",
        write: false,
        logLevel: "warning",
        banner: {
            js:
                "// Safelight, the form's script: seals a report before it leaves the browser.\n" +
                "// AGPL-3.0-or-later; what is bundled with it: report.licenses.txt. Sources: browser/ in the repository.",
        },
    })
    return outputFiles[0].contents
}

function wordListFile(language) {
    return new URL(`../../safelight/sealing/wordlists/${language}.txt`, import.meta.url)
}

/** One list for each language, so that a page loads only its own. */
async function wordModule(language) {
    const words = (await readFile(wordListFile(language), "utf8")).trim().split(/\s+/)
    const lines = []
    for (let at = 0; at < words.length; at += 8) lines.push(words.slice(at, at + 8).join(" "))
    return Buffer.from(
        `// The receipt's words: safelight/sealing/wordlists/${language}.txt\nexport const words = \`\n${lines.join("\n")}\n\`\n`,
    )
}

/** The licences of everything that stands in report.js, whole, as they ask. */
async function licenses() {
    const { dependencies } = JSON.parse(await readFile(new URL("package-lock.json", HERE), "utf8"))
        .packages[""]
    const names = [...Object.keys(dependencies), "@noble/post-quantum"].sort()
    const texts = await Promise.all(
        names.map(async (name) => {
            const folder = new URL(`node_modules/${name}/`, HERE)
            const { version } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"))
            const text = await readFile(new URL("LICENSE", folder), "utf8")
            return `${name} ${version}\n\n${text.replace(/\r\n/g, "\n").trim()}\n`
        }),
    )
    return Buffer.from(
        `report.js contains these works beside Safelight's own code.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`,
    )
}

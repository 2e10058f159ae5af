// What the browser gets, built from `src/`: unminified, so that it can be read and compared.
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { gzipSync } from "node:zlib"

import { build, transform } from "esbuild"
import { rollup } from "rollup"

import { moduleOf, MOST_BYTES, PROGRAMS } from "./modules.mjs"

const HERE = new URL("../", import.meta.url)
const TARGET = "es2022"
// A language without a list of words has no receipt to show, so its page cannot send.
const LANGUAGES = ["en", "ru"].filter((language) => existsSync(wordListFile(language)))

/** What is served where; what is committed there must equal a rebuild. */
export const SERVED = PROGRAMS.map((program) => ({
    program,
    folder: new URL(program.folder, import.meta.url),
}))

/** Every built file of a program by name, as bytes. The same sources and lock give the same bytes. */
export async function builtFiles(program) {
    const { modules, needs } = await builtModules(program)
    const files = new Map(modules)
    for (const [name, { page }] of Object.entries(program.entries)) {
        files.set(name, await entry(name, page, needs.get(name)))
    }
    if (program.withWords) {
        for (const language of LANGUAGES) files.set(`${language}.js`, await wordModule(language))
    }
    const sent = new Map(
        [...files].map(([name, bytes]) => [name, gzipSync(bytes, { level: 9 }).length]),
    )
    for (const [name, size] of sent) {
        if (size > MOST_BYTES) {
            throw new Error(`${name} has ${size} bytes as sent, at most ${MOST_BYTES}; split it`)
        }
    }
    if (program.mostBytes !== undefined) checkWhole(sent, needs, program)
    files.set(
        "modules.json",
        Buffer.from(JSON.stringify(Object.fromEntries(needs), null, 4) + "\n"),
    )
    // One file for both programs, where a reporter's are.
    if (program.withWords) files.set("licenses.txt", await licenses())
    return files
}

/** Everything that each entry needs, and the largest of those of which one is chosen. */
function checkWhole(sent, needs, { mostBytes, oneOf }) {
    for (const [entry, modules] of needs) {
        const chosen = Math.max(...oneOf.map((name) => sent.get(name)))
        const whole = [entry, ...modules].reduce((sum, name) => sum + sent.get(name), chosen)
        const told = `${entry} with its modules: ${whole} bytes as sent, at most ${mostBytes}`
        if (whole > mostBytes) throw new Error(`${told}; leave something out or ask for it later`)
        console.log(told)
    }
}

/** The modules by name, and for each entry the names that it needs, the deepest first. */
async function builtModules(program) {
    const { entries, modules: table, leftOut } = program
    const bundle = await rollup({
        input: Object.fromEntries(
            Object.values(entries).map(({ page, source }) => [page.replace(/\.js$/, ""), source]),
        ),
        plugins: [sources(leftOut)],
        onwarn(warning) {
            // The age library's files import each other; they stand in one module.
            const circle = warning.code === "CIRCULAR_DEPENDENCY" ? warning.ids : [""]
            if (!circle.every((id) => id.includes("node_modules/age-encryption/"))) {
                throw new Error(warning.message)
            }
        },
    })
    const { output } = await bundle.generate({
        format: "es",
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        manualChunks: (id) => moduleOf(nameOf(id), table).replace(/\.js$/, ""),
        minifyInternalExports: false,
        hoistTransitiveImports: false,
        generatedCode: "es2015",
    })
    await bundle.close()
    const built = new Map(output.map((chunk) => [chunk.fileName, chunk]))
    const order = Object.keys(table)
    const names = order.filter((name) => built.has(name))
    if (names.length !== built.size) throw new Error(`unexpected modules: ${[...built.keys()]}`)
    const print = program.minified ? minified : (code) => code
    const what = `part of ${program.whose} script`
    const modules = []
    for (const name of names) modules.push([name, await served(built.get(name), { print, what })])
    // What a module asks for later may need only what its page has already.
    const needs = Object.entries(entries).map(([name, { page, late = [] }]) => {
        const found = needed(page, built, order)
        for (const other of late) needed(other, built, order, found)
        return [name, found]
    })
    for (const { dynamicImports, fileName } of program.onDemand ? [] : built.values()) {
        const here = [...needs.values()].map(([, found]) => found).find((f) => f.includes(fileName))
        for (const late of dynamicImports) {
            const missing = needed(late, built, order).filter(
                (name) => name !== late && !here.includes(name),
            )
            if (missing.length > 0) throw new Error(`${late} needs ${missing}, too late`)
        }
    }
    return { modules, needs: new Map(needs) }
}

function needed(name, built, order, found = []) {
    for (const other of [...built.get(name).imports].sort()) {
        if (order.indexOf(other) <= order.indexOf(name)) {
            throw new Error(`${name} may not need ${other}`)
        }
        needed(other, built, order, found)
    }
    if (!found.includes(name)) found.push(name)
    return found
}

/** The sources as they are, without types and comments; each under its name. */
const sources = (leftOut) => ({
    name: "sources",
    resolveId(source, importer) {
        if (importer === undefined) return new URL(source, HERE).pathname
        if (source in leftOut) return new URL(leftOut[source], HERE).pathname
        if (!source.startsWith(".")) {
            // As the libraries say of themselves; otherwise unused parts would stay.
            return { id: createRequire(importer).resolve(source), moduleSideEffects: false }
        }
        const { pathname } = new URL(source, `file://${importer}`)
        const found = importer.endsWith(".ts") ? pathname.replace(/\.js$/, ".ts") : pathname
        const instead = leftOut[nameOf(found)]
        if (instead !== undefined) return new URL(instead, HERE).pathname
        return importer.endsWith(".ts") ? found : { id: found, moduleSideEffects: false }
    },
    async load(id) {
        const { code } = await transform(await readFile(id, "utf8"), {
            loader: id.endsWith(".ts") ? "ts" : "js",
            target: TARGET,
            charset: "utf8",
            legalComments: "inline",
        })
        // Rollup leaves this out with a source of which nothing is used.
        return `/* ${nameOf(id)} */\n${code}`
    },
})

function nameOf(id) {
    if (!id.startsWith(HERE.pathname)) throw new Error(`${id} stands outside browser/`)
    return id.slice(HERE.pathname.length)
}

const IMPORT = /^import \{ ([^}]+) \} from '\.\/([a-z0-9-]+\.js)';$/gm

/** A module asks the entry for what it needs (src/loading/load.ts says why). */
async function served({ fileName, code, imports }, { print, what }) {
    let found = 0
    const body = code.replace(IMPORT, (_line, names, from) => {
        found += 1
        return `const { ${names.replaceAll(" as ", ": ")} } = await safelightModule("${from}");`
    })
    const later = body.replace(/import\('\.\/([a-z0-9-]+\.js)'\)/g, 'safelightModule("$1")')
    if (found !== imports.length) throw new Error(`${fileName}: an import that was not understood`)
    return Buffer.from(`${banner(what)}\n${await print(later)}`)
}

/**
 * Unlike a reporter's script, which is to be read as it is served: for a circle everything together
 * has to stay small. Whoever wants to read it reads the sources, and builds the same bytes.
 */
async function minified(code) {
    const printed = { format: "esm", target: TARGET, charset: "utf8", legalComments: "inline" }
    return (await transform(code, { ...printed, minify: true })).code
}

async function entry(name, page, modules) {
    const { outputFiles } = await build({
        absWorkingDir: HERE.pathname,
        entryPoints: { [name.replace(/\.js$/, "")]: "src/loading/entry.ts" },
        outdir: "built", // not written to; it only shortens the names in comments
        bundle: true,
        format: "esm",
        target: TARGET,
        charset: "utf8",
        define: { PAGE: JSON.stringify(page), MODULES: JSON.stringify(modules) },
        write: false,
        logLevel: "warning",
        banner: { js: banner("fetches the parts of the reporter's script and starts it") },
    })
    return Buffer.from(outputFiles[0].contents)
}

function banner(what) {
    return (
        `// Safelight: ${what}.\n` +
        "// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository."
    )
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

/** The licences of everything that stands in the modules, whole, as they ask. */
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
        `The scripts here contain these works beside Safelight's own code.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`,
    )
}

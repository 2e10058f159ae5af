// The pocket form's template: one HTML file, into which `safelight pocket build` puts the data.
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"

import { build } from "esbuild"
import { zlibSync } from "fflate"

import { LEFT_OUT } from "./modules.mjs"

const HERE = new URL("../", import.meta.url)

/** Beside the other built files; not in `static`, since no server sends it. */
export const POCKET_TEMPLATE = new URL("../../safelight/intake/pocket/form.html", import.meta.url)

/** The template as bytes. The same sources and lock give the same bytes. */
export async function pocketTemplate() {
    const code = await program()
    const page = filled(
        await readSource("src/pocket/form.html"),
        new Map([
            ["STYLE", await readSource("src/pocket/form.css")],
            ["LOADER", await readSource("src/pocket/loader.js")],
            // Packed by a library instead of Node.js: its own differs between machines.
            ["PROGRAM", Buffer.from(zlibSync(code, { level: 9 })).toString("base64")],
            ["PROGRAM-HASH", hashOf(code)],
            ["LICENCES", await licences()],
        ]),
    )
    // Last, since a policy names what stands between the tags, white space included.
    const hashes = new Map([
        ["STYLE-HASH", hashOf(inside(page, "style"))],
        ["LOADER-HASH", hashOf(inside(page, "script"))],
    ])
    return Buffer.from(filled(page, hashes))
}

function filled(page, parts) {
    return page.replace(/@@([A-Z-]+)@@/g, (place, name) => parts.get(name) ?? place)
}

function inside(page, tag) {
    const found = [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))]
    if (found.length !== 1) throw new Error(`expected one <${tag}> without attributes`)
    return found[0][1]
}

function readSource(name) {
    return readFile(new URL(name, HERE), "utf8")
}

function hashOf(text) {
    return `sha256-${createHash("sha256").update(text).digest("base64")}`
}

// Minified, unlike what servers send: with a roster the whole file must stay below 150 kB. Whoever
// wants to read the program reads the sources, and builds the same bytes from them.
async function program() {
    const { outputFiles } = await build({
        absWorkingDir: HERE.pathname,
        entryPoints: ["src/pocket/main.ts"],
        bundle: true,
        format: "iife",
        target: "es2020",
        charset: "utf8",
        minify: true,
        legalComments: "none", // they stand at the end of the file
        loader: { ".txt": "text" },
        write: false,
        logLevel: "warning",
        plugins: [onlyWhatIsUsed],
    })
    return Buffer.from(outputFiles[0].contents)
}

const onlyWhatIsUsed = {
    name: "only-what-is-used",
    setup({ onResolve }) {
        onResolve({ filter: /\/mp4\.js$/ }, () => ({
            path: new URL("src/left_out/films.ts", HERE).pathname,
        }))
        onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
            if (kind === "entry-point") return undefined
            const found =
                path in LEFT_OUT
                    ? new URL(LEFT_OUT[path], HERE).pathname
                    : createRequire(importer).resolve(path)
            return { path: found, sideEffects: false }
        })
    },
}

const MIT = [
    ...["@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum"],
    ...["@scure/base", "qr"],
]

/** Who wrote what stands in the script, and the two licences once: the file travels alone. */
async function licences() {
    const mit = await licenceOf("@noble/hashes")
    const bsd = await licenceOf("age-encryption")
    return [
        "Safelight's pocket form. AGPL-3.0-or-later; the sources are in the repository, in browser/.",
        `The script contains ${MIT.join(", ")} under this licence:`,
        mit,
        "and age-encryption under this one:",
        bsd,
    ]
        .join("\n\n")
        .replaceAll("--", "- -")
}

async function licenceOf(name) {
    const text = await readFile(new URL(`node_modules/${name}/LICENSE`, HERE), "utf8")
    return text.replace(/\r\n/g, "\n").trim()
}

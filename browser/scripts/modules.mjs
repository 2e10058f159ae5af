// Which source stands in which served module. A table, so that a module's name and content change
// only when somebody decides it: people read these files and compare them.
//
// Every module must come through a network that cuts a connection after some kilobytes, so each
// stays below MOST_BYTES as sent; `npm run build` fails otherwise. Imports between modules run
// downwards in the second list only (a module never needs one that stands above it).
//
// A browser may keep their addresses (measured in Chromium's code cache), so the names are letters
// that say nothing to somebody who looks through a phone: the list says what they are.

/** gzip -9; with headers the whole answer stays below 12,000 bytes. */
export const MOST_BYTES = 11_000

/** What a page names in <script>: fetches the modules, again where that fails, and starts one. */
export const ENTRIES = {
    "a.js": { page: "c.js", source: "src/intake/form_page.ts" },
    "b.js": {
        page: "d.js",
        source: "src/conversation/conversation_page.ts",
    },
    "j.js": { page: "k.js", source: "src/intake/upload_page.ts" },
}

/** Module → the sources in it: a file, or a folder with everything below it. */
export const MODULES = {
    "c.js": [
        "src/intake/form_fields.ts",
        "src/intake/form_page.ts",
        "src/intake/page.ts",
        "src/intake/receipt_shown.ts",
        "src/vocabulary/filled_form.ts",
    ],
    "d.js": ["src/conversation/"],
    "k.js": ["src/intake/upload_page.ts", "src/sending/chosen_deposit.ts"],
    "e.js": ["src/intake/", "src/vocabulary/"],
    "f.js": ["src/sealing/opening.ts"],
    "g.js": ["src/sending/"],
    "h.js": ["src/scrub/"],
    "i.js": ["src/sealing/"],
    // All that the upload's page needs beside its own.
    "l.js": [
        "src/errors.ts",
        "src/intake/page_parts.ts",
        "src/intake/said.ts",
        "src/sealing/json.ts",
        "src/sending/browser_network.ts",
        "src/sending/network.ts",
        "src/sending/upload.ts",
        "src/sending/work.ts",
        "src/sending/work_kernel.ts",
    ],
    "p.js": ["node_modules/age-encryption/"],
    "q.js": ["node_modules/@noble/post-quantum/", "node_modules/@noble/hashes/sha3.js"],
    "r.js": [
        "node_modules/@noble/curves/ed25519.js",
        "node_modules/@noble/curves/abstract/edwards.js",
        "node_modules/@noble/curves/abstract/montgomery.js",
    ],
    "s.js": ["node_modules/@noble/curves/"],
    "t.js": ["node_modules/@noble/ciphers/", "node_modules/@scure/base/"],
    "u.js": ["node_modules/@noble/hashes/", "src/left_out/"],
}

/**
 * Parts of the libraries that no envelope of ours needs, and what stands in their place. Tests run
 * with the whole libraries; the tests in browsers, and bundle.test.ts, with what is served.
 */
export const LEFT_OUT = {
    "@noble/curves/nist.js": "src/left_out/nist_curves.ts",
    "@noble/hashes/scrypt.js": "src/left_out/passphrases.ts",
}

/** What a person needs to come into a circle and talk there, all modules together, as sent. */
const MOST_BYTES_INTO_A_CIRCLE = 120_000

/** As ENTRIES, for the page of circles. Its modules share nothing with a reporter's: no cache
 * keeps anything, so sharing would save nobody a byte, and would make the report's script larger. */
const CIRCLE_ENTRIES = {
    "10.js": { page: "11.js", source: "src/circles/pages/start.ts" },
}

/** As MODULES. Digits, not letters: the two programs must not be taken for one another. */
const CIRCLE_MODULES = {
    "11.js": ["src/circles/pages/"],
}

/** As LEFT_OUT, for circles. */
const LEFT_OUT_OF_CIRCLES = {}

/** The two programs that are served, and where each is committed. */
export const PROGRAMS = [
    {
        folder: "../../safelight/intake/static/",
        entries: ENTRIES,
        modules: MODULES,
        leftOut: LEFT_OUT,
        withWords: true,
    },
    {
        folder: "../../safelight/circles/static/",
        entries: CIRCLE_ENTRIES,
        modules: CIRCLE_MODULES,
        leftOut: LEFT_OUT_OF_CIRCLES,
        mostBytes: MOST_BYTES_INTO_A_CIRCLE,
        withWords: false,
    },
]

/** The module for a source, by the longest entry of the table that fits. */
export function moduleOf(source, modules) {
    let found = null
    let longest = -1
    for (const [name, sources] of Object.entries(modules)) {
        for (const part of sources) {
            const fits = part.endsWith("/") ? source.startsWith(part) : source === part
            if (fits && part.length > longest) [found, longest] = [name, part.length]
        }
    }
    if (found === null) throw new Error(`${source} stands in no module; add it to modules.mjs`)
    return found
}

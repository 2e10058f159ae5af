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
        "src/sending/breathing.ts",
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

/**
 * As ENTRIES, for the page of circles. Its modules share nothing with a reporter's: no cache keeps
 * anything, so sharing would save nobody a byte, and would make the report's script larger.
 *
 * `late`: asked for by the page's module when it needs them. They are fetched with the others all
 * the same, since a person who types a passphrase gives them the time.
 */
const CIRCLE_ENTRIES = {
    "10.js": {
        page: "11.js",
        source: "src/circles/pages/start.ts",
        late: ["14.js", "15.js"],
    },
}

/**
 * As MODULES. Digits, not letters: the two programs must not be taken for one another. 12, 13 and
 * from 30 on: asked for when somebody needs them.
 */
const CIRCLE_MODULES = {
    "11.js": ["src/circles/pages/"],
    "12.js": ["src/circles/pages/words/en.ts"],
    "13.js": ["src/circles/pages/words/ru.ts"],
    "30.js": [
        "src/circles/pages/keepers_view.ts",
        "src/circles/pages/emergency_view.ts",
        "src/circles/pages/device.ts",
        "src/circles/pages/founding_view.ts",
        "src/circles/pages/reporting_view.ts",
        "src/circles/pages/reports_list.ts",
        "src/circles/pages/help_view.ts",
        "src/circles/pages/noted_view.ts",
    ],
    "31.js": [
        "src/circles/pages/people_view.ts",
        "src/circles/pages/qr_picture.ts",
        "src/qr/",
        "node_modules/qr/",
    ],
    "14.js": [
        "src/circles/pages/inside.ts",
        "src/circles/pages/entering_view.ts",
        "src/circles/pages/messages_list.ts",
        "src/circles/pages/room_view.ts",
        "src/circles/pages/writing.ts",
    ],
    "36.js": ["src/circles/pages/wired_reseeding.ts", "src/circles/keepers/reseeding_rooms.ts"],
    "32.js": [
        "src/circles/pages/wired_keeper.ts",
        "src/circles/pages/wired_keeping.ts",
        "src/circles/keepers/",
    ],
    "37.js": [
        "src/circles/entering/counting.ts",
        "src/circles/entering/ledger.ts",
        "src/circles/entering/keeper_batches.ts",
        "src/circles/entering/batch_key.ts",
        "src/circles/entering/requests.ts",
        "src/circles/entering/signing_messages.ts",
        "src/circles/entering/door.ts",
    ],
    // Counsellors' own page, and what rooms with counsellors check.
    "40.js": [
        "src/circles/pages/counsellor_view.ts",
        "src/circles/pages/wired_counselling.ts",
        "src/circles/keepers/counsellor.ts",
        "src/circles/keepers/shifts.ts",
        "src/left_out/recipients.ts",
        "src/sealing/roster.ts",
        "src/sealing/seal.ts",
        "src/sending/roster_parts.ts",
    ],
    // The signed rules: fetched by those who have seen some, or are about to found or knock.
    "38.js": [
        "src/circles/keepers/allowed.ts",
        "src/circles/keepers/current_policy.ts",
        "src/circles/keepers/help.ts",
        "src/circles/keepers/policy.ts",
        "src/circles/keepers/rules_here.ts",
        "src/sealing/statement.ts",
        "src/sending/parts.ts",
    ],
    "39.js": ["src/circles/pages/words/late.ts"],
    "41.js": [
        "src/circles/pages/words/more.ts",
        "src/circles/pages/words/more_en.ts",
        "src/circles/pages/words/more_ru.ts",
    ],
    "33.js": [
        "src/circles/pages/wired_moving.ts",
        "src/circles/entering/arriving.ts",
        "src/circles/entering/carried.ts",
        "src/circles/entering/leaving.ts",
        "src/circles/entering/moving_words.ts",
    ],
    "34.js": ["src/circles/pages/pictures.ts"],
    "15.js": [
        "src/circles/pages/wired_inside.ts",
        "src/circles/pages/wired_opening.ts",
        "src/circles/pages/wired_room.ts",
    ],
    "16.js": ["src/circles/room/"],
    "35.js": ["src/scrub/"],
    "17.js": [
        "src/circles/entering/",
        "src/circles/keepers/boxed.ts",
        "src/circles/keepers/franking.ts",
        "src/circles/keepers/franking_error.ts",
        "src/circles/keepers/room_franking.ts",
    ],
    "18.js": ["src/circles/delivery/", "src/circles/room/chain.ts", "src/sending/"],
    "19.js": [
        "src/circles/mls/group.ts",
        "src/circles/mls/commits.ts",
        "src/circles/mls/welcome.ts",
        "src/circles/mls/tree_checks.ts",
    ],
    "20.js": ["src/circles/mls/"],
    "21.js": ["node_modules/ts-mls/", "node_modules/@hpke/"],
    "22.js": [
        "node_modules/ts-mls/dist/src/codec/",
        "node_modules/ts-mls/dist/src/crypto/",
        "node_modules/ts-mls/dist/src/util/",
        "node_modules/ts-mls/dist/src/capabilities.js",
        "node_modules/ts-mls/dist/src/credential.js",
        "node_modules/ts-mls/dist/src/credentialType.js",
        "node_modules/ts-mls/dist/src/defaultExtensionType.js",
        "node_modules/ts-mls/dist/src/defaultProposalType.js",
        "node_modules/ts-mls/dist/src/extension.js",
        "node_modules/ts-mls/dist/src/groupContext.js",
        "node_modules/ts-mls/dist/src/keyPackage.js",
        "node_modules/ts-mls/dist/src/leafNode.js",
        "node_modules/ts-mls/dist/src/leafNodeSource.js",
        "node_modules/ts-mls/dist/src/lifetime.js",
        "node_modules/ts-mls/dist/src/mlsError.js",
        "node_modules/ts-mls/dist/src/nodeType.js",
        "node_modules/ts-mls/dist/src/parentHash.js",
        "node_modules/ts-mls/dist/src/parentNode.js",
        "node_modules/ts-mls/dist/src/presharedkey.js",
        "node_modules/ts-mls/dist/src/proposal.js",
        "node_modules/ts-mls/dist/src/protocolVersion.js",
        "node_modules/ts-mls/dist/src/ratchetTree.js",
        "node_modules/ts-mls/dist/src/secretTree.js",
        "node_modules/ts-mls/dist/src/treeHash.js",
        "node_modules/ts-mls/dist/src/treemath.js",
    ],
    "23.js": ["node_modules/@noble/post-quantum/"],
    "24.js": [
        "src/sending/breathing.ts",
        "src/circles/pages/acting.ts",
        "src/circles/pages/elements.ts",
        "src/circles/pages/filled.ts",
        "src/circles/pages/own_band.ts",
        "src/circles/pages/page.ts",
        "src/circles/keeping/",
        "src/sealing/",
        "node_modules/age-encryption/",
    ],
    "25.js": [
        "node_modules/@noble/curves/ed25519.js",
        "node_modules/@noble/curves/abstract/edwards.js",
        "node_modules/@noble/curves/abstract/montgomery.js",
    ],
    "26.js": ["node_modules/@noble/curves/"],
    "27.js": ["node_modules/@noble/ciphers/", "node_modules/@scure/base/"],
    "28.js": ["src/errors.ts", "src/left_out/", "node_modules/@noble/hashes/"],
}

/** As LEFT_OUT, for circles; also by path, where a library imports its own parts. */
const LEFT_OUT_OF_CIRCLES = {
    "@noble/curves/nist.js": "src/left_out/nist_curves.ts",
    "node_modules/ts-mls/dist/src/crypto/getCiphersuiteImpl.js": "src/left_out/ciphersuites.ts",
    "src/scrub/mp4.ts": "src/left_out/films.ts",
    "src/sealing/recipients.ts": "src/left_out/recipients.ts",
}

/** The two programs that are served, and where each is committed. */
export const PROGRAMS = [
    {
        folder: "../../safelight/intake/static/",
        entries: ENTRIES,
        modules: MODULES,
        leftOut: LEFT_OUT,
        withWords: true,
        whose: "the reporter's",
    },
    {
        folder: "../../safelight/circles/static/",
        entries: CIRCLE_ENTRIES,
        modules: CIRCLE_MODULES,
        leftOut: LEFT_OUT_OF_CIRCLES,
        minified: true,
        // Modules that somebody asks for by a press may bring others along.
        onDemand: true,
        mostBytes: MOST_BYTES_INTO_A_CIRCLE,
        oneOf: ["12.js", "13.js"], // a language
        withWords: false,
        whose: "the",
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

import js from "@eslint/js"
import tseslint from "typescript-eslint"

const TRACES = "what a visit leaves on the device can be found on it"

const GLOBALS = [
    ...["localStorage", "sessionStorage", "indexedDB", "caches", "history", "console"].map(
        (name) => ({ name, message: TRACES }),
    ),
    ...["eval", "Function", "WebAssembly"].map((name) => ({
        name,
        message: "the page's policy and Tor Browser's safer level forbid it",
    })),
]

export default tseslint.config(
    js.configs.recommended,
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/consistent-type-imports": "error",
            "max-lines": ["error", 400],
        },
    },
    {
        files: ["src/**/*.ts"],
        rules: {
            "no-console": "error",
            "no-restricted-globals": ["error", ...GLOBALS],
            "no-restricted-properties": [
                "error",
                ...[
                    "localStorage",
                    "sessionStorage",
                    "indexedDB",
                    "history",
                    "cookie",
                    "console",
                ].map((property) => ({
                    property,
                    message: TRACES,
                })),
                ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
                    property,
                    message: "text only: markup made here could carry a script",
                })),
                {
                    object: "document",
                    property: "write",
                    message: "text only: markup made here could carry a script",
                },
                {
                    object: "crypto",
                    property: "subtle",
                    message: "absent on http://….onion; use noble",
                },
                {
                    object: "Math",
                    property: "random",
                    message: "predictable; use crypto.getRandomValues",
                },
            ],
        },
    },
    {
        // The only place that keeps anything, sealed (docs/spec/circles-entering.md).
        files: ["src/circles/keeping/database.ts"],
        rules: {
            "no-restricted-globals": [
                "error",
                ...GLOBALS.filter(({ name }) => name !== "indexedDB"),
            ],
        },
    },
    {
        files: ["**/*.mjs", "**/*.js"],
        languageOptions: {
            globals: Object.fromEntries(
                ["Buffer", "ReadableStream", "URL", "console", "performance", "process"].map(
                    (name) => [name, "readonly"],
                ),
            ),
        },
    },
)

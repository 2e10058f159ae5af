/** JSON from outside: nothing about it is known until it has been looked at. */

export function parsedJson(untrusted: string): unknown {
    try {
        return JSON.parse(untrusted) as unknown
    } catch {
        return undefined // JSON never parses to undefined, so callers need one check for its shape
    }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

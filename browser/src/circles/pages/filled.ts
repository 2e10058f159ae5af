/** A sentence with its places filled. Values are put in as they are, and once. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
}

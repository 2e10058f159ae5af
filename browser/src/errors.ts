/**
 * The root of every error Safelight raises on purpose.
 *
 * A message says what was expected, what came and what to do next. It never repeats
 * what a person wrote: messages end in screenshots and support mail.
 */
export class SafelightError extends Error {
    override readonly name: string = "SafelightError"
}

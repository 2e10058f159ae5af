/** A part of a library was called that the served script does not contain. */
export class LeftOutError extends Error {
    override readonly name = "LeftOutError"
}

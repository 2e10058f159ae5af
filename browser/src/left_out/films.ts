/** In place of src/scrub/mp4.ts in the pocket form: it takes no films, which no QR code could hold. */

import { MalformedError } from "../scrub/file_window.js"

export function isMovie(): boolean {
    return false
}

export function scrubbedMovie(): never {
    throw new MalformedError("a photo")
}

/**
 * Letters that settings and names refuse, as numbers. Not by the browser's own tables (`\p{Cf}`):
 * they grow with each Unicode, and of two devices the older one would let somebody in by a commit
 * that the newer one calls broken. Held against the tables of Node by a test.
 */

/** Controls, format marks, lone surrogates, private letters, ends of lines and paragraphs. */
const UNSEEN =
    "\\0-\\x1f\\x7f-\\x9f\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e" +
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ud800-\\uf8ff\\ufeff\\ufff0-\\ufffb" +
    "\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" +
    "\\u{e0000}-\\u{e0fff}\\u{f0000}-\\u{10ffff}"
/** Blanks but the usual one, and what is drawn as nothing. */
const EMPTY =
    "\\xa0\\u034f\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200a\\u202f\\u205f" +
    "\\u2800\\u3000\\u3164\\ufe00-\\ufe0e\\uffa0"
/** What has a picture that U+FE0F asks for. */
const PICTURES =
    "#*0-9\\xa9\\xae\\u203c\\u2049\\u2122\\u2139\\u2190-\\u27bf\\u2900-\\u2bff\\u3030\\u303d" +
    "\\u3297\\u3299\\u{1f000}-\\u{1faff}"

/** In the name of a room, and in addresses. */
export const HIDDEN = new RegExp(`[${UNSEEN}]`, "u")

/** In the name of a member, which could look like another's by it. */
// eslint-disable-next-line no-misleading-character-class -- each stands for itself
export const INVISIBLE = new RegExp(`[${UNSEEN}${EMPTY}]| {2}|(?<![${PICTURES}])\\ufe0f`, "u")

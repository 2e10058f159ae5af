/**
 * Telling people apart whose names look alike. Everybody chooses their own name, and may choose
 * another's in letters of another alphabet; a member's id nobody can choose.
 */

import type { Member } from "./member.js"

// Letters of Greek and Cyrillic that look like Latin ones, small, and digits that look like letters.
const FROM = "аеорсухіјѕԁһӏвмнткгпбзαοινυρκτη01|"
const TO = "aeopcyxijsdhlbmhtkrn63aoivupktholl"

/** As it looks, roughly: the same for names that people take for the same. */
function look(name: string): string {
    const plain = name
        .normalize("NFKD")
        .toLowerCase()
        .replace(/[\p{M}\p{Default_Ignorable_Code_Point}\s]/gu, "")
    return Array.from(plain, (letter) => TO[FROM.indexOf(letter)] ?? letter).join("")
}

/** The beginning of their id, where somebody else's name looks the same; "" else. */
export function markOf(who: Pick<Member, "id" | "name">, members: readonly Member[]): string {
    const looks = look(who.name)
    const alike = members.some(({ id, name }) => id !== who.id && look(name) === looks)
    // As long as finding another key with the same beginning takes days.
    return alike ? `${who.id.slice(0, 4)} ${who.id.slice(4, 8)}` : ""
}

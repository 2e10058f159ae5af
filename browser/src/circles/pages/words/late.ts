/**
 * Sentences that only some people come to see: keepers, counsellors, whoever was answered. Both
 * languages, fetched with the pages that need them; the way into a room stays short.
 */

import type { Language, Page } from "../page.js"
import { filled } from "../filled.js"

const en = {
    // Rules that changed between the invitation and the door.
    "rules-title": "The rules of this room changed",
    "rules-what":
        "Since your invitation was made, the keepers have taken over other rules: what happens when somebody is in danger, who may come in, who is told. Read them under “Help”. Nobody in the room has seen you write yet.",
    "rules-go-on": "Go on into the room",
    "rules-leave": "Leave this room",
    // Answers to a report.
    "answer-title": "A keeper answered your report",
    "answer-by": "{name}, {day}. Nobody else in the room can read this.",
    "answer-read": "I have read this",
    "answer-write": "Answer whoever reported it",
    "answer-write-help": "Only they can read it. Do not write in the room that there was a report.",
    "answer-send": "Send the answer",
    // Reports.
    "report-by-keeper":
        "A keeper reported this. Keepers can make proofs up, so it is their word: let two people look before you do something serious.",
    "report-earlier":
        "It is proven to you that this was written so, or that somebody made it up who was a keeper then.",
    "report-false":
        "The proof does not hold: whoever wrote it or whoever reported it uses a changed program.",
    "report-context": "Added by the reporter, so that you understand:",
    "report-context-of": "{name}: {text}",
    "report-add": "Show the keepers also",
    "report-add-help": "Nothing but what you tick goes with it.",
    // Invitations.
    "invite-refused": "The batch of invitations is used up. Press again to ask for another one.",
    "invite-garbage":
        "A keeper’s device answered with something that is no invitation. Tell the keepers; your request waits on.",
    // A move that was begun long ago.
    "late-title": "A move was begun here long ago",
    "late-what":
        "The server does not know any more whether your other device took everything. Only you can say. If both devices go on, each spoils the other’s keys.",
    "late-other": "The other device has the rooms: delete them here",
    "late-here": "It does not have them: go on here",
    // Counsellors.
    "counsellor-unchecked": "says to be a counsellor; not checked",
} as const

export type LateKey = keyof typeof en

const ru: Readonly<Record<LateKey, string>> = {
    "rules-title": "Правила этой комнаты изменились",
    "rules-what":
        "После того как сделали ваше приглашение, хранители приняли другие правила: что делают, когда кто-то в опасности, кого впускают, кому сообщают. Прочитайте их в разделе «Помощь». Пока вы ничего здесь не писали.",
    "rules-go-on": "Войти в комнату",
    "rules-leave": "Выйти из этой комнаты",
    "answer-title": "Хранитель ответил на вашу жалобу",
    "answer-by": "{name}, {day}. Больше никто в комнате не может это прочитать.",
    "answer-read": "Прочитано",
    "answer-write": "Ответить тому, кто пожаловался",
    "answer-write-help": "Прочитает только этот человек. Не пишите в комнате, что была жалоба.",
    "answer-send": "Отправить ответ",
    "report-by-keeper":
        "Жалоба пришла от хранителя. Хранители могут подделать доказательство, так что это только их слово: прежде чем делать что-то серьёзное, посмотрите вдвоём.",
    "report-earlier":
        "Вам доказано, что это написано именно так, или это подделал тот, кто тогда был хранителем.",
    "report-false":
        "Доказательство не сходится: у того, кто писал, или у того, кто пожаловался, изменённая программа.",
    "report-context": "Добавлено к жалобе, чтобы вы поняли:",
    "report-context-of": "{name}: {text}",
    "report-add": "Показать хранителям ещё и",
    "report-add-help": "Уйдёт только то, что вы отметите.",
    "invite-refused":
        "Приглашения этой серии закончились. Нажмите ещё раз, чтобы попросить другое.",
    "invite-garbage":
        "Устройство хранителя ответило чем-то, что не является приглашением. Скажите хранителям; ваша просьба остаётся в силе.",
    "late-title": "Здесь давно начат перенос",
    "late-what":
        "Сервер уже не знает, забрало ли всё другое устройство. Сказать это можете только вы. Если продолжат оба, они испортят друг другу ключи.",
    "late-other": "Комнаты на другом устройстве: удалить здесь",
    "late-here": "Там их нет: продолжить здесь",
    "counsellor-unchecked": "называет себя консультантом; не проверено",
}

export const late: Readonly<Record<Language, Readonly<Record<LateKey, string>>>> = { en, ru }

export function lateWords(page: Page) {
    return (key: LateKey, values: Readonly<Record<string, string>> = {}): string =>
        filled(late[page.language][key], values)
}

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
    "report-add": "Show the keepers also:",
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
    // Reporting.
    "report-past":
        "{name} is a keeper. This report goes past them, to the other keepers: {others}.",
    "report-only":
        "{name} is the only keeper who could read it. Write a letter to people outside instead: press “Help” in the room.",
    // Counsellors, as others see them.
    "counsellor-checked": "counsellor, checked: {pseudonym}",
    "counsellor-unchecked": "says to be a counsellor; not checked",
    "counsellor-show": "Show here that I am a counsellor",
    "counsellor-shown":
        "Everybody here sees your card now, and whoever comes in later. A keeper has to accept you.",
    "counsellor-title-keepers": "Counsellors",
    "counsellor-accept": "Accept as a counsellor",
    "counsellor-dismiss": "No counsellor any more",
    "counsellor-shows": "shows a card: {pseudonym}",
    "counsellor-hours-of": "Announced in the last seven days: {hours}.",
    "counsellor-broken":
        "Against the rules: a block too long, a pause too short, or too many hours in a week. Ask them, or tell the desk.",
    "counsellor-none-announced": "No hours were announced to you.",
    // The counsellor's own page.
    "counsellor-title": "For counsellors",
    "counsellor-what":
        "A counsellor writes under a pseudonym that a desk vouches for, in rooms that the rules open to them. Members see the pseudonym, keepers also the hours.",
    "counsellor-no-rules":
        "This server shows no signed rules, or they did not come. Without them nobody can be checked.",
    "counsellor-begin": "Make a key on this device",
    "counsellor-statement": "What the desk signs",
    "counsellor-key": "Give these 64 digits to the desk, on a way on which it knows you:",
    "counsellor-paste": "What the desk gave back",
    "counsellor-paste-help": "Paste what stands in the file, or choose the file.",
    "counsellor-file": "The file of the desk",
    "counsellor-take": "Take it in",
    "counsellor-not-malformed": "This is no statement of a desk, or a part of it is missing.",
    "counsellor-not-nobody-vouches":
        "It was not signed by a desk that the rules name, or not by one of now.",
    "counsellor-not-expired": "Its last day is over. Ask the desk for a new one.",
    "counsellor-not-another-member":
        "It was signed for another key. Give the desk the digits that stand above.",
    "counsellor-not-no-rules":
        "The rules or the list of desks did not come, so it cannot be checked now. Try again.",
    "counsellor-known": "A desk vouches for you as “{name}” until {day}.",
    "counsellor-hours": "Hours",
    "counsellor-week": "In the last seven days: {hours} of {most}.",
    "counsellor-on":
        "You are on: {hours} left. Keepers of rooms where you showed your card know it.",
    "counsellor-out": "End the block",
    "counsellor-out-what":
        "It ends with this quarter of an hour. What is left of it does not count.",
    "counsellor-off": "You are not on. You cannot write now in rooms where you counsel.",
    "counsellor-length": "How long",
    "counsellor-in": "Begin a block",
    "counsellor-break": "Rest first: {hours}.",
    "counsellor-week-over": "The hours of this week are used. The next block can begin in {hours}.",
    hours: "{count} h",
    minutes: "{count} min",
    "counsellor-forget": "Stop being a counsellor on this device",
    "counsellor-forget-what":
        "Key, statement and hours are deleted here. Keepers decide whether rooms still list you. For a new key the desk has to sign again.",
    "counsellor-forget-now": "Delete key and statement",
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
        "Жалоба пришла от хранителя. Хранители могут подделать подтверждение авторства, так что это только их слово: прежде чем делать что-то серьёзное, посмотрите вдвоём.",
    "report-earlier":
        "Вам доказано, что это написано именно так, или это подделал тот, кто тогда был хранителем.",
    "report-false":
        "Подтверждение авторства не сходится: у того, кто писал, или у того, кто пожаловался, изменённая программа.",
    "report-context": "Добавлено к жалобе, чтобы вы поняли:",
    "report-context-of": "{name}: {text}",
    "report-add": "Показать хранителям также:",
    "report-add-help": "Уйдёт только то, что вы отметите.",
    "invite-refused":
        "Приглашения этой партии закончились. Нажмите ещё раз, чтобы попросить другое.",
    "invite-garbage":
        "Устройство хранителя ответило чем-то, что не является приглашением. Скажите хранителям; ваша просьба остаётся в силе.",
    "late-title": "Здесь давно начат перенос",
    "late-what":
        "Сервер уже не знает, забрало ли всё другое устройство. Сказать это можете только вы. Если продолжат оба, они испортят друг другу ключи.",
    "late-other": "Комнаты на другом устройстве: удалить здесь",
    "late-here": "Там их нет: продолжить здесь",
    "report-past":
        "{name} — хранитель. Жалоба пройдёт мимо этого человека, к другим хранителям: {others}.",
    "report-only":
        "Кроме {name}, прочитать её некому. Напишите лучше письмо людям вне комнаты: «Помощь» в комнате.",
    "counsellor-checked": "консультант, проверено: {pseudonym}",
    "counsellor-unchecked": "называет себя консультантом; не проверено",
    "counsellor-show": "Показать здесь карточку консультанта",
    "counsellor-shown":
        "Теперь вашу карточку видят все здесь и увидят те, кто войдёт позже. Хранитель должен её принять.",
    "counsellor-title-keepers": "Консультанты",
    "counsellor-accept": "Принять как консультанта",
    "counsellor-dismiss": "Больше не консультант",
    "counsellor-shows": "показывает карточку: {pseudonym}",
    "counsellor-hours-of": "Объявлено за последние семь дней: {hours}.",
    "counsellor-broken":
        "Против правил: смена слишком длинная, перерыв слишком короткий или слишком много часов в неделю. Спросите самого человека или скажите специалистам.",
    "counsellor-none-announced": "Часы вам не объявлены.",
    "counsellor-title": "Для консультантов",
    "counsellor-what":
        "Консультант пишет под псевдонимом, за который ручаются специалисты, в комнатах, которые открывают правила. Люди в комнате видят псевдоним, хранители ещё и часы.",
    "counsellor-no-rules":
        "Этот сервер не показывает подписанных правил, или они не дошли. Без них никого нельзя проверить.",
    "counsellor-begin": "Создать ключ на этом устройстве",
    "counsellor-statement": "Что подписывают специалисты",
    "counsellor-key": "Передайте эти 64 знака специалистам таким путём, на котором вас знают:",
    "counsellor-paste": "Что дали специалисты",
    "counsellor-paste-help": "Вставьте то, что написано в файле, или выберите файл.",
    "counsellor-file": "Файл от специалистов",
    "counsellor-take": "Принять",
    "counsellor-not-malformed": "Это не подпись специалистов, или в ней чего-то не хватает.",
    "counsellor-not-nobody-vouches":
        "Подписали не те, кого называют правила, или их подпись уже не действует.",
    "counsellor-not-expired": "Её последний день прошёл. Попросите новую.",
    "counsellor-not-another-member": "Подписан другой ключ. Передайте те знаки, что стоят выше.",
    "counsellor-not-no-rules":
        "Правила или список специалистов не дошли, и проверить сейчас нельзя. Попробуйте ещё раз.",
    "counsellor-known": "За вас ручаются под именем «{name}» до {day}.",
    "counsellor-hours": "Часы",
    "counsellor-week": "За последние семь дней: {hours} из {most}.",
    "counsellor-on":
        "Вы на смене: осталось {hours}. Хранители комнат, где вы показали карточку, об этом знают.",
    "counsellor-out": "Закончить смену",
    "counsellor-out-what": "Она кончится с этой четвертью часа. Что останется, в счёт не идёт.",
    "counsellor-off": "Вы не на смене. В комнатах, где вы консультант, вы сейчас не пишете.",
    "counsellor-length": "Сколько",
    "counsellor-in": "Начать смену",
    "counsellor-break": "Сначала отдых: {hours}.",
    "counsellor-week-over": "Часы этой недели исчерпаны. Следующая смена возможна через {hours}.",
    hours: "{count} ч",
    minutes: "{count} мин",
    "counsellor-forget": "Больше не быть консультантом на этом устройстве",
    "counsellor-forget-what":
        "Ключ, подпись и часы удаляются здесь. Остаётесь ли вы в списках комнат, решают хранители. Новый ключ специалистам придётся подписать заново.",
    "counsellor-forget-now": "Удалить ключ и подпись",
}

export const late: Readonly<Record<Language, Readonly<Record<LateKey, string>>>> = { en, ru }

export function lateWords(page: Page) {
    return (key: LateKey, values: Readonly<Record<string, string>> = {}): string =>
        filled(late[page.language][key], values)
}

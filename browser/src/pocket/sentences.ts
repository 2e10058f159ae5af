/** Every sentence of the pocket form, in English and Russian. `{1}` and `{2}` are filled in. */

import type { Language } from "../sealing/word_list.js"
import { inLanguage } from "./data.js"
import type { Pair } from "./data.js"

const SENTENCES = {
    title: ["Write without a network", "Написать без интернета"],
    "other-language": ["Русский", "English"],
    leave: ["Leave", "Уйти"],
    "what-title": ["What this file does", "Что делает этот файл"],
    "what-offline": [
        "It works without the internet. It sends nothing and keeps nothing. You can switch off the network before you write.",
        "Он работает без интернета. Он ничего не отправляет и ничего не хранит. Можно отключить сеть, прежде чем писать.",
    ],
    "what-sealed": [
        "What you write is sealed into a file. Only the people it is sealed to can open it. You decide how it travels.",
        "То, что вы напишете, запечатывается в файл. Открыть его смогут только те, для кого он запечатан. Как его передать, решаете вы.",
    ],
    "what-words": [
        "You get twelve words. With them, and only with them, you can later read the answer, write again, or take everything back.",
        "Вы получите двенадцать слов. По ним, и только по ним, потом можно прочитать ответ, написать ещё или отозвать всё.",
    ],
    "what-skip": ["You can skip every question.", "Любой вопрос можно пропустить."],
    "what-traces": [
        "Your browser may remember that this file was opened. Open it in a private window, and delete the file when you no longer need it.",
        "Браузер может запомнить, что этот файл открывали. Откройте его в приватном окне и удалите, когда он больше не нужен.",
    ],
    "no-crisis-line": [
        "This is not a crisis line: it may take days until somebody reads it. If a life is in danger now, call 112.",
        "Это не линия экстренной помощи: до прочтения могут пройти дни. Если сейчас есть угроза жизни, звоните 112.",
    ],
    "can-use-until": [
        "This form can be used until {1}.",
        "Этой формой можно пользоваться до {1} включительно.",
    ],
    fingerprint: [
        "Whose form it is: compare these signs with those that the people you trust have published.",
        "Чья это форма: сравните эти знаки с теми, что опубликовали люди, которым вы доверяете.",
    ],
    expired: [
        "This form could be used until {1}. This device says that today is {2}. So nothing can be sealed with it: perhaps the people it seals to have changed. If the date of this device is wrong, put it right and open this file again. If it is right, get a newer form.",
        "Этой формой можно было пользоваться до {1}. На этом устройстве сегодня {2}. Поэтому запечатать ею ничего нельзя: возможно, сменились люди, для которых она запечатывает. Если дата на устройстве неверна, исправьте её и откройте файл снова. Если верна, возьмите форму поновее.",
    ],
    "clock-behind": [
        "The date of this device seems to be wrong: it says {2}, but this form was made on {1}. You can write all the same. The form reckons with {1}.",
        "Похоже, дата на этом устройстве неверна: на нём {2}, а эта форма сделана {1}. Писать всё равно можно. Форма считает, что сегодня {1}.",
    ],
    "nobody-today": [
        "On {1}, the day this device says, nobody can open what this form seals. Please get a newer form, or put the date of this device right.",
        "На {1} — это дата на устройстве — никто не сможет открыть то, что запечатает эта форма. Возьмите форму поновее или исправьте дату на устройстве.",
    ],
    damaged: [
        "This file is damaged, or somebody has changed it. Do not write anything here. Get the form again from people you trust.",
        "Этот файл повреждён, или его кто-то изменил. Ничего здесь не пишите. Возьмите форму снова у тех, кому доверяете.",
    ],
    "choose-door": ["What would you like to do?", "Что вы хотите сделать?"],
    back: ["Back. What is typed here goes away", "Назад. Введённое здесь исчезнет"],
    "no-answer": ["No answer", "Без ответа"],
    "how-long": ["For how long?", "На какой срок?"],
    photos: ["Photos", "Фотографии"],
    "photos-help": [
        "Up to {1}, each at most 2 MB, as JPEG, PNG or WebP. Place, time and device are taken out of them before sealing. What the photo shows stays.",
        "До {1} штук, каждая не больше 2 МБ, в формате JPEG, PNG или WebP. Перед запечатыванием из них убираются место, время и сведения об устройстве. То, что на фото видно, остаётся.",
    ],
    "photo-removed": [
        "{1}: place, time and device taken out",
        "{1}: место, время и устройство убраны",
    ],
    "photo-unknown": [
        "{1}: this kind of file is not known here, so it may say where and when it was made, and on what device. It is left out unless you tick this.",
        "{1}: такой вид файла здесь не распознан. В нём может быть указано, где, когда и на каком устройстве он сделан. Он не войдёт, если не отметить это.",
    ],
    "photo-too-large": [
        "{1}: larger than 2 MB, so it is left out",
        "{1}: больше 2 МБ, поэтому не войдёт",
    ],
    "photo-too-many": ["{1}: one too many, so it is left out", "{1}: лишний, поэтому не войдёт"],
    "photo-unreadable": [
        "{1}: cannot be read, so it is left out",
        "{1}: не читается, поэтому не войдёт",
    ],
    seal: ["Seal", "Запечатать"],
    sealing: ["Sealing…", "Запечатываем…"],
    "problem-nothing": [
        "Nothing is filled in yet. Any one answer is enough.",
        "Пока ничего не заполнено. Достаточно одного любого ответа.",
    ],
    "problem-too-long": [
        "This is too long. Please shorten the longest text.",
        "Это слишком длинно. Пожалуйста, сократите самый длинный текст.",
    ],
    "problem-other": [
        "Something went wrong while sealing. What you wrote is still here. Try another browser if it happens again.",
        "При запечатывании что-то пошло не так. Написанное осталось на месте. Если это повторится, попробуйте другой браузер.",
    ],
    sealed: ["Sealed. Nothing has been sent yet.", "Запечатано. Пока ничего не отправлено."],
    "words-title": ["1. Write down these twelve words", "1. Запишите эти двенадцать слов"],
    "words-help": [
        "On paper, in this order. Nobody can show them to you again. Who has them can read the answer and write as you.",
        "На бумаге, в этом порядке. Показать их снова никто не сможет. Тот, у кого они есть, может читать ответ и писать от вашего имени.",
    ],
    "print-words": ["Print the words", "Распечатать слова"],
    "save-title": ["2. Save the sealed file", "2. Сохраните запечатанный файл"],
    "save-help": [
        "You may give it any name. On the outside it shows that somebody has used this form, and roughly when; not who, and not what is inside.",
        "Назвать его можно как угодно. Снаружи видно, что кто-то пользовался этой формой и примерно когда; не видно, кто это и что внутри.",
    ],
    save: ["Save the file", "Сохранить файл"],
    "send-title": ["3. Send it, in any way", "3. Передайте его любым способом"],
    "send-upload": [
        "On the site: “I have a sealed file”.",
        "На сайте: «У меня есть запечатанный файл».",
    ],
    "send-mail": [
        "Attached to an e-mail, or in a messenger as a file. Whoever carries it sees who sent it to whom, but cannot open it.",
        "Вложением в письмо или файлом в мессенджере. Тот, через кого он идёт, видит, кто кому его отправил, но открыть не может.",
    ],
    "send-stick": ["On a stick, from hand to hand.", "На флешке, из рук в руки."],
    "send-pictures": [
        "As pictures (QR codes) that somebody photographs from this screen, or that you print.",
        "Картинками (QR-кодами): их можно сфотографировать с экрана или распечатать.",
    ],
    "show-pictures": ["Show the pictures", "Показать картинки"],
    "print-pictures": ["Print the pictures", "Распечатать картинки"],
    "pictures-help": [
        "There are {1} of them. All are needed, in any order.",
        "Всего их {1}. Нужны все, в любом порядке.",
    ],
    "pictures-without-photos": [
        "Your photos are not in these pictures. They are only in the file.",
        "Ваших фотографий в этих картинках нет. Они только в файле.",
    ],
    "picture-of": ["{1} of {2}", "{1} из {2}"],
    before: ["Previous", "Назад"],
    after: ["Next", "Дальше"],
    "go-on": ["Turn by itself", "Листать автоматически"],
    stop: ["Stop", "Остановить"],
    "clear-title": ["4. Leave no trace here", "4. Не оставляйте следов"],
    "clear-help": [
        "When the words are written down and the file is safe, clear this page. Then delete the file from this device when it has been sent.",
        "Когда слова записаны, а файл надёжно сохранён, очистите эту страницу. Отправив файл, удалите его с этого устройства.",
    ],
    clear: ["Clear this page", "Очистить страницу"],
} as const satisfies Readonly<Record<string, Pair>>

export type Sentence = keyof typeof SENTENCES

export function say(key: Sentence, language: Language, ...facts: readonly string[]): string {
    return inLanguage(SENTENCES[key], language).replace(
        /\{([12])\}/g,
        (_, number: string) => facts[Number(number) - 1] ?? "",
    )
}

/** What the script inside the pocket form does when the file is opened. */

import english from "../../../safelight/sealing/wordlists/en.txt"
import russian from "../../../safelight/sealing/wordlists/ru.txt"
import { WordList } from "../sealing/word_list.js"
import { parsedData } from "./data.js"
import { startPocket } from "./page.js"
import { say } from "./sentences.js"

const main = document.querySelector("main")
const language = navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en"
if (main !== null) {
    try {
        startPocket(
            main,
            {
                data: parsedData(document.getElementById("data")?.textContent ?? ""),
                words: {
                    en: new WordList("en", english),
                    ru: new WordList("ru", russian),
                },
                now: () => new Date(),
                pause: (milliseconds) =>
                    new Promise((resolve) => setTimeout(resolve, milliseconds)),
            },
            language,
        )
    } catch {
        // Cut off on its way, most likely. Both languages, since nothing else is sure.
        main.textContent = `${say("damaged", "ru")} ${say("damaged", "en")}`
    }
}

// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { browserNetwork, isObject, SafelightError, parsedJson, sentence, SendingError } = await safelightModule("l.js");
const { isLanguage, WordListError, WordList, RosterError, RecipientError, SealError, dayOf: dayOf$1 } = await safelightModule("i.js");

/* src/intake/surroundings.ts */
function browserSurroundings() {
  return {
    ...browserNetwork(),
    now: () => /* @__PURE__ */ new Date(),
    loadWords
  };
}
async function loadWords(language) {
  if (!isLanguage(language)) throw new WordListError("expected a page in ru or en");
  const imported = await globalThis.safelightModule(`${language}.js`);
  if (isObject(imported) && typeof imported["words"] === "string") {
    return new WordList(language, imported["words"]);
  }
  throw new WordListError("expected a module of words; load the page again");
}

/* src/vocabulary/report.ts */
const REPORT_MAX_BYTES = 2e4;
const FORMAT = "safelight-report/1";
class ReportTooLargeError extends SafelightError {
  /** `question` is the id of the answer that is too long, or null when only all together are. */
  constructor(message, question) {
    super(message);
    this.question = question;
  }
  question;
  name = "ReportTooLargeError";
}
function reportBytes(filled, facts) {
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      format: FORMAT,
      form: filled.form,
      language: filled.language,
      written: facts.written,
      sealed_by: "browser",
      answers: filled.answers,
      consent: filled.consent,
      reply_to: facts.replyTo,
      mailbox: facts.mailboxId,
      withdrawal: facts.withdrawalVerifier,
      message_key: facts.messageKey,
      roster: facts.rosterVersion
    })
  );
  if (bytes.length > REPORT_MAX_BYTES) {
    throw new ReportTooLargeError(
      `the report has ${String(bytes.length)} bytes, at most ${String(REPORT_MAX_BYTES)} fit; shorten a text`,
      null
    );
  }
  return bytes;
}

/* src/vocabulary/text.ts */
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const LINE_ENDS = /\r\n|[\r\u0085\u2028\u2029]/g;
const HALF_CHARACTERS = /\p{Cs}/gu;
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
function cleanedText(untrusted) {
  return untrusted.replace(LINE_ENDS, "\n").replace(HALF_CHARACTERS, "�").replace(INVISIBLE, "").replace(CONTROLS, "").normalize("NFC").trim();
}

/* src/vocabulary/messages.ts */
const MESSAGE_MAX_BYTES = REPORT_MAX_BYTES;
const NAMELESS = "file";
const UNKNOWN_TYPE = "application/octet-stream";
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
class MessageError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "MessageError";
}
function messageBytes(typed, facts) {
  const text = cleanedText(typed);
  if (text === "") throw new MessageError("value", "text: expected some, got none");
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      format: "safelight-message/1",
      mailbox: facts.mailboxId,
      written: facts.written,
      language: facts.language,
      sealed_by: "browser",
      text
    })
  );
  if (bytes.length > MESSAGE_MAX_BYTES) {
    throw new MessageError(
      "size",
      `${String(bytes.length)} bytes, at most ${String(MESSAGE_MAX_BYTES)} fit; shorten the text`
    );
  }
  return bytes;
}
function fileHeaderBytes(facts) {
  const type = facts.type.toLowerCase();
  const header = JSON.stringify({
    format: "safelight-file/1",
    mailbox: facts.mailboxId,
    written: facts.written,
    sealed_by: "browser",
    name: fileName(facts.name),
    type: TYPE.test(type) ? type : UNKNOWN_TYPE,
    metadata: facts.metadata
  });
  return new TextEncoder().encode(`${header}
`);
}
function fileName(untrusted) {
  const plain = cleanedText(untrusted).replace(/[\n\t]/g, " ");
  const last = Array.from(plain.split(/[/\\]/).at(-1)?.trim() ?? "");
  const name = last.slice(-200).join("").trim();
  return name === "" || name === "." || name === ".." ? NAMELESS : name;
}
const ANSWER_STATUSES = ["received", "question", "in-work", "passed-on", "closed"];
const ANSWER_FIRST = /^\{"format":"safelight-answer\/1"[,}]/;
const ANSWER_KEYS = "desk,format,mailbox,status,text,written";
const DESK = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
function parsedAnswer(untrusted) {
  if (untrusted.length > MESSAGE_MAX_BYTES) {
    throw new MessageError("size", `at most ${String(MESSAGE_MAX_BYTES)} bytes are read`);
  }
  const text = utf8(untrusted);
  const content = ANSWER_FIRST.test(text) ? parsedJson(text) : void 0;
  if (!isObject(content) || Object.keys(content).sort().join() !== ANSWER_KEYS)
    throw notAnAnswer();
  const status = content["status"];
  const answer = {
    mailboxId: textOf(content["mailbox"], /^[0-9a-f]{32}$/),
    written: dayOf(textOf(content["written"], /^20\d{2}-\d{2}-\d{2}$/)),
    desk: textOf(content["desk"], DESK),
    status: status === null ? null : statusOf(textOf(status, /^/)),
    text: cleanedText(textOf(content["text"], /^/))
  };
  if (answer.text === "" && answer.status === null) {
    throw new MessageError("value", "expected a text or a status, got neither");
  }
  return answer;
}
function utf8(untrusted) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(untrusted);
  } catch {
    throw notAnAnswer();
  }
}
function textOf(untrusted, form) {
  if (typeof untrusted !== "string") throw notAnAnswer();
  if (form.test(untrusted)) return untrusted;
  throw new MessageError("value", "expected the fields of an answer, got something else");
}
function statusOf(untrusted) {
  const status = ANSWER_STATUSES.find((known) => known === untrusted);
  if (status === void 0) throw new MessageError("value", "status: expected a known one");
  return status;
}
function dayOf(untrusted) {
  const time = /* @__PURE__ */ new Date(`${untrusted}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(untrusted)) {
    throw new MessageError("value", "written: expected a day, got something else");
  }
  return untrusted;
}
function notAnAnswer() {
  return new MessageError("shape", "expected an answer of a desk; ask the desk to write again");
}

/* src/intake/files_list.ts */
const scrubbing = async () => {
  const { scrubbed } = await safelightModule("h.js");
  return scrubbed;
};
const PLAIN = ["text/plain"];
class FilesList {
  constructor(page, input, list) {
    this.page = page;
    this.input = input;
    this.list = list;
    scrubbing().catch(() => void 0);
    input.addEventListener("change", () => {
      for (const file of input.files ?? []) this.#add(file);
      input.value = "";
    });
    this.#choose = page.createElement("button");
    this.#howMany = page.createElement("p");
    this.#replaceControl();
  }
  page;
  input;
  list;
  #chosen = [];
  /** In place of the browser's own control, which would say that no file is chosen. */
  #choose;
  #howMany;
  #looking = Promise.resolve();
  #count = 0;
  /** Takes over `input#files`; the list is `ul#files-list`. Null on a page without them. */
  static on(page) {
    const input = page.querySelector("input#files");
    const list = page.getElementById("files-list");
    return input === null || list === null ? null : new FilesList(page, input, list);
  }
  /** A button that can be read aloud, and a line that says how many files there are. */
  #replaceControl() {
    const { input } = this;
    this.#howMany.id = "files-count";
    this.#howMany.className = "help";
    this.#howMany.setAttribute("role", "status");
    this.#choose.type = "button";
    this.#choose.className = "choose";
    const described = [input.getAttribute("aria-describedby"), this.#howMany.id];
    this.#choose.setAttribute("aria-describedby", described.filter(Boolean).join(" "));
    this.#choose.addEventListener("click", () => {
      input.click();
    });
    this.list.before(this.#choose, this.#howMany);
    input.hidden = true;
    this.#tellHowMany();
  }
  /** Say how many there are. */
  #tellHowMany() {
    const count = this.#chosen.length.toString();
    this.#choose.textContent = this.#sentence(count === "0" ? "files-choose" : "files-more", {});
    this.#howMany.textContent = this.#sentence("files-count", { count });
  }
  /** Resolves when every file that was chosen so far has been looked at. */
  async looked() {
    await this.#looking;
  }
  /** The button to begin with at a file that has to be decided about or taken out, or null. */
  get undecided() {
    const open = this.#chosen.find((chosen) => metadataOf(chosen) === null);
    return open?.line.querySelector("button") ?? null;
  }
  /** Another one after each change of what would be sent. */
  get key() {
    return this.#chosen.map((chosen) => chosen.number).join();
  }
  get isEmpty() {
    return this.#chosen.length === 0;
  }
  /** The files in their order, to be sealed. */
  items(facts) {
    return this.#chosen.flatMap((chosen) => {
      const { file, looked } = chosen;
      const metadata = metadataOf(chosen);
      if (metadata === null || looked === null || typeof looked === "string") return [];
      const header = fileHeaderBytes({
        ...facts,
        name: file.name,
        type: looked.type,
        metadata
      });
      return [{ content: () => new Blob([header, looked.blob]) }];
    });
  }
  clear() {
    this.#chosen.length = 0;
    this.list.replaceChildren();
    this.#tellHowMany();
  }
  #add(file) {
    const line = this.page.createElement("li");
    this.#count += 1;
    const chosen = { number: this.#count, file, line, looked: null, asItIs: false };
    this.#chosen.push(chosen);
    this.#tellHowMany();
    this.list.append(line);
    this.#show(chosen);
    this.#looking = Promise.all([this.#looking, this.#look(chosen)]);
  }
  async #look(chosen) {
    const largest = Number(this.input.dataset["largest"] ?? Infinity);
    if (chosen.file.size > largest) chosen.looked = "too-large";
    else {
      try {
        const scrubbed = await scrubbing();
        chosen.looked = await scrubbed(chosen.file);
      } catch {
        chosen.looked = "unreadable";
      }
    }
    if (this.#chosen.includes(chosen)) this.#show(chosen);
  }
  #remove(chosen) {
    this.#chosen.splice(this.#chosen.indexOf(chosen), 1);
    chosen.line.remove();
    this.#tellHowMany();
    this.#choose.focus();
  }
  #show(chosen) {
    const { file, line } = chosen;
    const name = this.page.createElement("strong");
    name.textContent = file.name;
    const about = this.page.createElement("span");
    about.textContent = this.#sentence(`file-${stateOf(chosen)}`, {});
    const buttons = [
      this.#button("file-remove", file.name, () => {
        this.#remove(chosen);
      })
    ];
    if (stateOf(chosen) === "unknown") {
      buttons.unshift(
        this.#button("file-keep", file.name, () => {
          chosen.asItIs = true;
          this.#show(chosen);
          line.querySelector("button")?.focus();
        })
      );
    }
    const size = sizeOf(file.size, (unit, count) => this.#sentence(unit, { count }));
    line.replaceChildren(name, ` (${size}) `, about, ...buttons.flatMap((one) => [" ", one]));
  }
  #button(key, name, act) {
    const button = this.page.createElement("button");
    button.type = "button";
    button.textContent = this.#sentence(key, {});
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    button.addEventListener("click", () => {
      if (!this.input.disabled) act();
    });
    return button;
  }
  #sentence(key, values) {
    return sentence(this.page, key, values);
  }
}
function stateOf({ looked, asItIs, file }) {
  if (looked === null) return "reading";
  if (typeof looked === "string") return looked;
  if (looked.outcome === "removed") return "clean";
  if (PLAIN.includes(file.type)) return "plain";
  return asItIs ? "as-it-is" : "unknown";
}
function metadataOf(chosen) {
  switch (stateOf(chosen)) {
    case "clean":
      return "removed";
    case "plain":
      return "none-known";
    case "as-it-is":
      return "kept";
    default:
      return null;
  }
}
function sizeOf(bytes, say) {
  const mebibytes = bytes / (1024 * 1024);
  if (mebibytes >= 1) return say("size-mb", mebibytes.toFixed(1));
  return say("size-kb", Math.max(1, Math.round(bytes / 1024)).toString());
}

/* src/intake/problems.ts */
const USUAL_DAYS = 2;
function problemOf(error, page, now) {
  if (error instanceof ReportTooLargeError) return "problem-too-long";
  if (error instanceof MessageError && error.problem === "size") return "problem-too-long";
  if (error instanceof RosterError) {
    const isOfTime = ["expired", "no-usable-desk"].includes(error.problem);
    return isOfTime && daysApart(page, now()) > USUAL_DAYS ? "problem-clock" : "problem-roster";
  }
  if (error instanceof RecipientError || error instanceof SealError) return "problem-roster";
  if (error instanceof SendingError) return ofSending(error);
  return "problem-refused";
}
function ofSending({ problem }) {
  switch (problem) {
    case "network":
    case "busy":
    case "withdrawn":
      return `problem-${problem}`;
    case "roster-changed":
      return "problem-roster";
    case "too-large":
      return "problem-too-long";
    case "taken":
    case "refused":
      return "problem-refused";
  }
}
function daysApart(page, now) {
  const servers = page.querySelector('meta[name="safelight-day"]')?.content ?? "";
  const apart = Date.parse(`${dayOf$1(now)}T00:00:00Z`) - Date.parse(`${servers}T00:00:00Z`);
  return Number.isNaN(apart) ? 0 : Math.abs(apart) / 864e5;
}

export { FilesList, MessageError, ReportTooLargeError, browserSurroundings, cleanedText, messageBytes, parsedAnswer, problemOf, reportBytes };

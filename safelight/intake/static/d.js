// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { parsedAnswer, MessageError, FilesList, problemOf, messageBytes, browserSurroundings } = await safelightModule("e.js");
const { fetched, SafelightError, isObject, sentence, showWhatNeedsScript, lock, Said, SendingError, metaContent } = await safelightModule("l.js");
const { hexOf, hybridIdentityText, PaddingError, ReceiptError, Receipt, folded, dayOf, WordListError } = await safelightModule("i.js");
const { Delivery } = await safelightModule("g.js");
const { openBytes, OpeningError } = await safelightModule("f.js");

/* src/conversation/mailbox.ts */
const PART = 8192;
const LARGEST_ANSWER = 256 * 1024;
const MOST_ANSWERS = 200;
const AT_ONCE = 4;
class AnswerError extends SafelightError {
  name = "AnswerError";
}
function readMailbox(receipt, network) {
  return fetched(network, `/mailbox/${receipt.mailboxId}/read`, asOwner(receipt), stateIn);
}
async function withdraw(receipt, network) {
  const { headers, ...request } = asOwner(receipt);
  const proof = { "Safelight-Withdrawal": hexOf(receipt.withdrawalProof) };
  return fetched(
    network,
    `/mailbox/${receipt.mailboxId}/withdraw`,
    { ...request, headers: { ...headers, ...proof } },
    // "open" is no answer to that: whoever says so has taken nothing back.
    ({ facts }) => facts["state"] === "open" ? null : stateOf(facts["state"])
  );
}
async function openedAnswer(receipt, listed, network) {
  const sealed = new Uint8Array(listed.size);
  const parts = Array.from({ length: Math.ceil(listed.size / PART) }, (_, part) => part);
  const lane = async () => {
    for (let part = parts.shift(); part !== void 0; part = parts.shift()) {
      const from = part * PART;
      const wanted = Math.min(PART, listed.size - from);
      const address = `/mailbox/${receipt.mailboxId}/read/${listed.id}/${part.toString()}`;
      const bytes = await fetched(
        network,
        address,
        asOwner(receipt),
        (answer) => answer.bytes.length === wanted ? answer.bytes : null
      );
      sealed.set(bytes, from);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return openedBytes(receipt, sealed);
}
async function openedBytes(receipt, sealed) {
  try {
    const identities = [hybridIdentityText(receipt.replySeed)];
    const answer = parsedAnswer(await openBytes(sealed, { identities }));
    if (answer.mailboxId === receipt.mailboxId) return answer;
  } catch (error) {
    const known = [OpeningError, PaddingError, MessageError];
    if (!known.some((kind) => error instanceof kind)) throw error;
  }
  throw new AnswerError("expected an answer to this receipt, got something else");
}
function asOwner(receipt) {
  return { method: "POST", headers: { "Safelight-Key": hexOf(receipt.authKey) } };
}
function stateIn({ facts }) {
  const state = stateOf(facts["state"]);
  const answers = facts["answers"];
  if (state === null || !Array.isArray(answers) || answers.length > MOST_ANSWERS) return null;
  const listed = answers.map(listedAnswer);
  if (!listed.every((answer) => answer !== null)) return null;
  return {
    state,
    fetched: facts["fetched"] === true,
    answers: listed,
    more: facts["more"] === true
  };
}
function stateOf(untrusted) {
  return ["open", "withdrawn", "none"].find((known) => known === untrusted) ?? null;
}
function listedAnswer(untrusted) {
  if (!isObject(untrusted)) return null;
  const { id, size, day } = untrusted;
  const fits = typeof id === "string" && /^[0-9a-f]{16}$/.test(id) && typeof day === "string" && /^\d{4}-\d{2}-\d{2}$/.test(day) && Number.isInteger(size) && Number(size) > 0 && Number(size) <= LARGEST_ANSWER;
  return fits ? { id, size: Number(size), day } : null;
}

/* src/conversation/answers_list.ts */
class AnswersList {
  constructor(page, network) {
    this.page = page;
    this.network = network;
  }
  page;
  network;
  /** Opened once; kept for as long as the page is open. */
  #opened = /* @__PURE__ */ new Map();
  /**
   * Show all answers in `ol#answers`, the newest first. `told`: before each that is fetched now,
   * which (from 1) and of how many. Throws `SendingError`.
   */
  async show(receipt, { answers, more }, told) {
    const list = this.page.getElementById("answers");
    if (list === null) return;
    if (answers.length === 0) {
      list.replaceChildren(this.#line(sentence(this.page, "no-answers")));
      return;
    }
    const lines = [];
    const closed = answers.filter(({ id }) => !this.#opened.has(id));
    for (const listed of answers) {
      const index = closed.indexOf(listed);
      if (index >= 0) told(index + 1, closed.length);
      lines.push(this.#opened.get(listed.id) ?? await this.#openedLine(receipt, listed));
    }
    if (more) lines.push(this.#line(sentence(this.page, "more-answers")));
    list.replaceChildren(...lines);
  }
  clear() {
    this.#opened.clear();
    this.page.getElementById("answers")?.replaceChildren();
  }
  async #openedLine(receipt, listed) {
    let line;
    try {
      line = this.#answerLine(await openedAnswer(receipt, listed, this.network));
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      line = this.#line(sentence(this.page, "answer-damaged", { day: listed.day }));
    }
    this.#opened.set(listed.id, line);
    return line;
  }
  #answerLine({ written, desk, status, text }) {
    const line = this.#line(sentence(this.page, "answer-from", { desk, day: written }));
    if (status !== null) line.append(this.#paragraph(sentence(this.page, `status-${status}`)));
    for (const paragraph of text === "" ? [] : text.split("\n")) {
      line.append(this.#paragraph(paragraph));
    }
    return line;
  }
  #line(text) {
    const line = this.page.createElement("li");
    line.append(this.#paragraph(text));
    return line;
  }
  #paragraph(text) {
    const paragraph = this.page.createElement("p");
    paragraph.textContent = text;
    return paragraph;
  }
}

/* src/conversation/typed_words.ts */
function languageOf(typed) {
  const words = folded(typed).match(/\p{L}+/gu) ?? [];
  const cyrillic = words.filter((word) => /[а-я]/.test(word)).length;
  return 2 * cyrillic > words.length ? "ru" : "en";
}
async function receiptFrom(typed, loadWords) {
  const list = await loadWords(languageOf(typed));
  return Receipt.parse(typed, { en: list, ru: list });
}
function replacedWord(typed, position, word) {
  let seen = 0;
  return typed.replace(/[\p{L}\p{M}\p{Cf}]+/gu, (before) => {
    if (!/\p{L}/u.test(before)) return before;
    seen += 1;
    return seen === position ? word : before;
  });
}
function likelyWords(error) {
  return error instanceof ReceiptError ? error.wrong : /* @__PURE__ */ new Map();
}

/* src/conversation/page.ts */
function enhanceConversation(page, surroundings) {
  const parts = partsOf(page);
  if (parts === null) return;
  const said = new Said(page);
  const answers = new AnswersList(page, surroundings);
  const language = page.documentElement.lang;
  let receipt = null;
  let underWay = null;
  let busy = false;
  const goOn = { at: null };
  on(parts.ask, lookUp);
  on(parts.write, write);
  on(parts.withdraw, takeBack);
  const files = FilesList.on(page);
  showWhatNeedsScript(page);
  function on(form, act) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!busy) void guarded(form, act);
    });
  }
  async function guarded(form, act) {
    busy = true;
    form.setAttribute("aria-busy", "true");
    lock(form, true);
    said.problem("");
    likely(/* @__PURE__ */ new Map());
    try {
      await act();
    } catch (error) {
      show(error);
    } finally {
      busy = false;
      said.progress(null);
      form.removeAttribute("aria-busy");
      lock(form, false);
      goOn.at?.focus();
      goOn.at = null;
    }
  }
  async function lookUp() {
    said.status(sentence(page, "asking"));
    receipt = await receiptFrom(
      parts?.words.value ?? "",
      (wanted) => surroundings.loadWords(wanted)
    );
    await refresh(receipt);
  }
  async function refresh(asked) {
    const found = await readMailbox(asked, surroundings);
    tellState(found);
    if (found.state !== "open" || parts === null) return;
    parts.words.value = "";
    parts.ask.hidden = true;
    parts.section.hidden = false;
    await answers.show(asked, found, (number, count) => {
      const values = { number: number.toString(), count: count.toString() };
      said.status(sentence(page, "opening-answer", values));
    });
    said.status("");
  }
  function tellState({ state, fetched, answers: listed }) {
    const key = state === "open" ? fetched ? "state-fetched" : "state-waiting" : `state-${state}`;
    said.status("");
    const line = page.getElementById("answer");
    if (line !== null) {
      line.hidden = false;
      line.textContent = sentence(page, key, { count: listed.length.toString() });
    }
    if (state === "withdrawn" && parts !== null) {
      parts.section.hidden = true;
      parts.ask.hidden = true;
      parts.words.value = "";
    }
  }
  async function write() {
    if (receipt === null || parts === null) return;
    await files?.looked();
    const undecided = files?.undecided ?? null;
    if (undecided !== null) {
      said.problem(sentence(page, "problem-files-undecided"));
      goOn.at = undecided;
      return;
    }
    const text = parts.text.value;
    if (text.trim() === "" && (files?.isEmpty ?? true)) {
      said.problem(sentence(page, "problem-nothing"));
      goOn.at = parts.text;
      return;
    }
    const content = JSON.stringify([text, files?.key ?? ""]);
    if (underWay?.content !== content) {
      underWay = { content, delivery: delivery(receipt, text) };
    }
    const trust = {
      rootHex: metaContent(page, "safelight-root"),
      today: dayOf(surroundings.now())
    };
    await underWay.delivery.send(surroundings, trust, tell);
    underWay = null;
    parts.write.reset();
    files?.clear();
    await refresh(receipt);
    said.status(sentence(page, "sent-again"));
  }
  function delivery(owner, text) {
    const facts = { mailboxId: owner.mailboxId, written: dayOf(surroundings.now()), language };
    const items = [...files?.items(facts) ?? []];
    if (text.trim() !== "") {
      const bytes = messageBytes(text, facts);
      items.unshift({ content: () => new Blob([bytes]) });
    }
    return new Delivery(owner, items, false);
  }
  async function takeBack() {
    if (receipt === null || parts === null) return;
    if (!parts.sure.checked) {
      said.problem(sentence(page, "problem-not-sure"));
      goOn.at = parts.sure;
      return;
    }
    said.status(sentence(page, "withdrawing"));
    const state = await withdraw(receipt, surroundings);
    await underWay?.delivery.abandon(surroundings);
    underWay = null;
    parts.withdraw.reset();
    parts.write.reset();
    answers.clear();
    tellState({ state, fetched: false, answers: []});
  }
  function tell({ doing, item, items, percent }) {
    said.progress(doing === "sending" ? percent : null);
    said.status(
      sentence(page, items > 1 ? `${doing}-part` : doing, {
        percent: (percent - percent % 10).toString(),
        number: (item + 1).toString(),
        count: items.toString()
      })
    );
  }
  function show(error) {
    said.status("");
    const withdrawn = error instanceof SendingError && error.problem === "withdrawn";
    if (withdrawn) tellState({ state: "withdrawn", fetched: false, answers: []});
    said.problem(problemSentence(error));
    likely(likelyWords(error));
    const isOfWords = error instanceof ReceiptError || error instanceof WordListError;
    if (isOfWords) goOn.at = parts?.words ?? null;
  }
  function problemSentence(error) {
    if (error instanceof ReceiptError) {
      const positions = [...error.wrong.keys()].join(", ");
      return sentence(page, `words-${error.problem}`, { positions });
    }
    if (error instanceof Error && error.name === "LoadError") {
      return sentence(page, "problem-network");
    }
    const key = problemOf(error, page, () => surroundings.now());
    const values = key === "problem-clock" ? { day: dayOf(surroundings.now()) } : {};
    return sentence(page, key, values);
  }
  function likely(wrong) {
    const list = page.getElementById("likely");
    if (list === null) return;
    list.hidden = wrong.size === 0;
    list.replaceChildren(
      ...[...wrong].map(([position, words]) => {
        const line = page.createElement("li");
        const key = words.length > 0 ? "likely" : "no-likely";
        line.append(sentence(page, key, { position: position.toString() }));
        for (const word of words) line.append(" ", likelyButton(position, word));
        return line;
      })
    );
  }
  function likelyButton(position, word) {
    const button = page.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.addEventListener("click", () => {
      if (parts === null) return;
      parts.words.value = replacedWord(parts.words.value, position, word);
      button.closest("li")?.remove();
      parts.words.focus();
    });
    return button;
  }
}
function partsOf(page) {
  const ask = page.querySelector("form#ask");
  const words = page.querySelector("textarea#words");
  const section = page.querySelector("section#conversation");
  const write = page.querySelector("form#write");
  const text = page.querySelector("form#write textarea#text");
  const withdraw2 = page.querySelector("form#withdraw");
  const sure = page.querySelector("input#sure");
  const all = { ask, words, section, write, text, withdraw: withdraw2, sure };
  return Object.values(all).every((part) => part !== null) ? all : null;
}

/* src/conversation/conversation_page.ts */
function start() {
  enhanceConversation(document, browserSurroundings());
}

export { start };

// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: report.licenses.txt. Sources: browser/ in the repository.
const { SafelightError, parsedJson, isObject, dayOf, RosterError, RecipientError, SealError, verifiedRoster, Receipt, sealBytes, isLanguage, WordListError, WordList } = await safelightModule("sealing.js");

/* src/intake/deposit.ts */
class DepositError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "DepositError";
}
const PAUSES = [1e3, 3e3, 9e3];
const LONGEST_PAUSE = 2e4;
const LONGEST_SILENCE = 3e4;
const SLOWEST = 1;
async function deposit(report, mailbox, network) {
  let unconfirmed = null;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attempted(report, mailbox, network);
    if (outcome === "kept") return;
    const { error } = outcome;
    if (error.problem === "network") unconfirmed = error;
    const pause = PAUSES[attempt];
    if (!outcome.again || pause === void 0) {
      throw error.problem === "taken" ? error : unconfirmed ?? error;
    }
    await network.pause(pause);
  }
}
async function attempted(report, mailbox, network) {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => {
      timeout.abort();
    },
    LONGEST_SILENCE + report.length / SLOWEST
  );
  try {
    const response = await network.fetch(`/mailbox/${mailbox.id}`, {
      method: "POST",
      body: report,
      headers: {
        "Content-Type": "application/octet-stream",
        "Safelight-Verifier": mailbox.verifier
      },
      credentials: "omit",
      // a cookie would tie two reports to one person
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "error",
      signal: timeout.signal
    });
    return outcomeOf(response, parsedJson(await response.text()), report.length);
  } catch {
    return { error: unanswered("no answer"), again: true };
  } finally {
    clearTimeout(timer);
  }
}
function outcomeOf(response, answer, size) {
  const { status } = response;
  const facts = isObject(answer) ? answer : {};
  if (status === 200 || status === 201) {
    if (facts["size"] === size) return "kept";
    return { error: unanswered("an answer that was not the server's"), again: true };
  }
  const saidBy = `the server answered ${String(status)}`;
  if (status >= 500 || status === 408 || status === 429 || facts["problem"] === "cut-short") {
    const busy = typeof facts["problem"] === "string";
    const pause = 1e3 * Number(response.headers.get("Retry-After") ?? 0);
    return {
      error: busy ? new DepositError("busy", `${saidBy}; send it later`) : unanswered(saidBy),
      again: pause <= LONGEST_PAUSE
    };
  }
  return { error: new DepositError(FINAL.get(status) ?? "refused", saidBy), again: false };
}
const FINAL = /* @__PURE__ */ new Map([
  [409, "taken"],
  [413, "too-large"]
]);
function unanswered(got) {
  return new DepositError(
    "network",
    `expected to hear that the envelope is kept, got ${got}; send it again later`
  );
}

/* src/intake/report.ts */
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
const CONSENT = "consent";
function filledForm(form) {
  const single = /* @__PURE__ */ new Map();
  const several = /* @__PURE__ */ new Map([[CONSENT, []]]);
  const order = /* @__PURE__ */ new Set();
  for (const control of form.elements) {
    if (isChosenBox(control)) {
      several.set(control.name, [...several.get(control.name) ?? [], control.value]);
      order.add(control.name);
      continue;
    }
    const answer = singleAnswer(control);
    if (answer === null || answer.text === "") continue;
    single.set(answer.question, answer.text);
    order.add(answer.question);
  }
  const consent = several.get(CONSENT) ?? [];
  order.delete(CONSENT);
  const answers = Object.fromEntries(
    [...order].map((id2) => [id2, single.get(id2) ?? several.get(id2) ?? ""])
  );
  const { form: id = "", formVersion: version = "", language = "" } = form.dataset;
  return { form: { id, version }, language, answers, consent };
}
function isChosenBox(control) {
  return control instanceof HTMLInputElement && control.type === "checkbox" && control.checked && control.name !== "";
}
function singleAnswer(control) {
  if (control instanceof HTMLTextAreaElement && control.name !== "") {
    return { question: control.name, text: textOf(control) };
  }
  const isChoice = control instanceof HTMLSelectElement || control instanceof HTMLInputElement && control.type === "radio" && control.checked;
  return isChoice && control.name !== "" ? { question: control.name, text: control.value } : null;
}
function textOf(control) {
  const text = cleanedText(control.value);
  const longest = Number(control.dataset["longest"] ?? Infinity);
  const length = Array.from(text).length;
  if (length > longest) {
    throw new ReportTooLargeError(
      `${control.name}: ${String(length)} characters, at most ${String(longest)}`,
      control.name
    );
  }
  return text;
}
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const LINE_ENDS = /\r\n|[\r\u0085\u2028\u2029]/g;
const HALF_CHARACTERS = /\p{Cs}/gu;
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
function cleanedText(untrusted) {
  return untrusted.replace(LINE_ENDS, "\n").replace(HALF_CHARACTERS, "�").replace(INVISIBLE, "").replace(CONTROLS, "").normalize("NFC").trim();
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
      reply_to: facts.replyTo.text,
      mailbox: facts.mailboxId
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

/* src/intake/page.ts */
class PageError extends SafelightError {
  name = "PageError";
}
function enhance(page, surroundings) {
  const form = page.querySelector("form#report");
  if (form === null) return;
  const language = form.dataset["language"] ?? "";
  let busy = false;
  let sealed = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy) void send(form);
  });
  for (const late of page.querySelectorAll("[data-needs-script]")) {
    late.hidden = false;
    late.removeAttribute("disabled");
  }
  for (const early of page.querySelectorAll("[data-until-script]")) {
    early.hidden = true;
  }
  surroundings.loadWords(language).catch(() => void 0);
  async function send(form2) {
    begin(form2);
    try {
      const place = receiptPlace(page);
      const words = await wordsFor(language);
      const receipt = await sentReceipt(form2);
      showReceipt(form2, place, receipt.words(words));
      say("sent");
    } catch (error) {
      if (error instanceof DepositError && error.problem === "taken") sealed = null;
      show(problemNow(error), error);
    } finally {
      end(form2);
    }
  }
  function problemNow(error) {
    if (sealed === null || !(error instanceof DepositError)) return problemOf(error);
    if (error.problem === "network") sealed.unconfirmed = true;
    return sealed.unconfirmed ? "problem-network" : problemOf(error);
  }
  async function wordsFor(language2) {
    try {
      return await surroundings.loadWords(language2);
    } catch {
      throw new DepositError("network", "the word list did not load; send again when online");
    }
  }
  async function sentReceipt(form2) {
    say("sealing");
    await surroundings.pause(30);
    const today = dayOf(surroundings.now());
    const roster = currentRoster(page, today);
    const filled = filledForm(form2);
    const content = JSON.stringify(filled);
    if (sealed?.content !== content)
      sealed = {
        content,
        unconfirmed: false,
        ...await sealedReport(filled, roster, today)
      };
    say("sending");
    const { receipt, report } = sealed;
    await deposit(report, { id: receipt.mailboxId, verifier: receipt.verifier }, surroundings);
    sealed = null;
    return receipt;
  }
  function begin(form2) {
    busy = true;
    form2.setAttribute("aria-busy", "true");
    for (const button of form2.querySelectorAll("button"))
      button.setAttribute("aria-disabled", "true");
    for (const control of form2.querySelectorAll("[aria-invalid]"))
      control.removeAttribute("aria-invalid");
    const problem = page.getElementById("problem");
    if (problem !== null) {
      problem.hidden = true;
      problem.textContent = "";
    }
  }
  function end(form2) {
    busy = false;
    form2.removeAttribute("aria-busy");
    for (const button of form2.querySelectorAll("button"))
      button.removeAttribute("aria-disabled");
  }
  function show(key, error) {
    say(null);
    const problem = page.getElementById("problem");
    if (problem !== null) {
      problem.hidden = false;
      problem.textContent = sentence(page, key);
    }
    if (error instanceof ReportTooLargeError && error.question !== null) {
      page.getElementById(error.question)?.setAttribute("aria-invalid", "true");
    }
  }
  function say(key) {
    const status = page.getElementById("status");
    if (status !== null) status.textContent = key === null ? "" : sentence(page, key);
  }
}
function currentRoster(page, today) {
  const root = page.querySelector('meta[name="safelight-root"]');
  return verifiedRoster(page.getElementById("roster")?.textContent ?? "", {
    rootHex: root?.content ?? "",
    today,
    // A page that remembered a version would leave a trace of the visit.
    lastSeenVersion: null
  });
}
async function sealedReport(filled, roster, today) {
  const receipt = Receipt.generate();
  const replyTo = await receipt.replyRecipient();
  const bytes = reportBytes(filled, { written: today, replyTo, mailboxId: receipt.mailboxId });
  return { receipt, report: await sealBytes(bytes, roster.recipients(today)) };
}
function problemOf(error) {
  if (error instanceof ReportTooLargeError) return "problem-too-long";
  if (error instanceof RosterError || error instanceof RecipientError || error instanceof SealError) {
    return "problem-roster";
  }
  if (error instanceof DepositError) {
    if (error.problem === "network") return "problem-network";
    if (error.problem === "too-large") return "problem-too-long";
  }
  return "problem-refused";
}
function sentence(page, key) {
  return page.querySelector(`template#say-${key}`)?.content.textContent.trim() ?? "";
}
function receiptPlace(page) {
  const section = page.getElementById("receipt");
  const list = page.getElementById("receipt-words");
  if (section === null || list === null) {
    throw new PageError(
      "expected a place for the receipt in the page; nothing is sent without one"
    );
  }
  return { section, list };
}
function showReceipt(form, { section, list }, words) {
  const page = form.ownerDocument;
  list.replaceChildren(
    ...words.map((word) => {
      const item = page.createElement("li");
      item.textContent = word;
      return item;
    })
  );
  form.reset();
  page.getElementById("status")?.classList.add("aloud");
  form.replaceWith(...form.querySelectorAll("#status"));
  for (const read of page.querySelectorAll("main > h1, #before, header nav")) read.remove();
  section.hidden = false;
  const heading = section.querySelector("h1, h2, h3") ?? section;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  page.documentElement.scrollTop = 0;
}

/* src/intake/form_page.ts */
function start() {
  enhance(document, {
    fetch: (address, request) => fetch(address, request),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: () => /* @__PURE__ */ new Date(),
    loadWords
  });
}
async function loadWords(language) {
  if (!isLanguage(language)) throw new WordListError("expected a page in ru or en");
  const imported = await globalThis.safelightModule(`words-${language}.js`);
  if (isObject(imported) && typeof imported["words"] === "string") {
    return new WordList(language, imported["words"]);
  }
  throw new WordListError("expected a module of words; load the page again");
}

export { start };

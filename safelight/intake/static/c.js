// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { dayOf, Receipt, hexOf } = await safelightModule("i.js");
const { Delivery } = await safelightModule("g.js");
const { SafelightError, showWhatNeedsScript, Said, sentence, SendingError, metaContent, lock } = await safelightModule("l.js");
const { cleanedText, ReportTooLargeError, FilesList, problemOf, reportBytes, browserSurroundings } = await safelightModule("e.js");

/* src/vocabulary/filled_form.ts */
class FormError extends SafelightError {
  name = "FormError";
}
const CONSENT_FOR = "consent_for";
function filledForm(fields, rules, { language, today }) {
  const answers = {};
  let purposes = [];
  for (const [id, kind] of Object.entries(rules.kinds)) {
    const given = fields.filter(([name, value]) => name === id && value.trim() !== "").map(([, value]) => value);
    if (kind === "consent") purposes = given;
    else if (kind === "many") answers[id] = given;
    else if (kind === "one") answers[id] = given[0] ?? "";
    else answers[id] = textOf(id, given[0] ?? "", rules.longest[id] ?? Infinity);
  }
  const answered = Object.fromEntries(
    Object.entries(answers).filter(([, answer]) => answer.length > 0)
  );
  const asked = Object.fromEntries(
    Object.entries(answered).filter(([id]) => isAsked(id, answered, rules))
  );
  const form = { id: rules.id, version: rules.version };
  return { form, language, answers: asked, consent: consentOf(purposes, fields, rules, today) };
}
function isAsked(id, answers, { conditions }) {
  const condition = conditions[id];
  if (condition === void 0) return true;
  const [question = "", codes = ""] = condition.split("=");
  const answer = answers[question] ?? [];
  const chosen = typeof answer === "string" ? [answer] : answer;
  return codes.split(" ").some((code) => chosen.includes(code));
}
function textOf(id, typed, longest) {
  const text = cleanedText(typed);
  const length = Array.from(text).length;
  if (length > longest) {
    throw new ReportTooLargeError(
      `${id}: ${String(length)} characters, at most ${String(longest)}`,
      id
    );
  }
  return text;
}
function consentOf(purposes, fields, rules, today) {
  if (purposes.length === 0) return {};
  const chosen = fields.find(([name]) => name === CONSENT_FOR)?.[1] ?? rules.suggestedYears.toString();
  const years = rules.years.find((offered) => offered.toString() === chosen);
  if (years === void 0) {
    throw new FormError("consent_for: expected one of its choices, got another; choose again");
  }
  const last = lastDay(today, years);
  return Object.fromEntries(purposes.map((purpose) => [purpose, last]));
}
function lastDay(written, years) {
  const year = (Number(written.slice(0, 4)) + years).toString();
  const day = `${year}${written.slice(4)}`;
  const exists = (/* @__PURE__ */ new Date(`${day}T00:00:00Z`)).toISOString().startsWith(day);
  return exists ? day : `${year}-02-28`;
}

/* src/intake/form_fields.ts */
function controlsOf(form) {
  const all = form.querySelectorAll("input[name], select[name], textarea[name]");
  return [...all].filter((control) => control.name !== "" && !isOutside(control));
}
function isOutside(control) {
  return control instanceof HTMLInputElement && ["file", "hidden"].includes(control.type);
}
function rulesOf(form) {
  const kinds = {};
  const longest = {};
  const conditions = {};
  let years = [];
  let suggestedYears = 0;
  for (const control of controlsOf(form)) {
    if (control.name === CONSENT_FOR && control instanceof HTMLSelectElement) {
      years = [...control.options].map(({ value }) => Number(value));
      const suggested = [...control.options].find((option) => option.defaultSelected);
      suggestedYears = Number(suggested?.value ?? years[0]);
      continue;
    }
    kinds[control.name] = kindOf(control);
    const most = control.dataset["longest"];
    if (most !== void 0) longest[control.name] = Number(most);
    const condition = control.closest("[data-only-if]")?.dataset["onlyIf"];
    if (condition !== void 0) conditions[control.name] = condition;
  }
  const { form: id = "", formVersion: version = "" } = form.dataset;
  return { id, version, kinds, conditions, longest, years, suggestedYears };
}
function kindOf(control) {
  if (control instanceof HTMLTextAreaElement) return "text";
  if (control instanceof HTMLSelectElement || control.type === "radio") return "one";
  if (control.type !== "checkbox") return "text";
  return control.name === "consent" ? "consent" : "many";
}
function fieldsOf(form) {
  return controlsOf(form).filter(
    (control) => !(control instanceof HTMLInputElement) || !["checkbox", "radio"].includes(control.type) || control.checked
  ).map((control) => [control.name, control.value]);
}
function followConditions(form) {
  const rules = rulesOf(form);
  const update = () => {
    const answers = {};
    for (const [name, value] of fieldsOf(form)) {
      answers[name] = [...answers[name] ?? [], value];
    }
    for (const [id, condition] of Object.entries(rules.conditions)) {
      const hidden = !isAsked(id, answers, rules);
      for (const question of form.querySelectorAll("[data-only-if]")) {
        if (question.dataset["onlyIf"] === condition) question.hidden = hidden;
      }
    }
  };
  form.addEventListener("change", update);
  update();
}

/* src/intake/receipt_shown.ts */
class ReceiptPlaceError extends SafelightError {
  name = "ReceiptPlaceError";
}
function receiptPlace(page) {
  const section = page.getElementById("receipt");
  const list = page.getElementById("receipt-words");
  if (section === null || list === null) {
    throw new ReceiptPlaceError(
      "expected a place for the receipt in the page; nothing is sent without one"
    );
  }
  return { section, list };
}
function showReceipt(form, { section, list }, words, title) {
  const page = form.ownerDocument;
  list.replaceChildren(
    ...words.map((word) => {
      const item = page.createElement("li");
      item.textContent = word;
      return item;
    })
  );
  form.reset();
  for (const part of [...form.children]) {
    if (!part.matches("#problem, #status, #progress, button[data-needs-script]")) part.remove();
  }
  for (const button of form.querySelectorAll("button")) button.hidden = true;
  list.before(form);
  for (const read of page.querySelectorAll("main > h1, #before, header nav")) read.remove();
  section.hidden = false;
  const heading = section.querySelector("h1, h2, h3") ?? section;
  if (title !== null) {
    heading.dataset["afterwards"] = heading.textContent;
    heading.textContent = title;
  }
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  page.documentElement.scrollTop = 0;
}
function removeForm(page) {
  for (const heading of page.querySelectorAll("[data-afterwards]")) {
    heading.textContent = heading.dataset["afterwards"] ?? "";
  }
  const form = page.getElementById("report");
  form?.replaceWith(...form.querySelectorAll("#status"));
}

/* src/intake/page.ts */
function enhance(page, surroundings) {
  const form = page.querySelector("form#report");
  if (form === null) return;
  const language = form.dataset["language"] ?? "";
  const said = new Said(page);
  let busy = false;
  let underWay = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy) void send(form);
  });
  const files = FilesList.on(page);
  followConditions(form);
  showWhatNeedsScript(page);
  surroundings.loadWords(language).catch(() => void 0);
  async function send(form2) {
    begin(form2);
    let undecided = null;
    try {
      await files?.looked();
      undecided = files?.undecided ?? null;
      if (undecided === null) await delivered(form2);
      else said.problem(sentence(page, "problem-files-undecided"));
    } catch (error) {
      show(error);
    } finally {
      end(form2);
      undecided?.focus();
    }
  }
  async function delivered(form2) {
    const place = receiptPlace(page);
    const words = await surroundings.loadWords(language).catch(() => {
      throw new SendingError("network", "the word list did not load; send again when online");
    });
    const now = current(form2);
    const { delivery } = now;
    const trust = {
      rootHex: metaContent(page, "safelight-root"),
      today: dayOf(surroundings.now())
    };
    await delivery.send(surroundings, trust, tell, 1);
    if (!now.shown) {
      now.shown = true;
      const title = delivery.size > 1 ? sentence(page, "title-files") : null;
      showReceipt(form2, place, delivery.receipt.words(words), title);
    }
    await delivery.send(surroundings, trust, tell);
    said.progress(null);
    said.status(sentence(page, "sent"));
    underWay = null;
    files?.clear();
    removeForm(page);
  }
  function current(form2) {
    if (underWay?.shown === true) return underWay;
    const written = dayOf(surroundings.now());
    const filled = filledForm(fieldsOf(form2), rulesOf(form2), { language, today: written });
    const content = JSON.stringify(filled) + (files?.key ?? "");
    if (underWay?.content !== content) {
      const receipt = Receipt.generate();
      const facts = { mailboxId: receipt.mailboxId, written };
      const items = [reportItem(filled, receipt, written), ...files?.items(facts) ?? []];
      underWay = { content, delivery: new Delivery(receipt, items, true), shown: false };
    }
    return underWay;
  }
  function tell({ doing, item, items, percent }) {
    const isFile = item > 0;
    const values = {
      percent: (percent - percent % 10).toString(),
      number: item.toString(),
      count: (items - 1).toString()
    };
    said.progress(doing === "sending" ? percent : null);
    said.status(sentence(page, isFile ? `${doing}-file` : doing, values));
  }
  function begin(form2) {
    busy = true;
    form2.setAttribute("aria-busy", "true");
    said.problem("");
    lock(form2, true);
    for (const control of form2.querySelectorAll("[aria-invalid]")) {
      control.removeAttribute("aria-invalid");
    }
  }
  function end(form2) {
    busy = false;
    form2.removeAttribute("aria-busy");
    lock(form2, false);
  }
  function show(error) {
    said.status("");
    said.progress(null);
    const key = problemKey(error);
    const values = key === "problem-clock" ? { day: dayOf(surroundings.now()) } : {};
    said.problem(sentence(page, key, values));
    for (const button of page.querySelectorAll("#report button")) {
      button.hidden = false;
    }
    if (error instanceof ReportTooLargeError && error.question !== null) {
      page.getElementById(error.question)?.setAttribute("aria-invalid", "true");
    }
  }
  function problemKey(error) {
    const key = problemOf(error, page, () => surroundings.now());
    if (underWay?.shown === true) return "problem-files";
    const isTaken = error instanceof SendingError && error.problem === "taken";
    if (underWay?.delivery.unconfirmed === true && !isTaken) return "problem-network";
    if (isTaken) underWay = null;
    return key;
  }
}
function reportItem(filled, receipt, written) {
  return {
    async content(rosterVersion) {
      const replyTo = await receipt.replyRecipient();
      const bytes = reportBytes(filled, {
        written,
        replyTo: replyTo.text,
        mailboxId: receipt.mailboxId,
        withdrawalVerifier: receipt.withdrawalVerifier,
        messageKey: hexOf(receipt.messageKey),
        rosterVersion
      });
      return new Blob([bytes]);
    }
  };
}

/* src/intake/form_page.ts */
function start() {
  enhance(document, browserSurroundings());
}

export { start };

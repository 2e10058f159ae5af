// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { SafelightError, showWhatNeedsScript, Said, lock, Upload, DEPOSIT_FILE, sentence, browserNetwork, SendingError } = await safelightModule("l.js");

/* src/sending/chosen_deposit.ts */
class ChosenDepositError extends SafelightError {
  constructor(problem) {
    super("expected a whole deposit file of at most 16 MiB; choose what the form has saved");
    this.problem = problem;
  }
  problem;
  name = "ChosenDepositError";
}
const LARGEST = 16 * 1024 * 1024;
const LONGEST_LINE = 300;
const MOST_ENVELOPES = 8;
const LINE = /^safelight-deposit\/1 [0-9a-f]{32} [0-9a-f]{64} [1-9][0-9]{0,15} ([1-9][0-9]{0,8}(?:\+[1-9][0-9]{0,8})*)\n/;
const ENVELOPE_START = "age-encryption.org/v1\n";
async function chosenDeposit(file) {
  if (file.size > LARGEST) throw new ChosenDepositError("too-large");
  const [line, listed] = LINE.exec(await textAt(file, 0, LONGEST_LINE)) ?? [];
  if (line === void 0 || listed === void 0) throw new ChosenDepositError("not-a-deposit");
  const sizes = listed.split("+").map(Number);
  let at = line.length;
  for (const size of sizes) {
    const start = await textAt(file, at, ENVELOPE_START.length);
    if (start !== ENVELOPE_START) throw new ChosenDepositError("not-a-deposit");
    at += size;
  }
  if (at !== file.size || sizes.length > MOST_ENVELOPES) {
    throw new ChosenDepositError("not-a-deposit");
  }
  return file;
}
async function textAt(file, at, length) {
  const bytes = new Uint8Array(await file.slice(at, at + length).arrayBuffer());
  return String.fromCharCode(...bytes);
}

/* src/intake/upload_page.ts */
const SAID = ["network", "busy", "taken", "withdrawn", "too-large"];
function start() {
  enhanceUpload(document, browserNetwork());
}
function enhanceUpload(page, network) {
  const form = page.querySelector("form#upload");
  const input = page.querySelector("input#file");
  if (form === null || input === null) return;
  const said = new Said(page);
  let busy = false;
  let underWay = null;
  showWhatNeedsScript(page);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = input.files?.[0];
    if (!busy && file !== void 0) void send(form, file);
  });
  async function send(form2, file) {
    busy = true;
    said.problem("");
    form2.setAttribute("aria-busy", "true");
    lock(form2, true);
    try {
      if (underWay?.file !== file) {
        await underWay?.upload.abandon(network);
        underWay = { file, upload: new Upload(await chosenDeposit(file), DEPOSIT_FILE) };
      }
      const { upload } = underWay;
      tell(0);
      await upload.send(network, (bytes) => {
        tell(Math.floor(100 * bytes / file.size));
      });
      arrived(form2, upload.wasNew);
    } catch (error) {
      said.status("");
      said.problem(sentence(page, problemOf(error)));
    } finally {
      busy = false;
      said.progress(null);
      form2.removeAttribute("aria-busy");
      lock(form2, false);
    }
  }
  function tell(percent) {
    said.progress(percent);
    said.status(sentence(page, "sending", { percent: (percent - percent % 10).toString() }));
  }
  function arrived(form2, wasNew) {
    underWay = null;
    form2.remove();
    said.status(sentence(page, wasNew ? "arrived" : "arrived-before"));
    const more = page.getElementById("arrived");
    if (more !== null) more.hidden = false;
    page.querySelector("main")?.focus();
  }
}
function problemOf(error) {
  if (error instanceof ChosenDepositError) return `problem-${error.problem}`;
  if (!(error instanceof SendingError)) return "problem-not-a-deposit";
  return SAID.includes(error.problem) ? `problem-${error.problem}` : "problem-refused";
}

export { enhanceUpload, start };

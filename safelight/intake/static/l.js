// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { sha256 } = await safelightModule("u.js");

/* src/sealing/json.ts */
function parsedJson(untrusted) {
  try {
    return JSON.parse(untrusted);
  } catch {
    return void 0;
  }
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/* src/errors.ts */
class SafelightError extends Error {
  name = "SafelightError";
}

/* src/sending/breathing.ts */
function breathe() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/* src/sending/browser_network.ts */
function browserNetwork() {
  return {
    fetch: (address, request) => fetch(address, request),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    breathe
  };
}

/* src/intake/said.ts */
function sentence(page, key, values = {}) {
  const found = page.querySelector(`template#say-${key}`);
  const text = found?.content.textContent.trim() ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
class Said {
  constructor(page) {
    this.page = page;
  }
  page;
  #lastStatus = "";
  /** What is being done. A screen reader reads each new text, so the same one is not set again. */
  status(text) {
    const line = this.page.getElementById("status");
    if (line === null || text === this.#lastStatus) return;
    this.#lastStatus = text;
    line.textContent = text;
  }
  /** How far it is, in whole percent; null hides it. */
  progress(percent) {
    const bar = this.page.querySelector("progress#progress");
    if (bar === null) return;
    bar.hidden = percent === null;
    bar.max = 100;
    bar.value = percent ?? 0;
  }
  problem(text) {
    const line = this.page.getElementById("problem");
    if (line === null) return;
    line.hidden = text === "";
    line.textContent = text;
  }
}

/* src/intake/page_parts.ts */
function showWhatNeedsScript(page) {
  for (const late of page.querySelectorAll("[data-needs-script]")) {
    late.hidden = false;
    late.removeAttribute("disabled");
  }
  for (const early of page.querySelectorAll("[data-until-script]")) {
    early.hidden = true;
  }
}
function lock(form, locked) {
  for (const part of form.querySelectorAll(
    ".question, fieldset, textarea, #files, #files-list"
  )) {
    part.inert = locked;
  }
  for (const control of form.querySelectorAll("input, select, textarea")) {
    if (control instanceof HTMLTextAreaElement) control.readOnly = locked;
    else control.disabled = locked;
  }
  for (const button of form.querySelectorAll("button")) {
    if (locked) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}
function metaContent(page, name) {
  return page.querySelector(`meta[name="${name}"]`)?.content ?? "";
}

/* src/sending/network.ts */
class SendingError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "SendingError";
}
const LONGEST_SILENCE = 3e4;
const LONGEST_ANSWER = 64 * 1024;
const LONGEST_WISH = 2e4;
const PAUSES = [1e3, 2e3, 4e3, 8e3, 15e3, 25e3, 45e3, 6e4];
async function asked(network, address, request) {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, LONGEST_SILENCE);
  try {
    const response = await network.fetch(address, {
      ...request,
      credentials: "omit",
      // a cookie would tie two reports to one person
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "error",
      signal: timeout.signal
    });
    const bytes = await bytesOf(response);
    const told = parsedJson(new TextDecoder().decode(bytes));
    const facts = isObject(told) ? told : {};
    const problem = typeof facts["problem"] === "string" ? facts["problem"] : "";
    return { status: response.status, headers: response.headers, bytes, facts, problem };
  } catch {
    throw unanswered("no answer");
  } finally {
    clearTimeout(timer);
  }
}
async function bytesOf({ body }) {
  const bytes = new Uint8Array(LONGEST_ANSWER);
  let length = 0;
  const reader = body?.getReader();
  for (; ; ) {
    const read = await reader?.read();
    if (read?.value === void 0) return bytes.slice(0, length);
    if (length + read.value.length > LONGEST_ANSWER) {
      await reader?.cancel();
      throw unanswered("an answer without end");
    }
    bytes.set(read.value, length);
    length += read.value.length;
  }
}
function unanswered(got) {
  return new SendingError(
    "network",
    `expected to hear that the server keeps it, got ${got}; send it again later`
  );
}
const BY_STATUS = /* @__PURE__ */ new Map([
  [409, "taken"],
  [410, "withdrawn"],
  [413, "too-large"]
]);
const BY_WORD = /* @__PURE__ */ new Map([
  ["roster-changed", "roster-changed"],
  ["withdrawn", "withdrawn"],
  ["cut-short", "network"],
  ["wrong-size", "too-large"],
  ["mailbox-full", "busy"]
]);
function refusal({ status, problem }) {
  const said = `the server answered ${String(status)}`;
  const word = BY_WORD.get(problem);
  if (word !== void 0) return new SendingError(word, said);
  if (status === 408) return unanswered(said);
  if (problem === "") return unanswered(said);
  if (status >= 500 || status === 429) {
    return new SendingError("busy", `${said}; send it later`);
  }
  return new SendingError(BY_STATUS.get(status) ?? "refused", said);
}
function wish({ headers }) {
  const seconds = Number(headers.get("Retry-After") ?? Number.NaN);
  const pause = 1e3 * seconds;
  return pause > 0 && pause <= LONGEST_WISH ? pause : null;
}
class Patience {
  constructor(network) {
    this.network = network;
  }
  network;
  #failures = 0;
  progressed() {
    this.#failures = 0;
  }
  /** Pause before the next attempt, or throw `error` when there were enough. */
  async afterFailure(error, atLeast = 0) {
    const pause = PAUSES[this.#failures];
    if (pause === void 0) throw error;
    this.#failures += 1;
    await this.network.pause(Math.max(pause, atLeast));
  }
}
async function fetched(network, address, request, read) {
  const patience = new Patience(network);
  for (; ; ) {
    let failure;
    let atLeast = 0;
    try {
      const answer = await asked(network, address, request);
      const thing = answer.status < 300 ? read(answer) : null;
      if (thing !== null) return thing;
      failure = answer.status < 300 ? unanswered("another answer") : refusal(answer);
      atLeast = wish(answer) ?? 0;
      if (failure.problem === "busy" && atLeast === 0) throw failure;
    } catch (error) {
      if (!(error instanceof SendingError)) throw error;
      failure = error;
    }
    if (failure.problem !== "network" && failure.problem !== "busy") throw failure;
    if (failure.problem === "busy" && atLeast === 0) throw failure;
    await patience.afterFailure(failure, atLeast);
  }
}

/* src/sending/work_kernel.ts */
const ROUND_CONSTANTS = Int32Array.of(
  1116352408,
  1899447441,
  3049323471,
  3921009573,
  961987163,
  1508970993,
  2453635748,
  2870763221,
  3624381080,
  310598401,
  607225278,
  1426881987,
  1925078388,
  2162078206,
  2614888103,
  3248222580,
  3835390401,
  4022224774,
  264347078,
  604807628,
  770255983,
  1249150122,
  1555081692,
  1996064986,
  2554220882,
  2821834349,
  2952996808,
  3210313671,
  3336571891,
  3584528711,
  113926993,
  338241895,
  666307205,
  773529912,
  1294757372,
  1396182291,
  1695183700,
  1986661051,
  2177026350,
  2456956037,
  2730485921,
  2820302411,
  3259730800,
  3345764771,
  3516065817,
  3600352804,
  4094571909,
  275423344,
  430227734,
  506948616,
  659060556,
  883997877,
  958139571,
  1322822218,
  1537002063,
  1747873779,
  1955562222,
  2024104815,
  2227730452,
  2361852424,
  2428436474,
  2756734187,
  3204031479,
  3329325298
);
const BEGINNING = Int32Array.of(
  1779033703,
  3144134277,
  1013904242,
  2773480762,
  1359893119,
  2600822924,
  528734635,
  1541459225
);
const BLOCK = 64;
const NONCE = 8;
function digestsOf(text) {
  const message = padded(text);
  const view = new DataView(message.buffer);
  const wholeBlocks = Math.floor(text.length / BLOCK);
  const midstate = BEGINNING.slice();
  for (let block = 0; block < wholeBlocks; block += 1) {
    compress(midstate, scheduleOf(view, block), midstate);
  }
  const schedules = [];
  for (let block = wholeBlocks; block * BLOCK < message.length; block += 1) {
    schedules.push(scheduleOf(view, block));
  }
  const from = wholeBlocks * BLOCK;
  const words = [];
  for (let at = text.length & -4; at < text.length + NONCE; at += 4) {
    const [first, second] = schedules;
    const schedule = at - from < BLOCK ? first : second;
    if (schedule !== void 0) words.push({ at, schedule, word: (at & 63) >> 2 });
  }
  const digest = new Int32Array(8);
  return (count) => {
    view.setUint32(text.length, Math.floor(count / 2 ** 32));
    view.setUint32(text.length + 4, count % 2 ** 32);
    for (const { at, schedule, word } of words) schedule[word] = view.getInt32(at);
    let state = midstate;
    for (const schedule of schedules) {
      compress(state, schedule, digest);
      state = digest;
    }
    return digest;
  };
}
function padded(text) {
  const length = text.length + NONCE;
  const message = new Uint8Array(BLOCK * Math.ceil((length + 9) / BLOCK));
  message.set(text);
  message[length] = 128;
  new DataView(message.buffer).setUint32(message.length - 4, 8 * length);
  return message;
}
function scheduleOf(view, block) {
  return Int32Array.from(
    { length: 64 },
    (_, word) => word < 16 ? view.getInt32(BLOCK * block + 4 * word) : 0
  );
}
function compress(from, w, into) {
  const k = ROUND_CONSTANTS;
  for (let t = 16; t < 64; t += 1) {
    const x = w[t - 15];
    const y = w[t - 2];
    w[t] = w[t - 16] + w[t - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
  }
  let a = from[0];
  let b = from[1];
  let c = from[2];
  let d = from[3];
  let e = from[4];
  let f = from[5];
  let g = from[6];
  let h = from[7];
  for (let t = 0; t < 64; t += 1) {
    const t1 = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + k[t] + w[t] | 0;
    const t2 = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + t2 | 0;
  }
  into[0] = from[0] + a;
  into[1] = from[1] + b;
  into[2] = from[2] + c;
  into[3] = from[3] + d;
  into[4] = from[4] + e;
  into[5] = from[5] + f;
  into[6] = from[6] + g;
  into[7] = from[7] + h;
}

/* src/sending/work.ts */
const CEILING_BITS = 20;
const LEAST_UNIT = 512 * 1024;
const CHALLENGE = /^v1\.[0-9]{1,2}\.[0-9]{1,12}\.[0-9a-f]{32}\.[0-9a-f]{32}$/;
const SLICE = 25;
const BETWEEN_LOOKS = 64;
function challengeIn({ facts }) {
  const { challenge, bits, unit } = facts;
  const fits = typeof challenge === "string" && CHALLENGE.test(challenge) && isWhole(bits, 0, CEILING_BITS) && isWhole(unit, LEAST_UNIT, 2 ** 40);
  return fits ? { text: challenge, bits, unit } : null;
}
function isWhole(value, least, most) {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}
function freshChallenge(network) {
  return fetched(network, "/work", { method: "GET" }, challengeIn);
}
function priceBits(size, { bits, unit }) {
  return bits + Math.ceil(Math.log2(Math.max(1, Math.ceil(size / unit))));
}
async function solvedWork(challenge, size, network, now = () => performance.now()) {
  const wanted = priceBits(size, challenge);
  const digestWith = digestsOf(new TextEncoder().encode(challenge.text));
  let until = now() + SLICE;
  for (let count = 0; ; count += 1) {
    if (Math.clz32(digestWith(count)[0] ?? 0) >= wanted) {
      return `${challenge.text} ${count.toString(16).padStart(16, "0")}`;
    }
    if (count % BETWEEN_LOOKS === 0 && now() >= until) {
      await network.breathe();
      until = now() + SLICE;
    }
  }
}

/* src/sending/upload.ts */
const CHUNK = 11e3;
const MOST_PARTS = 16;
const GOOD_PART = 512 * 1024;
const SMALLEST_PART = 64 * 1024;
const AT_ONCE = 5;
const DIGESTED = 256 * 1024;
const MOST_WORK = 8;
const MOST_ROUNDS = 3;
const VERSION = { "Tus-Resumable": "1.0.0" };
const ADDRESS = /\/upload\/[0-9a-f]{32}$/;
const ELSEWHERE = ["wrong-offset", "no-such-page", "wrong-digest"];
const DEPOSIT_FILE = { kind: "deposit-file" };
class Upload {
  constructor(envelope, door) {
    this.envelope = envelope;
    this.door = door;
    this.#parts = partsOf(envelope.size);
  }
  envelope;
  door;
  #parts;
  #kept = false;
  #stopped = null;
  /** The end was sent once without an answer, so the envelope may be in its mailbox. */
  mayHaveArrived = false;
  /** The server said that it had not had it before. */
  wasNew = false;
  /** Computing is done for one part at a time; more would only make the page slow. */
  #computing = Promise.resolve();
  #digest = null;
  /** Resolve when the server keeps the whole envelope durably; throw `SendingError` otherwise. */
  async send(network, progressed) {
    try {
      await this.#sendAll(network, progressed);
    } catch (error) {
      const mayGoOn = error instanceof SendingError && ["network", "busy"].includes(error.problem);
      if (!mayGoOn) await this.abandon(network);
      throw error;
    }
  }
  /**
   * Take away what lies on the server and will not become an envelope. A part names no mailbox,
   * so a withdrawal does not find it. Tried once: what is left is gone after seven days.
   */
  async abandon(network) {
    const addresses = this.#parts.flatMap(({ address }) => address ?? []);
    for (const part of this.#parts) forget(part);
    await Promise.allSettled(
      addresses.map(
        (address) => asked(network, address, { method: "DELETE", headers: VERSION })
      )
    );
  }
  async #sendAll(network, progressed) {
    for (let round = 1; !this.#kept; round += 1) {
      await this.#sendParts(network, progressed);
      try {
        if (this.#parts.length > 1) await this.#joined(network);
        this.#kept = true;
      } catch (error) {
        if (!(error instanceof SendingError)) throw error;
        if (error.problem !== "refused") throw error;
        await this.abandon(network);
        if (round === MOST_ROUNDS) throw error;
      }
    }
  }
  async #sendParts(network, progressed) {
    this.#stopped = null;
    const waiting = [...this.#parts];
    const tell = () => {
      progressed(this.#parts.reduce((sum, part) => sum + part.arrived, 0));
    };
    const lanes = Array.from({ length: Math.min(AT_ONCE, waiting.length) }, async () => {
      try {
        for (let part = waiting.shift(); part !== void 0; part = waiting.shift()) {
          await this.#sendPart(part, network, tell);
        }
      } catch (error) {
        if (!(error instanceof SendingError)) throw error;
        this.#stopped ??= error;
      }
    });
    await Promise.all(lanes);
    this.#throwIfStopped();
  }
  #throwIfStopped() {
    if (this.#stopped !== null) throw this.#stopped;
  }
  async #sendPart(part, network, tell) {
    const patience = new Patience(network);
    let certain = false;
    while (part.address === null || part.arrived < part.size || !certain) {
      this.#throwIfStopped();
      try {
        if (part.address === null) part.address = await this.#created(part, network);
        else if (!certain) await this.#found(part, part.address, network);
        else await this.#sendChunk(part, part.address, network);
        certain = true;
        if (part.arrived > part.best) {
          part.best = part.arrived;
          patience.progressed();
        }
        tell();
      } catch (error) {
        if (!(error instanceof SendingError) || error.problem !== "network") throw error;
        certain = false;
        await patience.afterFailure(error);
      }
    }
  }
  /** Ask for a new upload with a solution, until the server takes one; return its address. */
  async #created(part, network) {
    const whole = this.#parts.length === 1;
    for (let attempt = 1; ; attempt += 1) {
      this.#throwIfStopped();
      part.work ??= await this.#solved(part.size, network);
      const answer = await asked(network, "/upload", {
        method: "POST",
        headers: {
          ...VERSION,
          "Safelight-Work": part.work,
          "Upload-Length": part.size.toString(),
          ...whole ? { "Upload-Metadata": await this.#metadata(network) } : { "Upload-Concat": "partial" }
        }
      });
      const address = ADDRESS.exec(answer.headers.get("Location") ?? "")?.[0];
      if (answer.status === 201 && address !== void 0) {
        part.work = null;
        return address;
      }
      const error = answer.status < 300 ? unanswered("another answer") : refusal(answer);
      const isWork = answer.problem.startsWith("work-");
      if (isWork) part.work = null;
      const pause = wish(answer);
      if (attempt === MOST_WORK || !(isWork || error.problem === "busy" && pause)) {
        throw isWork ? new SendingError("busy", error.message) : error;
      }
      if (pause !== null) await network.pause(pause);
    }
  }
  async #solved(size, network) {
    const before = this.#computing;
    const solving = (async () => {
      await before.catch(() => void 0);
      this.#throwIfStopped();
      return solvedWork(await freshChallenge(network), size, network);
    })();
    this.#computing = solving;
    return solving;
  }
  /** Learn from the server how much of a part it has. */
  async #found(part, address, network) {
    const answer = await asked(network, address, { method: "HEAD", headers: VERSION });
    if (answer.status === 404 || answer.status === 410) {
      forget(part);
      throw unanswered("that the upload is gone");
    }
    part.arrived = offsetIn(answer, part);
  }
  async #sendChunk(part, address, network) {
    const from = part.from + part.arrived;
    const to = Math.min(from + CHUNK, part.from + part.size);
    if (this.#parts.length === 1 && to === part.size) this.mayHaveArrived = true;
    const answer = await asked(network, address, {
      method: "PATCH",
      headers: {
        ...VERSION,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": part.arrived.toString()
      },
      body: await this.envelope.slice(from, to).arrayBuffer()
    });
    if (answer.status === 204) {
      if (offsetIn(answer, part) !== to - part.from) throw unanswered("another offset");
      part.arrived = to - part.from;
      this.wasNew = answer.headers.get("Safelight-Kept") === "new";
      return;
    }
    const error = refusal(answer);
    const pause = wish(answer);
    if (ELSEWHERE.includes(answer.problem)) throw unanswered("another offset");
    if (error.problem !== "busy" || pause === null) throw error;
    await network.pause(pause);
    throw unanswered("that the server is busy");
  }
  /** Make one of all parts. The server knows it again when its answer was lost. */
  async #joined(network) {
    this.mayHaveArrived = true;
    const addresses = this.#parts.map((part) => part.address ?? "").join(" ");
    await fetched(
      network,
      "/upload",
      {
        method: "POST",
        headers: {
          ...VERSION,
          "Upload-Concat": `final;${addresses}`,
          "Upload-Metadata": await this.#metadata(network)
        }
      },
      ({ status, headers }) => {
        if (status !== 201 || !ADDRESS.test(headers.get("Location") ?? "")) return null;
        this.wasNew = headers.get("Safelight-Kept") === "new";
        return true;
      }
    );
  }
  /** With the digest, so that bytes in a wrong order are sent again and not kept. */
  async #metadata(network) {
    this.#digest ??= await digestOf(this.envelope, network);
    const { proof, ...where } = { proof: {}, ...this.door };
    return Object.entries({ ...where, ...proof, sha256: this.#digest }).map(([name, value]) => `${name} ${btoa(value.toString())}`).join(",");
  }
}
function forget(part) {
  part.address = null;
  part.work = null;
  part.arrived = 0;
}
function partsOf(size) {
  const wanted = Math.min(AT_ONCE, Math.ceil(size / SMALLEST_PART));
  const count = Math.min(MOST_PARTS, Math.max(wanted, Math.ceil(size / GOOD_PART)));
  const each = Math.ceil(size / count);
  const parts = [];
  for (let from = 0; from < size; from += each) {
    parts.push({
      from,
      size: Math.min(each, size - from),
      address: null,
      arrived: 0,
      best: 0,
      work: null
    });
  }
  return parts;
}
function offsetIn({ status, headers }, part) {
  const text = headers.get("Upload-Offset") ?? "";
  const offset = Number(text);
  const fits = /^[0-9]{1,12}$/.test(text) && offset <= part.size;
  if (status >= 300 || !fits) throw unanswered("an answer that was not the server's");
  return offset;
}
async function digestOf(blob, network) {
  const digest = sha256.create();
  for (let from = 0; from < blob.size; from += DIGESTED) {
    digest.update(new Uint8Array(await blob.slice(from, from + DIGESTED).arrayBuffer()));
    await network.breathe();
  }
  return Array.from(digest.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export { DEPOSIT_FILE, SafelightError, Said, SendingError, Upload, browserNetwork, fetched, isObject, lock, metaContent, parsedJson, sentence, showWhatNeedsScript };

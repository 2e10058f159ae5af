// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { bech32, base64, hex } = await safelightModule("t.js");
const { SafelightError, parsedJson, isObject } = await safelightModule("l.js");
const { identityToRecipient, Encrypter } = await safelightModule("p.js");
const { sha256, hmac, hkdf } = await safelightModule("u.js");
const { ed25519 } = await safelightModule("r.js");

/* src/sealing/word_list.ts */
class WordListError extends SafelightError {
  name = "WordListError";
}
function isLanguage(untrusted) {
  return untrusted === "en" || untrusted === "ru";
}
const WORDS = 2048;
const PREFIX = 4;
const MOST_SUGGESTIONS = 5;
const FURTHEST = 2;
function folded(text) {
  return text.replace(/\p{Cf}/gu, "").normalize("NFKC").toLowerCase().replace(/ё/g, "е");
}
class WordList {
  /** `text`: the words in their order, with white space between. */
  constructor(language, text) {
    this.language = language;
    this.#words = Object.freeze(text.trim().split(/\s+/));
    const beginnings = new Set(this.#words.map((word) => folded(word).slice(0, PREFIX)));
    if (this.#words.length !== WORDS || beginnings.size !== WORDS) {
      throw new WordListError(
        `the ${language} word list is damaged: ${String(beginnings.size)} of ${String(WORDS)} beginnings differ; load the page again`
      );
    }
    this.#numbers = new Map(this.#words.flatMap(spellings));
  }
  language;
  #words;
  #numbers;
  word(number) {
    const word = this.#words[number];
    if (word === void 0)
      throw new WordListError(`no word ${String(number)}; a list has ${String(WORDS)}`);
    return word;
  }
  /** The number of a folded word, or of a beginning of four letters or more; null: not listed. */
  numberOf(foldedWord) {
    return this.#numbers.get(foldedWord) ?? null;
  }
  /** Words of the list at most two slips away, nearest first; at most five. */
  similar(foldedWord) {
    return this.#words.map((word) => ({ word, distance: slips(foldedWord, folded(word)) })).filter(({ distance }) => distance <= FURTHEST).sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1)).slice(0, MOST_SUGGESTIONS).map(({ word }) => word);
  }
}
function spellings(word, number) {
  const letters = folded(word);
  const shortest = Math.min(PREFIX, letters.length);
  return Array.from({ length: letters.length - shortest + 1 }, (_, more) => [
    letters.slice(0, shortest + more),
    number
  ]);
}
function slips(typed, meant) {
  let before = [];
  let last = Array.from({ length: meant.length + 1 }, (_, column) => column);
  for (let row = 1; row <= typed.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= meant.length; column += 1) {
      const mistaken = typed[row - 1] === meant[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && typed[row - 1] === meant[column - 2] && typed[row - 2] === meant[column - 1];
      current.push(
        Math.min(
          cost(last, column) + 1,
          cost(current, column - 1) + 1,
          cost(last, column - 1) + mistaken,
          swapped ? cost(before, column - 2) + 1 : Infinity
        )
      );
    }
    before = last;
    last = current;
  }
  return cost(last, meant.length);
}
function cost(row, column) {
  return row[column] ?? Infinity;
}

/* src/sealing/day.ts */
function dayOf(time) {
  return time.toISOString().slice(0, 10);
}

/* src/sealing/recipients.ts */
class RecipientError extends SafelightError {
  name = "RecipientError";
}
function parseRecipient(untrusted) {
  const kind = recipientKind(untrusted);
  try {
    new Encrypter().addRecipient(untrusted);
  } catch {
    throw new RecipientError(`the ${kind} recipient is damaged; copy it again from the desk`);
  }
  if (kind === "hybrid" && !isReducedKey(bech32.fromWords(bech32.decode(untrusted, false).words))) {
    throw new RecipientError(
      "the recipient's ML-KEM-768 key is not valid; the desk needs a new one"
    );
  }
  return Object.freeze({ kind, text: untrusted });
}
const MLKEM_MODULUS = 3329;
const MLKEM_COEFFICIENTS = 1152;
function isReducedKey(key) {
  for (let at = 0; at < MLKEM_COEFFICIENTS; at += 3) {
    const three = (key[at] ?? 0) | (key[at + 1] ?? 0) << 8 | (key[at + 2] ?? 0) << 16;
    if ((three & 4095) >= MLKEM_MODULUS || three >> 12 >= MLKEM_MODULUS) return false;
  }
  return true;
}
function recipientKind(untrusted) {
  if (untrusted.startsWith("age1pq1")) return "hybrid";
  if (untrusted.startsWith("age1") && !untrusted.slice("age1".length).includes("1"))
    return "x25519";
  throw new RecipientError(
    "expected a recipient that starts with age1pq1; copy it again from the desk"
  );
}
async function hybridRecipientFromSeed(seed) {
  return Object.freeze({
    kind: "hybrid",
    text: await identityToRecipient(hybridIdentityText(seed))
  });
}
function hybridIdentityText(seed) {
  if (seed.length !== 32) {
    throw new RecipientError(`${String(seed.length)} bytes; the seed of a key is 32`);
  }
  return bech32.encodeFromBytes("AGE-SECRET-KEY-PQ-", seed).toUpperCase();
}

/* src/sealing/message_tag.ts */
const TAG_SIZE = 32;
class Tagging {
  constructor(messageKey) {
    this.messageKey = messageKey;
  }
  messageKey;
  #digest = sha256.create();
  update(piece) {
    this.#digest.update(piece);
  }
  /** Over the digest, so that content of any length is read once. */
  tag() {
    return hmac(sha256, this.messageKey, this.#digest.digest());
  }
}

/* src/sealing/padding.ts */
class PaddingError extends SafelightError {
  name = "PaddingError";
}
const KIB = 1024;
const MIB = 1024 * KIB;
const PADDED_SIZES = [32 * KIB, 256 * KIB, 2 * MIB, 16 * MIB];
const FILE_SIZES = [
  ...PADDED_SIZES,
  ...[32, 64, 128, 256, 512, 1024].map((n) => n * MIB)
];
const MARKER = 128;
const PIECE$1 = 64 * KIB;
const CHUNK = 64 * KIB;
const TAG = 16;
function plaintextSize(sealed) {
  const last = sealed % (CHUNK + TAG);
  if (sealed <= TAG || last > 0 && last <= TAG) return 0;
  return sealed - TAG * Math.ceil(sealed / (CHUNK + TAG));
}
function smallestFit(content, overhead, sizes) {
  for (const size of sizes) {
    const padded = plaintextSize(size - overhead);
    if (content + 1 <= padded) return { size, padded };
  }
  return null;
}
function unpad(padded) {
  const marker = lastNonZero(padded);
  if (padded[marker] !== MARKER) throw notPadded();
  return padded.subarray(0, marker);
}
function lastNonZero(bytes) {
  let at = bytes.length - 1;
  while (at >= 0 && bytes[at] === 0) at -= 1;
  return at;
}
function padStream(content, length, total) {
  const reader = content.getReader();
  let read = 0;
  let padding = 0;
  async function nextContent() {
    if (padding > 0) return null;
    const { done, value } = await reader.read();
    read += done ? 0 : value.length;
    if (read > length || done && read < length) {
      await reader.cancel();
      throw lengthChanged(length);
    }
    return done ? null : value;
  }
  function nextPadding() {
    const piece = new Uint8Array(Math.min(PIECE$1, total - length - padding));
    if (padding === 0) piece[0] = MARKER;
    padding += piece.length;
    return piece;
  }
  return new ReadableStream({
    // One piece for each pull: padding may be half a gigabyte and must not be queued.
    async pull(controller) {
      controller.enqueue(await nextContent() ?? nextPadding());
      if (length + padding === total) controller.close();
    },
    cancel: (reason) => reader.cancel(reason)
  });
}
function unpadStream() {
  let held = null;
  function passOn(controller) {
    if (held === null) return;
    controller.enqueue(Uint8Array.of(MARKER));
    for (let left = held.zeros; left > 0; left -= PIECE$1) {
      controller.enqueue(new Uint8Array(Math.min(PIECE$1, left)));
    }
    held = null;
  }
  return new TransformStream({
    transform(piece, controller) {
      const last = lastNonZero(piece);
      if (last < 0 && held !== null) {
        held.zeros += piece.length;
        return;
      }
      passOn(controller);
      if (piece[last] !== MARKER) {
        controller.enqueue(piece);
        return;
      }
      if (last > 0) controller.enqueue(piece.subarray(0, last));
      held = { zeros: piece.length - last - 1 };
    },
    flush() {
      if (held === null) throw notPadded();
    }
  });
}
function notPadded() {
  return new PaddingError("the content ends without padding; it was not sealed as an envelope is");
}
function lengthChanged(length) {
  return new PaddingError(
    `the file no longer has ${String(length)} bytes; choose it again and leave it unchanged meanwhile`
  );
}

/* src/sealing/seal.ts */
class SealError extends SafelightError {
  name = "SealError";
}
const MOST_RECIPIENTS = 16;
async function sealStream(source, length, recipients) {
  const encrypter = encrypterFor(recipients);
  const { padded, size } = fit(length, recipients.length, FILE_SIZES);
  const envelope = await usable(encrypter.encrypt(padStream(source, length, padded)));
  if (envelope.size(padded) !== size) throw wrongSize(size, envelope.size(padded));
  return { envelope, size };
}
const GATHERED = 1024 * 1024;
const PIECE = 64 * 1024;
const SLICE = 25;
async function sealBlob(content, recipients, messageKey, breathe) {
  const tagging = messageKey === null ? null : new Tagging(messageKey);
  const length = content.size + (tagging === null ? 0 : TAG_SIZE);
  const { envelope, size } = await sealStream(read(content, tagging), length, recipients);
  const reader = envelope.getReader();
  const blobs = [];
  let gathered = [];
  let bytes = 0;
  let since = performance.now();
  for (; ; ) {
    const { done, value } = await reader.read();
    if (value !== void 0) {
      gathered.push(value);
      bytes += value.length;
    }
    if (done || bytes >= GATHERED) {
      blobs.push(new Blob(gathered));
      gathered = [];
      bytes = 0;
    }
    if (done) break;
    if (performance.now() - since > SLICE) {
      await breathe();
      since = performance.now();
    }
  }
  const whole = new Blob(blobs);
  if (whole.size !== size) throw wrongSize(size, whole.size);
  return whole;
}
function read(content, tagging) {
  let from = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (from < content.size) {
          const blob = content.slice(from, from + PIECE);
          const piece = new Uint8Array(await blob.arrayBuffer());
          tagging?.update(piece);
          controller.enqueue(piece);
          from += PIECE;
        }
        if (from >= content.size) {
          if (tagging !== null) controller.enqueue(tagging.tag());
          controller.close();
        }
      }
    },
    { highWaterMark: 0 }
  );
}
const VERSION_LINE = "age-encryption.org/v1\n".length;
const HYBRID_STANZA = "-> mlkem768x25519 ".length + base64Size(1120) + 1 + base64Size(32) + 1;
const MAC_LINE = "--- ".length + base64Size(32) + 1;
const NONCE = 16;
function base64Size(bytes) {
  return Math.ceil(bytes * 4 / 3);
}
function fit(content, recipients, sizes) {
  const overhead = VERSION_LINE + recipients * HYBRID_STANZA + MAC_LINE + NONCE;
  const found = smallestFit(content, overhead, sizes);
  if (found === null) {
    throw new SealError(
      `${String(content)} bytes do not fit the largest envelope, ${String(sizes.at(-1))} bytes; send less at once`
    );
  }
  return found;
}
async function usable(sealing) {
  try {
    return await sealing;
  } catch {
    throw new SealError("a recipient's key is not usable; get a roster without it");
  }
}
function encrypterFor(recipients) {
  const encrypter = new Encrypter();
  for (const recipient of checkedRecipients(recipients)) encrypter.addRecipient(recipient.text);
  return encrypter;
}
function checkedRecipients(recipients) {
  const hybrid = recipients.filter((recipient) => recipient.kind === "hybrid");
  if (recipients.length === 0) {
    throw new SealError("no recipient: what is sealed to nobody is lost; get a current roster");
  }
  if (recipients.length > MOST_RECIPIENTS) {
    throw new SealError(
      `${String(recipients.length)} recipients; an envelope has room for ${String(MOST_RECIPIENTS)}`
    );
  }
  if (hybrid.length !== recipients.length) {
    throw new SealError(
      `${String(recipients.length - hybrid.length)} of ${String(recipients.length)} recipients are not post-quantum (age1pq1…); get a roster in which all are`
    );
  }
  return hybrid;
}
function wrongSize(expected, got) {
  return new SealError(
    `the envelope would be ${String(got)} bytes instead of ${String(expected)}`
  );
}

/* src/sealing/statement.ts */
const LARGEST_STATEMENT = 4 * 1024 * 1024;
const MOST_SIGNATURES = 8;
class StatementError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "StatementError";
}
function verifiedPayload(untrusted, payloadType, publicKey) {
  const { payload, type, signatures } = parsedStatement(untrusted);
  if (type !== payloadType) {
    throw new StatementError(
      "type",
      `expected a statement of type ${payloadType}, got another type`
    );
  }
  const signed = preAuthenticationEncoding(payloadType, payload);
  if (!signatures.some((signature) => isSignature(signature, signed, publicKey))) {
    throw new StatementError(
      "signature",
      "no signature by the expected key: the statement was changed, or signed with another key"
    );
  }
  return payload;
}
function isSignature(signature, signed, publicKey) {
  if (signature.length !== 64) return false;
  return ed25519.verify(signature, signed, publicKey, { zip215: false });
}
function preAuthenticationEncoding(payloadType, payload) {
  const before = new TextEncoder().encode(
    `DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(payload.length)} `
  );
  const encoded = new Uint8Array(before.length + payload.length);
  encoded.set(before);
  encoded.set(payload, before.length);
  return encoded;
}
function parsedStatement(untrusted) {
  const value = untrusted.length <= LARGEST_STATEMENT ? parsedJson(untrusted) : void 0;
  if (!isObject(value) || typeof value["payload"] !== "string" || typeof value["payloadType"] !== "string" || !Array.isArray(value["signatures"]) || value["signatures"].length > MOST_SIGNATURES) {
    throw notAStatement();
  }
  return {
    payload: decoded(value["payload"]),
    type: value["payloadType"],
    signatures: value["signatures"].map((entry) => {
      if (!isObject(entry) || typeof entry["sig"] !== "string") throw notAStatement();
      return decoded(entry["sig"]);
    })
  };
}
function decoded(untrusted) {
  try {
    return base64.decode(untrusted);
  } catch {
    throw notAStatement();
  }
}
function notAStatement() {
  return new StatementError(
    "malformed",
    "expected a signed statement: JSON with payload, payloadType and signatures; get it again from its origin"
  );
}

/* src/sealing/roster.ts */
const ROSTER_TYPE = "application/vnd.safelight.roster+json";
class RosterError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "RosterError";
}
const MOST_DESKS = 64;
class Roster {
  constructor(version, issued, expires, desks) {
    this.version = version;
    this.issued = issued;
    this.expires = expires;
    this.desks = desks;
    Object.freeze(this);
  }
  version;
  issued;
  expires;
  desks;
  usableDesks(today) {
    return this.desks.filter((desk) => desk.validFrom <= today && today <= desk.validUntil);
  }
  /** What to seal to on `today`; throws rather than return nobody. */
  recipients(today) {
    if (today > this.expires) {
      throw new RosterError(
        "expired",
        `expired on ${this.expires}, today is ${today}; get the current roster`
      );
    }
    const usable = this.usableDesks(today);
    if (usable.length === 0) {
      throw new RosterError(
        "no-usable-desk",
        `no usable desk on ${today}: nobody could open what is sealed; get the current roster`
      );
    }
    if (usable.length > MOST_RECIPIENTS) {
      throw new RosterError(
        "malformed",
        `${String(usable.length)} usable desks; an envelope has room for ${String(MOST_RECIPIENTS)}`
      );
    }
    return usable.map((desk) => desk.recipient);
  }
}
function verifiedRoster(untrusted, { rootHex, today, lastSeenVersion }) {
  const roster = parsedRoster(signedPayload(untrusted, rootHex));
  roster.recipients(today);
  return roster;
}
function signedPayload(untrusted, rootHex) {
  const digits = rootHex.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    throw new RosterError(
      "malformed",
      "expected the root key as 64 hex digits; load the page again"
    );
  }
  try {
    return new TextDecoder().decode(verifiedPayload(untrusted, ROSTER_TYPE, hex.decode(digits)));
  } catch (error) {
    if (error instanceof StatementError) throw new RosterError(error.problem, error.message);
    throw error;
  }
}
function parsedRoster(payload) {
  const found = parsedJson(payload);
  if (!isObject(found)) throw malformed("an object");
  const { version, desks } = found;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) {
    throw malformed("a version, counted from 1");
  }
  if (!Array.isArray(desks) || desks.length > MOST_DESKS) {
    throw malformed(`a list of at most ${String(MOST_DESKS)} desks`);
  }
  const issued = parsedDay(found["issued"]);
  const expires = parsedDay(found["expires"]);
  if (expires < issued) throw malformed("it to expire after it was issued");
  const parsed = desks.map(parsedDesk);
  for (const values of [
    parsed.map((desk) => desk.name),
    parsed.map((desk) => desk.recipient.text),
    parsed.map((desk) => desk.verifyKeyHex)
  ]) {
    if (new Set(values).size !== values.length) {
      throw malformed("a name and keys of its own for every desk", "duplicate");
    }
  }
  return new Roster(version, issued, expires, Object.freeze(parsed));
}
function parsedDesk(untrusted) {
  if (!isObject(untrusted)) throw malformed("desks as objects");
  const name = textOf(untrusted["name"], /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/);
  const verifyKeyHex = textOf(untrusted["verify_key"], /^[0-9a-f]{64}$/);
  const validFrom = parsedDay(untrusted["valid_from"]);
  const validUntil = parsedDay(untrusted["valid_until"]);
  if (validUntil < validFrom) throw malformed("a desk to be valid from a day before the last");
  const recipient = hybridRecipient(textOf(untrusted["recipient"], /^age1/));
  return Object.freeze({ name, recipient, verifyKeyHex, validFrom, validUntil });
}
function hybridRecipient(untrusted) {
  try {
    const recipient = parseRecipient(untrusted);
    if (recipient.kind === "hybrid") return recipient;
  } catch (error) {
    if (!(error instanceof RecipientError)) throw error;
  }
  throw malformed("post-quantum recipients, age1pq1…", "recipient");
}
function parsedDay(untrusted) {
  const day = textOf(untrusted, /^\d{4}-\d{2}-\d{2}$/);
  const time = /* @__PURE__ */ new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || dayOf(time) !== day) throw malformed("days as YYYY-MM-DD");
  return dayOf(time);
}
function textOf(untrusted, form) {
  if (typeof untrusted === "string" && form.test(untrusted)) return untrusted;
  throw malformed("desks with name, recipient, verify_key, valid_from and valid_until");
}
function malformed(expected, problem = "malformed") {
  return new RosterError(
    problem,
    `a roster needs ${expected}; ask its keeper for a corrected one`
  );
}

/* src/sealing/receipt.ts */
const SECRET = 16;
const WORD_COUNT = 12;
const WORD_BITS = 11n;
const CHECKSUM_BITS = 4n;
const LONGEST_INPUT = 1e3;
class ReceiptError extends SafelightError {
  /**
   * `wrong` maps each position (1 to 12) that is not on the list to similar words, nearest
   * first. They say what the receipt may be: for the person who typed, and for nobody else.
   */
  constructor(problem, message, wrong = /* @__PURE__ */ new Map()) {
    super(message);
    this.problem = problem;
    this.wrong = wrong;
  }
  problem;
  wrong;
  name = "ReceiptError";
}
class Receipt {
  #secret;
  constructor(secret) {
    if (secret.length !== SECRET) {
      throw new ReceiptError(
        "length",
        `a receipt is ${String(SECRET)} bytes; got ${String(secret.length)}`
      );
    }
    this.#secret = secret.slice();
  }
  static generate() {
    return new Receipt(crypto.getRandomValues(new Uint8Array(SECRET)));
  }
  /**
   * Read twelve words of either list, in any case, spacing or punctuation; е stands for ё, and
   * the first four letters for a word.
   */
  static parse(untrustedWords, lists) {
    if (untrustedWords.length > LONGEST_INPUT) {
      throw new ReceiptError(
        "length",
        `a receipt is ${String(WORD_COUNT)} words; ${String(untrustedWords.length)} characters are too many`
      );
    }
    const typed = folded(untrustedWords).match(/\p{L}+/gu) ?? [];
    if (typed.length !== WORD_COUNT) {
      throw new ReceiptError(
        "count",
        `a receipt is ${String(WORD_COUNT)} words; got ${String(typed.length)}`
      );
    }
    const cyrillic = typed.filter((word) => /[а-я]/.test(word)).length;
    return new Receipt(
      secretOf(listedNumbers(typed, lists[2 * cyrillic > WORD_COUNT ? "ru" : "en"]))
    );
  }
  /** The twelve words, as BIP39 writes 128 bits: the bits, then 4 bits of their SHA-256. */
  words(list) {
    const value = numberOf(this.#secret) << CHECKSUM_BITS | checksum(this.#secret);
    return Array.from(
      { length: WORD_COUNT },
      (_, position) => list.word(
        Number(
          BigInt.asUintN(
            Number(WORD_BITS),
            value >> WORD_BITS * BigInt(WORD_COUNT - 1 - position)
          )
        )
      )
    );
  }
  /** Where the report goes: 32 hex digits. */
  get mailboxId() {
    return hex.encode(this.#derived("safelight receipt v1 mailbox id", 16));
  }
  /** Opens the mailbox to its owner. Never sent with a report. */
  get authKey() {
    return this.#derived("safelight receipt v1 mailbox auth", 32);
  }
  /** What the server keeps to check `authKey` later: 64 hex digits. */
  get verifier() {
    return hex.encode(sha256(this.authKey));
  }
  /** Shows desks that a withdrawal is the reporter's: 32 bytes, sent with nothing else. */
  get withdrawalProof() {
    return this.#derived("safelight receipt v1 withdrawal", 32);
  }
  /** What stands in the report to check `withdrawalProof` later: 64 hex digits. */
  get withdrawalVerifier() {
    return hex.encode(sha256(this.withdrawalProof));
  }
  /** 32 secret bytes: they stand in the report, and tag what is said later (`message_tag`). */
  get messageKey() {
    return this.#derived("safelight receipt v1 message key", 32);
  }
  /** 32 secret bytes: the identity that opens what a desk answers. */
  get replySeed() {
    return this.#derived("safelight receipt v1 reply identity", 32);
  }
  /** What a desk seals its answer to. */
  replyRecipient() {
    return hybridRecipientFromSeed(this.replySeed);
  }
  #derived(info, size) {
    return hkdf(sha256, this.#secret, void 0, new TextEncoder().encode(info), size);
  }
}
function listedNumbers(typed, list) {
  const numbers = typed.map((word) => list.numberOf(word));
  const wrong = new Map(
    typed.flatMap(
      (word, index) => numbers[index] === null ? [[index + 1, list.similar(word)]] : []
    )
  );
  if (wrong.size > 0) {
    throw new ReceiptError(
      "word",
      `not on the list of words: number ${[...wrong.keys()].join(", ")} of ${String(WORD_COUNT)}; compare with what was written down`,
      wrong
    );
  }
  return numbers.filter((number) => number !== null);
}
function secretOf(numbers) {
  const value = numbers.reduce((bits, number) => bits << WORD_BITS | BigInt(number), 0n);
  const digits = (value >> CHECKSUM_BITS).toString(16).padStart(2 * SECRET, "0");
  const secret = hex.decode(digits);
  if (BigInt.asUintN(Number(CHECKSUM_BITS), value) !== checksum(secret)) {
    throw new ReceiptError(
      "checksum",
      "the words are all on the list, but do not belong together: one was mistaken for another, or two changed places; compare with what was written down"
    );
  }
  return secret;
}
function hexOf(bytes) {
  return hex.encode(bytes);
}
function numberOf(secret) {
  return BigInt(`0x${hex.encode(secret)}`);
}
function checksum(secret) {
  return BigInt(sha256(secret)[0] ?? 0) >> 8n - CHECKSUM_BITS;
}

export { PaddingError, Receipt, ReceiptError, RecipientError, RosterError, SealError, WordList, WordListError, dayOf, folded, hexOf, hybridIdentityText, isLanguage, sealBlob, unpad, unpadStream, verifiedRoster };

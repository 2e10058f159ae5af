// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { verifiedRoster, RosterError, sealBlob, hexOf } = await safelightModule("i.js");
const { fetched, SendingError, Upload } = await safelightModule("l.js");

/* src/sending/parts.ts */
async function assembledText(network, path, most) {
  const part = (number) => fetched(
    network,
    `${path}/${String(number)}`,
    { method: "GET" },
    (answer) => partIn(answer, most)
  );
  const first = await part(0);
  const numbers = Array.from({ length: first.parts - 1 }, (_, index) => index + 1);
  const others = await Promise.all(numbers.map(part));
  const decoder = new TextDecoder();
  const text = [first, ...others].map(({ bytes }) => decoder.decode(bytes, { stream: true }));
  return text.join("") + decoder.decode();
}
function partIn({ bytes, headers }, most) {
  const parts = Number(headers.get("Safelight-Parts"));
  return Number.isInteger(parts) && parts >= 1 && parts <= most ? { bytes, parts } : null;
}

/* src/sending/roster_parts.ts */
const MOST_PARTS = 64;
const ATTEMPTS = 3;
async function currentRoster(network, trust) {
  for (let attempt = 1; ; attempt += 1) {
    const text = await assembledText(network, "/roster", MOST_PARTS);
    try {
      return verifiedRoster(text, { ...trust, lastSeenVersion: null });
    } catch (error) {
      if (!(error instanceof RosterError) || attempt === ATTEMPTS) throw error;
      await network.pause(1e3);
    }
  }
}

/* src/sending/delivery.ts */
const MOST_ROSTERS = 3;
class Delivery {
  /** `opensMailbox`: the first item is the report, which makes the mailbox. */
  constructor(receipt, items, opensMailbox) {
    this.receipt = receipt;
    this.opensMailbox = opensMailbox;
    this.#envelopes = items.map((item) => ({
      item,
      upload: null,
      arrived: false,
      unconfirmed: false
    }));
  }
  receipt;
  opensMailbox;
  #envelopes;
  #roster = null;
  /** How many items there are. */
  get size() {
    return this.#envelopes.length;
  }
  /** Whether one was sent without an answer, so that it may have arrived. */
  get unconfirmed() {
    return this.#envelopes.some(({ arrived, unconfirmed }) => unconfirmed && !arrived);
  }
  /**
   * Resolve when the items as far as `upTo` (default: all) lie in the mailbox. Throws
   * `SendingError`, `RosterError`, or what `content` throws; then it may be called again.
   */
  async send(network, trust, told, upTo = Infinity) {
    for (const [index, envelope] of this.#envelopes.entries()) {
      if (index >= upTo) return;
      if (!envelope.arrived) await this.#sendOne(index, envelope, network, trust, told);
    }
  }
  /** Take away what was begun and will not be sent any more. */
  async abandon(network) {
    for (const { upload } of this.#envelopes) await upload?.abandon(network);
  }
  async #sendOne(index, envelope, network, trust, told) {
    const items = this.#envelopes.length;
    for (let attempt = 1; !envelope.arrived; attempt += 1) {
      if (envelope.upload === null) {
        told({ doing: "sealing", item: index, items, percent: 0 });
        await network.breathe();
        envelope.upload = await this.#sealed(index, envelope.item, network, trust);
      }
      const { upload } = envelope;
      const size = upload.envelope.size;
      told({ doing: "sending", item: index, items, percent: 0 });
      try {
        await upload.send(network, (bytes) => {
          const percent = Math.floor(100 * bytes / size);
          told({ doing: "sending", item: index, items, percent });
        });
        envelope.arrived = true;
      } catch (error) {
        if (!(error instanceof SendingError)) throw error;
        envelope.unconfirmed ||= upload.mayHaveArrived;
        this.#afterFailure(envelope, error, attempt);
      }
    }
    envelope.upload = null;
  }
  #afterFailure(envelope, error, attempt) {
    if (error.problem === "taken" && envelope.unconfirmed) envelope.arrived = true;
    else if (error.problem === "roster-changed" && attempt < MOST_ROSTERS) {
      envelope.upload = null;
      this.#roster = null;
    } else throw error;
  }
  async #sealed(index, item, network, trust) {
    this.#roster ??= await currentRoster(network, trust);
    const { version } = this.#roster;
    const recipients = this.#roster.recipients(trust.today);
    const isFirst = index === 0 && this.opensMailbox;
    const messageKey = isFirst ? null : this.receipt.messageKey;
    const content = await item.content(version);
    const sealed = await sealBlob(content, recipients, messageKey, () => network.breathe());
    return new Upload(sealed, {
      mailbox: this.receipt.mailboxId,
      proof: isFirst ? { verifier: this.receipt.verifier } : { key: hexOf(this.receipt.authKey) },
      roster: version
    });
  }
}

export { Delivery };

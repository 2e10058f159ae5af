// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { Decrypter } = await safelightModule("p.js");
const { SafelightError } = await safelightModule("l.js");
const { unpad, unpadStream } = await safelightModule("i.js");

/* src/sealing/opening.ts */
class OpeningError extends SafelightError {
  constructor(problem, message) {
    super(message);
    this.problem = problem;
  }
  problem;
  name = "OpeningError";
}
async function openBytes(sealed, keys) {
  return unpad(await openUnpadded(sealed, keys));
}
async function openUnpadded(sealed, keys) {
  const content = await openStream(pieces(sealed), keys, { padded: false });
  const reader = content.getReader();
  const opened = new Uint8Array(sealed.length);
  let length = 0;
  for (; ; ) {
    const { done, value } = await reader.read();
    if (done) return opened.slice(0, length);
    opened.set(value, length);
    length += value.length;
  }
}
async function openStream(sealed, keys, { padded }) {
  const decrypter = new Decrypter();
  for (const identity of keys.identities) decrypter.addIdentity(identity);
  for (const passphrase of keys.passphrases ?? []) decrypter.addPassphrase(passphrase);
  let content;
  try {
    content = await decrypter.decrypt(
      sealed.pipeThrough(smallPieces()).pipeThrough(macChecked())
    );
  } catch (reason) {
    throw headerError(reason);
  }
  content = withPayloadErrors(content);
  return padded ? content.pipeThrough(unpadStream()) : content;
}
function headerError(reason) {
  if (reason instanceof OpeningError) return reason;
  const message = reason instanceof Error ? reason.message : "";
  if (message.startsWith("no identity matched")) {
    return new OpeningError(
      "no-match",
      "sealed to none of these keys; try the key of that time"
    );
  }
  if (message === "invalid header HMAC") {
    return new OpeningError(
      "header-mac",
      "the header was changed after sealing; ask for the file again"
    );
  }
  return notAHeader();
}
function notAHeader() {
  return new OpeningError("header", "expected the header of an age file; ask for the file again");
}
function withPayloadErrors(content) {
  const reader = content.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        let next;
        try {
          next = await reader.read();
        } catch {
          throw new OpeningError(
            "payload",
            "the file is cut off or changed; ask for it again"
          );
        }
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  );
}
const PIECE = 64 * 1024;
const LARGEST_HEADER = 64 * 1024;
function smallPieces() {
  return new TransformStream({
    transform(piece, controller) {
      for (let from = 0; from < piece.length; from += PIECE) {
        controller.enqueue(piece.subarray(from, from + PIECE));
      }
    }
  });
}
const NEWLINE = 10;
function macChecked() {
  let seen = 0;
  let line = "";
  let ended = false;
  return new TransformStream({
    transform(piece, controller) {
      for (let at = 0; at < piece.length && !ended; at += 1) {
        seen += 1;
        if (seen > LARGEST_HEADER) throw notAHeader();
        line += String.fromCharCode(piece[at] ?? 0);
        if (piece[at] !== NEWLINE) continue;
        ended = line.startsWith("---");
        if (ended && !/^--- [A-Za-z0-9+/]{43}\n$/.test(line)) throw notAHeader();
        line = "";
      }
      controller.enqueue(piece);
    }
  });
}
function pieces(bytes) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    }
  });
}

export { OpeningError, openBytes };

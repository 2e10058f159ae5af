// Safelight: part of the reporter's script.
// AGPL-3.0-or-later; libraries: licenses.txt. Sources: browser/ in the repository.
const { SafelightError } = await safelightModule("l.js");

/* src/scrub/file_window.ts */
class MalformedError extends SafelightError {
  name = "MalformedError";
  constructor(expected) {
    super(`expected ${expected}, got something else; the file is left as it is`);
  }
}
const WINDOW = 256 * 1024;
class FileWindow {
  constructor(file) {
    this.file = file;
    this.size = file.size;
  }
  file;
  size;
  #start = 0;
  #bytes = new Uint8Array(0);
  /** Exactly `length` bytes from `at`. Throws `MalformedError` where the file ends before. */
  async bytes(at, length) {
    if (at < 0 || length < 0 || at + length > this.size) {
      throw new MalformedError("a file that goes on");
    }
    if (at < this.#start || at + length > this.#start + this.#bytes.length) {
      const to = Math.min(this.size, at + Math.max(length, WINDOW));
      this.#bytes = new Uint8Array(await this.file.slice(at, to).arrayBuffer());
      this.#start = at;
    }
    return this.#bytes.subarray(at - this.#start, at - this.#start + length);
  }
  /** As many bytes from `at` as are at hand at once; none at the end of the file. */
  bytesFrom(at) {
    return this.bytes(at, Math.min(WINDOW, this.size - at));
  }
}
function fieldsOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
function nameAt(bytes, at) {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
function bytesOfName(name) {
  return Uint8Array.from(name, (character) => character.charCodeAt(0));
}
function startsWith(bytes, start, at = 0) {
  return start.every((byte, index) => bytes[at + index] === byte);
}

/* src/scrub/orientation.ts */
const UPRIGHT = 1;
const TURNED_MOST = 8;
const ORIENTATION = 274;
const SHORT = 3;
const ENTRY = 12;
const LITTLE = [73, 73, 42, 0];
const BIG = [77, 77, 0, 42];
const EXIF_START = [69, 120, 105, 102, 0, 0];
function orientationIn(untrusted) {
  const tiff = startsWith(untrusted, EXIF_START) ? untrusted.subarray(EXIF_START.length) : untrusted;
  const little = startsWith(tiff, LITTLE);
  if (!little && !startsWith(tiff, BIG)) return UPRIGHT;
  try {
    const fields = fieldsOf(tiff);
    const directory = fields.getUint32(4, little);
    const entries = fields.getUint16(directory, little);
    for (let index = 0; index < entries; index += 1) {
      const at = directory + 2 + ENTRY * index;
      if (fields.getUint16(at, little) !== ORIENTATION) continue;
      const value = fields.getUint16(at + 8, little);
      const readable = fields.getUint16(at + 2, little) === SHORT;
      return readable && value >= UPRIGHT && value <= TURNED_MOST ? value : UPRIGHT;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return UPRIGHT;
}
function tiffOf(orientation) {
  if (orientation === UPRIGHT) return null;
  const tiff = new Uint8Array(26);
  const fields = fieldsOf(tiff);
  tiff.set(BIG);
  fields.setUint32(4, 8);
  fields.setUint16(8, 1);
  fields.setUint16(10, ORIENTATION);
  fields.setUint16(12, SHORT);
  fields.setUint32(14, 1);
  fields.setUint16(18, orientation);
  return tiff;
}

/* src/scrub/pieces.ts */
const MOST_PIECES = 2e5;
class Pieces {
  #pieces = [];
  #size = 0;
  get size() {
    return this.#size;
  }
  /** The original's bytes from `from` up to `to`. */
  keep(from, to) {
    const last = this.#pieces.at(-1);
    this.#size += to - from;
    if (last !== void 0 && !(last instanceof Uint8Array) && last.to === from) {
      this.#pieces[this.#pieces.length - 1] = { from: last.from, to };
    } else if (to > from) this.#push({ from, to });
  }
  add(...parts) {
    for (const part of parts) {
      const bytes = Uint8Array.from(part);
      this.#size += bytes.length;
      this.#push(bytes);
    }
  }
  /** All of `others`, after what is here. */
  append(others) {
    for (const piece of others.#pieces) {
      if (piece instanceof Uint8Array) this.add(piece);
      else this.keep(piece.from, piece.to);
    }
  }
  /** A slice is a reference: nothing is read here. */
  blob(file, type) {
    const parts = this.#pieces.map(
      (piece) => piece instanceof Uint8Array ? piece : file.slice(piece.from, piece.to)
    );
    return new Blob(parts, { type });
  }
  #push(piece) {
    if (this.#pieces.length >= MOST_PIECES) throw new MalformedError("fewer parts in a file");
    this.#pieces.push(piece);
  }
}

/* src/scrub/jpeg.ts */
const SOI = 216;
const EOI = 217;
const SOS = 218;
const DQT = 219;
const DHT = 196;
const DRI = 221;
const COM = 254;
const APP0 = 224;
const APP1 = 225;
const APP14 = 238;
const APP15 = 239;
const FRAMES = [192, 193, 194];
const MOST_COMPONENTS = 4;
const MOST_SEGMENTS = 1e4;
const MOST_FILL = 64 * 1024;
const JFIF = [74, 70, 73, 70, 0];
const ADOBE = [65, 100, 111, 98, 101];
const ADOBE_TRANSFORM = 11;
function isJpeg(start) {
  return startsWith(start, [255, SOI, 255]);
}
async function scrubbedJpeg(source) {
  const told = { jfif: false, transform: null, orientation: null };
  const image = new Pieces();
  let frames = 0;
  let scans = 0;
  for (let at = 2, segments = 0; ; segments += 1) {
    if (segments > MOST_SEGMENTS) throw new MalformedError("fewer segments");
    const { marker, after } = await markerAt(source, at);
    if (marker === EOI) break;
    const length = fieldsOf(await source.bytes(after, 2)).getUint16(0);
    if (length < 2) throw new MalformedError("a segment's length");
    const body = await source.bytes(after + 2, length - 2);
    at = after + length;
    if (marker >= APP0 && marker <= APP15 || marker === COM) {
      listen(told, marker, body);
      continue;
    }
    checkSegment(marker, body);
    if (FRAMES.includes(marker)) frames += 1;
    image.keep(after - 2, at);
    if (marker !== SOS) continue;
    scans += 1;
    const end = await endOfScan(source, at);
    image.keep(at, end);
    at = end;
  }
  if (frames !== 1 || scans === 0) throw new MalformedError("one image in a JPEG file");
  const pieces = new Pieces();
  pieces.add([255, SOI]);
  writeTold(pieces, told);
  pieces.append(image);
  pieces.add([255, EOI]);
  return { pieces, type: "image/jpeg" };
}
function listen(told, marker, body) {
  if (marker === APP0 && startsWith(body, JFIF)) told.jfif = true;
  if (marker === APP14 && startsWith(body, ADOBE)) {
    told.transform ??= body[ADOBE_TRANSFORM] ?? null;
  }
  if (marker === APP1 && startsWith(body, EXIF_START)) {
    told.orientation ??= orientationIn(body);
  }
}
function writeTold(pieces, told) {
  if (told.jfif) pieces.add(segment(APP0, [...JFIF, 1, 1, 0, 0, 1, 0, 1, 0, 0]));
  const tiff = tiffOf(told.orientation ?? 1);
  if (tiff !== null) pieces.add(segment(APP1, [...EXIF_START, ...tiff]));
  if (told.transform !== null && told.transform <= 2) {
    pieces.add(segment(APP14, [...ADOBE, 0, 100, 0, 0, 0, 0, told.transform]));
  }
}
function segment(marker, body) {
  const length = body.length + 2;
  return [255, marker, length >> 8, length & 255, ...body];
}
async function markerAt(source, at) {
  if ((await source.bytes(at, 1))[0] !== 255) throw new MalformedError("a marker");
  let after = at + 1;
  while (after - at <= MOST_FILL) {
    const marker = (await source.bytes(after, 1))[0] ?? 0;
    after += 1;
    if (marker !== 255) return { marker, after };
  }
  throw new MalformedError("a marker");
}
function checkSegment(marker, body) {
  if (marker === DQT) checkTables(body, (first) => first >> 4 === 0 ? 64 : 128);
  else if (marker === DHT) {
    checkTables(body, (_, at) => 16 + sum(body.subarray(at + 1, at + 17)));
  } else if (marker === DRI) expect(body.length === 2);
  else if (marker === SOS) {
    const components = body[0] ?? 0;
    expect(components >= 1 && components <= MOST_COMPONENTS);
    expect(body.length === 4 + 2 * components);
  } else if (FRAMES.includes(marker)) {
    const fields = fieldsOf(body);
    const components = fields.getUint8(5);
    expect(components >= 1 && components <= MOST_COMPONENTS);
    expect(body.length === 6 + 3 * components);
    expect(fields.getUint16(1) > 0 && fields.getUint16(3) > 0);
  } else throw new MalformedError("segments of an image");
}
function checkTables(body, size) {
  let at = 0;
  while (at < body.length) at += 1 + size(body[at] ?? 0, at);
  expect(at === body.length && at > 0);
}
function expect(fact) {
  if (!fact) throw new MalformedError("a well-formed segment");
}
function sum(bytes) {
  return bytes.reduce((total, byte) => total + byte, 0);
}
async function endOfScan(source, from) {
  let at = from;
  for (; ; ) {
    const bytes = await source.bytesFrom(at);
    let found = bytes.indexOf(255);
    while (found >= 0 && found + 1 < bytes.length) {
      const next = bytes[found + 1] ?? 0;
      if (next !== 0 && (next < 208 || next > 215)) return at + found;
      found = bytes.indexOf(255, found + 2);
    }
    at += found >= 0 ? found : bytes.length;
    if (at + 1 >= source.size) throw new MalformedError("the end of an image");
  }
}

/* src/scrub/mp4_boxes.ts */
const HEADER = 8;
const MOST_BOXES$1 = 1e4;
function boxesIn(bytes) {
  const fields = fieldsOf(bytes);
  const boxes = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER) {
      if (bytes.subarray(at).some((byte) => byte !== 0)) throw new MalformedError("a box");
      break;
    }
    const size = fields.getUint32(at);
    if (boxes.length >= MOST_BOXES$1) throw new MalformedError("fewer boxes");
    if (size < HEADER || at + size > bytes.length) throw new MalformedError("a box of its size");
    boxes.push({ type: nameAt(bytes, at + 4), body: bytes.subarray(at + HEADER, at + size) });
    at += size;
  }
  return boxes;
}
function only(boxes, type) {
  const body = atMostOne(boxes, type);
  if (body === null) throw new MalformedError(`a box ${type}`);
  return body;
}
function atMostOne(boxes, type) {
  const found = boxes.filter((box2) => box2.type === type);
  if (found.length > 1) throw new MalformedError(`one box ${type}`);
  return found[0]?.body ?? null;
}
function box(type, ...parts) {
  return joined(
    header$1(
      type,
      parts.reduce((sum, part) => sum + part.length, 0)
    ),
    ...parts
  );
}
function header$1(type, length) {
  const long = HEADER + length >= 2 ** 32;
  const bytes = new Uint8Array(long ? 16 : HEADER);
  const fields = fieldsOf(bytes);
  fields.setUint32(0, long ? 1 : HEADER + length);
  bytes.set(bytesOfName(type), 4);
  if (long) fields.setBigUint64(8, BigInt(16 + length));
  return bytes;
}
function joined(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
function zeroed(body, ...ranges) {
  const copy = Uint8Array.from(body);
  for (const [from, to] of ranges) copy.fill(0, from, to);
  return copy;
}
function checkedTable(body, entry, version) {
  const fields = fieldsOf(body);
  const count = fields.getUint32(4);
  if (!version.includes(fields.getUint8(0)) || body.length !== 8 + count * entry) {
    throw new MalformedError("a table of its length");
  }
  return count;
}

/* src/scrub/mp4_samples.ts */
const MOST_CHUNKS$3 = 2 ** 18;
const MOST_SAMPLES = 2 ** 24;
function chunksOf(table) {
  const offsets = chunkOffsets(table);
  const sizes = sampleSizes(only(table, "stsz"));
  const runs = chunkRuns(only(table, "stsc"), offsets.length);
  let sample = 0;
  const chunks = offsets.map((from, index) => {
    const last = sample + (runs[index] ?? 0);
    const size = sizes.sum(sample, last);
    sample = last;
    return { from, size };
  });
  if (sample !== sizes.count) throw new MalformedError("as many samples as chunks hold");
  return chunks;
}
function chunkOffsets(table) {
  const long = table.some((entry) => entry.type === "co64");
  if (long && table.some((entry) => entry.type === "stco")) throw new MalformedError("one table");
  const body = only(table, long ? "co64" : "stco");
  const count = checkedTable(body, long ? 8 : 4, [0]);
  if (count > MOST_CHUNKS$3) throw new MalformedError("fewer chunks");
  const fields = fieldsOf(body);
  return Array.from(
    { length: count },
    (_, index) => long ? Number(fields.getBigUint64(8 + 8 * index)) : fields.getUint32(8 + 4 * index)
  );
}
function sampleSizes(body) {
  const fields = fieldsOf(body);
  const same = fields.getUint32(4);
  const count = fields.getUint32(8);
  if (body.length !== 12 + (same === 0 ? 4 * count : 0) || count > MOST_SAMPLES) {
    throw new MalformedError("a table of sizes");
  }
  if (same === 1) throw new MalformedError("sizes of samples in bytes");
  return {
    count,
    sum: (first, last) => {
      if (last > count) throw new MalformedError("a sample's size");
      if (same !== 0) return same * (last - first);
      let sum = 0;
      for (let at = first; at < last; at += 1) sum += fields.getUint32(12 + 4 * at);
      return sum;
    }
  };
}
function chunkRuns(body, chunks) {
  const entries = checkedTable(body, 12, [0]);
  const fields = fieldsOf(body);
  const runs = [];
  for (let index = 0; index < entries; index += 1) {
    const at = 8 + 12 * index;
    const next = index + 1 < entries ? fields.getUint32(at + 12) : chunks + 1;
    const samples = fields.getUint32(at + 4);
    if (fields.getUint32(at) !== runs.length + 1 || next <= runs.length + 1) {
      throw new MalformedError("chunks in order");
    }
    if (next > chunks + 1 || samples > MOST_SAMPLES) throw new MalformedError("such chunks");
    while (runs.length + 1 < next) runs.push(samples);
  }
  if (runs.length !== chunks) throw new MalformedError("samples for every chunk");
  return runs;
}
function offsetTable(offsets, long) {
  const body = new Uint8Array(8 + offsets.length * (long ? 8 : 4));
  const fields = fieldsOf(body);
  fields.setUint32(4, offsets.length);
  offsets.forEach((offset, index) => {
    if (long) fields.setBigUint64(8 + 8 * index, BigInt(offset));
    else fields.setUint32(8 + 4 * index, offset);
  });
  return box(long ? "co64" : "stco", joined(body));
}

/* src/scrub/mp4_tracks.ts */
const VIDEO_CODECS = [
  ...["avc1", "avc3", "hvc1", "hev1", "vp08", "vp09", "av01", "mp4v", "s263"]
];
const AUDIO_CODECS = [
  ...["mp4a", "alac", "Opus", "fLaC", "ac-3", "ec-3", "samr", "sawb", ".mp3"]
];
const CODEC_BOXES = /* @__PURE__ */ new Set([
  ...["avcC", "hvcC", "vpcC", "av1C", "esds", "alac", "dOps", "dfLa", "dac3", "dec3"]
]);
const SIZED_BOXES = /* @__PURE__ */ new Map([
  ["pasp", 8],
  ["clap", 32],
  ["clli", 4],
  ["mdcv", 24],
  ["dvcC", 24],
  ["dvvC", 24]
]);
const FULL = 4;
function movieHeader(body) {
  const long = fieldsOf(body).getUint8(0) === 1;
  if (body.length !== (long ? 112 : 100)) throw new MalformedError("a movie's header");
  const matrixEnd = body.length - 28;
  return box(
    "mvhd",
    zeroed(
      body,
      [1, FULL],
      times(long),
      [matrixEnd - 46, matrixEnd - 36],
      [matrixEnd, matrixEnd + 24]
    )
  );
}
function keptTrack(body) {
  const boxes = boxesIn(body);
  const media = boxesIn(only(boxes, "mdia"));
  const handler = nameAt(only(media, "hdlr"), 8);
  if (handler !== "vide" && handler !== "soun") return null;
  const information = boxesIn(only(media, "minf"));
  checkSelfContained(information);
  const table = boxesIn(only(information, "stbl"));
  const picture = handler === "vide";
  const before = [trackHeader(only(boxes, "tkhd")), ...editList(atMostOne(boxes, "edts"))];
  const mediaHeaders = [mediaHeader(only(media, "mdhd")), handlerBox(handler)];
  const head = picture ? sized("vmhd", only(information, "vmhd"), 12) : sized("smhd", only(information, "smhd"), 8);
  const tables = [sampleDescription(only(table, "stsd"), picture), ...timeTables(table)];
  return {
    picture,
    chunks: chunksOf(table),
    written: (offsets, long) => box(
      "trak",
      ...before,
      box(
        "mdia",
        ...mediaHeaders,
        box(
          "minf",
          head,
          box("dinf", dataReference()),
          box("stbl", ...tables, offsetTable(offsets, long))
        )
      )
    )
  };
}
function times(long) {
  return [FULL, FULL + (long ? 16 : 8)];
}
function trackHeader(body) {
  const long = fieldsOf(body).getUint8(0) === 1;
  if (body.length !== (long ? 96 : 84)) throw new MalformedError("a track's header");
  const afterId = FULL + (long ? 20 : 12);
  const afterDuration = afterId + 4 + (long ? 8 : 4);
  return box(
    "tkhd",
    zeroed(
      body,
      [1, 3],
      times(long),
      [afterId, afterId + 4],
      [afterDuration, afterDuration + 8]
    )
  );
}
function mediaHeader(body) {
  const long = fieldsOf(body).getUint8(0) === 1;
  if (body.length !== (long ? 36 : 24)) throw new MalformedError("a media header");
  const copy = zeroed(body, [1, FULL], times(long), [body.length - 4, body.length]);
  fieldsOf(copy).setUint16(body.length - 4, 21956);
  return box("mdhd", copy);
}
function handlerBox(handler) {
  return box("hdlr", new Uint8Array(8), bytesOfName(handler), new Uint8Array(13));
}
function editList(edits) {
  const list = edits === null ? null : atMostOne(boxesIn(edits), "elst");
  if (list === null) return [];
  checkedTable(list, list[0] === 1 ? 20 : 12, [0, 1]);
  return [box("edts", box("elst", zeroed(list, [1, FULL])))];
}
function sized(type, body, size) {
  if (body.length !== size) throw new MalformedError(`a box ${type} of its size`);
  return box(type, body);
}
function checkSelfContained(information) {
  const references = only(boxesIn(only(information, "dinf")), "dref");
  for (const reference of boxesIn(references.subarray(8))) {
    if ((fieldsOf(reference.body).getUint32(0) & 1) === 0) {
      throw new MalformedError("samples in the file itself");
    }
  }
}
function dataReference() {
  return box(
    "dref",
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1),
    box("url ", Uint8Array.of(0, 0, 0, 1))
  );
}
function timeTables(table) {
  const kept = [];
  const keep = (type, body) => {
    kept.push(box(type, zeroed(body, [1, FULL])));
  };
  const times2 = only(table, "stts");
  checkedTable(times2, 8, [0]);
  keep("stts", times2);
  const shifts = atMostOne(table, "ctts");
  if (shifts !== null) {
    checkedTable(shifts, 8, [0, 1]);
    keep("ctts", shifts);
  }
  const keyFrames = atMostOne(table, "stss");
  if (keyFrames !== null) {
    checkedTable(keyFrames, 4, [0]);
    keep("stss", keyFrames);
  }
  keep("stsc", only(table, "stsc"));
  keep("stsz", only(table, "stsz"));
  return kept;
}
function sampleDescription(body, picture) {
  const count = fieldsOf(body).getUint32(4);
  const entries = boxesIn(body.subarray(8));
  if (entries.length !== count || count === 0) throw new MalformedError("descriptions of samples");
  return box(
    "stsd",
    joined(new Uint8Array(4), body.subarray(4, 8)),
    ...entries.map((entry) => {
      if (!(picture ? VIDEO_CODECS : AUDIO_CODECS).includes(entry.type)) {
        throw new MalformedError("a usual codec");
      }
      return box(entry.type, ...picture ? videoEntry(entry.body) : audioEntry(entry.body));
    })
  );
}
function videoEntry(body) {
  const head = zeroed(checkedStart(body, 78), [0, 6], [8, 24], [36, 40], [42, 74]);
  fieldsOf(head).setUint16(6, 1);
  return [head, ...codecBoxes(body.subarray(78))];
}
function audioEntry(body) {
  const length = [28, 44, 64][fieldsOf(body).getUint16(8)];
  if (length === void 0) throw new MalformedError("a known description of sound");
  const head = zeroed(checkedStart(body, length), [0, 6], [10, 16]);
  fieldsOf(head).setUint16(6, 1);
  return [head, ...codecBoxes(body.subarray(length))];
}
function checkedStart(body, length) {
  if (body.length < length) throw new MalformedError("a description of samples");
  return body.subarray(0, length);
}
function codecBoxes(body) {
  return boxesIn(body).flatMap(({ type, body: inside }) => {
    if (CODEC_BOXES.has(type)) return [box(type, inside)];
    if (SIZED_BOXES.get(type) === inside.length) return [box(type, inside)];
    if (type === "colr" && isPlainColour(inside)) return [box(type, inside)];
    if (type === "damr" && inside.length === 9) return [box(type, zeroed(inside, [0, 5]))];
    if (type === "wave") return [soundInside(inside)];
    return [];
  });
}
function isPlainColour(body) {
  const kind = nameAt(body, 0);
  return kind === "nclx" && body.length === 11 || kind === "nclc" && body.length === 10;
}
function soundInside(body) {
  const kept = boxesIn(body).flatMap(({ type, body: inside }) => {
    if (type === "frma" && inside.length === 4) return [box(type, inside)];
    if (type === "esds" || type === "alac") return [box(type, inside)];
    if (type === "mp4a" && inside.length === 4) return [box(type, new Uint8Array(4))];
    return [];
  });
  return box("wave", ...kept, box("\0\0\0\0"));
}

/* src/scrub/mp4.ts */
const FIRST_BOXES = ["ftyp", "moov", "mdat", "wide", "free", "skip"];
const PICTURES = /^(?:hei|hev|mif|msf|avi|crx|jp|j2)/;
const FRAGMENTS = /* @__PURE__ */ new Set(["moof", "styp", "sidx", "ssix", "mfra", "prft"]);
const LARGEST_MOOV = 8 * 2 ** 20;
const MOST_CHUNKS$2 = 2 ** 18;
const MOST_BOXES = 1e4;
const MOST_TRACKS = 64;
function isMovie(start) {
  return FIRST_BOXES.includes(nameAt(start, 4));
}
async function scrubbedMovie(source) {
  const { quickTime, moov, data } = await topBoxes(source);
  const boxes = boxesIn(moov);
  if (boxes.some(({ type }) => type === "mvex" || type === "cmov")) {
    throw new MalformedError("a movie in one piece");
  }
  const tracks = boxes.filter(({ type }) => type === "trak").slice(0, MOST_TRACKS + 1).flatMap(({ body }) => keptTrack(body) ?? []);
  if (tracks.length === 0 || tracks.length > MOST_TRACKS) throw new MalformedError("a track");
  const samples = placed(tracks, data);
  const start = fileType(quickTime);
  const movie = (first2, long2) => box(
    "moov",
    movieHeader(only(boxes, "mvhd")),
    ...tracks.map(
      (track) => track.written(
        track.chunks.map((chunk) => first2 + (samples.places.get(chunk) ?? 0)),
        long2
      )
    )
  );
  const long = start.length + moov.length + 16 + samples.pieces.size >= 2 ** 31;
  const mdat = header$1("mdat", samples.pieces.size);
  const first = start.length + movie(0, long).length + mdat.length;
  const pieces = new Pieces();
  pieces.add(start, movie(first, long), mdat);
  pieces.append(samples.pieces);
  const film = tracks.some((track) => track.picture);
  return { pieces, type: film ? quickTime ? "video/quicktime" : "video/mp4" : "audio/mp4" };
}
function fileType(quickTime) {
  return quickTime ? box("ftyp", bytesOfName("qt  "), new Uint8Array(4), bytesOfName("qt  ")) : box("ftyp", bytesOfName("isom"), Uint8Array.of(0, 0, 2, 0), bytesOfName("isomiso2mp41"));
}
async function topBoxes(source) {
  let quickTime = true;
  let moov = null;
  const data = [];
  let count = 0;
  for (let at = 0; at < source.size; count += 1) {
    const head = await source.bytes(at, 8);
    const type = nameAt(head, 4);
    const short = fieldsOf(head).getUint32(0);
    const headLength = short === 1 ? 16 : 8;
    let size = short;
    if (short === 1) {
      size = Number(fieldsOf(await source.bytes(at, 16)).getBigUint64(8));
    } else if (short === 0) size = source.size - at;
    if (size < headLength || at + size > source.size || count > MOST_BOXES) {
      throw new MalformedError("a box of its size");
    }
    const from = at + headLength;
    if (type === "ftyp") {
      const brand = nameAt(await source.bytes(from, 4), 0);
      if (PICTURES.test(brand)) throw new MalformedError("a film");
      quickTime = brand === "qt  ";
    } else if (type === "moov") {
      if (moov !== null || size > LARGEST_MOOV) throw new MalformedError("one movie");
      moov = Uint8Array.from(await source.bytes(from, size - headLength));
    } else if (type === "mdat") data.push({ from, size: size - headLength });
    else if (FRAGMENTS.has(type)) throw new MalformedError("a movie in one piece");
    at += size;
  }
  if (moov === null) throw new MalformedError("a movie");
  return { quickTime, moov, data };
}
function placed(tracks, data) {
  const chunks = tracks.flatMap((track) => track.chunks);
  if (chunks.length > MOST_CHUNKS$2) throw new MalformedError("fewer chunks");
  chunks.sort((one, other) => one.from - other.from || one.size - other.size);
  const pieces = new Pieces();
  const places = /* @__PURE__ */ new Map();
  let end = 0;
  let place = 0;
  for (const chunk of chunks) {
    for (; place < data.length; place += 1) {
      const { from, size } = data[place] ?? chunk;
      if (chunk.from + chunk.size <= from + size) break;
    }
    const inside = (data[place]?.from ?? Infinity) <= chunk.from;
    if (!inside || chunk.from < end) throw new MalformedError("chunks of their own in mdat");
    end = chunk.from + chunk.size;
    places.set(chunk, pieces.size);
    pieces.keep(chunk.from, end);
  }
  return { pieces, places };
}

/* src/scrub/png.ts */
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const KEPT = /* @__PURE__ */ new Map([
  ["IHDR", (length) => length === 13],
  ["PLTE", (length) => length > 0 && length <= 768 && length % 3 === 0],
  ["tRNS", (length) => length > 0 && length <= 256],
  ["IDAT", () => true],
  ["sRGB", (length) => length === 1],
  ["gAMA", (length) => length === 4],
  ["cICP", (length) => length === 4],
  ["acTL", (length) => length === 8],
  ["fcTL", (length) => length === 26],
  ["fdAT", (length) => length > 4]
]);
const USUAL_GAMMAS = [45455, 1e5];
const MOST_CHUNKS$1 = 2e5;
function isPng(start) {
  return startsWith(start, SIGNATURE);
}
async function scrubbedPng(source) {
  const pieces = new Pieces();
  pieces.add(SIGNATURE);
  const seen = /* @__PURE__ */ new Set();
  let orientation = null;
  for (let at = SIGNATURE.length, count = 0; ; count += 1) {
    if (count > MOST_CHUNKS$1) throw new MalformedError("fewer chunks");
    const head = await source.bytes(at, 8);
    const length = fieldsOf(head).getUint32(0);
    const name = nameAt(head, 4);
    const end = at + 12 + length;
    if (!/^[A-Za-z]{4}$/.test(name) || end > source.size) throw new MalformedError("a chunk");
    if (name === "IHDR" !== (seen.size === 0)) throw new MalformedError("IHDR first, once");
    if (name === "IEND") {
      if (length !== 0 || !seen.has("IDAT")) throw new MalformedError("IEND after an image");
      break;
    }
    if (name === "eXIf" && orientation === null && length < 2 ** 16) {
      orientation = orientationIn(await source.bytes(at + 8, length));
      if (!seen.has("IDAT")) writeOrientation(pieces, orientation);
    }
    if (await isKept(source, name, at, length)) {
      await checkSum(source, at, length);
      pieces.keep(at, end);
    }
    seen.add(name);
    at = end;
  }
  pieces.add(chunk("IEND", new Uint8Array(0)));
  return { pieces, type: "image/png" };
}
async function isKept(source, name, at, length) {
  const lengthFits = KEPT.get(name);
  if (lengthFits === void 0) {
    if (/^[A-Z]/.test(name)) throw new MalformedError("chunks of an image");
    return false;
  }
  if (!lengthFits(length)) throw new MalformedError("a chunk of its length");
  if (name !== "gAMA") return true;
  return USUAL_GAMMAS.includes(fieldsOf(await source.bytes(at + 8, 4)).getUint32(0));
}
function writeOrientation(pieces, orientation) {
  const tiff = tiffOf(orientation);
  if (tiff !== null) pieces.add(chunk("eXIf", tiff));
}
function chunk(name, body) {
  const bytes = new Uint8Array(12 + body.length);
  const fields = fieldsOf(bytes);
  fields.setUint32(0, body.length);
  bytes.set(bytesOfName(name), 4);
  bytes.set(body, 8);
  fields.setUint32(8 + body.length, crc(bytes.subarray(4, 8 + body.length)) ^ -1);
  return bytes;
}
async function checkSum(source, at, length) {
  let sum = -1;
  const end = at + 8 + length;
  for (let from = at + 4; from < end; ) {
    const bytes = (await source.bytesFrom(from)).subarray(0, end - from);
    sum = crc(bytes, sum);
    from += bytes.length;
  }
  if (fieldsOf(await source.bytes(end, 4)).getInt32(0) !== (sum ^ -1)) {
    throw new MalformedError("a chunk with its check sum");
  }
}
let table = null;
function crc(bytes, before = -1) {
  table ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1 ? 3988292384 ^ value >>> 1 : value >>> 1;
    }
    return value;
  });
  let sum = before;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 255] ?? 0) ^ sum >>> 8;
  return sum;
}

/* src/scrub/webp.ts */
const EXIF_FLAG = 8;
const ALPHA_FLAG = 16;
const ANIMATION_FLAG = 2;
const LARGEST_EXIF = 2 ** 20;
const FRAME_HEADER = 16;
const MOST_CHUNKS = 2e4;
function isWebp(start) {
  return nameAt(start, 0) === "RIFF" && startsWith(start.subarray(8), [...bytesOfName("WEBP")]);
}
async function scrubbedWebp(source) {
  const size = fieldsOf(await source.bytes(4, 4)).getUint32(0, true);
  const end = 8 + size;
  if (size % 2 !== 0 || end > source.size) throw new MalformedError("a whole RIFF");
  const chunks = await chunksIn(source, 12, end);
  const image = new Pieces();
  let extended = null;
  let orientation = null;
  let animated = false;
  let pictures = 0;
  for (const chunk of chunks) {
    if (chunk.name === "VP8X") {
      if (chunk !== chunks[0] || chunk.length !== 10) throw new MalformedError("VP8X first");
      extended = Uint8Array.from(await source.bytes(chunk.from, 10));
    } else if (chunk.name === "EXIF" && chunk.length <= LARGEST_EXIF) {
      orientation ??= orientationIn(await source.bytes(chunk.from, chunk.length));
    } else if (chunk.name === "ANIM" && chunk.length === 6) {
      animated = true;
      keep(image, chunk);
    } else if (chunk.name === "ANMF") {
      await keepFrame(image, source, chunk);
      pictures += 1;
    } else if (isImage(chunk)) {
      keep(image, chunk);
      if (chunk.name !== "ALPH") pictures += 1;
    }
  }
  if (pictures === 0 || pictures > 1 && !animated) throw new MalformedError("one picture");
  return { pieces: framed(image, extended, tiffOf(orientation ?? 1)), type: "image/webp" };
}
function framed(image, extended, tiff) {
  const body = new Pieces();
  body.add(bytesOfName("WEBP"));
  if (extended !== null) {
    const flags = (extended[0] ?? 0) & (ALPHA_FLAG | ANIMATION_FLAG);
    extended.set([tiff === null ? flags : flags | EXIF_FLAG, 0, 0, 0]);
    body.add(header("VP8X", 10), extended);
  }
  body.append(image);
  if (extended !== null && tiff !== null) body.add(header("EXIF", tiff.length), tiff);
  const whole = new Pieces();
  whole.add(header("RIFF", body.size));
  whole.append(body);
  return whole;
}
async function chunksIn(source, from, end) {
  const chunks = [];
  for (let at = from; at < end; ) {
    if (chunks.length >= MOST_CHUNKS) throw new MalformedError("fewer chunks");
    const head = await source.bytes(at, 8);
    const length = fieldsOf(head).getUint32(4, true);
    chunks.push({ name: nameAt(head, 0), from: at + 8, length });
    at += 8 + length + length % 2;
    if (at > end) throw new MalformedError("chunks that end with the file");
  }
  return chunks;
}
function isImage({ name, length }) {
  return (name === "VP8 " || name === "VP8L" || name === "ALPH") && length > 0;
}
function keep(pieces, { name, from, length }) {
  pieces.add(header(name, length));
  pieces.keep(from, from + length);
  if (length % 2 !== 0) pieces.add([0]);
}
async function keepFrame(pieces, source, frame) {
  const from = frame.from + FRAME_HEADER;
  if (frame.length < FRAME_HEADER) throw new MalformedError("a frame");
  const inside = (await chunksIn(source, from, frame.from + frame.length)).filter(isImage);
  if (inside.filter((chunk) => chunk.name !== "ALPH").length !== 1) {
    throw new MalformedError("one picture in a frame");
  }
  const kept = new Pieces();
  for (const chunk of inside) keep(kept, chunk);
  pieces.add(header("ANMF", FRAME_HEADER + kept.size));
  pieces.keep(frame.from, from);
  pieces.append(kept);
}
function header(name, length) {
  const bytes = new Uint8Array(8);
  bytes.set(bytesOfName(name));
  fieldsOf(bytes).setUint32(4, length, true);
  return bytes;
}

/* src/scrub/scrubbed.ts */
const ENOUGH_TO_TELL = 16;
async function scrubbed(file) {
  const source = new FileWindow(file);
  try {
    const { pieces, type } = await scrubbedSource(source);
    return { blob: pieces.blob(file, type), type, outcome: "removed" };
  } catch (error) {
    if (!(error instanceof MalformedError) && !(error instanceof RangeError)) throw error;
    return { blob: file, type: file.type, outcome: "unknown" };
  }
}
async function scrubbedSource(source) {
  const start = await source.bytes(0, Math.min(ENOUGH_TO_TELL, source.size));
  if (isJpeg(start)) return scrubbedJpeg(source);
  if (isPng(start)) return scrubbedPng(source);
  if (isWebp(start)) return scrubbedWebp(source);
  if (isMovie(start)) return scrubbedMovie(source);
  throw new MalformedError("a JPEG, PNG, WebP or MP4 file");
}

export { scrubbed };

"""Campaigns: copies of photos beside pHash and plain PDQ, copies of texts, one run each.

    python bench/campaigns.py [photos|texts] [--photos DIR...] [--texts FILE...] [--processes N]

Without `--photos` pictures are made by code, which says that things work and how fast they
are, not how well they do on photos. docs/methods/photo-copies.md says which photos were used
and docs/methods/text-copies.md which texts. pHash (Zauner 2010, as in common use: 32 by 32,
DCT, 8 by 8 lowest, median) and PDQ at 31 bits (its authors' threshold) see the whole picture,
as they were made to. Every pair of a seed and a captured image of another source counts as
one negative pair, once, whatever stage of the search ended it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import faiss  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from rapidfuzz import fuzz  # noqa: E402

from safelight.campaigns.photos.comparing import CALIBRATED  # noqa: E402
from safelight.campaigns.photos.describing import Captured, Seed  # noqa: E402
from safelight.campaigns.photos.hash_scan import HashScan  # noqa: E402
from safelight.campaigns.photos.index import PhotoIndex  # noqa: E402
from safelight.campaigns.photos.pixels import Picture  # noqa: E402
from safelight.campaigns.texts.folding import fold  # noqa: E402
from safelight.campaigns.texts.matching import CALIBRATED as TEXTS_CALIBRATED  # noqa: E402
from safelight.campaigns.texts.matching import TextIndex  # noqa: E402
from tests.support import photo_edits as edits  # noqa: E402
from tests.support import text_edits  # noqa: E402
from tests.support.generated_photos import scene  # noqa: E402

Pixels = NDArray[np.uint8]
COMPOSED: Final = ("screenshot", "collage")
KINDS: Final = (*edits.EDITS, *COMPOSED)
PHASH_BITS, PLAIN_PDQ_BITS = 10, 31
CANDIDATES: Final = 400
REACH: Final = 58  # bits within which an index compares points


@dataclass(frozen=True)
class Source:
    """A picture to begin with. Its seeds and its copies are never negatives of each other."""

    number: int
    path: str | None  # None: made by code
    is_object: bool  # a cut-out object on a plain ground: for negatives only

    def pixels(self) -> Pixels:
        if self.path is None:
            return scene(self.number)
        image = cv2.imread(self.path, cv2.IMREAD_UNCHANGED if self.is_object else cv2.IMREAD_COLOR)
        if self.is_object and image.shape[2] == 4:
            rng = np.random.default_rng(self.number)
            ground = edits.sized(rng.integers(60, 255, (2, 2, 3), dtype=np.uint8), 64)
            ground = cv2.resize(ground, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
            alpha = image[..., 3:] / 255.0
            image = (image[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
        rgb = np.ascontiguousarray(image[..., 2::-1] if image.shape[2] >= 3 else image)
        return edits.sized(rgb, 1000) if max(rgb.shape) > 1000 else rgb


def sources(folders: list[Path], objects: list[Path], made: int) -> list[Source]:
    found = [(path, False) for folder in folders for path in _pictures(folder)]
    found += [(path, True) for folder in objects for path in _pictures(folder)]
    if not found:
        return [Source(number, None, False) for number in range(made)]
    return [Source(number, str(path), cut) for number, (path, cut) in enumerate(found)]


def _pictures(folder: Path) -> list[Path]:
    kinds = {".jpg", ".jpeg", ".png", ".webp"}
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in kinds)


def phash(rgb: Pixels) -> Pixels:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8]
    return np.packbits(low > np.median(low))


@dataclass(frozen=True)
class Copy:
    kind: str
    of: int
    shows: frozenset[int]
    captured: Captured
    phash: Pixels


ALL: list[Source] = []


def copies_of(number: int) -> list[Copy]:
    """Every edit of a photo; six of an object."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(10_000 + number)
    image = ALL[number].pixels()
    photos = [source.number for source in ALL if not source.is_object and source.number != number]
    kinds = KINDS if not ALL[number].is_object else tuple(edits.EDITS)[::3][:5]
    made = []
    for kind in kinds:
        shows = {number}
        if kind in COMPOSED:
            beside = [int(n) for n in rng.choice(photos, min(6, len(photos)), replace=False)][
                : 2 if kind == "screenshot" else 5
            ]
            shows |= set(beside)
            others = [ALL[n].pixels() for n in beside]
            rgb = (edits.screenshot if kind == "screenshot" else edits.collage)(image, rng, others)
        else:
            rgb = edits.EDITS[kind](image, rng)
        made.append(
            Copy(kind, number, frozenset(shows), Captured.of(Picture.parse(rgb)), phash(rgb))
        )
    return made


def seeds_of(number: int) -> list[tuple[int, bool, Seed, Pixels]]:
    """The photo itself, and for negatives five parts of it (two of an object)."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(20_000 + number)
    image = ALL[number].pixels()
    made = [(number, not ALL[number].is_object, Seed.of(Picture.parse(image)), phash(image))]
    for _ in range(2 if ALL[number].is_object else 6):
        part = edits.cropped_to_a_third(image, rng)
        if min(part.shape[:2]) >= 32:
            made.append((number, False, Seed.of(Picture.parse(part)), phash(part)))
    return made


INDEX: PhotoIndex = PhotoIndex()
COPIES: list[Copy] = []


@dataclass(frozen=True)
class Result:
    """What a search for one seed found: place of the copy, and by what."""

    number: int
    whole: bool
    found: dict[int, str]
    compared: int
    left_out: int
    cpu_seconds: float


def searched(task: tuple[int, bool, Seed, Pixels]) -> Result:
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    number, whole, seed, _ = task
    began = time.process_time()
    result = INDEX.search(seed, thresholds=CALIBRATED, most_candidates=CANDIDATES)
    spent = time.process_time() - began
    found = {
        int(one.capture): f"{one.likeness.bits} bits"
        if one.likeness.how == "hash"
        else f"{one.likeness.inliers} points"
        for one in result.found
    }
    return Result(number, whole, found, result.compared, result.left_out, spent)


def photos(arguments: argparse.Namespace) -> dict[str, Any]:
    ALL.extend(sources(arguments.photos, arguments.objects, arguments.made))
    numbers = range(len(ALL))
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        for number, made in enumerate(pool.imap(copies_of, numbers, chunksize=2)):
            COPIES.extend(made)
            _progress("describing", number + 1, len(ALL), began)
        seeds = [seed for made in pool.imap(seeds_of, numbers, chunksize=2) for seed in made]
    for place, copy in enumerate(COPIES):
        INDEX.add(str(place), copy.captured)
    INDEX.prepare()
    found: list[Result] = []
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        for result in pool.imap(searched, seeds, chunksize=4):
            found.append(result)
            _progress("searching", len(found), len(seeds), began)
            for one in _false_matches(result):
                sys.stderr.write(f"\nfalse match: {one}\n")
    return _told(seeds, found)


def _false_matches(result: Result) -> list[dict[str, Any]]:
    return [
        {"seed": _name(result.number), "whole": result.whole, "of": _name(COPIES[place].of),
         "kind": COPIES[place].kind, "by": by}
        for place, by in result.found.items()
        if result.number not in COPIES[place].shows
    ]  # fmt: skip


def _told(seeds: list[Any], found: list[Result]) -> dict[str, Any]:
    asked: Counter[str] = Counter()
    hit: dict[str, Counter[str]] = {"ours": Counter(), "PDQ": Counter(), "pHash": Counter()}
    false: Counter[str] = Counter()
    examples = []
    pairs = 0
    whole_pdq = np.stack(
        [
            c.captured.regions[0].hash
            if c.captured.regions[0].hash is not None
            else np.zeros(32, np.uint8)
            for c in COPIES
        ]
    )
    flat = np.array([c.captured.regions[0].hash is None for c in COPIES])
    whole_phash = np.stack([copy.phash for copy in COPIES])
    lost = []
    for (number, whole, seed, seed_phash), result in zip(seeds, found, strict=True):
        own = np.array([number in copy.shows for copy in COPIES])
        got = {"ours": np.isin(np.arange(len(COPIES)), list(result.found))}
        bits = np.bitwise_count(whole_pdq ^ seed.hashes[0]).sum(axis=1) if len(seed.hashes) else 999
        got["PDQ"] = (bits <= PLAIN_PDQ_BITS) & ~flat
        got["pHash"] = np.bitwise_count(whole_phash ^ seed_phash).sum(axis=1) <= PHASH_BITS
        pairs += int((~own).sum())
        for method, yes in got.items():
            false[method] += int((yes & ~own).sum())
        examples.extend(_false_matches(result))
        if whole:
            for place, copy in enumerate(COPIES):
                if copy.of == number:
                    asked[copy.kind] += 1
                    for method, yes in got.items():
                        hit[method][copy.kind] += bool(yes[place])
                    if not got["ours"][place]:
                        lost.append([_name(number), copy.kind])
    recall = {m: {k: round(hit[m][k] / asked[k], 3) for k in KINDS} for m in hit}
    return {
        "sources": len(ALL), "seeds": len(seeds), "captured": len(COPIES), "parts": INDEX.parts,
        "negative_pairs": pairs, "false_matches": dict(false), "examples": examples,
        "recall": recall, "lost": lost,
        "mean_of_14": {
            m: round(float(np.mean([recall[m][k] for k in edits.EDITS])), 4) for m in hit
        },
        "compared_a_seed": round(float(np.mean([f.compared for f in found])), 1),
        "left_out": int(sum(f.left_out for f in found)),
        "search_cpu_ms": round(1e3 * float(np.mean([f.cpu_seconds for f in found])), 1),
    }  # fmt: skip


def _name(number: int) -> str:
    path = ALL[number].path
    return f"scene {number}" if path is None else "/".join(Path(path).parts[-2:])


def million() -> dict[str, Any]:
    """Eight orientations of a seed among 1,000,000 hashes, exactly, on one thread; and by faiss."""
    rng = np.random.default_rng(3)
    known = rng.integers(0, 256, (1_000_000, 32), dtype=np.uint8)
    asked = [Seed.of(Picture.parse(scene(number))).hashes for number in range(20)]
    # Copies at both sides of the threshold, so that there is something to find and to leave.
    for number, hashes in enumerate(asked):
        bits = np.unpackbits(hashes, axis=1)
        for row in bits:
            row[rng.choice(256, int(rng.integers(50, 66)), replace=False)] ^= 1
        known[number * 1000 : number * 1000 + 8] = np.packbits(bits, axis=1)
    faiss.omp_set_num_threads(1)
    flat, ours = faiss.IndexBinaryFlat(256), HashScan()
    flat.add(known)
    ours.add(known)
    ours.near(asked[0], most_bits=REACH)

    def by_faiss(hashes: Pixels) -> set[int]:
        # It counts "nearer than".
        return {int(row) for row in flat.range_search(hashes, REACH + 1)[2]}

    def by_ours(hashes: Pixels) -> set[int]:
        return {int(row) for row in ours.near(hashes, most_bits=REACH)[0]}

    assert all(by_faiss(hashes) == by_ours(hashes) for hashes in asked)
    told: dict[str, Any] = {"found": sum(len(by_ours(hashes)) for hashes in asked)}
    for name, search in (("ours", by_ours), ("faiss", by_faiss)):
        clock, cpu = [], []
        for hashes in asked * 4:
            began, busy = time.perf_counter(), time.process_time()
            search(hashes)
            clock.append(time.perf_counter() - began)
            cpu.append(time.process_time() - busy)
        told[name] = {
            "median_ms": round(1e3 * float(np.median(clock)), 1),
            "best_ms": round(1e3 * min(clock), 1),
            "median_cpu_ms": round(1e3 * float(np.median(cpu)), 1),
            "ninth_tenth_cpu_ms": round(1e3 * float(np.quantile(cpu, 0.9)), 1),
        }
    return told


def texts(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every text in ten edits beside texts of the same file, its hardest strangers."""
    rng = random.Random(7)
    files = [
        path
        for name in arguments.texts
        for path in ([name] if name.is_file() else sorted(name.iterdir()))
    ]
    pieces: dict[str, int] = {}
    short: set[str] = set()
    for number, path in enumerate(files):
        if path.suffix not in {".dat", ".gz"}:
            for written in path.read_text("utf-8", "ignore").split("\n%\n"):
                piece = " ".join(written.split())
                if 250 <= len(piece) <= 3000:
                    pieces.setdefault(piece, number)
                elif len(piece) < 250:
                    short.add(piece)
    real = list(pieces)
    index = TextIndex(formulas=arguments.formulas)
    for place, text in enumerate(real):
        index.add(f"{place}|plain", text)
    # Sentences and proverbs of the same collection: what a short post is alike by chance.
    sayings = sorted(short)
    for place, saying in enumerate(sayings):
        index.add(f"{place}|short", saying)
    chosen = rng.sample(range(len(real)), min(arguments.chosen, len(real)))
    left: Counter[str] = Counter()
    enough: set[str] = set()
    for place in chosen:
        same = [n for n in rng.sample(range(len(real)), 60) if n != place]
        other = next((n for n in same if pieces[real[n]] == pieces[real[place]]), same[0])
        for name, edit in text_edits.EDITS.items():
            # What stands around it belongs to another text, which this post then has too.
            edited = edit(real[place], rng, real[other])
            index.add(f"{place}|{name}|{other}", edited)
            # Of a sentence and an author's name the edit may leave the name.
            if len(fold(edited)) >= TEXTS_CALIBRATED.least_whole:
                left[name] += 1
                enough.add(f"{place}|{name}|{other}")
    hit, kept = Counter[str](), Counter[str]()
    false: list[tuple[str, str, float, int]] = []
    pairs, spent = 0, 0.0
    posts = len(index)
    for done, place in enumerate(chosen):
        began = time.process_time()
        found = index.search(real[place], thresholds=TEXTS_CALIBRATED)
        spent += time.process_time() - began
        own = [
            one.post
            for one in found
            if one.post.split("|")[0] == str(place) and not one.post.endswith("|short")
        ]
        hit.update(post.split("|")[1] for post in own)
        kept.update(post.split("|")[1] for post in own if post in enough)
        for one in found:
            if one.post.endswith("|short"):
                saying = sayings[int(one.post.split("|")[0])]
                if fuzz.partial_ratio(saying, real[place]) < 85:
                    false.append((real[place], saying, round(one.share, 2), one.letters))
                continue
            # The collection has some texts twice, spelt differently; those are no false matches.
            whose, _, *around = one.post.split("|")
            held = {int(whose), *(int(number) for number in around)}
            if not any(n == place or fuzz.partial_ratio(real[place], real[n]) >= 85 for n in held):
                false.append((real[place], real[int(whose)], round(one.share, 2), one.letters))
        pairs += posts - 11
        _progress("texts", done + 1, len(chosen), began)
    recall = {name: round(hit[name] / len(chosen), 3) for name in ("plain", *text_edits.EDITS)}
    return {
        "texts": len(real), "posts": posts, "searched_for": len(chosen), "negative_pairs": pairs,
        "recall": recall,
        "where_enough_is_left": {name: round(kept[name] / left[name], 3) for name in left},
        "mean": round(sum(recall[name] for name in text_edits.EDITS) / len(text_edits.EDITS), 4),
        "false_matches": len(false),
        "examples": sorted({(one, other): rest for one, other, *rest in false}.items())[:80],
        "search_cpu_ms": round(1e3 * spent / max(1, len(chosen)), 1),
    }  # fmt: skip


def _progress(what: str, done: int, of: int, began: float) -> None:
    if done % 20 == 0 or done == of:
        left = (time.perf_counter() - began) / done * (of - done)
        sys.stderr.write(f"\r{what}: {done} of {of}, about {left / 60:.0f} min left ")
        sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "part", nargs="?", choices=["photos", "texts", "million", "all"], default="all"
    )
    parser.add_argument("--photos", nargs="*", type=Path, default=[])
    parser.add_argument("--objects", nargs="*", type=Path, default=[])
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("--made", type=int, default=24)
    parser.add_argument("--formulas", nargs="*", default=[])
    parser.add_argument("--chosen", type=int, default=300)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.part in ("texts", "all") and arguments.texts:
        print(json.dumps({"texts": texts(arguments)}, ensure_ascii=False, indent=1))
    if arguments.part in ("photos", "all"):
        print(json.dumps({"photos": photos(arguments)}, indent=1))
    if arguments.part in ("million", "all"):
        print(json.dumps({"a_million": million()}, indent=1))


if __name__ == "__main__":
    main()

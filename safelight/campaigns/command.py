"""`safelight campaign` and `safelight photos`: copies of photos and texts, a campaign's course.

What is printed with --json is described in docs/how-to/find-copies.md.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from safelight.campaigns.photos.comparing import CALIBRATED, Thresholds
from safelight.campaigns.photos.describing import Captured, Seed
from safelight.campaigns.photos.index import PhotoIndex
from safelight.campaigns.photos.index_file import (
    KEY_BYTES,
    IndexDamagedError,
    load_index,
    save_index,
)
from safelight.campaigns.photos.opened_pictures import MOST_PICTURES, pictures_in
from safelight.campaigns.photos.pixels import PhotoError
from safelight.campaigns.texts import matching
from safelight.campaigns.texts.folding import LONGEST_TEXT, TextError
from safelight.campaigns.timeline.chart import timeline_svg
from safelight.campaigns.timeline.postings import MOST_BYTES, Campaign
from safelight.campaigns.timeline.telling import Timeline, smear_codes
from safelight.evidence.sandbox.problems import CannotBeShown
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_LARGEST_POST = 4 * LONGEST_TEXT


@click.group("campaign")
def campaign() -> None:
    """Copies of a photo, copies of a text, and a campaign's course."""


@click.group("photos")
def photos() -> None:
    """Copies of a photo among captured images."""


@click.command("match")
@click.option("--seed", "seeds", multiple=True, required=True, type=_FILE, help="The photo.")
@click.option("--in", "folder", required=True, type=_FOLDER, help="Captured images, films, PDFs.")
@click.option("--index", "kept", type=click.Path(path_type=Path, file_okay=False),
              help="Keep what was seen of them in this folder, sealed.")  # fmt: skip
@click.option("--index-key", "key_file", type=click.Path(path_type=Path, dir_okay=False),
              help="The key that seals it; made if it is not there.")  # fmt: skip
@click.option("--most-bits", type=click.IntRange(0, 128), default=CALIBRATED.most_bits,
              show_default=True)  # fmt: skip
@click.option("--least-inliers", type=click.IntRange(6, 500), default=CALIBRATED.least_inliers,
              show_default=True)  # fmt: skip
@click.option("--most-candidates", type=click.IntRange(1), default=400, show_default=True,
              help="Parts compared point by point for each photo.")  # fmt: skip
@_AS_JSON
def match(  # noqa: PLR0917  # click passes them by name
    seeds: tuple[Path, ...], folder: Path, kept: Path | None, key_file: Path | None,
    most_bits: int, least_inliers: int, most_candidates: int, as_json: bool,
) -> None:  # fmt: skip
    """Say which files of a folder show a photo. Every file is opened in the sandbox."""
    if (kept is None) != (key_file is None):
        raise click.UsageError("--index and --index-key go together")
    thresholds = Thresholds(most_bits=most_bits, least_inliers=least_inliers)
    index, key = PhotoIndex(), b""
    if kept is not None and key_file is not None:
        key = _key(key_file)
        index = _kept_index(kept, key)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    where, skipped = _seen(index, files)
    if kept is not None:
        save_index(index, kept, key=key)
    found = []
    for path in seeds:
        seed = Seed.of(next(picture for _, picture in pictures_in(path, most=1)))
        if not seed.comparable:
            raise PhotoError(
                "a seed photo has too little in it to be found again (one colour, or blurred "
                "all over); give another"
            )
        result = index.search(seed, thresholds=thresholds, most_candidates=most_candidates)
        found.append({
            "seed_sha256": _sha256(path),
            "compared": result.compared,
            "left_out": result.left_out,
            "copies": [
                {"file": where[sha256], "sha256": sha256, "page": int(page)} | asdict(one.likeness)
                for one in result.found
                for sha256, page in [one.capture.split(":")]
                if sha256 in where
            ],
        })  # fmt: skip
    answer = {
        "thresholds": asdict(thresholds),
        "files": len(where),
        "skipped": skipped,
        "seeds": found,
    }
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for number, one in enumerate(found, 1):
        copies: Any = one["copies"]
        click.echo(f"photo {number}: {len(copies)} copies in {len(where)} files")
        for copy in copies:
            how = f"{copy['bits']} bits" if copy["how"] == "hash" else f"{copy['inliers']} points"
            click.echo(f"  {copy['file']}  page {copy['page']}  ({copy['how']}, {how})")
    if skipped:
        click.echo(f"{len(skipped)} files could not be shown and were not compared", err=True)


campaign.add_command(match, "photos")
photos.add_command(match)


@campaign.command("texts")
@click.option("--seed", required=True, type=_FILE, help="The text (UTF-8).")
@click.option("--in", "folder", required=True, type=_FOLDER, help="Posts, one text file each.")
@click.option("--formula", "formulas", multiple=True, type=_FILE,
              help="A phrase that many use and that proves nothing.")  # fmt: skip
@_AS_JSON
def texts(seed: Path, folder: Path, formulas: tuple[Path, ...], as_json: bool) -> None:
    """Say which posts have a text, or most of it, disguised or edited."""
    index = matching.TextIndex(formulas=[_text(path) for path in formulas])
    files = sorted(p for p in folder.rglob("*.txt") if p.is_file() and not p.is_symlink())
    skipped = []
    for path in _progress(files, "reading"):
        name = str(path.relative_to(folder))
        try:
            index.add(name, _text(path))
        except TextError:
            skipped.append(name)
    found = index.search(_text(seed), thresholds=matching.CALIBRATED)
    answer = {
        "thresholds": asdict(matching.CALIBRATED),
        "files": len(index),
        "skipped": skipped,
        "copies": [
            {"file": one.post, "share": round(one.share, 3), "letters": one.letters}
            for one in found
        ],
    }
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"{len(found)} of {len(index)} posts have the text or much of it")
    for one in found:
        click.echo(f"  {one.post}  {one.share:.0%}, {one.letters} letters")
    if skipped:
        click.echo(f"{len(skipped)} files are too long or not UTF-8 and were left out", err=True)


@campaign.command("timeline")
@click.argument("file", type=_FILE)
@click.option("--chart", type=click.Path(path_type=Path, dir_okay=False), help="Write it as SVG.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the postings as CSV.")  # fmt: skip
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True)
@click.option("--names", is_flag=True, help="With account names: you release them.")
@_AS_JSON
def timeline(  # noqa: PLR0917  # click passes them by name
    file: Path, chart: Path | None, table: Path | None, language: Any, names: bool, as_json: bool
) -> None:
    """Say who seems to have been first, who copied whom, and what followed."""
    with file.open("rb") as source:
        course = Timeline.of(Campaign.of_file(source.read(MOST_BYTES + 1)))
    if chart is not None:
        with whole_file(chart) as out:
            out.write(timeline_svg(course, language=language).encode())
    if table is not None:
        with whole_file(table) as out:
            out.write(course.as_csv(names=names).encode())
    told = course.as_json(names=names) | {"proposed_smear_codes": smear_codes(course)}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(told["caveat"])
    for one in told["postings"]:
        copied = (
            f", seems copied from {one['seems_copied_from']}" if one["seems_copied_from"] else ""
        )
        click.echo(f"  {one['claimed'] or one['captured']}  {one['account']}  {one['id']}{copied}")


def _seen(index: PhotoIndex, files: list[Path]) -> tuple[dict[str, str], list[str]]:
    """Add what the index lacks; return each file's name under its hash, and what was skipped."""
    known = {capture.split(":")[0] for capture, _ in index.captures()}
    where: dict[str, str] = {}
    skipped = []
    for path in _progress(files, "looking at"):
        sha256 = _sha256(path)
        where[sha256] = str(path)
        if sha256 in known:
            continue
        try:
            # Whole files only: half a film in a kept index would never be completed.
            held = [
                (f"{sha256}:{page}", Captured.of(picture))
                for page, picture in pictures_in(path, most=MOST_PICTURES)
            ]
        except (CannotBeShown, PhotoError):
            skipped.append(str(path))
            continue
        known.add(sha256)
        for capture, captured in held:
            index.add(capture, captured)
    return where, skipped


def _kept_index(folder: Path, key: bytes) -> PhotoIndex:
    try:
        return load_index(folder, key=key)
    except IndexDamagedError as damaged:
        click.echo(f"{damaged}. Building it anew now.", err=True)
    for part in folder.glob("*.part"):
        part.unlink()
    return PhotoIndex()


def _key(path: Path) -> bytes:
    if not path.exists():
        with whole_file(path) as file:
            file.write(secrets.token_bytes(KEY_BYTES))
    return path.read_bytes()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST_POST:
        raise TextError(f"expected a text of at most {_LARGEST_POST:,} bytes, got a longer one")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise TextError("expected a text in UTF-8, got something else") from None


def _progress(files: list[Path], what: str) -> Iterator[Path]:
    began = told = time.monotonic()
    for number, path in enumerate(files):
        yield path
        now = time.monotonic()
        if now - told > 2:
            told = now
            left = (now - began) / (number + 1) * (len(files) - number - 1)
            click.echo(f"{what} {number + 1} of {len(files)}, {left:.0f} s left", err=True)

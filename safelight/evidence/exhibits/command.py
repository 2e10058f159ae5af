"""`safelight evidence exhibit`: look at a hostile file, and make something of it that may leave."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from safelight.evidence.exhibits.exhibit import (
    Area,
    Exhibit,
    Region,
    open_exhibit,
    release_again,
)
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.exhibits.rendering import picture_of_page, render
from safelight.evidence.exhibits.suggesting import Suggestion, released_suggestions, suggest
from safelight.evidence.sandbox.opening import MOST_PAGES
from safelight.sealing.whole_file import whole_file

_LARGEST_LIST: Final = 4 * 1024 * 1024
_FILE = click.argument("original", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_LANGUAGE = click.option(
    "--language", type=click.Choice(["en", "ru"]), default="en", help="Of the few words of ours."
)
_FIRST = click.option(
    "--from-page", "first", type=click.IntRange(0), default=0, help="Pages count from 0."
)
_PAGES = click.option("--pages", type=click.IntRange(1, MOST_PAGES), default=MOST_PAGES)


@click.group("exhibit")
def exhibit() -> None:
    """Make something of an original in which all is covered but what a person releases."""


@exhibit.command("look")
@_FILE
@_LANGUAGE
@_FIRST
@_PAGES
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write pages (PNG) and lines (text), UNCOVERED, into this new folder.",
)
@_AS_JSON
def look(  # noqa: PLR0917  # click passes them by name
    original: Path, language: str, first: int, pages: int, folder: Path | None, as_json: bool
) -> None:
    """Say what ORIGINAL is, and where a suggestion is made. The sandbox opens it.

    A suggestion says where, never what: output ends in logs.
    """
    opened = open_exhibit(original, language=language, first_page=first, pages=pages)
    found = suggest(opened)
    if folder is not None:
        _write_uncovered(opened, folder)
    facts = {
        "original": opened.original_sha256,
        "kind": opened.kind.value,
        "notes": sorted(note.value for note in opened.notes),
        "pages_of_original": opened.page_count,
        "pages": [{"page": one.number, "size": [one.width, one.height]} for one in opened.pages],
        "lines": [len(line.text) for line in opened.lines],
        "suggestions": [_suggested(one) for one in found],
    }
    said = [
        f"{opened.kind.value}, {len(opened.pages)} of {opened.page_count} pages, "
        f"{len(opened.lines)} lines, {len(found)} suggestions",
        *(f"note: {note.value}" for note in sorted(opened.notes)),
    ]
    _tell(facts, "\n".join(said), as_json=as_json)


@exhibit.command("make")
@_FILE
@click.option(
    "--release",
    "released",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON list: {page, box: [left, top, right, bottom]} or {line, span: [start, end]}, each "
    "with by, reason, at (docs/how-to/redact-an-exhibit.md). Without it all stays covered.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
@_LANGUAGE
@_FIRST
@_PAGES
@_AS_JSON
def make(  # noqa: PLR0917  # click passes them by name
    original: Path,
    released: Path | None,
    out: Path,
    language: str,
    first: int,
    pages: int,
    as_json: bool,
) -> None:
    """Write PDF, pictures, text and record of an exhibit of ORIGINAL into a new folder.

    Exit 0 also where released pieces lie under a suggestion: they are counted on stderr.
    """
    opened = open_exhibit(original, language=language, first_page=first, pages=pages)
    if released is not None:
        opened = release_again(opened, _release_list(released))
    made = render(opened, day=datetime.now(tz=UTC).date(), language=language)
    _new_folder(out)
    written = {"exhibit.pdf": made.pdf, "record.json": made.record}
    written |= {f"page-{number}.png": png for number, png in made.pictures}
    if made.text:
        written["text.txt"] = made.text.encode()
    for name, content in written.items():
        with whole_file(out / name) as file:
            file.write(content)
    doubtful = released_suggestions(opened)
    if doubtful:
        kinds = ", ".join(sorted({one.what.value for one in doubtful}))
        click.echo(
            f"{len(doubtful)} released pieces may name somebody ({kinds}): look again", err=True
        )
    facts = {
        "original": opened.original_sha256,
        "out": os.fspath(out),
        "files": sorted(written),
        "released": len(opened.releases),
        "released_suggestions": [_suggested(one) for one in doubtful],
    }
    _tell(facts, f"{out}: {len(opened.releases)} released pieces", as_json=as_json)


def _release_list(path: Path) -> list[Any]:
    with path.open("rb") as file:
        untrusted = file.read(_LARGEST_LIST + 1)
    try:
        found = json.loads(untrusted) if len(untrusted) <= _LARGEST_LIST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ExhibitError("the list of releases is not a JSON list of objects of at most 4 MiB")
    return found


def _new_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except OSError as trouble:
        raise ExhibitError(
            f"the folder could not be made ({trouble.strerror}); name one that is not there yet"
        ) from None


def _write_uncovered(opened: Exhibit, folder: Path) -> None:
    _new_folder(folder)
    for page in opened.pages:
        (folder / f"page-{page.number}.png").write_bytes(picture_of_page(page))
    if opened.lines:
        numbered = (f"{line.number}\t{line.text}\n" for line in opened.lines)
        (folder / "lines.txt").write_text("".join(numbered), encoding="utf-8")


def _suggested(one: Suggestion) -> dict[str, Any]:
    return {"what": one.what.value, **_place(one.region)}


def _place(region: Region) -> dict[str, Any]:
    if isinstance(region, Area):
        box = [region.left, region.top, region.right, region.bottom]
        return {"page": region.page, "box": box}
    return {"line": region.line, "span": [region.start, region.end]}


def _tell(facts: dict[str, Any], said: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1) if as_json else said)

"""An exhibit as it leaves: pictures and a PDF made anew, of what was released and nothing else.

Nothing is taken away from a copy of the original: a new picture is filled with one colour and
what was released is copied into it, pixel by pixel. So there is no text layer, no metadata, no
thumbnail, no earlier revision and no blur to undo: the rest was never there.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst
from PIL import Image

from safelight.evidence.exhibits.exhibit import Area, Exhibit, Passage
from safelight.evidence.exhibits.problems import ExhibitError
from safelight.evidence.sandbox.opened import Page

FORMAT: Final = "safelight exhibit 1"
COVER: Final = (38, 38, 38)
# One length for everything that is covered: a name's length is a clue.
MARK: Final = "█████"
_STANDARD: Final = "a-2b"
_SHEET: Final = 24.6 / 17.8  # height by width of what exhibit.typ leaves of A4
_WORDS: Final = {
    "en": {
        "title": "Exhibit",
        "of": "Made from the original with SHA-256",
        "covered": "What is dark was covered and is not in this file.",
        "page": "Page",
        "text": "Text",
    },
    "ru": {
        "title": "Приложение",
        "of": "Сделано с оригинала, SHA-256",
        "covered": "Тёмное закрыто, в этом файле его нет.",
        "page": "Страница",
        "text": "Текст",
    },
}
# What the fonts that typst ships can show; anything else is written as its number.
_SHOWN: Final = (
    range(0x20, 0x7F),
    range(0xA1, 0x17F),
    range(0x391, 0x3CA),
    range(0x400, 0x460),
    range(0x2010, 0x2027),
)
_SINGLE: Final = frozenset("█№€₽°±×÷·")


@dataclass(frozen=True)
class Rendered:
    """`pictures`: number of the page and its PNG. `record`: canonical JSON, with the digests."""

    pictures: tuple[tuple[int, bytes], ...] = field(repr=False)
    text: str = field(repr=False)
    pdf: bytes = field(repr=False)
    record: bytes = field(repr=False)


def render(exhibit: Exhibit, *, day: date, language: str) -> Rendered:
    """Return the exhibit with everything covered that was not released.

    `day` is the date in the PDF (the files are the same bytes for the same input); `language`,
    "en" or "ru", of its few own words. Raises `ExhibitError`.
    """
    if language not in _WORDS:
        raise ExhibitError(f"expected a language of {sorted(_WORDS)}; choose one of them")
    pictures = tuple((page.number, _png(covered_pixels(exhibit, page))) for page in exhibit.pages)
    lines = released_lines(exhibit)
    text = "\n".join(lines) + "\n" if lines else ""
    pdf = _pdf(exhibit, pictures, lines, day, language)
    record = {
        "format": FORMAT,
        "original": exhibit.original_sha256,
        "kind": exhibit.kind.value,
        "notes": sorted(note.value for note in exhibit.notes),
        "pages": [
            {
                "page": page.number,
                "size": [page.width, page.height],
                "sha256": hashlib.sha256(png).hexdigest(),
            }
            for page, (_, png) in zip(exhibit.pages, pictures, strict=True)
        ],
        "pages_of_original": exhibit.page_count,
        "text": hashlib.sha256(text.encode()).hexdigest() if text else None,
        "pdf": hashlib.sha256(pdf).hexdigest(),
        "released": _told_outside(exhibit),
        "day": day.isoformat(),
    }
    written = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return Rendered(pictures, text, pdf, written.encode())


def covered_pixels(exhibit: Exhibit, page: Page) -> Image.Image:
    """Return a picture of one colour into which the released areas of a page were copied."""
    picture = Image.new("RGB", (page.width, page.height), COVER)
    original = Image.frombytes("RGB", (page.width, page.height), page.pixels)
    for one in exhibit.releases:
        if isinstance(one.region, Area) and one.region.page == page.number:
            box = (one.region.left, one.region.top, one.region.right, one.region.bottom)
            picture.paste(original.crop(box), box)
    return picture


def picture_of_page(page: Page) -> bytes:
    """Return a whole page as PNG, nothing covered and nothing but its pixels.

    For the eyes of who redacts; and for a photo that leaves as it is: what its metadata said
    about who took it, where and with what is gone.
    """
    return _png(Image.frombytes("RGB", (page.width, page.height), page.pixels))


def released_lines(exhibit: Exhibit) -> tuple[str, ...]:
    """Return the text with a mark, always the same, for each stretch that is covered.

    Lines that are wholly covered and stand together become one mark: not even their number
    shows.
    """
    return _lines_as_they_leave(exhibit)[0]


def _lines_as_they_leave(exhibit: Exhibit) -> tuple[tuple[str, ...], dict[int, int]]:
    """Return the lines, and for each line of the original its place among them."""
    shown: dict[int, list[tuple[int, int]]] = {}
    for one in exhibit.releases:
        if isinstance(one.region, Passage):
            shown.setdefault(one.region.line, []).append((one.region.start, one.region.end))
    lines: list[str] = []
    places: dict[int, int] = {}
    for line in exhibit.lines:
        text = _with_marks(line.text, sorted(shown.get(line.number, ())))
        if text != MARK or lines[-1:] != [MARK]:
            lines.append(text)
        places[line.number] = len(lines) - 1
    return tuple(lines), places


def _told_outside(exhibit: Exhibit) -> list[dict[str, Any]]:
    """Who released what and why, for a record that leaves.

    A passage is named by its line of the text that leaves: where it stood in the original would
    tell the length of what is covered beside it, and with it a name.
    """
    places = _lines_as_they_leave(exhibit)[1]
    found = []
    for one in exhibit.releases:
        told = one.to_json()
        if isinstance(one.region, Passage):
            told |= {"line": places[one.region.line]}
            del told["span"]
        found.append(told)
    return found


def _with_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        if start > at:
            pieces.append(MARK)
        pieces.append(text[max(start, at) : max(end, at)])
        at = max(at, end)
    if at < len(text):
        pieces.append(MARK)
    return "".join(pieces)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    # A picture that was made here carries nothing but its pixels.
    picture.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


def _pdf(
    exhibit: Exhibit,
    pictures: Sequence[tuple[int, bytes]],
    lines: Sequence[str],
    day: date,
    language: str,
) -> bytes:
    sheets = [sheet for number, png in pictures for sheet in _sheets(number, png)]
    asked = {
        "language": language,
        "words": _WORDS[language],
        "original": exhibit.original_sha256,
        "day": [day.year, day.month, day.day],
        "pages": [{"number": number + 1, "file": name} for name, number, _ in sheets],
        "lines": [_showable(line) for line in lines],
    }
    with tempfile.TemporaryDirectory(prefix="exhibit-") as place:
        # Only what leaves the desk anyway is written here.
        for name, _, png in sheets:
            (Path(place) / name).write_bytes(png)
        compiler = typst.Compiler(
            _layout(),
            root=Path(place),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"exhibit": json.dumps(asked, ensure_ascii=False)},
            package_path=Path(place),
            package_cache_path=Path(place),
        )
        at = datetime.combine(day, time(), UTC)
        made: Any = None
        try:
            made = compiler.compile(format="pdf", pdf_standards=[_STANDARD], timestamp=at)
        except typst.TypstError:
            made = None  # its message repeats the text; the refusal below does not
    if not isinstance(made, bytes):
        raise ExhibitError(
            "the PDF could not be laid out; the pictures can still be given. Report this as a "
            "fault of the program"
        )
    return made


def _sheets(number: int, png: bytes) -> list[tuple[str, int, bytes]]:
    """A picture in pieces that fill a sheet of paper: a page of the web is many sheets tall."""
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
        step = int(width * _SHEET)
        if height <= step * 1.1:  # a scanned sheet stays one
            return [(f"{number}.png", number, png)]
        return [
            (
                f"{number}-{top}.png",
                number,
                _png(picture.crop((0, top, width, min(height, top + step)))),
            )
            for top in range(0, height, step)
        ]


def _showable(text: str) -> str:
    """A sign that no shipped font has is written as its number, so that nothing is dropped."""
    return "".join(
        sign
        if sign in _SINGLE or any(ord(sign) in some for some in _SHOWN)
        else f"[U+{ord(sign):04X}]"
        for sign in text
    )


@cache
def _layout() -> bytes:
    return (files("safelight.evidence.exhibits") / "data" / "exhibit.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)

"""A notice as PDF/A-2b (ISO 19005-2), made by typst without a network, the same bytes each time.

The program that typst runs is ours alone (data/letter.typ). What a notice says goes in as one
JSON text, which that program shows and never evaluates. It sees an empty folder, no packages,
no fonts of the machine and no clock.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import typst

from safelight.campaigns.notices.document import Document, Heading, Items, Part
from safelight.campaigns.notices.problems import LayoutError, UnshowableError

STANDARD: Final = "a-2b"
# What typst says of a letter that no shipped font has; PDF/A forbids an empty box in its place.
_NO_GLYPH: Final = "could not be displayed"


def as_pdf(document: Document) -> bytes:
    """Return the file's bytes. Raises `UnshowableError` where the fonts lack a letter."""
    at = datetime.combine(document.day, time(), UTC)
    pdf = _compiled(document, format="pdf", pdf_standards=[STANDARD], timestamp=at)
    if not isinstance(pdf, bytes):
        raise LayoutError("typst made no single file; install the version of the lock")
    return pdf


def as_pictures(document: Document, *, dots_per_inch: int) -> list[bytes]:
    """Return the pages as PNG, to be looked at before anything is saved."""
    pages = _compiled(document, format="png", ppi=float(dots_per_inch))
    return pages if isinstance(pages, list) else [pages]


def _compiled(document: Document, **how: Any) -> Any:
    with tempfile.TemporaryDirectory(prefix="notice-") as empty:
        compiler = typst.Compiler(
            _layout(),
            root=Path(empty),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"letter": _as_json(document)},
            package_path=Path(empty),
            package_cache_path=Path(empty),
        )
        try:
            return compiler.compile(**how)
        except typst.TypstError as error:
            trouble = error.message
    # Outside the handler: typst repeats the text it stumbled over.
    if _NO_GLYPH in trouble:
        raise UnshowableError(
            "the PDF's fonts have Latin, Cyrillic and Greek letters; got another sign in a text. "
            "Write it in these letters, or take the file for editing instead"
        )
    raise LayoutError("typst could not lay the notice out; report this as a fault of the program")


@cache
def _layout() -> bytes:
    return (files("safelight.campaigns.notices") / "data" / "letter.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _as_json(document: Document) -> str:
    return json.dumps(
        {
            "language": document.language,
            "title": document.title,
            "day": [document.day.year, document.day.month, document.day.day],
            "shown": document.day_shown,
            "recipient": list(document.recipient),
            "sender": list(document.sender),
            "parts": [_part(part) for part in document.parts],
            "signature": list(document.signature),
        },
        ensure_ascii=False,
    )


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Items):
        return {"kind": "items", "items": list(part.items), "code": part.code}
    return {"kind": "heading" if isinstance(part, Heading) else "paragraph", "text": part.text}

"""Letters and answers that two people agreed to publish, as the desk hands them on.

`letters.json`: {"format": "safelight-letters/1", "letters": [{"id", "month", "language",
"letter", "answer"}]}. What may stand in them was decided on the desk; here the form is
checked once more, and a long letter is cut into pages that pass a line which cuts at 16 kB.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from safelight.publication.reading import PublicationError
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.codes import LANGUAGES, Language

FORMAT: Final = "safelight-letters/1"
MOST_LETTERS: Final = 1500
LONGEST: Final = 12_000
# Bytes of text on one page; the frame around it takes 3 kB of the 12.
PAGE_BYTES: Final = 6_500
_LARGEST: Final = 64 * 1024 * 1024
_ID: Final = re.compile(r"[a-z0-9]{1,32}")
_MONTH: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
# Line feeds are paragraphs; other control characters and marks that turn reading around are not.
_NOT_PROSE: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    # Half a character, which JSON can write and UTF-8 cannot; letters that no font shows.
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter with its answer, redacted. `month` as 2026-05; no day is published."""

    id: str
    month: str
    language: Language
    letter: str = field(repr=False)
    answer: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id) or not _MONTH.fullmatch(self.month):
            raise _wrong("an id of a-z and digits, and a month such as 2026-05")
        if self.language not in LANGUAGES:
            raise _wrong("language ru or en")
        for text in (self.letter, self.answer):
            if not 1 <= len(text.strip()) <= len(text) <= LONGEST or _NOT_PROSE.search(text):
                raise _wrong(f"1 to {LONGEST} characters of plain text with line breaks")


def read_letters(untrusted: bytes) -> tuple[Letter, ...]:
    """Return the letters, newest first. Raises `PublicationError`, which repeats none of them."""
    try:
        document = parse_object(untrusted, largest=_LARGEST)
        listed = document["letters"]
        good = document["format"] == FORMAT and len(listed) <= MOST_LETTERS
        letters = [_letter(one) for one in listed]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise _wrong("the file that the desk writes") from None
    if not good or len({one.id for one in letters}) != len(letters):
        raise _wrong(f"at most {MOST_LETTERS} letters, each once")
    return tuple(sorted(letters, key=lambda one: (one.month, one.id), reverse=True))


def _letter(untrusted: Any) -> Letter:
    if set(untrusted) != {"id", "month", "language", "letter", "answer"}:
        raise ValueError("keys")
    if not all(isinstance(text, str) for text in untrusted.values()):
        raise ValueError("type")
    return Letter(**untrusted)


def letters_to_bytes(letters: Sequence[Letter]) -> bytes:
    """Return the file `read_letters` reads; equal letters give equal bytes."""
    plain = [
        {
            "id": one.id,
            "month": one.month,
            "language": one.language,
            "letter": one.letter,
            "answer": one.answer,
        }
        for one in sorted(letters, key=lambda one: one.id)
    ]
    return json.dumps({"format": FORMAT, "letters": plain}, sort_keys=True).encode("ascii") + b"\n"


def paragraphs(text: str) -> list[str]:
    """Return the text's paragraphs, none of them empty, none longer than a page."""
    found = [part.strip() for part in re.split(r"\n\s*\n|\n", text)]
    return [piece for part in found if part for piece in _pieces(part)]


def _pieces(paragraph: str) -> Iterator[str]:
    """Cut a paragraph that no page holds between words, or anywhere if it has no words."""
    rest = paragraph
    while len(rest.encode()) > PAGE_BYTES:
        # Four bytes a character at most, so this many always fit.
        fits = rest[: PAGE_BYTES // 4]
        cut = fits.rfind(" ") + 1 or len(fits)
        yield rest[:cut].strip()
        rest = rest[cut:]
    yield rest.strip()


def paged(parts: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Put (what it is, paragraph) onto pages of at most `PAGE_BYTES` of text each."""
    pages: list[list[tuple[str, str]]] = [[]]
    filled = 0
    for kind, paragraph in parts:
        size = len(paragraph.encode())
        if pages[-1] and filled + size > PAGE_BYTES:
            pages.append([])
            filled = 0
        pages[-1].append((kind, paragraph))
        filled += size
    return pages


def _wrong(expected: str) -> PublicationError:
    return PublicationError(
        f"letters: expected {expected}, got something else; let the desk write the file anew"
    )

"""How release documents are read: strictly, naming the place and never the content.

They come from the desk that made the release, but what is not in the format has no way onto
a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from safelight.errors import SafelightError
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.wording import Wording

LONGEST_TEXT: Final = 500
MOST_HEADINGS: Final = 60

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,39}")
ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
NAME: Final = re.compile(r"[a-z][a-z_]{0,30}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
YEAR: Final = re.compile(r"(19|20|21)[0-9]{2}")
# Control characters, and marks that make text read otherwise than it is written.
_NOT_PROSE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# A spreadsheet would run a cell that begins with one of these.
_FORMULA: Final = ("=", "+", "-", "@")


class PublicationError(SafelightError):
    """Something that may not be published, or a publication that does not verify."""


@dataclass(frozen=True)
class Heading:
    code: str
    label: Wording


@dataclass(frozen=True)
class Side:
    """The rows of a table, or its columns."""

    name: str
    label: Wording
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Revision:
    number: int
    on: date
    reason: Wording


_T = TypeVar("_T")


def wrong(where: str, expected: str) -> PublicationError:
    return PublicationError(
        f"release document, {where}: expected {expected}, got something else; "
        "make the document with the desk (docs/spec/publication.md)"
    )


def exactly(
    value: Any, keys: Sequence[str], where: str, *, optional: frozenset[str] = frozenset()
) -> Mapping[str, Any]:
    """An object of these keys; those of `optional` may be there or not."""
    if not isinstance(value, dict) or set(value) - optional != set(keys) - optional:
        raise wrong(where, f"exactly the keys {', '.join(keys)}")
    return value


def text(value: Any, pattern: re.Pattern[str], where: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise wrong(where, f"text of the form {pattern.pattern}")
    return value


def many(
    value: Any, read: Callable[[Any, str], _T], where: str, *, most: int, least: int = 1
) -> tuple[_T, ...]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise wrong(where, f"{least} to {most} entries")
    return tuple(read(entry, f"{where}[{place}]") for place, entry in enumerate(value))


def wording(value: Any, where: str) -> Wording:
    words = exactly(value, LANGUAGES, where)
    for language in LANGUAGES:
        said = words[language]
        if (
            not isinstance(said, str)
            or not 1 <= len(said.strip()) <= len(said) <= LONGEST_TEXT
            or _NOT_PROSE.search(said)
            or said.startswith(_FORMULA)
        ):
            raise wrong(f"{where}.{language}", f"1 to {LONGEST_TEXT} characters of plain text")
    return Wording(words["ru"], words["en"])


def day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise wrong(where, "a day such as 2025-03-01") from None


def whole(value: Any, where: str, *, least: int) -> int:
    if type(value) is not int or value < least:
        raise wrong(where, f"a whole number from {least}")
    return value


def revision(value: Any, where: str) -> Revision:
    entry = exactly(value, ("number", "on", "reason"), where)
    return Revision(
        whole(entry["number"], f"{where}.number", least=1),
        day(entry["on"], f"{where}.on"),
        wording(entry["reason"], f"{where}.reason"),
    )


def heading(value: Any, where: str) -> Heading:
    entry = exactly(value, ("code", "label"), where)
    code = text(entry["code"], CODE, f"{where}.code")
    return Heading(code, wording(entry["label"], f"{where}.label"))


def side(value: Any, where: str) -> Side:
    entry = exactly(value, ("name", "label", "headings"), where)
    headings = many(entry["headings"], heading, f"{where}.headings", most=MOST_HEADINGS)
    name = text(entry["name"], NAME, f"{where}.name")
    return Side(name, wording(entry["label"], f"{where}.label"), headings)

"""The release document as the publication reads it (docs/spec/publication.md).

It comes from the desk that made the release, but it is parsed as strictly as if it came
from a stranger: what is not in the format has no way onto a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, TypeVar

from safelight.errors import SafelightError
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-release/1"
LARGEST_DOCUMENT: Final = 2 * 1024 * 1024
MOST_LISTS, MOST_TABLES, MOST_HEADINGS, MOST_REVISIONS = 20, 8, 60, 50
LONGEST_TEXT: Final = 500

Language = Literal["ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,39}")
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_NAME: Final = re.compile(r"[a-z][a-z_]{0,30}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_YEAR: Final = re.compile(r"(19|20|21)[0-9]{2}")
# Control characters, and marks that make text read otherwise than it is written.
_NOT_PROSE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# A spreadsheet would run a cell that begins with one of these.
_FORMULA: Final = ("=", "+", "-", "@")


class PublicationError(SafelightError):
    """Something that may not be published, or a publication that does not verify."""


@dataclass(frozen=True)
class Wording:
    """The same words in both languages."""

    ru: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.ru if language == "ru" else self.en


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


Counts = tuple[int | None, ...]  # None: hidden


@dataclass(frozen=True)
class PublishedTable:
    rows: Side
    columns: Side
    cells: tuple[Counts, ...]
    row_totals: Counts
    column_totals: Counts

    @property
    def slug(self) -> str:
        """Names the table's page and file within its list."""
        return f"{self.rows.name}-by-{self.columns.name}".replace("_", "-")


@dataclass(frozen=True)
class PublishedList:
    id: str
    name: Wording
    coverage: Wording
    unit: str
    linkage: str
    reading: str
    data_sha256: str
    total: int | None
    verification: tuple[tuple[Heading, int | None], ...]
    tables: tuple[PublishedTable, ...]


@dataclass(frozen=True)
class Revision:
    number: int
    on: date
    reason: Wording


@dataclass(frozen=True)
class Publication:
    """One release, as read from `source` (the bytes that were approved)."""

    source: bytes
    simulated: bool
    as_of: date
    period: tuple[str, str]
    code_version: str
    vocabulary_version: str
    threshold: int
    width: int
    revisions: tuple[Revision, ...]
    lists: tuple[PublishedList, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.source).hexdigest()

    @classmethod
    def parse(cls, untrusted: bytes) -> Publication:
        """Return the release, or raise `PublicationError` naming the place, not the content."""
        try:
            document = parse_object(untrusted, largest=LARGEST_DOCUMENT)
        except ValueError as reason:
            raise PublicationError(f"not a release document: {reason}") from None
        return _publication(untrusted, document)


_T = TypeVar("_T")


def _wrong(where: str, expected: str) -> PublicationError:
    return PublicationError(
        f"release document, {where}: expected {expected}, got something else; "
        "make the document with the desk (docs/spec/publication.md)"
    )


def _object(value: Any, keys: Sequence[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != set(keys):
        raise _wrong(where, f"exactly the keys {', '.join(keys)}")
    return value


def _text(value: Any, pattern: re.Pattern[str], where: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _wrong(where, f"text of the form {pattern.pattern}")
    return value


def _many(
    value: Any, read: Callable[[Any, str], _T], where: str, *, most: int, least: int = 1
) -> tuple[_T, ...]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise _wrong(where, f"{least} to {most} entries")
    return tuple(read(entry, f"{where}[{place}]") for place, entry in enumerate(value))


def _wording(value: Any, where: str) -> Wording:
    words = _object(value, LANGUAGES, where)
    for language in LANGUAGES:
        text = words[language]
        if (
            not isinstance(text, str)
            or not 1 <= len(text.strip()) <= len(text) <= LONGEST_TEXT
            or _NOT_PROSE.search(text)
            or text.startswith(_FORMULA)
        ):
            raise _wrong(f"{where}.{language}", f"1 to {LONGEST_TEXT} characters of plain text")
    return Wording(words["ru"], words["en"])


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(where, "a day such as 2025-03-01") from None


def _whole(value: Any, where: str, *, least: int) -> int:
    if type(value) is not int or value < least:
        raise _wrong(where, f"a whole number from {least}")
    return value


def _publication(untrusted: bytes, document: Mapping[str, Any]) -> Publication:
    keys = ("format", "simulated", "as_of", "period", "code_version", "vocabulary_version")
    _object(document, (*keys, "rule", "revisions", "lists"), "the document")
    if document["format"] != FORMAT:
        raise _wrong("format", FORMAT)
    if type(document["simulated"]) is not bool:
        raise _wrong("simulated", "true or false")
    period = _object(document["period"], ("from", "to"), "period")
    first, last = (_text(period[end], _YEAR, f"period.{end}") for end in ("from", "to"))
    rule = _object(document["rule"], ("threshold", "width"), "rule")
    threshold = _whole(rule["threshold"], "rule.threshold", least=3)

    def read_list(value: Any, where: str) -> PublishedList:
        return _list(value, where, threshold=threshold)

    found = Publication(
        source=untrusted,
        simulated=document["simulated"],
        as_of=_day(document["as_of"], "as_of"),
        period=(first, last),
        code_version=_text(document["code_version"], _VERSION, "code_version"),
        vocabulary_version=_text(document["vocabulary_version"], _VERSION, "vocabulary_version"),
        threshold=threshold,
        width=_whole(rule["width"], "rule.width", least=1),
        revisions=_many(document["revisions"], _revision, "revisions", most=MOST_REVISIONS),
        lists=_many(document["lists"], read_list, "lists", most=MOST_LISTS),
    )
    if len({part.id for part in found.lists}) != len(found.lists):
        raise _wrong("lists", "every list once")
    if [revision.number for revision in found.revisions] != list(
        range(1, len(found.revisions) + 1)
    ):
        raise _wrong("revisions", "numbers 1, 2, 3 … without gaps")
    return found


def _revision(value: Any, where: str) -> Revision:
    entry = _object(value, ("number", "on", "reason"), where)
    return Revision(
        _whole(entry["number"], f"{where}.number", least=1),
        _day(entry["on"], f"{where}.on"),
        _wording(entry["reason"], f"{where}.reason"),
    )


def _list(value: Any, where: str, *, threshold: int) -> PublishedList:
    keys = ("id", "name", "coverage", "unit", "linkage", "reading", "data_sha256", "total")
    entry = _object(value, (*keys, "verification", "tables"), where)

    def counts(given: Any, at: str, *, size: int) -> Counts:
        return _counts(given, at, size=size, threshold=threshold)

    mix = _object(entry["verification"], ("headings", "counts"), f"{where}.verification")
    levels = _many(mix["headings"], _heading, f"{where}.verification.headings", most=8)
    levels_counted = counts(mix["counts"], f"{where}.verification.counts", size=len(levels))
    tables = _many(
        entry["tables"],
        lambda table, at: _table(table, at, threshold=threshold),
        f"{where}.tables",
        most=MOST_TABLES,
    )
    if len({table.slug for table in tables}) != len(tables):
        raise _wrong(f"{where}.tables", "every table once")
    for name, known in (
        ("unit", "incident"),
        ("linkage", "none"),
        ("reading", "documented-count-lower-bound"),
    ):
        if entry[name] != known:
            raise _wrong(f"{where}.{name}", known)
    return PublishedList(
        id=_text(entry["id"], _ID, f"{where}.id"),
        name=_wording(entry["name"], f"{where}.name"),
        coverage=_wording(entry["coverage"], f"{where}.coverage"),
        unit=entry["unit"],
        linkage=entry["linkage"],
        reading=entry["reading"],
        data_sha256=_text(entry["data_sha256"], _SHA256, f"{where}.data_sha256"),
        total=counts([entry["total"]], f"{where}.total", size=1)[0],
        verification=tuple(zip(levels, levels_counted, strict=True)),
        tables=tables,
    )


def _counts(value: Any, where: str, *, size: int, threshold: int) -> Counts:
    if not isinstance(value, list) or len(value) != size:
        raise _wrong(where, f"{size} counts")
    for count in value:
        if count is not None and (type(count) is not int or count < threshold):
            # A second lock on the same door: a small count never gets onto a page.
            raise _wrong(where, f"null, or a whole number not below the threshold {threshold}")
    return tuple(value)


def _heading(value: Any, where: str) -> Heading:
    entry = _object(value, ("code", "label"), where)
    code = _text(entry["code"], _CODE, f"{where}.code")
    return Heading(code, _wording(entry["label"], f"{where}.label"))


def _side(value: Any, where: str) -> Side:
    entry = _object(value, ("name", "label", "headings"), where)
    headings = _many(entry["headings"], _heading, f"{where}.headings", most=MOST_HEADINGS)
    name = _text(entry["name"], _NAME, f"{where}.name")
    return Side(name, _wording(entry["label"], f"{where}.label"), headings)


def _table(value: Any, where: str, *, threshold: int) -> PublishedTable:
    keys = ("rows", "columns", "cells", "row_totals", "column_totals")
    entry = _object(value, keys, where)
    rows, columns = (_side(entry[side], f"{where}.{side}") for side in ("rows", "columns"))
    height, width = len(rows.headings), len(columns.headings)

    def counts(given: Any, at: str, *, size: int) -> Counts:
        return _counts(given, f"{where}.{at}", size=size, threshold=threshold)

    if not isinstance(entry["cells"], list) or len(entry["cells"]) != height:
        raise _wrong(f"{where}.cells", f"{height} rows")
    return PublishedTable(
        rows=rows,
        columns=columns,
        cells=tuple(counts(row, "cells", size=width) for row in entry["cells"]),
        row_totals=counts(entry["row_totals"], "row_totals", size=height),
        column_totals=counts(entry["column_totals"], "column_totals", size=width),
    )

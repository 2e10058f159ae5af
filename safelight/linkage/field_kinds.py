"""What a column holds, and so how two of its cells are compared.

Titles of the vocabulary and usual titles of case files are known (`data/fields.yaml`);
what is left is told by what the cells look like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from safelight.linkage.records import LinkageError, RecordList, Unit

_LOOKED_AT: Final = 20_000
_NARRATIVE_WORDS: Final = 12


class Kind(Enum):
    """How a column is read and compared."""

    NAME = "name"  # one part of a person's name
    PEOPLE = "people"  # whole names, ";" between several
    BIRTH = "birth"  # a date whose digits are mistyped
    WHEN = "when"  # a day, month, quarter, half-year or year
    CODE = "code"
    CODES = "codes"  # several codes, "|" between them
    DIGITS = "digits"  # house numbers, postcodes
    IDENTIFIER = "identifier"  # nearly every record has its own
    PHONE = "phone"
    HANDLE = "handle"
    TEXT = "text"  # a street, a place in words
    NARRATIVE = "narrative"


@dataclass(frozen=True)
class Field:
    """A column to compare. `swaps_with`: a column that people confuse it with."""

    name: str
    kind: Kind
    swaps_with: str | None = None


def choose_fields(
    lists: Sequence[RecordList], *, unit: Unit, given: Mapping[str, Kind] | None = None
) -> tuple[Field, ...]:
    """The columns worth comparing, in the order in which they first appear.

    `given` overrides by title. A column with one value, or that only one list of several
    holds nothing beside, cannot say who is who and is left out.
    """
    given = dict(given or {})
    titles = list(dict.fromkeys(title for one in lists for title in one.columns))
    unknown = sorted(set(given) - set(titles))
    if unknown:
        raise LinkageError(f"{len(unknown)} columns were given a kind, but no list has them")
    found: list[Field] = []
    for title in titles:
        cells = [
            cell
            for one in lists
            for cell in one.columns.get(title, ())[:_LOOKED_AT]
            if cell is not None
        ]
        if title not in given and (_left_out(title, unit) or len(set(cells)) < 2):
            continue
        found.append(Field(title, given.get(title) or _known_kind(title) or _looks_like(cells)))
    if not found:
        raise LinkageError("no column in these lists can tell records apart; nothing to compare")
    return tuple(Field(one.name, one.kind, _partner(one, found)) for one in found)


def _left_out(title: str, unit: Unit) -> bool:
    known = _titles()
    if any(re.fullmatch(pattern, title) for pattern in known.ignored):
        return True
    return unit is Unit.PERSON and any(
        re.fullmatch(pattern, title) for pattern in known.of_the_incident
    )


def _known_kind(title: str) -> Kind | None:
    for kind, patterns in _titles().kinds.items():
        if any(re.fullmatch(pattern, title) for pattern in patterns):
            return kind
    return None


def _partner(one: Field, fields: Sequence[Field]) -> str | None:
    kinds = {other.name: other.kind for other in fields}
    for pair in _titles().swapped:
        for mine, other in (pair, pair[::-1]):
            if re.fullmatch(mine, one.name):
                for title, kind in kinds.items():
                    if re.fullmatch(other, title) and kind is one.kind:
                        return title
    return None


def _looks_like(cells: Sequence[str]) -> Kind:
    """The kind of an untitled-for-us column, from its cells."""
    distinct = set(cells)
    share = len(distinct) / len(cells)
    digits = sum(cell.isascii() and cell.isdecimal() for cell in cells) / len(cells)
    words = sum(len(cell.split()) for cell in cells) / len(cells)
    dates = sum(bool(_DATE.fullmatch(cell)) for cell in cells[:1000]) / len(cells[:1000])
    if dates > 0.9:
        return Kind.WHEN
    if digits > 0.9:
        long = sum(len(cell) for cell in cells) / len(cells) >= 6
        return Kind.IDENTIFIER if share > 0.7 and long else Kind.DIGITS
    if words >= _NARRATIVE_WORDS:
        return Kind.NARRATIVE
    if sum("|" in cell for cell in cells) / len(cells) > 0.05:
        return Kind.CODES
    if len(distinct) <= 60 and share < 0.2:
        return Kind.CODE
    return Kind.TEXT if words > 1.5 or _has_digits(cells) else Kind.NAME


_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d)?|-H[12]|-Q[1-4])|\d{1,2}[./]\d{1,2}[./]\d{4}")


def _has_digits(cells: Sequence[str]) -> bool:
    return sum(any(mark.isdigit() for mark in cell) for cell in cells) / len(cells) > 0.2


@dataclass(frozen=True)
class _Titles:
    """`data/fields.yaml`: patterns of titles, all matched as a whole."""

    kinds: Mapping[Kind, Sequence[str]]
    ignored: Sequence[str]
    of_the_incident: Sequence[str]
    swapped: Sequence[tuple[str, str]]


@lru_cache(maxsize=1)
def _titles() -> _Titles:
    text = (files("safelight.linkage") / "data" / "fields.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    return _Titles(
        {Kind(kind): patterns for kind, patterns in raw["kinds"].items()},
        raw["ignored"],
        raw["of_the_incident"],
        [(one, other) for one, other in raw["swapped"]],
    )

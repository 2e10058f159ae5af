"""Cells into comparable columns: one Arrow table of all lists, columns named f0, f1, …

Titles never become part of SQL; a field is its number here. Beside its value a field may
have keys for blocking: a sound, a year, the months a window touches.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, Final, TypeAlias

import pyarrow as pa

from safelight.linkage.contacts import handle, phone
from safelight.linkage.field_kinds import Field, Kind
from safelight.linkage.names import FoldedName, folded, has_cyrillic, latin, people, sound
from safelight.linkage.records import RecordList
from safelight.linkage.when import windows

SEPARATOR: Final = "|"
_WEEK: Final = 7
_MOST_WORDS: Final = 150
_RARE_WORDS: Final = 6
# A word in more than this share of the texts says nothing about which incident it is.
_COMMON_WORD: Final = 0.02
_WORD: Final = re.compile(r"\w{4,}")

Cells: TypeAlias = Sequence[str | None]


@dataclass(frozen=True)
class Key:
    """A column that a blocking rule may ask to be equal. `many`: an array, any element."""

    column: str
    field: int
    many: bool = False


@dataclass(frozen=True)
class Prepared:
    """`table`: unique_id (0, 1, … over all lists), list_no, and the fields' columns."""

    table: pa.Table = field(repr=False)
    keys: tuple[Key, ...]
    sizes: tuple[int, ...]


def prepare(lists: Sequence[RecordList], fields: Sequence[Field]) -> Prepared:
    """Fold every cell; `unique_id` counts the records of all lists in their order."""
    sizes = tuple(len(one) for one in lists)
    columns: dict[str, pa.Array] = {
        "unique_id": pa.array(range(sum(sizes)), pa.int32()),
        "list_no": pa.array(
            list(chain.from_iterable([number] * size for number, size in enumerate(sizes))),
            pa.int16(),
        ),
    }
    keys: list[Key] = []
    for number, one in enumerate(fields):
        cells: list[str | None] = []
        for member in lists:
            cells.extend(member.columns.get(one.name, (None,) * len(member)))
        made = _MAKERS[one.kind](f"f{number}", cells)
        columns |= made
        keys += _keys(number, one.kind, made)
    return Prepared(pa.table(columns), tuple(keys), sizes)


def _keys(number: int, kind: Kind, made: dict[str, pa.Array]) -> Iterable[Key]:
    for column, values in made.items():
        if column.endswith(("_from", "_to")) or (kind is Kind.NARRATIVE and "_" not in column):
            continue
        yield Key(column, number, many=pa.types.is_list(values.type))


def _each(cells: Cells, fold: Callable[[str], Any]) -> list[Any]:
    """Fold each distinct cell once; an empty result is nothing there."""
    known: dict[str | None, Any] = {None: None}
    for cell in cells:
        if cell is not None and cell not in known:
            known[cell] = fold(cell) or None
    return [known[cell] for cell in cells]


def _plain(cell: str) -> str:
    if cell.isascii():
        return " ".join(re.sub(r"[^a-z0-9]+", " ", cell.lower().replace("'", "")).split())
    return latin(cell)


def _speller(cells: Cells) -> Callable[[str], str]:
    """Where a column knows Cyrillic, every cell is folded to one romanisation."""
    return folded if any(cell and has_cyrillic(cell) for cell in cells) else _plain


def _name(column: str, cells: Cells) -> dict[str, pa.Array]:
    return {
        column: pa.array(_each(cells, _speller(cells)), pa.string()),
        f"{column}_k": pa.array(_each(cells, sound), pa.string()),
    }


def _text(column: str, cells: Cells) -> dict[str, pa.Array]:
    spelled = _each(cells, _speller(cells))
    return {
        column: pa.array(spelled, pa.string()),
        f"{column}_k": pa.array(_each(spelled, lambda one: max(one.split(), key=len)[:5])),
    }


def _squeezed(cell: str) -> str:
    return re.sub(r"\W+", "", cell.casefold())


def _digits(column: str, cells: Cells) -> dict[str, pa.Array]:
    return {column: pa.array(_each(cells, _squeezed), pa.string())}


def _birth(column: str, cells: Cells) -> dict[str, pa.Array]:
    """Digits as yyyymmdd; what is no date keeps its digits, to be near others of its kind."""
    found = windows(cells)
    days = {cell: window for cell, window in zip(cells, found, strict=True) if cell is not None}

    def fold(cell: str) -> str:
        window = days[cell]
        if window is None or window[0] != window[1]:
            return re.sub(r"\D", "", cell)
        return _date(window[0])

    digits = _each(cells, fold)
    return {
        column: pa.array(digits, pa.string()),
        f"{column}_k": pa.array(_each(digits, lambda one: one[:4] if len(one) == 8 else "")),
        f"{column}_d": pa.array(_each(digits, lambda one: one[4:] if len(one) == 8 else "")),
    }


def _date(ordinal: int) -> str:
    return date.fromordinal(ordinal).strftime("%Y%m%d")


def _when(column: str, cells: Cells) -> dict[str, pa.Array]:
    found = windows(cells)
    # Weeks for exact days and their neighbours; a coarse window touches many.
    weeks = [
        None
        if window is None
        else list(range((window[0] - _WEEK) // _WEEK, (window[1] + _WEEK) // _WEEK + 1))
        for window in found
    ]
    return {
        f"{column}_from": pa.array([w and w[0] for w in found], pa.int32()),
        f"{column}_to": pa.array([w and w[1] for w in found], pa.int32()),
        f"{column}_w": pa.array(weeks, pa.list_(pa.int32())),
    }


def _code(column: str, cells: Cells) -> dict[str, pa.Array]:
    return {column: pa.array(_each(cells, str.casefold), pa.string())}


def _codes(column: str, cells: Cells) -> dict[str, pa.Array]:
    def fold(cell: str) -> list[str]:
        return sorted({one.strip().casefold() for one in cell.split(SEPARATOR)} - {"", "unk"})

    return {column: pa.array(_each(cells, fold), pa.list_(pa.string()))}


def _people(column: str, cells: Cells) -> dict[str, pa.Array]:
    folds = _each(cells, people)

    def gathered(of: Callable[[FoldedName], Iterable[str]]) -> pa.Array:
        return pa.array(
            [
                None if one is None else sorted({text for name in one for text in of(name)}) or None
                for one in folds
            ],
            pa.list_(pa.string()),
        )

    return {
        column: gathered(lambda name: name.stems),
        f"{column}_n": gathered(_with_initials),
        f"{column}_p": gathered(
            lambda name: [" ".join(sorted(name.stems))] if len(name.stems) > 1 else []
        ),
        f"{column}_k": gathered(lambda name: (sound(one) for one in name.stems)),
    }


def _with_initials(name: FoldedName) -> Iterable[str]:
    """Each stem with the first letter of another part: "Surname G." meets "Given Surname"."""
    for one in name.stems:
        for letter in {other[0] for other in name.stems - {one}} | name.initials:
            yield f"{one} {letter[0]}"


def _narrative(column: str, cells: Cells) -> dict[str, pa.Array]:
    words = _each(cells, lambda cell: sorted({word[:7] for word in _WORD.findall(_plain(cell))}))
    often = Counter(word for one in words if one for word in one)
    most = max(3, _COMMON_WORD * sum(one is not None for one in words))
    kept = [
        None if one is None else sorted((w for w in one if often[w] <= most), key=often.__getitem__)
        for one in words
    ]
    return {
        column: pa.array([one and one[:_MOST_WORDS] for one in kept], pa.list_(pa.string())),
        f"{column}_r": pa.array(
            [one and ([w for w in one if often[w] > 1][:_RARE_WORDS] or None) for one in kept],
            pa.list_(pa.string()),
        ),
    }


def _contact(fold: Callable[[str], str | None]) -> Callable[[str, Cells], dict[str, pa.Array]]:
    return lambda column, cells: {column: pa.array(_each(cells, fold), pa.string())}


_MAKERS: Final[dict[Kind, Callable[[str, Cells], dict[str, pa.Array]]]] = {
    Kind.NAME: _name,
    Kind.PEOPLE: _people,
    Kind.BIRTH: _birth,
    Kind.WHEN: _when,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.DIGITS: _digits,
    Kind.IDENTIFIER: _digits,
    Kind.PHONE: _contact(phone),
    Kind.HANDLE: _contact(handle),
    Kind.TEXT: _text,
    Kind.NARRATIVE: _narrative,
}

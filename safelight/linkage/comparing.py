"""How two cells of a kind are compared: levels of agreement, as Splink's comparisons.

The first level that holds counts, from "the same" down to "something else". Splink spells
them for DuckDB and for Spark, whose string distances differ a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import splink.comparison_level_library as cll

from safelight.linkage.field_kinds import Field, Kind

# Days between two windows; 190 is a wrong half-year.
_DAYS_APART: Final = (0, 1, 3, 7, 31, 190)
_CLOSE: Final = 0.9
_SIMILAR: Final = 0.78


@dataclass(frozen=True)
class Level:
    """One level: `weighed_by_rarity` if agreeing on a rare value says more than on a usual one."""

    said: str
    creator: Any
    weighed_by_rarity: bool = False


def levels(fields: Sequence[Field], number: int) -> tuple[Level, ...]:
    """The levels of field `number`, strongest first, the last being "different".

    Nothing on one side is not among them: it says nothing either way.
    """
    one = fields[number]
    column = f"f{number}"
    swapped = None
    if one.swaps_with is not None:
        other = next(n for n, field in enumerate(fields) if field.name == one.swaps_with)
        swapped = f"f{other}"
    return (*_MAKERS[one.kind](column, swapped), Level("different", cll.ElseLevel()))


def nothing_level(fields: Sequence[Field], number: int) -> Any:
    column = f"f{number}_from" if fields[number].kind is Kind.WHEN else f"f{number}"
    return cll.NullLevel(column)


def _same(column: str) -> Level:
    return Level("the same", cll.ExactMatchLevel(column), weighed_by_rarity=True)


def _words(column: str, swapped: str | None) -> list[Level]:
    found = [_same(column), Level("close", cll.JaroWinklerLevel(column, _CLOSE))]
    if swapped is not None:
        found.append(
            Level(
                "in the other column",
                cll.CustomLevel(f"{column}_l = {swapped}_r or {swapped}_l = {column}_r"),
            )
        )
    found.append(Level("similar", cll.JaroWinklerLevel(column, _SIMILAR)))
    return found


def _one_slip(column: str, swapped: str | None) -> list[Level]:
    return [_same(column), Level("one slip", cll.DamerauLevenshteinLevel(column, 1))]


def _two_slips(column: str, swapped: str | None) -> list[Level]:
    return [
        *_one_slip(column, swapped),
        Level("two slips", cll.DamerauLevenshteinLevel(column, 2)),
    ]


def _code(column: str, swapped: str | None) -> list[Level]:
    return [_same(column)]


def _codes(column: str, swapped: str | None) -> list[Level]:
    return [
        Level("the same", cll.ExactMatchLevel(column)),
        Level("two or more shared", cll.ArrayIntersectLevel(column, 2)),
        Level("one shared", cll.ArrayIntersectLevel(column, 1)),
    ]


def _people(column: str, swapped: str | None) -> list[Level]:
    return [
        Level("a whole name shared", cll.ArrayIntersectLevel(f"{column}_p", 1)),
        Level("a name and an initial shared", cll.ArrayIntersectLevel(f"{column}_n", 1)),
        Level("one part shared", cll.ArrayIntersectLevel(column, 1)),
        Level(
            "one part close",
            cll.PairwiseStringDistanceFunctionLevel(
                column, distance_function_name="jaro_winkler", distance_threshold=_CLOSE
            ),
        ),
        Level("one part sounds alike", cll.ArrayIntersectLevel(f"{column}_k", 1)),
    ]


def _narrative(column: str, swapped: str | None) -> list[Level]:
    return [
        Level(f"{shared} rare words shared", cll.ArrayIntersectLevel(column, shared))
        for shared in (12, 6, 3, 1)
    ]


def _when(column: str, swapped: str | None) -> list[Level]:
    gap = f"(greatest({column}_from_l, {column}_from_r) - least({column}_to_l, {column}_to_r))"
    same = f"{column}_from_l = {column}_from_r and {column}_to_l = {column}_to_r"
    said = {0: "may be the same day", 1: "a day apart"}
    return [
        Level("the same", cll.CustomLevel(same)),
        *(
            Level(said.get(days, f"{days} days apart at most"), cll.CustomLevel(f"{gap} <= {days}"))
            for days in _DAYS_APART
        ),
    ]


_MAKERS: Final = {
    Kind.NAME: _words,
    Kind.PEOPLE: _people,
    Kind.BIRTH: _two_slips,
    Kind.WHEN: _when,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.DIGITS: _one_slip,
    Kind.IDENTIFIER: _two_slips,
    Kind.PHONE: _one_slip,
    Kind.HANDLE: lambda column, swapped: [
        _same(column),
        Level("close", cll.JaroWinklerLevel(column, 0.92)),
    ],
    Kind.TEXT: _words,
    Kind.NARRATIVE: _narrative,
}

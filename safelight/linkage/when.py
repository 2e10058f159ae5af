"""Coarse dates: each becomes the window of days that it may mean."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Final, TypeAlias

Window: TypeAlias = tuple[int, int]
"""First and last day, as ordinals of the proleptic Gregorian calendar."""

_ISO: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?|-?([HQ])([1-4]))?(?:[T ].*)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
_WRITTEN: Final = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})")


def windows(cells: Sequence[str | None]) -> list[Window | None]:
    """A window for each cell; None where it is no date.

    With slashes the day comes first unless the column shows that the month does.
    """
    us = any(
        found is not None and found[2] == "/" and int(found[3]) > 12
        for found in (_WRITTEN.fullmatch(cell) for cell in cells if cell)
    )
    known: dict[str, Window | None] = {}
    for cell in cells:
        if cell is not None and cell not in known:
            known[cell] = _window(cell, month_first=us)
    return [None if cell is None else known[cell] for cell in cells]


def _window(cell: str, *, month_first: bool) -> Window | None:
    written = _WRITTEN.fullmatch(cell)
    if written is not None:
        first, second = int(written[1]), int(written[3])
        swap = month_first and written[2] == "/"
        return _days(int(written[4]), *((first, second) if swap else (second, first)))
    compact = _COMPACT.fullmatch(cell)
    if compact is not None:
        return _days(int(compact[1]), int(compact[2]), int(compact[3]))
    iso = _ISO.fullmatch(cell)
    return None if iso is None else _iso(iso)


def _iso(found: re.Match[str]) -> Window | None:
    year, month, day, part, number = found.groups()
    if part is not None:
        months = 6 if part == "H" else 3
        last = int(number) * months
        return None if last > 12 else _months(int(year), last - months + 1, last)
    if month is None:
        return _months(int(year), 1, 12)
    if day is None:
        return _months(int(year), int(month), int(month))
    return _days(int(year), int(month), int(day))


def _months(year: int, first: int, last: int) -> Window | None:
    if not (1 <= first <= 12 and year >= 1):
        return None
    end = date(year, last, monthrange(year, last)[1])
    return date(year, first, 1).toordinal(), end.toordinal()


def _days(year: int, month: int, day: int) -> Window | None:
    try:
        on = date(year, month, day).toordinal()
    except ValueError:
        return None
    return on, on

"""How one field of ours comes out of a row of theirs: five kinds of rule, each a frozen type.

A rule gives the codes of one row and says which source values it did not know. It
never guesses: a value that is not in the profile is unknown, not "other".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safelight.partners.dates import DateForm, half_year, quarter, read_date, read_month

Cells = Mapping[str, str]
UNK: Final = "UNK"


@dataclass(frozen=True, slots=True)
class Answer:
    """The codes of one field on one row.

    `unknown`: column and value that the profile does not know. `unmapped`: values it
    knows and has no code for. `unreadable`: a column whose cell is not what it should be.
    """

    values: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...] = ()
    unmapped: tuple[str, ...] = ()
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Always:
    """The field has the same value on every row of the list."""

    field: str
    values: tuple[str, ...]
    because: str

    def columns(self) -> tuple[str, ...]:
        return ()

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        return Answer(self.values)


@dataclass(frozen=True, slots=True)
class FromColumn:
    """The field is translated from a column, value by value.

    `codes`: source value → our codes; `unmapped`: source value → why it has none.
    `split` cuts a cell with several values; `one_of_many` is the value of a one-valued
    field whose cell leads to several known codes. `blank` stands for an empty cell.
    """

    field: str
    column: str
    split: str | None
    codes: Mapping[str, tuple[str, ...]]
    unmapped: Mapping[str, str]
    blank: tuple[str, ...]
    one_of_many: str | None

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def parts(self, cell: str) -> tuple[str, ...]:
        if not cell:
            return ()
        if self.split is None:
            return (cell,)
        return tuple(part.strip() for part in cell.split(self.split) if part.strip())

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        parts = self.parts(cells[self.column])
        if not parts:
            return Answer(self.blank)
        found: dict[str, None] = {}
        unknown, unmapped = [], []
        for part in parts:
            if part in self.codes:
                found.update(dict.fromkeys(self.codes[part]))
            elif part in self.unmapped:
                unmapped.append(part)
            else:
                unknown.append((self.column, part))
        values = tuple(found) or self.blank
        if self.one_of_many is not None:
            values = self._one_of(values)
        return Answer(values, tuple(unknown), tuple(unmapped))

    def _one_of(self, values: tuple[str, ...]) -> tuple[str, ...]:
        known = tuple(value for value in values if value != UNK)
        if len(known) > 1:
            return (self.one_of_many or UNK,)
        return known or (UNK,)


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers `low`..`high`, both included; `None` is without end."""

    low: int
    high: int | None
    value: str

    def holds(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)


_LONGEST_NUMBER: Final = 9


@dataclass(frozen=True, slots=True)
class Banded:
    """The field is a band of a number in a column."""

    field: str
    column: str
    bands: tuple[Band, ...]
    blank: str

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        cell = cells[self.column]
        if not cell:
            return Answer((self.blank,))
        if cell.isascii() and cell.isdigit() and len(cell) <= _LONGEST_NUMBER:
            for band in self.bands:
                if band.holds(int(cell)):
                    return Answer((band.value,))
        return Answer((self.blank,), unreadable=self.column)


@dataclass(frozen=True, slots=True)
class Period:
    """The field is a half-year or a quarter, from a date or from a year and a month.

    `century_from` names the year column that completes a two-digit year and must agree.
    """

    field: str
    quarters: bool
    date_column: str | None
    date_form: DateForm | None
    century_from: str | None
    year_column: str | None
    month_column: str | None

    def columns(self) -> tuple[str, ...]:
        named = (self.date_column, self.century_from, self.year_column, self.month_column)
        return tuple(name for name in named if name is not None)

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        made = quarter if self.quarters else half_year
        if self.date_column is not None and self.date_form is not None:
            year_cell = cells[self.century_from] if self.century_from is not None else None
            day = read_date(cells[self.date_column], self.date_form, year_cell=year_cell)
            if day is None:
                return Answer((), unreadable=self.date_column)
            return Answer((made(day.year, day.month),))
        if self.year_column is None:
            return Answer((UNK,))
        month_cell = cells[self.month_column] if self.month_column is not None else None
        read = read_month(cells[self.year_column], month_cell)
        if read is None:
            return Answer((), unreadable=self.month_column or self.year_column)
        year, month = read
        return Answer((str(year),) if month is None else (made(year, month),))


@dataclass(frozen=True, slots=True)
class AtImport:
    """The field is the quarter in which the list is imported: that is when *we* received it."""

    field: str

    def columns(self) -> tuple[str, ...]:
        return ()

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        return Answer(())


@dataclass(frozen=True, slots=True)
class FromField:
    """The field follows from another field of ours (a killing is fatal)."""

    field: str
    of: str
    codes: Mapping[str, tuple[str, ...]]
    otherwise: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        return ()

    def answer(self, cells: Cells, before: Mapping[str, tuple[str, ...]]) -> Answer:
        found: dict[str, None] = {}
        for value in before.get(self.of, ()):
            found.update(dict.fromkeys(self.codes.get(value, ())))
        return Answer(tuple(found) or self.otherwise)


Mapped = Always | FromColumn | Banded | Period | AtImport | FromField

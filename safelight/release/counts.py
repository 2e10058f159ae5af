"""Counts and the sums that tie them together, whatever tables they stand in.

A cell is named by what it counts, not by where it stands: the year total of two
tables is one cell. So an attacker who lays the tables side by side gains nothing
that the audit does not see as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.errors import SafelightError

# (("act_group", "VIOLENCE"), ("year", "2023")), sorted by dimension; () is the grand total.
type_cell = tuple[tuple[str, str], ...]
Cell = type_cell
GRAND_TOTAL: Final[Cell] = ()


class ReleaseError(SafelightError):
    """A table, a rule or a proposal that may not go further, with the reason."""


def cell(**codes: str) -> Cell:
    """The cell that counts incidents with these codes: `cell(year="2023")` is a margin."""
    return tuple(sorted(codes.items()))


@dataclass(frozen=True)
class Sum:
    """What every reader of a table knows without being told: the parts make the whole."""

    parts: tuple[int, ...]
    whole: int


@dataclass(frozen=True)
class CountSystem:
    """All cells of the tables that go out together, with their true counts.

    `impossible` are cells that cannot hold an incident by definition (structural
    zeros). They are published as impossible; a zero that merely happened is not here.
    """

    cells: tuple[Cell, ...]
    counts: tuple[int, ...]
    sums: tuple[Sum, ...]
    impossible: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.counts) or len(set(self.cells)) != len(self.cells):
            raise ReleaseError(
                f"{len(self.cells)} cells with {len(self.counts)} counts; "
                "every cell stands once and has one count"
            )
        if any(count < 0 for count in self.counts):
            raise ReleaseError("a count is below zero; a table of incidents starts at zero")
        for tie in self.sums:
            if sum(self.counts[part] for part in tie.parts) != self.counts[tie.whole]:
                raise ReleaseError(
                    "the parts of a row or column do not make its total; "
                    "count the rows again with `tabulate`, do not edit a table by hand"
                )
        if any(self.counts[index] for index in self.impossible):
            raise ReleaseError(
                "an incident stands in a cell that was declared impossible; "
                "correct the declaration or the coding of the incident"
            )

    def index(self, of: Cell) -> int:
        try:
            return self.cells.index(of)
        except ValueError:
            raise ReleaseError("this cell is not in the tables of this release") from None


class _Gathering:
    def __init__(self) -> None:
        self.counts: dict[Cell, int] = {}
        self.sums: list[tuple[list[Cell], Cell]] = []

    def add(self, name: Cell, count: int) -> None:
        if self.counts.setdefault(name, count) != count:
            raise ReleaseError(
                "two tables of one release disagree on a shared total; "
                "tabulate both from the same rows"
            )


def one_way(dimension: str, counts: Mapping[str, int]) -> CountSystem:
    """A single column of counts and its total."""
    return joined([], [(dimension, counts)])


def two_way(
    rows: str,
    columns: str,
    counts: Mapping[tuple[str, str], int],
    *,
    impossible: frozenset[tuple[str, str]] = frozenset(),
) -> CountSystem:
    """A table with both margins and the grand total; `counts` has every combination."""
    return joined([(rows, columns, counts, impossible)], [])


TwoWay = tuple[str, str, Mapping[tuple[str, str], int], frozenset[tuple[str, str]]]


def joined(
    tables: Sequence[TwoWay],
    columns: Sequence[tuple[str, Mapping[str, int]]],
    *,
    same: Sequence[tuple[Cell, Cell]] = (),
) -> CountSystem:
    """One system from all tables and single columns that go out together.

    `same`: cells that count the same incidents under two names; what one shows the other may
    not hide. Raises ReleaseError where they disagree on a total they share, and where their
    dimensions form a ring (A by B, B by C, C by A): then a three-way table stands
    behind them that this audit does not look at, and it can give a cell away.
    """
    _refuse_rings([(first, second) for first, second, _, _ in tables])
    gathering = _Gathering()
    impossible: set[Cell] = set()
    for row_name, column_name, counts, never in tables:
        row_codes = list(dict.fromkeys(row for row, _ in counts))
        column_codes = list(dict.fromkeys(column for _, column in counts))
        if len(counts) != len(row_codes) * len(column_codes):
            raise ReleaseError("a table has holes; give every combination, zero where none came")
        for (row, column), count in counts.items():
            gathering.add(cell(**{row_name: row, column_name: column}), count)
        impossible |= {cell(**{row_name: r, column_name: c}) for r, c in never}
        for row in row_codes:
            parts = [cell(**{row_name: row, column_name: column}) for column in column_codes]
            whole = cell(**{row_name: row})
            gathering.add(whole, sum(gathering.counts[part] for part in parts))
            gathering.sums.append((parts, whole))
        for column in column_codes:
            parts = [cell(**{row_name: row, column_name: column}) for row in row_codes]
            whole = cell(**{column_name: column})
            gathering.add(whole, sum(gathering.counts[part] for part in parts))
            gathering.sums.append((parts, whole))
        _add_total(gathering, row_name, row_codes)
        _add_total(gathering, column_name, column_codes)
    for name, single in columns:
        for code, count in single.items():
            gathering.add(cell(**{name: code}), count)
        _add_total(gathering, name, list(single))
    names = list(gathering.counts)
    place = {name: index for index, name in enumerate(names)}
    return CountSystem(
        cells=tuple(names),
        counts=tuple(gathering.counts[name] for name in names),
        sums=tuple(
            dict.fromkeys(
                Sum(tuple(place[part] for part in parts), place[whole])
                for parts, whole in (*gathering.sums, *(([one], other) for one, other in same))
            )
        ),
        impossible=frozenset(place[name] for name in impossible),
    )


def _add_total(gathering: _Gathering, name: str, codes: Sequence[str]) -> None:
    parts = [cell(**{name: code}) for code in codes]
    gathering.add(GRAND_TOTAL, sum(gathering.counts[part] for part in parts))
    gathering.sums.append((parts, GRAND_TOTAL))


def _refuse_rings(pairs: Sequence[tuple[str, str]]) -> None:
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for first, second in pairs:
        if root(first) == root(second):
            raise ReleaseError(
                "these tables close a ring of dimensions, and together they may give away "
                "a cell that each hides; leave one of them out"
            )
        group[root(first)] = root(second)

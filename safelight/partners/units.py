"""What a number counts, and how rows become incidents.

A row of a list is rarely an incident: in the police list of New York it is an arrest
pair, and one complaint stands in up to eleven rows. Every number here carries its unit;
numbers of different units cannot be compared or added (`CountingUnitError`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from safelight.partners.problems import CountingUnitError
from safelight.partners.profile import Unit

FIRST_SHOWN: Final = 100

CellsTuple = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A number and what it counts."""

    number: int
    unit: Unit

    def _same(self, other: Count) -> int:
        if self.unit is not other.unit:
            raise CountingUnitError(
                f"a number of {self.unit.value}s beside a number of {other.unit.value}s; "
                "gather the rows into one unit first"
            )
        return other.number

    def __add__(self, other: Count) -> Count:
        return Count(self.number + self._same(other), self.unit)

    def __sub__(self, other: Count) -> Count:
        return Count(self.number - self._same(other), self.unit)

    def __lt__(self, other: Count) -> bool:
        return self.number < self._same(other)

    def equals(self, other: Count) -> bool:
        """Compare; unlike `==` this raises where the units differ."""
        return self.number == self._same(other)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Rows of one incident that disagree on what an incident has only one of.

    `decided` is the value that the rule chose; `None` where it may not be shown.
    """

    rows: tuple[int, ...]
    column: str
    different_values: int
    decided: str | None


@dataclass(slots=True)
class Incident:
    """The rows of one incident.

    Most have one variant of cells, `cells`, which stands in `first_row` and `same_rows`;
    `others` holds further variants with their rows. `linked`: one bit per link of the list,
    set where any row has one.
    """

    first_row: int
    cells: CellsTuple
    key_hash: int
    rows: int = 1
    linked: int = 0
    others: dict[CellsTuple, list[int]] | None = None
    same_rows: list[int] | None = None
    key_hashes: set[int] | None = None

    def variants(self) -> dict[CellsTuple, list[int]]:
        """Return the different per-incident cells and the rows they stand in."""
        return {self.cells: [self.first_row, *(self.same_rows or ())], **(self.others or {})}

    def has_key(self, key_hash: int) -> bool:
        return key_hash == self.key_hash or key_hash in (self.key_hashes or ())

    def take(self, row: int, cells: CellsTuple, key_hash: int) -> None:
        self.rows += 1
        self.key_hashes = self.key_hashes or set()
        self.key_hashes.add(key_hash)
        if cells == self.cells:
            self.same_rows = self.same_rows or []
            self.same_rows.append(row)
        else:
            self.others = self.others or {}
            self.others.setdefault(cells, []).append(row)

    def decided(self) -> CellsTuple:
        """Return one value per column: that of most rows, the alphabetically first of equals.

        The order of the rows plays no part: a sorted copy of a list is the same list.
        """
        if self.others is None:
            return self.cells
        columns = []
        for place in range(len(self.cells)):
            votes: Counter[str] = Counter()
            for cells, rows in self.variants().items():
                votes[cells[place]] += len(rows)
            columns.append(min(votes, key=lambda value: (-votes[value], value)))
        return tuple(columns)


class Gathering:
    """Rows gathered into incidents by id.

    `columns` names the per-incident cells given to `add`. Where `one_row_each`, a second
    row with the same id is a fault of the list; else rows that repeat key and cells
    (the same arrest pair twice) are counted and left out.
    """

    def __init__(self, columns: Sequence[str], *, links: int, one_row_each: bool) -> None:
        self._columns = tuple(columns)
        self._one_row_each = one_row_each
        self._incidents: dict[str, Incident] = {}
        # Cells are few and come again: each text is held once.
        self._texts: dict[str, str] = {}
        self.distinct_links: tuple[set[str], ...] = tuple(set() for _ in range(links))
        self.repeated_rows = 0
        self.repeated_first: list[int] = []
        self.second_rows = 0
        self.second_first: list[int] = []

    def add(
        self, row: int, incident_id: str, key: CellsTuple, cells: CellsTuple, links: CellsTuple
    ) -> bool:
        """Add a row; return whether its incident is new."""
        held = tuple([self._texts.setdefault(cell, cell) for cell in cells])
        # The hash is kept, not the key: a collision of 64-bit hashes within one incident would
        # hide one of its rows.
        key_hash = hash((key, held))
        known = self._incidents.get(incident_id)
        if known is None:
            known = self._incidents[incident_id] = Incident(row, held, key_hash)
            self._link(known, links)
            return True
        if self._one_row_each:
            self.second_rows += 1
            _note(self.second_first, row)
        elif known.has_key(key_hash):
            self.repeated_rows += 1
            _note(self.repeated_first, row)
            return False
        known.take(row, held, key_hash)
        self._link(known, links)
        return False

    def _link(self, incident: Incident, links: CellsTuple) -> None:
        for place, link in enumerate(links):
            if link:
                incident.linked |= 1 << place
                self.distinct_links[place].add(link)

    def __len__(self) -> int:
        return len(self._incidents)

    def __iter__(self) -> Iterator[tuple[str, Incident]]:
        return iter(self._incidents.items())

    def contradictions(self, *, may_show: Callable[[str, str], bool]) -> tuple[Contradiction, ...]:
        """Return where rows of one incident disagree, in the order of the list."""
        found = []
        for incident in self._incidents.values():
            if incident.others is None:
                continue
            variants = incident.variants()
            rows = tuple(sorted(row for given in variants.values() for row in given))
            decided = incident.decided()
            for place, column in enumerate(self._columns):
                values = {cells[place] for cells in variants}
                if len(values) > 1:
                    shown = decided[place] if may_show(column, decided[place]) else None
                    found.append(Contradiction(rows, column, len(values), shown))
        return tuple(sorted(found, key=lambda contradiction: contradiction.rows))


def _note(rows: list[int], row: int) -> None:
    if len(rows) < FIRST_SHOWN:
        rows.append(row)

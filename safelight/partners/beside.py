"""A list beside the official table: what is equal, what differs, what could explain it.

Two tables of counts never say *which* complaint moved. What can be said is said (how
many moves at least, which could be a change of category or of place alone, in which rows
of the list the candidates stand); what cannot be said is said too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from safelight.partners.check import Examined
from safelight.partners.dates import read_date
from safelight.partners.mapping import FromColumn
from safelight.partners.official_table import OfficialTable, read_official_table
from safelight.partners.problems import CountingUnitError, ListFileError
from safelight.partners.profile import CrossTable, OurColumns, Profile, RecordsLayout
from safelight.partners.units import Count
from safelight.vocabulary.wording import Wording


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category: the list's count, the official one, and list minus official."""

    category: str
    ours: Count
    official: Count

    @property
    def difference(self) -> int:
        return (self.ours - self.official).number


@dataclass(frozen=True, slots=True)
class CellDifference:
    """One cell that differs. `rows`: where the list's incidents of that cell stand in the file."""

    label: str
    category: str
    ours: int
    official: int
    rows: tuple[int, ...]

    @property
    def difference(self) -> int:
        return self.ours - self.official


@dataclass(frozen=True, slots=True)
class Beside:
    """The comparison of one year."""

    year: str
    table_sha256: str
    lines: tuple[CategoryLine, ...]
    cells: tuple[CellDifference, ...]
    ours_total: Count
    official_total: Count
    only_in_list: int
    wrong_totals: int
    small_cells: tuple[int, int, int]
    could_be_category_alone: int
    could_be_place_alone: int
    recorded_in_another_year: int | None
    explanation: Wording

    @property
    def equal(self) -> int:
        return sum(line.difference == 0 for line in self.lines)

    @property
    def differing(self) -> int:
        return len(self.lines) - self.equal

    @property
    def at_least_moved(self) -> int:
        """The fewest incidents that the two tables must place differently."""
        surplus = sum(cell.difference for cell in self.cells if cell.difference > 0)
        lack = -sum(cell.difference for cell in self.cells if cell.difference < 0)
        return max(surplus, lack)

    @property
    def candidates(self) -> int:
        """How many incidents stand in the cells where the list has more than the table."""
        return sum(len(cell.rows) for cell in self.cells if cell.difference > 0)

    def can_be_said(self) -> tuple[str, ...]:
        if not self.cells:
            return ("Every cell of the table is equal.",)
        gap = (self.ours_total - self.official_total).number
        said = [
            f"At least {self.at_least_moved} incidents are not where the table has them. "
            + (
                "The totals are equal: as many came as left."
                if gap == 0
                else f"The totals differ by {gap:+d}: incidents were added or withdrawn."
            ),
            f"{self.candidates} incidents of the list stand in the cells where it has more than "
            "the table; those that are placed differently are among them (rows below).",
            f"{self.could_be_category_alone} of them can be a change of category within one "
            f"place; {self.could_be_place_alone} can be a change of place within one category; "
            "the others changed both, or were withdrawn and others added.",
        ]
        if self.recorded_in_another_year == 0:
            said.append(
                f"No incident of {self.year} was recorded in another year: the year's border "
                "explains nothing."
            )
        elif self.recorded_in_another_year is not None:
            said.append(
                f"{self.recorded_in_another_year} incidents of {self.year} were recorded in "
                "another year; they may stand in another year's table."
            )
        return tuple(said)

    def cannot_be_said(self) -> tuple[str, ...]:
        if not self.cells:
            return ()
        return (
            "Which of the candidates moved, and where each went: the table has counts only.",
            "Which incidents fill the cells where the table has more: in the list they stand under "
            "another place or category, or not at all.",
            "Whether equal cells hold the same incidents: moves that cancel out leave no trace.",
        )


def beside(examined: Examined, table_path: Path, *, year: str) -> Beside:
    """Return the comparison, or raise `ListFileError`, `CountingUnitError`."""
    profile = examined.check.profile
    layout = profile.layout
    if not isinstance(layout, RecordsLayout) or layout.cross_table is None:
        raise ListFileError(
            "no-table", f"the profile {profile.name} declares no official table to put beside it"
        )
    spec = layout.cross_table
    if spec.unit is not layout.incident_unit:
        raise CountingUnitError(
            f"the table counts {spec.unit.value}s, the list {layout.incident_unit.value}s; "
            "they cannot stand side by side"
        )
    table = read_official_table(
        table_path, spec, known_categories=_known_categories(profile, layout, spec)
    )
    return _compared(examined, layout, spec, table, year)


def _known_categories(profile: Profile, layout: RecordsLayout, spec: CrossTable) -> set[str]:
    if isinstance(layout.mapped, OurColumns):
        raise ListFileError("no-table", f"the profile {profile.name} maps no categories")
    return {
        value
        for rule in layout.mapped
        if isinstance(rule, FromColumn) and rule.column == spec.category_column
        for value in (*rule.codes, *rule.unmapped)
    }


def _compared(
    examined: Examined,
    layout: RecordsLayout,
    spec: CrossTable,
    table: OfficialTable,
    year: str,
) -> Beside:
    place = {name: i for i, name in enumerate(examined.columns)}
    rows: dict[tuple[str, str], list[int]] = {}
    other_year = 0
    order = layout.date_order
    for decided in examined.decided:
        if decided.cells[place[spec.year_column]] != year:
            continue
        key = (decided.cells[place[spec.row_column]], decided.cells[place[spec.category_column]])
        rows.setdefault(key, []).append(decided.first_row)
        if order is not None:
            day = read_date(decided.cells[place[order.date_column]], order.date_form)
            other_year += day is not None and str(day.year) != year
    if not rows:
        raise ListFileError("no-such-year", f"the list has no incident of {year}; see --year")
    keys = sorted({*rows, *table.cells}, key=_by_number)
    cells = tuple(
        CellDifference(
            label,
            category,
            len(rows.get((label, category), ())),
            table.cells.get((label, category), 0),
            tuple(rows.get((label, category), ())),
        )
        for label, category in keys
        if len(rows.get((label, category), ())) != table.cells.get((label, category), 0)
    )
    ours = Counter(category for (_, category), found in rows.items() for _ in found)
    categories = sorted({*table.categories, *ours})
    nonzero = [count for count in table.cells.values() if count]
    return Beside(
        year=year,
        table_sha256=table.sha256,
        lines=tuple(
            CategoryLine(
                category,
                Count(ours[category], layout.incident_unit),
                Count(table.of_category(category), spec.unit),
            )
            for category in categories
        ),
        cells=cells,
        ours_total=Count(sum(ours.values()), layout.incident_unit),
        official_total=Count(table.total(), spec.unit),
        only_in_list=sum(ours[name] for name in set(ours) - set(table.categories)),
        wrong_totals=table.wrong_totals,
        small_cells=(len(nonzero), sum(c < 5 for c in nonzero), sum(c == 1 for c in nonzero)),
        could_be_category_alone=_paired(cells, lambda cell: cell.label),
        could_be_place_alone=_paired(cells, lambda cell: cell.category),
        recorded_in_another_year=other_year if order is not None else None,
        explanation=spec.explanation,
    )


def _by_number(key: tuple[str, str]) -> tuple[int, str, str]:
    label, category = key
    return (int(label) if label.isdigit() else 10**9, label, category)


def _paired(cells: Sequence[CellDifference], of: Callable[[CellDifference], str]) -> int:
    """Return how many moves could stay within one place (or category): surplus meets lack."""
    surplus: Counter[str] = Counter()
    lack: Counter[str] = Counter()
    for cell in cells:
        (surplus if cell.difference > 0 else lack)[of(cell)] += abs(cell.difference)
    return sum(min(surplus[name], lack[name]) for name in surplus)

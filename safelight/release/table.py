"""From statistical rows to one two-way table of one list.

Pure: rows in, a frozen table of true counts out. It is not fit to publish until
`disclosure.protect` has hidden its small cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from safelight.release.counts import Cell, ReleaseError, cell
from safelight.release.dimensions import (
    CROSS_CLASSIFICATIONS,
    PERIOD,
    Dimension,
    code_of,
    dimension,
)
from safelight.vocabulary.stat_row import StatRow

# What one counted thing is, and what `counting_units` says of a row that may be counted as one.
UNIT: Final = "incident"
_ROW_UNIT: Final = "EVENT"

# The rungs of verification, from below. Refuted and duplicate rows are not counted at all.
VERIFICATION_LEVELS: Final = ("V0_UNCHECKED", "V1_COHERENT", "V2_CORROBORATED", "V3_DOCUMENTED")


# dimension → stat_id → code: what whoever counts knows of an incident besides its row.
Known = Mapping[str, Mapping[str, str]]
_NOTHING: Final[Known] = {}


class LeftOut(StrEnum):
    """Why a row is not counted. Shown on the desk; never published."""

    REFUTED = "refuted"
    DUPLICATE = "duplicate"
    NO_CONSENT = "no-consent"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONSENT_EXPIRED = "consent-expired"
    OUTSIDE_PERIOD = "outside-period"


@dataclass(frozen=True)
class Table:
    """True counts of incidents on one list: `counts[row][column]`, margins by sums.

    `verification` counts the same incidents by rung, in the order of
    `VERIFICATION_LEVELS`. `left_out` says how many rows were not counted, and why.
    """

    source_list: str
    unit: str
    rows: Dimension
    columns: Dimension
    counts: tuple[tuple[int, ...], ...]
    verification: tuple[int, ...]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)

    @property
    def row_totals(self) -> tuple[int, ...]:
        return tuple(sum(row) for row in self.counts)

    @property
    def column_totals(self) -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*self.counts, strict=True))

    @property
    def total(self) -> int:
        return sum(self.row_totals)

    def cell(self, row: str | None = None, column: str | None = None) -> Cell:
        """What a place in the table counts; without a row or column a margin. A table over the
        whole period is one column, which its row totals are."""
        codes = {} if row is None else {self.rows.name: row}
        if column is not None and self.columns.name != PERIOD:
            codes[self.columns.name] = column
        return cell(**codes)

    def __add__(self, other: object) -> Table:
        raise ReleaseError(
            "tables of two lists are never added: the same incident may stand on both, and "
            "would be counted twice. Publish them side by side until incidents are linked"
        )


def tabulate(
    rows: Iterable[StatRow],
    rows_by: str = "act_group",
    columns_by: str = "year",
    *,
    years: Sequence[int],
    as_of: str,
    known: Known = _NOTHING,
) -> Table:
    """Count the incidents of one list, by two declared dimensions.

    `known`: of a dimension that is not in the row, the code by stat_id. `years`: the period
    covered, without gaps; `as_of`: the quarter ("2025-Q1") at which consent must stand. Raises
    ReleaseError for rows of several lists, for rows that count something other than incidents,
    and for a cross-classification not declared.
    """
    if (rows_by, columns_by) not in CROSS_CLASSIFICATIONS:
        raise ReleaseError(
            "this pair of dimensions is not declared; expected one of "
            + ", ".join(sorted(f"{a} by {b}" for a, b in CROSS_CLASSIFICATIONS))
        )
    rows = tuple(rows)
    source_list = _only_list(rows)
    by_row, by_column = dimension(rows_by, years=years), dimension(columns_by, years=years)
    _refuse_twice(rows)
    left_out: Counter[LeftOut] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    levels: Counter[str] = Counter()
    for row in rows:
        reason = _left_out(row, years, as_of)
        if reason is not None:
            left_out[reason] += 1
            continue
        by = known.get(rows_by, {}).get(row.stat_id) or code_of(rows_by, row)
        cells[by, code_of(columns_by, row)] += 1
        levels[row.verification] += 1
    return Table(
        source_list=source_list,
        unit=UNIT,
        rows=by_row,
        columns=by_column,
        counts=tuple(tuple(cells[r, c] for c in by_column.codes) for r in by_row.codes),
        verification=tuple(levels[level] for level in VERIFICATION_LEVELS),
        left_out=dict(sorted(left_out.items())),
    )


def counted_rows(
    rows: Iterable[StatRow], *, years: Sequence[int], as_of: str
) -> tuple[StatRow, ...]:
    """The rows of one list that may be counted, as `tabulate` counts them; same refusals."""
    rows = tuple(rows)
    _only_list(rows)
    _refuse_twice(rows)
    return tuple(row for row in rows if _left_out(row, years, as_of) is None)


def by_list(rows: Iterable[StatRow]) -> Mapping[str, tuple[StatRow, ...]]:
    """The rows of each list for itself, lists in the order of their codes."""
    found: dict[str, list[StatRow]] = {}
    for row in rows:
        found.setdefault(row.source_list, []).append(row)
    return {name: tuple(found[name]) for name in sorted(found)}


def _only_list(rows: Sequence[StatRow]) -> str:
    lists = {row.source_list for row in rows}
    if len(lists) > 1:
        raise ReleaseError(
            f"these rows come from {len(lists)} lists; the same incident may stand on several, "
            "so lists are never added together. Make one table per list (`by_list`) until "
            "incidents are linked"
        )
    if not lists:
        raise ReleaseError("there are no rows to count; import a list or code a case first")
    return lists.pop()


def _refuse_twice(rows: Sequence[StatRow]) -> None:
    if len({row.stat_id for row in rows}) != len(rows):
        raise ReleaseError("a row stands twice in this list; remove the copy and count again")
    other = sum(row.counting_units != _ROW_UNIT for row in rows)
    if other:
        raise ReleaseError(
            f"{other} rows count something other than incidents (acts, people, rulings); "
            "one table has one unit, so bring the list to one row per incident first"
        )


def _left_out(row: StatRow, years: Sequence[int], as_of: str) -> LeftOut | None:
    if row.verification == "VX_REFUTED":
        return LeftOut.REFUTED
    if row.verification == "VD_DUPLICATE":
        return LeftOut.DUPLICATE
    without = _without_consent(row, as_of)
    if without is not None:
        return without
    if row.occurred_period[:4] not in {str(year) for year in years}:
        return LeftOut.OUTSIDE_PERIOD
    return None


def _without_consent(row: StatRow, as_of: str) -> LeftOut | None:
    # A list that records no consent at all (a register) is counted as it is; where it says what
    # a person agreed to, it must be this.
    if (row.consent or row.consent_given_at is not None) and "STAT" not in row.consent:
        return LeftOut.NO_CONSENT
    if row.consent_withdrawn_at is not None:
        return LeftOut.CONSENT_WITHDRAWN
    # Quarters compare as text: "2024-Q4" < "2025-Q1".
    if row.consent_expires_at is not None and row.consent_expires_at < as_of:
        return LeftOut.CONSENT_EXPIRED
    return None

"""A draft as the pages show it: the table as it would be published, and why cells are hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safelight.release.counts import GRAND_TOTAL, Cell, cell
from safelight.release.dimensions import PERIOD
from safelight.release.draft import Draft, ListRelease, count_system
from safelight.release.preview_chart import preview_chart
from safelight.release.table import VERIFICATION_LEVELS, Table
from safelight.release.wording import FINDINGS, LEFT_OUT, WHY
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.wording import Wording


@dataclass(frozen=True)
class ShownCell:
    """`count` is None where the cell is hidden; then `why` says for which reason."""

    count: int | None
    why: str | Promise = ""
    bounds: str = ""


@dataclass(frozen=True)
class ShownRow:
    name: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True)
class ShownTable:
    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    totals: tuple[ShownCell, ...]
    chart: SafeString


@dataclass(frozen=True)
class ShownList:
    name: str
    coverage: str
    verification: tuple[tuple[str, ShownCell], ...]
    left_out: tuple[tuple[str | Promise, int], ...]
    tables: tuple[ShownTable, ...]


def lists_shown(draft: Draft) -> list[ShownList]:
    """Every list of the draft in the reader's language."""
    return [_list(part) for part in draft.lists]


def findings_shown(audit: dict[str, Any]) -> list[tuple[str, str | Promise]]:
    """(list, sentence) for each kind of problem the audit found, each once."""
    found = dict.fromkeys((problem["list"], problem["finding"]) for problem in audit["problems"])
    return [(name, FINDINGS[finding]) for name, finding in found]


def _language() -> str:
    return "ru" if (get_language() or "en").startswith("ru") else "en"


def _said(words: Wording) -> str:
    return words.ru if _language() == "ru" else words.en


def _list(part: ListRelease) -> ShownList:
    system = count_system(part.tables)
    counts = dict(zip(system.cells, system.counts, strict=True))
    levels = vocabulary().field("verification")
    return ShownList(
        name=_said(part.statement.name),
        coverage=_said(part.statement.coverage),
        verification=tuple(
            (levels.code(level).label(_language()), _cell(part, counts, cell(verification=level)))
            for level in VERIFICATION_LEVELS
        ),
        left_out=tuple(
            (LEFT_OUT[reason], count) for reason, count in part.tables[0].left_out.items()
        ),
        tables=tuple(_table(part, table, counts) for table in part.tables),
    )


def _table(part: ListRelease, table: Table, counts: dict[Cell, int]) -> ShownTable:
    rows, columns = table.rows, table.columns

    def shown(row: str | None = None, column: str | None = None) -> ShownCell:
        return _cell(part, counts, table.cell(row, column))

    # A table over the whole period is one column; its totals would say the same again.
    across = () if columns.name == PERIOD else columns.headings
    drawn = preview_chart(part, table, language=_language(), counted=_("published incidents"))
    return ShownTable(
        title=f"{_said(rows.label)} / {_said(columns.label)}",
        corner=_said(rows.label),
        columns=tuple(_said(heading.label) for heading in across),
        rows=tuple(
            ShownRow(
                _said(row.label),
                (
                    *(shown(row.code, column.code) for column in across),
                    shown(row.code),
                ),
            )
            for row in rows.headings
        ),
        totals=(
            *(shown(column=column.code) for column in across),
            _cell(part, counts, GRAND_TOTAL),
        ),
        # Drawn by vl-convert from vocabulary labels and counts; it escapes them itself.
        chart=mark_safe(drawn),  # noqa: S308  # nosec
    )


def _cell(part: ListRelease, counts: dict[Cell, int], name: Cell) -> ShownCell:
    if name not in part.hidden:
        return ShownCell(counts[name])
    seen = part.intervals[name]
    high = "∞" if seen.high is None else str(seen.high)
    return ShownCell(None, WHY[part.hidden[name]], f"{seen.low}–{high}")

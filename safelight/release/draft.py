"""A release before it is published: true counts, what stays hidden, what must be said.

Only the desk ever holds a draft, inside its encrypted database. What leaves is made by
`document.release_document`, which knows no true count of a hidden cell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final

from safelight.release.attacker import Interval
from safelight.release.counts import Cell, CountSystem, joined
from safelight.release.dimensions import NO_SMEAR, PERIOD, dimension
from safelight.release.disclosure import DisclosureRule, NotReleasable, Protected, Why, protect
from safelight.release.estimate import Estimate, from_plain, to_plain
from safelight.release.table import VERIFICATION_LEVELS, Known, Table, tabulate
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

# Drafts of the first version of the vocabulary do not say so.
FIRST_VERSION: Final = "1.0"
LINKAGE_NONE: Final = "none"
LOWER_BOUND: Final = "documented-count-lower-bound"


@dataclass(frozen=True, kw_only=True)
class ListStatement:
    """What every number of one list carries. `list_id` names its pages and files.

    `coverage` is a sentence a person wrote: which places, people and years the list could
    have seen at all. `data_sha256` is of the rows that were counted (`rows_digest`).
    """

    list_id: str
    name: Wording
    coverage: Wording
    data_sha256: str
    linkage: str = LINKAGE_NONE
    reading: str = LOWER_BOUND


@dataclass(frozen=True)
class ListRelease:
    """The tables of one list, protected together. Cells are named, not placed."""

    statement: ListStatement
    tables: tuple[Table, ...]
    hidden: Mapping[Cell, Why]
    intervals: Mapping[Cell, Interval]


@dataclass(frozen=True)
class Revision:
    number: int
    on: date
    reason: Wording


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One release: some lists side by side, never added."""

    as_of: date
    years: tuple[int, ...]
    rule: DisclosureRule
    revisions: tuple[Revision, ...]
    simulated: bool
    code_version: str
    lists: tuple[ListRelease, ...]
    undercount: Estimate | None = None
    # Of the day it was made: a later version must give the same bytes, or nobody could correct it.
    vocabulary_version: str = field(default_factory=lambda: vocabulary().version)


def rows_digest(rows: Iterable[StatRow]) -> str:
    """SHA-256 (hex) of the rows as sorted JSON lines: the same rows give the same digest.

    It may be published: rows carry 128 random bits each, so nobody can guess them.
    """
    lines = sorted(
        json.dumps(row.to_mapping(), sort_keys=True, separators=(",", ":")) for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def prepare_list(
    rows: Sequence[StatRow],
    *,
    list_id: str,
    name: Wording,
    coverage: Wording,
    years: Sequence[int],
    as_of: date,
    rule: DisclosureRule,
    cross: Sequence[tuple[str, str]] = (("act_group", "year"),),
    known: Known | None = None,
) -> ListRelease | NotReleasable:
    """Tabulate one list and decide what stays hidden; a refusal carries its reason.

    Several tables are protected together, because a reader has them together.
    Raises ReleaseError where the rows cannot be counted at all (`tabulate`).
    """
    tables = tuple(
        tabulate(rows, rows_by, columns_by, years=years, as_of=quarter(as_of), known=known or {})
        for rows_by, columns_by in cross
    )
    system = count_system(tables)
    outcome = protect(system, rule)
    if isinstance(outcome, NotReleasable):
        return outcome
    statement = ListStatement(
        list_id=list_id, name=name, coverage=coverage, data_sha256=rows_digest(rows)
    )
    return _list_release(statement, tables, system, outcome)


def _list_release(
    statement: ListStatement, tables: tuple[Table, ...], system: CountSystem, found: Protected
) -> ListRelease:
    return ListRelease(
        statement=statement,
        tables=tables,
        hidden={system.cells[index]: why for index, why in found.hidden.items()},
        intervals={system.cells[index]: seen for index, seen in found.intervals.items()},
    )


def count_system(tables: Sequence[Table]) -> CountSystem:
    """Every cell that goes out about one list: its tables, margins and verification mix.

    Tables about smear campaigns count those without one each for themselves: one number.
    """
    without = [table.cell(NO_SMEAR) for table in tables if NO_SMEAR in table.rows.codes]
    return joined(
        [
            (
                table.rows.name,
                table.columns.name,
                {
                    (row, column): table.counts[i][j]
                    for i, row in enumerate(table.rows.codes)
                    for j, column in enumerate(table.columns.codes)
                },
                frozenset(),
            )
            for table in tables
            if table.columns.name != PERIOD
        ],
        [
            ("verification", dict(zip(VERIFICATION_LEVELS, tables[0].verification, strict=True))),
            *(
                (table.rows.name, dict(zip(table.rows.codes, table.row_totals, strict=True)))
                for table in tables
                if table.columns.name == PERIOD
            ),
        ],
        same=list(pairwise(without)),
    )


def draft_to_bytes(draft: Draft) -> bytes:
    """The whole draft as JSON, true counts included: for the encrypted database only."""
    document = asdict(draft)
    document["as_of"] = draft.as_of.isoformat()
    for revision, stored in zip(draft.revisions, document["revisions"], strict=True):
        stored["on"] = revision.on.isoformat()
    document["lists"] = [_list_to_plain(part) for part in draft.lists]
    document["undercount"] = to_plain(draft.undercount)
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def _list_to_plain(part: ListRelease) -> dict[str, Any]:
    return {
        "statement": asdict(part.statement),
        "tables": [
            {
                "source_list": table.source_list,
                "unit": table.unit,
                "rows": table.rows.name,
                "columns": table.columns.name,
                "counts": table.counts,
                "verification": table.verification,
                "left_out": table.left_out,
            }
            for table in part.tables
        ],
        "hidden": [
            {"cell": name, "why": why, "interval": asdict(part.intervals[name])}
            for name, why in part.hidden.items()
        ],
    }


def draft_from_bytes(stored: bytes) -> Draft:
    """Read back what `draft_to_bytes` wrote into the desk's own database."""
    document = json.loads(stored)
    years = tuple(document["years"])
    return Draft(
        as_of=date.fromisoformat(document["as_of"]),
        years=years,
        rule=DisclosureRule(**document["rule"]),
        revisions=tuple(
            Revision(r["number"], date.fromisoformat(r["on"]), Wording(**r["reason"]))
            for r in document["revisions"]
        ),
        simulated=document["simulated"],
        code_version=document["code_version"],
        lists=tuple(_list_from_plain(part, years) for part in document["lists"]),
        undercount=from_plain(document.get("undercount")),
        vocabulary_version=document.get("vocabulary_version", FIRST_VERSION),
    )


def _list_from_plain(part: Mapping[str, Any], years: tuple[int, ...]) -> ListRelease:
    said = dict(part["statement"])
    said["name"], said["coverage"] = Wording(**said["name"]), Wording(**said["coverage"])
    hidden = {tuple((n, c) for n, c in entry["cell"]): entry for entry in part["hidden"]}
    return ListRelease(
        statement=ListStatement(**said),
        tables=tuple(
            Table(
                source_list=table["source_list"],
                unit=table["unit"],
                rows=dimension(table["rows"], years=years),
                columns=dimension(table["columns"], years=years),
                counts=tuple(tuple(row) for row in table["counts"]),
                verification=tuple(table["verification"]),
                left_out=table["left_out"],
            )
            for table in part["tables"]
        ),
        hidden={name: Why(entry["why"]) for name, entry in hidden.items()},
        intervals={name: Interval(**entry["interval"]) for name, entry in hidden.items()},
    )

"""From a check a person has agreed to, to rows: what will be written, and what must be agreed.

Nothing is imported on the strength of a check alone. A damaged or unreadable list cannot
be agreed to; refused rows and unknown codes can, each by its own name, because each
means that the numbers will be smaller than the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from safelight.partners.as_json import check_as_json
from safelight.partners.check import Examined
from safelight.partners.dates import quarter
from safelight.partners.findings import Admissible, ListCheck
from safelight.partners.our_rows import our_row
from safelight.partners.problems import (
    CountingUnitError,
    IdentifierDamageError,
    ListError,
    NotAgreedError,
)
from safelight.vocabulary.stat_row import StatRow, new_random128

PROVENANCE_FORMAT: Final = "safelight-list-provenance/1"

# decision → the option that agrees to it
DECISIONS: Final = {
    "refused-rows": "--without-refused-rows",
    "unknown-codes": "--unknown-codes-as-none",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person agreed to: the import, and which decisions of the check."""

    to_import: bool
    decisions: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewRow:
    """One incident as it will be kept. `row` is `None` where the vocabulary cannot hold it."""

    first_row: int
    source_key: str
    has_bias_ground: bool
    row: StatRow | None
    no_row: str


def check_can_be_admitted(check: ListCheck) -> None:
    """Raise the refusal that no agreement can lift, or return."""
    if check.damage:
        kinds = ", ".join(found.kind.value for found in check.damage)
        rows = ", ".join(str(row) for found in check.damage for row in found.first_rows[:3])
        raise IdentifierDamageError(
            f"the ids of this copy were changed, most likely by a spreadsheet ({kinds}; first in "
            f"rows {rows}). Different incidents may have become one, and nothing in the file can "
            "undo it. Take the file again from its source and do not open it in a spreadsheet, or "
            "export it with the id column as text"
        )
    if check.unit_violations:
        rows = ", ".join(str(row) for row in check.unit_violation_rows[:5])
        raise CountingUnitError(
            f"the profile says that each incident stands in one row, but {check.unit_violations} "
            f"rows repeat an id (first in rows {rows}); rows would be counted as incidents. Say in "
            "the profile what a row is (docs/how-to/bring-a-list.md)"
        )
    if check.problems:
        raise ListError(
            f"nothing can be imported: {', '.join(check.problems)}; "
            "see `safelight list check` for the reasons"
        )


def check_agreed(check: ListCheck, agreement: Agreement) -> None:
    """Raise `NotAgreedError` unless a person agreed to the import and to each decision."""
    open_decisions = [name for name in check.decisions if name not in agreement.decisions]
    if open_decisions:
        options = " ".join(DECISIONS[name] for name in open_decisions)
        raise NotAgreedError(
            f"a person has to decide about {', '.join(open_decisions)} first; correct the file or "
            f"the profile, or agree with {options}. Nothing was imported"
        )
    if not agreement.to_import:
        raise NotAgreedError(
            "nobody agreed to the import; answer yes at the question, or give --yes after reading "
            "the check. Nothing was imported"
        )


def new_rows(
    incidents: Collection[Admissible], *, today: date, only_with_bias_ground: bool
) -> Iterator[NewRow]:
    """Yield what will be kept, each row under a fresh random id.

    A list in our own codes keeps its ids: its keeper made them at random, and they tell
    the same row again.
    """
    received = quarter(today.year, today.month)
    for incident in incidents:
        if only_with_bias_ground and not incident.has_bias_ground:
            continue
        row = None
        if incident.no_row is None:
            row = our_row(
                incident.values,
                stat_id=incident.own_id or new_random128(),
                received_period=received,
            )
        yield NewRow(
            first_row=incident.first_row,
            source_key=incident.source_key,
            has_bias_ground=incident.has_bias_ground,
            row=row,
            no_row=incident.no_row or "",
        )


def provenance(
    examined: Examined, agreement: Agreement, *, today: date, kept: int, rows: int
) -> dict[str, Any]:
    """Return where the rows come from and what must be said with every number made of them."""
    profile = examined.check.profile
    return {
        "format": PROVENANCE_FORMAT,
        "imported_on": today.isoformat(),
        "title": {"en": profile.title.en, "ru": profile.title.ru},
        "holder": profile.holder,
        "licence": profile.licence,
        "source": profile.source,
        "coverage": {"en": profile.coverage.text.en, "ru": profile.coverage.text.ru},
        "agreed_to": sorted(agreement.decisions & set(examined.check.decisions)),
        "incidents_kept": kept,
        "rows_written": rows,
        "check": check_as_json(examined.check, None),
    }

"""What a check found, as one frozen value: all that the report, `--json` and the import need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from safelight.partners.identifiers import DamageFinding
from safelight.partners.list_file import FileFacts
from safelight.partners.profile import Profile
from safelight.partners.units import Contradiction, Count

Verdict = Literal["ready", "needs-decision", "refused"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not taken in, and why. `reason` is a stable code."""

    row: int
    reason: str
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A value the profile does not know. `value` is `None` where it may not be shown.

    It may be shown only for a column that the profile says holds codes, and only if it
    looks like a code; else a row number leads to it, and nothing is repeated.
    """

    column: str
    value: str | None
    length: int
    rows: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value the profile knows and our vocabulary has no code for, with the reason."""

    field: str
    value: str
    because: str
    incidents: int


@dataclass(frozen=True, slots=True)
class WithoutRow:
    """Incidents that are counted but cannot be written as a row of ours, by reason."""

    reason: str
    message: str
    incidents: int
    with_bias_ground: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LinkCount:
    """Incidents to which something is linked (an arrest), and how many different ones there are."""

    name: str
    incidents: int
    with_bias_ground: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the list as it stands, and how many sources reported in it."""

    year: str
    incidents: int
    with_bias_ground: int
    reporters: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of a list, each with its unit."""

    rows: Count
    incidents: Count
    with_bias_ground: Count
    rows_with_bias_ground: Count
    refused_rows: int
    repeated_rows: int
    blank_rows: int


@dataclass(frozen=True, slots=True)
class ListCheck:
    """Everything a check found out about one file. Nothing of its text is kept.

    `refusals`, `contradictions` and `unknown_codes` hold the first hundred; the totals
    stand beside them. `problems` are the codes of what stops an import, `decisions` of
    what a person has to agree to.
    """

    profile: Profile
    file: FileFacts
    counts: Counts
    problems: tuple[str, ...]
    decisions: tuple[str, ...]
    damage: tuple[DamageFinding, ...]
    colliding_incidents: int
    unit_violations: int
    unit_violation_rows: tuple[int, ...]
    refusals: tuple[Refusal, ...]
    refusals_by_reason: Mapping[str, int]
    unknown_codes: tuple[UnknownCode, ...]
    unknown_total: int
    unmapped: tuple[Unmapped, ...]
    without_row: tuple[WithoutRow, ...]
    contradictions: tuple[Contradiction, ...]
    contradictions_total: int
    repeated_first_rows: tuple[int, ...]
    links: tuple[LinkCount, ...]
    years: tuple[Year, ...]
    first_year_of_ground: Mapping[str, str]
    dates_out_of_order: int
    ids_contradicting: int

    @property
    def verdict(self) -> Verdict:
        if self.problems:
            return "refused"
        return "needs-decision" if self.decisions else "ready"


@dataclass(frozen=True, slots=True)
class Admissible:
    """One incident that could be imported, in our codes.

    `first_row` is where it stands in the file; `values` are fields in our codes, shared
    between incidents that are coded alike. `no_row` says why the vocabulary cannot hold
    it as a row (`None`: it can). `own_id` is kept only from a list in our own codes.
    `source_key` tells the same incident again in a later file: a hash, never the id.
    """

    first_row: int
    values: Mapping[str, tuple[str, ...]]
    no_row: str | None
    own_id: str | None
    source_key: str

    @property
    def has_bias_ground(self) -> bool:
        return bool(self.values.get("bias_ground"))

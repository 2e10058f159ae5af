"""A release with noise before it is published: what was measured, and what is made of it.

Once the noise is drawn the rows are not looked at again. A `NoisyDraft` holds no true count;
all that is shown is computed from the measurements, so it may lie on any disk.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError
from safelight.release.dimensions import NOISY_TABLES, code_of, dimension
from safelight.release.draft import ListStatement, Revision, quarter, rows_digest
from safelight.release.estimate import Estimate
from safelight.release.noise.plan import NoisePlan, PrivacyUnit
from safelight.release.noise.privacy_loss import PrivacyLoss
from safelight.release.noise.tidy import tidied
from safelight.release.noise.workload import Axis, Counts, Margin, Workload, count_margins
from safelight.release.table import counted_rows
from safelight.vocabulary.schema import vocabulary
from safelight.vocabulary.stat_row import StatRow
from safelight.vocabulary.wording import Wording

VERIFICATION: Final[Margin] = ("verification",)
Measured = Mapping[Margin, NDArray[np.int64]]
Draw = Callable[[Counts, NoisePlan], Measured]


@dataclass(frozen=True)
class Shown:
    """One margin as it goes out: tidy values and the ends of their intervals, to a tenth.

    `error` is the usual error of one unbiased value. It is kept, not simulated again: another
    version of numpy may draw other numbers, and the document must stay what was approved.
    """

    values: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    error: float


@dataclass(frozen=True)
class NoisyList:
    """`salt` (hex) stays on the desk: with it and the rows it can show what was counted."""

    statement: ListStatement
    measured: Measured
    shown: Mapping[Margin, Shown]
    salt: str


@dataclass(frozen=True, kw_only=True)
class NoisyDraft:
    """One release: some lists side by side, each measured once with the same plan."""

    as_of: date
    years: tuple[int, ...]
    plan: NoisePlan
    revisions: tuple[Revision, ...]
    simulated: bool
    code_version: str
    code_sha256: str
    corrects: str  # SHA-256 of the document that this one replaces, or ""
    lists: tuple[NoisyList, ...]
    undercount: Estimate | None = None
    vocabulary_version: str = field(default_factory=lambda: vocabulary().version)


@dataclass(frozen=True)
class CountedList:
    """Rows of one list with what a person says of it; `furthest` by stat_id, for own cases."""

    list_id: str
    name: Wording
    coverage: Wording
    rows: tuple[StatRow, ...]
    furthest: Mapping[str, str]


@dataclass(frozen=True)
class Countable:
    """What a desk may count now, for a release with noise."""

    lists: tuple[CountedList, ...]
    code_version: str
    simulated: bool


def declared_workload(tables: Sequence[Margin], *, years: Sequence[int]) -> Workload:
    """The tables chosen, with the verification mix beside them. Raises ReleaseError for others."""
    if not tables or not set(tables) <= set(NOISY_TABLES) or len(set(tables)) != len(tables):
        raise ReleaseError(
            "expected some of the declared tables, each once: "
            + ", ".join(f"{a} by {b}" for a, b in NOISY_TABLES)
        )
    names = dict.fromkeys(name for table in tables for name in table)
    axes = [Axis(name, dimension(name, years=years).codes) for name in (*names, *VERIFICATION)]
    return Workload(tuple(axes), (*tables, VERIFICATION))


@dataclass(frozen=True, kw_only=True)
class NoisyChoice:
    """What a person chooses for a release with noise, before anything is counted.

    `years` are chosen, never taken from the rows: a period that began with the oldest incident
    would say that there was one.
    """

    tables: tuple[Margin, ...]
    years: tuple[int, ...]
    loss: PrivacyLoss
    one_way_share: Fraction
    level: Fraction

    def plan(self, unit: PrivacyUnit) -> NoisePlan:
        """What the noise will be; raises ReleaseError for a choice that cannot be."""
        if list(self.years) != list(range(self.years[0], self.years[-1] + 1)):
            raise ReleaseError("expected years in order, each once and none left out")
        workload = declared_workload(self.tables, years=self.years)
        return NoisePlan(workload, self.loss, unit, self.one_way_share, self.level)


def counts_of(
    counted: CountedList, workload: Workload, *, as_of: date, years: Sequence[int]
) -> Counts:
    """True counts, for `measure_list` and for nothing else."""
    rows = counted_rows(counted.rows, years=years, as_of=quarter(as_of))
    names = [axis.name for axis in workload.axes]
    return count_margins(
        (
            {
                name: counted.furthest.get(row.stat_id, "F0_RECORDED")
                if name == "furthest"
                else code_of(name, row)
                for name in names
            }
            for row in rows
        ),
        workload,
    )


def measure_list(
    counted: CountedList, plan: NoisePlan, *, as_of: date, years: Sequence[int], draw: Draw
) -> NoisyList:
    """Count, add noise, and forget the counts. The loss was spent before (`ledger`)."""
    salt = secrets.token_bytes(32)
    measured = draw(counts_of(counted, plan.workload, as_of=as_of, years=years), plan)
    statement = ListStatement(
        list_id=counted.list_id,
        name=counted.name,
        coverage=counted.coverage,
        data_sha256=commitment(counted.rows, salt),
    )
    return NoisyList(statement, measured, shown(measured, plan), salt.hex())


def commitment(rows: Sequence[StatRow], salt: bytes) -> str:
    """SHA-256 (hex) of salt and rows: binds the release to what was counted.

    Without the salt equal digests of two releases would say that not one row has changed.
    """
    return hashlib.sha256(salt + rows_digest(rows).encode()).hexdigest()


def shown(measured: Measured, plan: NoisePlan) -> dict[Margin, Shown]:
    """Values and intervals from measurements alone: the same measurements, the same numbers.

    Intervals are of the unbiased values, cut at zero, and stretched to hold the tidy value and
    to be no narrower than their reach: each can only make them hold more often.
    """
    unbiased = plan.estimate(measured)
    noisy = {margin: values.astype(np.float64) for margin, values in measured.items()}
    tidy = tidied(noisy, unbiased, plan)
    found = {}
    for margin, values in tidy.items():
        reach = plan.effects[margin].half_width
        # Tenths: whole numbers that add up again would need another fit.
        value = np.round(values, 1) + 0.0
        low = np.minimum(np.maximum(np.floor(unbiased[margin] - reach), 0.0), np.floor(value))
        # From zero where noise went below it: "0 to 0" would read as "certainly none".
        high = np.maximum(np.ceil(np.maximum(unbiased[margin], 0.0) + reach), np.ceil(value))
        found[margin] = Shown(value, low, high, round(plan.effects[margin].error, 1))
    return found

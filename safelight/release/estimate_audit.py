"""The audit of an estimate: paid for, of its lists and years, and computed from its noise alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from safelight.release.budget import Ledger
from safelight.release.completeness import Finding, Part, Problem
from safelight.release.estimate import Estimate, Number

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
WHERE: Final = "undercount"
# Another version of numpy may move an end by a rounding step.
_NEAR: Final = 0.05


class Estimated(Protocol):
    """A release of either kind that may carry an estimate."""

    @property
    def years(self) -> tuple[int, ...]: ...
    @property
    def lists(self) -> Sequence[Part]: ...
    @property
    def undercount(self) -> Estimate | None: ...


def audit_estimate(draft: Estimated, ledger: Ledger | None) -> Iterator[Problem]:
    """Nothing for a release without an estimate; never raises for what it finds."""
    part = draft.undercount
    if part is None:
        return
    measured = part.measured
    spend = None if ledger is None else ledger.spend_of(measured.paid_as)
    if (
        ledger is None
        or ledger.budget is None
        or spend is None
        or spend.loss != measured.loss
        or spend.years != measured.years
        or ledger.budget.unit != measured.unit
    ):
        yield _problem(Finding.NOT_PAID_FOR, "the ledger has no such loss for this overlap")
    if measured.years != draft.years:
        yield _problem(Finding.NO_PERIOD, "the overlap is of the years of the release")
    if not set(measured.lists) <= {one.statement.list_id for one in draft.lists}:
        yield _problem(
            Finding.NO_COVERAGE, "an estimate is of lists that stand in the release with coverage"
        )
    if not _SHA256.fullmatch(part.data_sha256) or not _SHA256.fullmatch(part.code_sha256):
        yield _problem(Finding.NO_DATA_HASH, "the digests of data and code are missing")
    if (part.verdict == "refused") != (part.estimate is None):
        yield _problem(Finding.NO_INTERVAL, "a refused estimate has no number, any other has one")
        return
    # Loads scipy: only where there is something to compute.
    from safelight.release.estimating import computed  # noqa: PLC0415

    again = computed(measured, part.level)
    if (again.verdict, again.reason) != (part.verdict, part.reason) or not all(
        _alike(one, other)
        for one, other in (
            (again.documented, part.documented),
            (again.estimate, part.estimate),
        )
    ):
        yield _problem(Finding.NOT_OF_ITS_NOISE, "the estimate does not follow from its noise")


def _alike(one: Number | None, other: Number | None) -> bool:
    if one is None or other is None:
        return one is other
    pairs = ((one.value, other.value), (one.low, other.low), (one.high, other.high))
    return all(
        a is b if a is None or b is None else abs(a - b) <= max(1.0, _NEAR * a) for a, b in pairs
    )


def _problem(finding: Finding, detail: str) -> Problem:
    return Problem(finding, WHERE, detail)

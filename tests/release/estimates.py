"""Overlaps with repeatable noise, and the estimates made of them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np

from safelight.release.estimate import Estimate
from safelight.release.estimating import estimate_of
from safelight.release.noise.overlap import MeasuredOverlap, Table
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from tests.release.tables import YEARS

LEVEL = Fraction(19, 20)
THREE = ("own", "helpline", "media")


def independent(*, total: int, chances: Sequence[float]) -> Table:
    """Expected counts of lists that take no notice of each other; nobody on none is counted."""
    counts = np.zeros(1 << len(chances), dtype=np.int64)
    for pattern in range(1, counts.size):
        on = [chance if pattern >> k & 1 else 1 - chance for k, chance in enumerate(chances)]
        counts[pattern] = round(total * float(np.prod(on)))
    return counts


LARGE = independent(total=12_000, chances=(0.5, 0.4, 0.3))
SMALL = independent(total=60, chances=(0.2, 0.15, 0.1))


def repeatable(flat: Table, scale: float) -> Table:
    """Noise of about the scale that protects nobody."""
    random = np.random.default_rng(3)
    return flat + np.rint(random.laplace(0, scale, flat.shape)).astype(np.int64)


def measured(
    table: Table, *, lists: tuple[str, ...] = THREE, years: tuple[int, ...] = YEARS,
    paid_as: str = "overlap-1",
) -> MeasuredOverlap:  # fmt: skip
    loss, unit = PrivacyLoss(Measure.PURE, Fraction(1)), PrivacyUnit("incident", 1)
    flat = repeatable(np.array([table[1:], table[1:]]).ravel(), 4.0).reshape(2, -1)
    return MeasuredOverlap(
        lists, tuple(tuple(int(cell) for cell in row) for row in flat), years, loss, unit, paid_as
    )


@cache
def estimate(verdict: str, lists: tuple[str, ...] = THREE) -> Estimate:
    """Made as the desk makes it, of a table that gives this verdict."""
    table = {"estimate": LARGE, "refused": SMALL}.get(verdict)
    if table is None:
        lists, table = lists[:2], independent(total=2_000, chances=(0.5, 0.4))
    found = estimate_of(measured(table, lists=lists), level=LEVEL, data_digest="a" * 64)
    assert found.verdict == verdict, found
    return found

"""The overlap of lists with noise: what is measured, how large the noise is, who draws it.

One table of inclusion patterns for each plausible linkage, all in one measurement. Unit: one
row more or less moves one linked incident from one pattern to another, so it changes two
cells by one each; one linked incident more or less changes one. That holds with the linkage
of all other rows as it stands: noise does not hide what one row did to the linking itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.sampling import measurement

Table = NDArray[np.int64]
OverlapDraw = Callable[[Table, float], Table]

CHANGES_PER_ROW: Final = 2
FEWEST_LISTS, MOST_LISTS = 2, 5
MOST_LINKAGES: Final = 10
# As in `noise_plan`: OpenDP rounds its sums up, and must not end above what was spent.
_SLACK: Final = 1 + 1e-9


@dataclass(frozen=True)
class MeasuredOverlap:
    """Noisy counts of each inclusion pattern but the empty one, one table for each linkage.

    `lists` are list ids, the first being the low bit of a pattern; `tables` have 2^K - 1 cells
    each, some below zero. `paid_as` names the spend in the ledger; no true count is in here.
    """

    lists: tuple[str, ...]
    tables: tuple[tuple[int, ...], ...]
    years: tuple[int, ...]
    loss: PrivacyLoss
    unit: PrivacyUnit
    paid_as: str

    @property
    def scale(self) -> float:
        return overlap_scale(self.loss, self.unit, linkages=len(self.tables))


def overlap_scale(loss: PrivacyLoss, unit: PrivacyUnit, *, linkages: int) -> float:
    """Scale of the discrete Laplace noise: what a unit can change in all tables, over ε."""
    return float(Fraction(most_changed(unit, linkages)) / loss.amount) * _SLACK


def most_changed(unit: PrivacyUnit, linkages: int) -> int:
    """By how much all tables together change with one unit, in absolute sum."""
    return CHANGES_PER_ROW * unit.contributions * linkages


def draw_overlap(flat: Table, scale: float) -> Table:
    """Add OpenDP's exact discrete Laplace noise to every cell."""
    return np.array(measurement(Measure.PURE, scale)(flat.tolist()), dtype=np.int64)


def checked_tables(tables: Sequence[Table], lists: Sequence[str], loss: PrivacyLoss) -> Table:
    """Shape (linkages, 2^K - 1), or ReleaseError for tables that cannot be measured."""
    if not FEWEST_LISTS <= len(lists) <= MOST_LISTS or len(set(lists)) != len(lists):
        raise ReleaseError(
            f"expected {FEWEST_LISTS} to {MOST_LISTS} lists, each once, got something else; with "
            "more lists the patterns are mostly noise, so merge those that are alike"
        )
    if not 2 <= len(tables) <= MOST_LINKAGES:
        raise ReleaseError(
            f"expected 2 to {MOST_LINKAGES} plausible linkages, so that what linking leaves open "
            f"goes into the interval, got {len(tables)}"
        )
    if loss.measure is not Measure.PURE:
        raise ReleaseError("the overlap takes a loss in pure ε; a ledger of ρ takes that too")
    for table in tables:
        if table.shape != (1 << len(lists),) or table.dtype.kind not in "iu" or table[0] != 0:
            raise ReleaseError(
                "expected a whole number for each inclusion pattern, and none for incidents on "
                "no list; count the patterns of a linkage"
            )
    return np.array([table[1:] for table in tables], dtype=np.int64)

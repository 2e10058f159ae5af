"""What can be said with hardly any assumption: Chao's lower bound, and Chapman for two lists.

Some people and places are harder to see than others. That makes lists look as if they
overlapped more than they should, and every estimate that assumes equal chances too
small. Chao's needs no such assumption, and is therefore a bound and not an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from safelight.undercount.loglinear import Interval
from safelight.undercount.overlap import Overlap, OverlapError


class TooFewSharedError(OverlapError):
    """Too few incidents stand on several lists for the formula to mean anything."""


@dataclass(frozen=True)
class Bound:
    """A number of incidents with its interval. `value` counts observed ones too."""

    value: float
    interval: Interval


def chao(overlap: Overlap, *, level: float) -> Bound:
    """Lower bound n + (K - 1)/(2K) f1^2 / f2, with fi the incidents on exactly i lists.

    Chao (1987, Biometrics 43:783); interval log-normal in the unseen part, as there (§4,
    with the variance of the finite-K form as in Chao & Colwell 2017, SORT 41:3). Right
    if lists are independent given how visible an incident is; too high, not too low,
    where lists avoid each other. Raises `TooFewSharedError` if no incident stands on
    exactly two lists.
    """
    seen = overlap.seen_times()
    once, twice, lists = int(seen[1]), int(seen[2]), len(overlap.lists)
    if twice == 0:
        raise TooFewSharedError(
            "no incident stands on exactly two lists; Chao's bound needs at least one"
        )
    n, share, ratio = overlap.observed, (lists - 1) / lists, once / twice
    unseen = share * once * ratio / 2
    variance = twice * (share / 2 * ratio**2 + share**2 * ratio**3 + share**2 / 4 * ratio**4)
    return Bound(n + unseen, _log_normal(n, unseen, variance, level))


def chapman(overlap: Overlap, *, min_shared: int, level: float) -> Bound:
    """Total from two lists (Chapman 1951; variance Seber 1970, Biometrics 26:13).

    Assumes that being on one list says nothing about being on the other, which two
    lists alone can never show. Raises `TooFewSharedError` below `min_shared` incidents
    on both, `OverlapError` for other than two lists.
    """
    if len(overlap.lists) != 2:
        raise OverlapError(f"Chapman's estimate is for two lists; got {len(overlap.lists)}")
    a, b = overlap.totals
    shared = overlap.shared(0, 1)
    if shared < min_shared:
        raise TooFewSharedError(f"{shared} incidents on both lists, {min_shared} needed")
    total = (a + 1) * (b + 1) / (shared + 1) - 1
    variance = (a + 1) * (b + 1) * (a - shared) * (b - shared) / ((shared + 1) ** 2 * (shared + 2))
    unseen = total - overlap.observed
    return Bound(total, _log_normal(overlap.observed, unseen, variance, level))


def _log_normal(observed: int, unseen: float, variance: float, level: float) -> Interval:
    """Interval of the total that never falls below what was observed (Burnham et al. 1987)."""
    if unseen <= 0 or variance <= 0:
        return Interval(float(observed), float(observed), level)
    spread = float(np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log1p(variance / unseen**2))))
    return Interval(observed + unseen / spread, observed + unseen * spread, level)

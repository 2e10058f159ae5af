"""Shares of counted cases with Wilson's interval, and bounds that assume nothing."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from safelight.errors import SafelightError


class ShareError(SafelightError):
    """A share that cannot be: more than all, or a level that is none."""


@dataclass(frozen=True)
class Share:
    """`count` of `of`. `share`, `low`, `high` are None of nobody."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None
    level: float


@dataclass(frozen=True)
class Bounds:
    """What the share can still become: all that wait say no, or all of them say yes."""

    least: float
    most: float


def check_level(level: float) -> None:
    if not 0.5 <= level < 1:
        raise ShareError("expected a level of 0.5 or more and below 1, such as 0.95")


def normal_quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


def share_of(count: int, of: int, *, level: float) -> Share:
    """`count` of `of` with the score interval (Wilson 1927), advised for small numbers by
    Brown, Cai & DasGupta (2001). `ShareError` when count is not within 0..of."""
    check_level(level)
    if not 0 <= count <= of:
        raise ShareError(f"expected a count from 0 to {of}, got {count}")
    if of == 0:
        return Share(0, 0, None, None, None, level)
    z, share = normal_quantile(0.5 + level / 2), count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    # At the edges the formula gives the edge itself; rounding must not cross it.
    low = 0.0 if count == 0 else max(0.0, middle - half)
    high = 1.0 if count == of else min(1.0, middle + half)
    return Share(count, of, share, low, high, level)


def bounds_of(yes: int, waiting: int, of: int) -> Bounds | None:
    """The share if nobody, or everybody, of those who still wait gets there. None of nobody."""
    return Bounds(yes / of, (yes + waiting) / of) if of else None

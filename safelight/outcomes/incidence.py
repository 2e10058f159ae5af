"""Cumulative incidence with competing risks and right-censoring: Aalen–Johansen.

    reached = cumulative_incidence(days, causes, n_causes=2, level=0.95).cause(1)
    reached.at(365)      # the share that got there within a year, with its interval

Estimator: Aalen & Johansen (1978). Variance: Greenwood-type (Andersen et al. 1993,
IV.4.1), which Allignol, Schumacher & Beyersmann (2010) found the best of those in use;
in the closed form of Dinse & Larson (1986). With one cause it is Kaplan–Meier with
Greenwood's variance, without censoring the multinomial share with p(1-p)/n.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError
from safelight.outcomes.shares import check_level, normal_quantile

CENSORED: Final = 0
# Sums of shares end this near to 1 when all got there; a real remainder is far larger.
_ROUNDING: Final = 1e-9
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class IncidenceError(SafelightError):
    """Waits that cannot be: below zero, of unequal length, with a cause that is not there."""


@dataclass(frozen=True)
class At:
    """A share at one day. Beyond the last day on which anybody was seen waiting there is no
    share, only what it can be: those left over had all failed, or all got there."""

    day: float
    share: float | None
    low: float
    high: float
    still_seen: int


@dataclass(frozen=True)
class Median:
    """When half of all had got there. `day` None: not by half, as far as was seen.

    The ends come from the pointwise band (Brookmeyer & Crowley 1982); `high` None is open.
    """

    day: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Incidence:
    """One cause over time. Arrays run over `days`, the distinct days with an event, T of them.

    `share`, `variance`, `low`, `high`: float64, shape (T,). Before the first day the share
    is 0. `last_seen` is the longest wait of all; `left_over` the share that was then still
    waiting, of which nothing further is known.
    """

    days: Floats
    share: Floats
    variance: Floats
    low: Floats
    high: Floats
    level: float
    last_seen: float
    left_over: float
    waits: Floats = field(repr=False)

    def at(self, day: float) -> At:
        """The share at `day`, with its interval."""
        seen = int(self.waits.size - np.searchsorted(self.waits, day, side="left"))
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        beyond = day > self.last_seen and self.left_over > 0
        if place < 0:
            # Nobody had got there, or stopped, before; those seen so far are all we know.
            known = seen or self.waits.size
            high = 1.0 if beyond else none_of(known, level=self.level)
            return At(day, None if beyond else 0.0, 0.0, high, seen)
        share, low, high = (float(one[place]) for one in (self.share, self.low, self.high))
        if beyond:
            return At(day, None, low, min(1.0, high + self.left_over), 0)
        return At(day, share, low, high, seen)

    @cached_property
    def median(self) -> Median:
        return Median(
            *(_first_day(self.days, ends >= 0.5) for ends in (self.share, self.high, self.low))
        )


@dataclass(frozen=True, eq=False)
class Incidences:
    """All causes of one set of waits. `by_cause[k]` is cause k + 1."""

    days: Floats
    at_risk: Ints
    still_waiting: Floats
    by_cause: tuple[Incidence, ...]

    def cause(self, number: int) -> Incidence:
        return self.by_cause[number - 1]


def cumulative_incidence(waits: Floats, causes: Ints, *, n_causes: int, level: float) -> Incidences:
    """Aalen–Johansen from waits, shape (n,), in days, and causes, shape (n,): 0 is censored.

    Somebody censored on a day was still at risk of that day's events (the usual rule).
    Raises `IncidenceError` for waits below zero or not finite, causes outside
    0..n_causes, unequal lengths or nobody at all.
    """
    check_level(level)
    waits, causes = _checked(waits, causes, n_causes)
    longest = float(waits.max())
    every_day, place = np.unique(waits, return_inverse=True)
    table = np.bincount(
        place * (n_causes + 1) + causes, minlength=every_day.size * (n_causes + 1)
    ).reshape(every_day.size, n_causes + 1)
    leaving = table.sum(axis=1)
    at_risk_all = waits.size - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    with_event = table[:, 1:].sum(axis=1) > 0
    events = table[with_event, 1:].astype(np.float64)  # (T, n_causes)
    at_risk = at_risk_all[with_event].astype(np.float64)
    days = every_day[with_event]
    any_event = events.sum(axis=1)
    still = np.cumprod(1.0 - any_event / at_risk)
    before = np.concatenate(([1.0], still[:-1]))
    increments = before[:, None] * events / at_risk[:, None]
    shares = np.minimum(np.cumsum(increments, axis=0), 1.0)
    # How many have a known state on each event day: all but those censored before it.
    censored_before = np.concatenate(([0], np.cumsum(table[:, 0])[:-1]))[with_event]
    known = waits.size - censored_before
    ordered = np.sort(waits)
    # Nothing where the last to leave had an event: then every state is known, for ever.
    left_over = float(still[-1]) if still.size else 1.0
    found = []
    for cause in range(n_causes):
        variance = _variance(shares[:, cause], before, events[:, cause], any_event, at_risk)
        low, high = log_log_interval(shares[:, cause], variance, known, level=level)
        found.append(
            Incidence(
                days=days, share=shares[:, cause], variance=variance, low=low, high=high,
                level=level, last_seen=longest,
                left_over=left_over, waits=ordered,
            )
        )  # fmt: skip
    return Incidences(days, at_risk.astype(np.int64), still, tuple(found))


def _variance(
    share: Floats, before: Floats, of_cause: Floats, any_event: Floats, at_risk: Floats
) -> Floats:
    """Greenwood-type variance at every event day, from running sums.

    Var I(t) = sum over days s <= t of
        (I(t) - I(s))^2 d/(n (n - d)) + S(s-)^2 c (n - c)/n^3 - 2 (I(t) - I(s)) S(s-) c/n^2
    with d events of any cause and c of this one among n at risk (Dinse & Larson 1986, in
    the notation of Marubini & Valsecchi 1995, 10.2). On a day when all at risk have an
    event nothing can follow, so I(t) = I(s) and the first term is nothing.
    """
    left = at_risk - any_event
    greenwood = np.divide(any_event, at_risk * left, out=np.zeros_like(at_risk), where=left > 0)
    own = before**2 * of_cause * (at_risk - of_cause) / at_risk**3
    shared = before * of_cause / at_risk**2
    sum0, sum1, sum2 = (np.cumsum(greenwood * share**power) for power in (0, 1, 2))
    first = share**2 * sum0 - 2.0 * share * sum1 + sum2
    third = share * np.cumsum(shared) - np.cumsum(share * shared)
    return np.maximum(first + np.cumsum(own) - 2.0 * third, 0.0)


def log_log_interval(
    share: Floats, variance: Floats, known: Ints, *, level: float
) -> tuple[Floats, Floats]:
    """Pointwise ends from the normal law of log(-log(1 - share)), so inside 0..1.

    (Kalbfleisch & Prentice 1980; for cumulative incidence Choudhury 2002.) At a share of
    exactly 0 or 1 that law says nothing, so there the end is the binomial one of `known`
    cases of which none, or all, had got there (Clopper & Pearson 1934).
    """
    low, high = np.zeros_like(share), np.ones_like(share)
    none, everybody = share <= 0, share >= 1 - _ROUNDING
    inside = ~none & ~everybody
    # The survival-like complement is transformed, so that one cause gives the usual
    # Kaplan–Meier interval.
    rest = 1.0 - share[inside]
    spread = (
        normal_quantile(0.5 + level / 2) * np.sqrt(variance[inside]) / (rest * np.abs(np.log(rest)))
    )
    cumulative = -np.log(rest)
    with np.errstate(over="ignore"):
        low[inside] = -np.expm1(-cumulative * np.exp(-spread))
        high[inside] = -np.expm1(-cumulative * np.exp(spread))
    edge_high = none_of_each(known, level=level)
    high[none] = edge_high[none]
    low[everybody] = 1.0 - edge_high[everybody]
    return low, high


def none_of(known: int, *, level: float) -> float:
    """The upper end when none of `known` cases got there."""
    return float(none_of_each(np.array([known]), level=level)[0])


def none_of_each(known: Ints, *, level: float) -> Floats:
    return np.asarray(1.0 - ((1.0 - level) / 2.0) ** (1.0 / np.maximum(known, 1)), dtype=np.float64)


def _first_day(days: Floats, there: NDArray[np.bool_]) -> float | None:
    places = np.flatnonzero(there)
    return float(days[places[0]]) if places.size else None


def _checked(waits: Floats, causes: Ints, n_causes: int) -> tuple[Floats, Ints]:
    waits, causes = np.asarray(waits, dtype=np.float64), np.asarray(causes)
    if n_causes < 1:
        raise IncidenceError(f"expected at least one cause, got {n_causes}")
    if waits.ndim != 1 or waits.shape != causes.shape or causes.dtype.kind not in "iu":
        raise IncidenceError(
            f"expected waits and whole-numbered causes of one length, got {waits.shape} and "
            f"{causes.shape} of {causes.dtype}"
        )
    if not waits.size:
        raise IncidenceError("expected at least one wait, got none")
    if not np.isfinite(waits).all() or (waits < 0).any():
        raise IncidenceError("expected waits of zero days or more, got one that is not")
    if (causes < CENSORED).any() or (causes > n_causes).any():
        raise IncidenceError(f"expected causes 0 (censored) to {n_causes}, got one that is not")
    return waits, causes.astype(np.int64)

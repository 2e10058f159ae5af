"""Krippendorff's alpha: how far people who code the same things agree beyond chance.

    α = 1 − D_observed / D_expected

Written from Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), whose worked
examples are the tests, and Hayes & Krippendorff (2007), "Answering the Call for a Standard
Reliability Measure for Coding Data"; the thresholds from Krippendorff, Content Analysis
(4th ed. 2019), ch. 12. Pure: values and a random generator in, a frozen result out. A
variable on which nothing varies has no α; that is an answer, not an error.

Interval: units are drawn anew with replacement and α is computed each time; the percentiles
(Zapf, Castell, Morawietz & Karch 2016, BMC Medical Research Methodology 16:93). Krippendorff's
own bootstrap keeps the expected disagreement fixed and is narrower than it should be when the
margins are uncertain, as they are in a sample of thirty. Where no unit differs every draw
gives 1, which says nothing of how often one would have differed: then the lower end comes from
the largest share of differing units that n units without one do not exclude.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError

Value = Hashable
# What each coder gave a unit; None: gave nothing.
Unit = Sequence[Value | None]
_Floats = NDArray[np.float64]
_ALMOST_ZERO: Final = 1e-12
# A resample in which nothing varies has no α. With more of them than this the rest misleads.
_MOST_WITHOUT: Final = 0.05


class AgreementError(SafelightError):
    """Values that cannot be compared: outside their scale, or too few draws for an interval."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How different two values are, 0 to 1 (ordinal: in squared ranks, so only ratios count).

    `scale` lists the values of an ordinal variable, the least first; empty for the others.
    """

    name: str
    difference: Callable[[Value, Value], float]
    scale: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Alpha:
    """`low`, `high`: the interval at `level`, or None with the reason in `no_interval`.

    `units`: those with two values or more; `same`: the share of pairs of values that are equal.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    units: int
    same: float
    metric: str
    draws: int
    no_interval: str = ""


@dataclass(frozen=True, slots=True)
class NoAlpha:
    """Why there is none. `reason`: "too-few-units", or "no-variation" (α would be 0 / 0)."""

    reason: str
    units: int
    same: float
    metric: str


def _nominal(one: Value, other: Value) -> float:
    return float(one != other)


def _jaccard(one: Value, other: Value) -> float:
    first, second = _as_sets(one, other)
    union = first | second
    return 1.0 - len(first & second) / len(union) if union else 0.0


def _masi(one: Value, other: Value) -> float:
    first, second = _as_sets(one, other)
    if first == second:
        shape = 1.0
    elif first <= second or second <= first:
        shape = 2 / 3
    else:
        shape = 1 / 3 if first & second else 0.0
    return 1.0 - (1.0 - _jaccard(one, other)) * shape


def _as_sets(one: Value, other: Value) -> tuple[frozenset[Value], frozenset[Value]]:
    if not isinstance(one, frozenset) or not isinstance(other, frozenset):
        raise AgreementError("a set-valued variable takes frozensets; got another type of value")
    return one, other


NOMINAL: Final = Metric("nominal", _nominal)
# Jaccard 1912. Sets that share most of their members are nearly the same.
JACCARD: Final = Metric("jaccard", _jaccard)
# Passonneau 2006, LREC ("Measuring Agreement on Set-valued Items"): Jaccard, times 2/3 when one
# set holds the other, 1/3 when they only overlap. As there, the distance is not squared.
MASI: Final = Metric("masi", _masi)


def ordinal(*scale: Value) -> Metric:
    """Ranks, the least first. How far two ranks are apart depends on how many lie between."""
    return Metric("ordinal", _nominal, scale)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Units as numbers: `holds[u, v]` how often unit u was given value v; `values` what v is."""

    values: tuple[Value, ...]
    holds: _Floats


def _counted(units: Sequence[Unit], metric: Metric) -> _Counted:
    paired = [[v for v in unit if v is not None] for unit in units]
    paired = [unit for unit in paired if len(unit) > 1]  # one value alone says nothing
    seen = dict.fromkeys(v for unit in paired for v in unit)
    if metric.scale and not set(seen) <= set(metric.scale):
        raise AgreementError(
            f"expected the {len(metric.scale)} values of the scale, got another one; "
            "leave values outside the scale out as None"
        )
    # The scale's order, or any: the sum over all pairs does not depend on it.
    values = metric.scale or tuple(seen)
    place = {value: number for number, value in enumerate(values)}
    holds = np.zeros((len(paired), len(values)))
    for number, unit in enumerate(paired):
        for value in unit:
            holds[number, place[value]] += 1
    return _Counted(values, holds)


def _differences(metric: Metric, values: tuple[Value, ...], totals: _Floats) -> _Floats:
    """The matrix δ² between values; of ranks from how often each occurs (`totals`)."""
    if metric.scale:
        upto = np.cumsum(totals)
        middle = upto - totals / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2)
    return np.array([[metric.difference(a, b) for b in values] for a in values]).reshape(
        len(values), len(values)
    )


def _coincidences(holds: _Floats) -> _Floats:
    """Pairs of values within each unit, each unit weighing as many values as it has.

    Shape (units, values, values): o_ck of one unit alone (Krippendorff 2011, step 2).
    """
    sizes = holds.sum(axis=1)
    pairs = holds[:, :, None] * holds[:, None, :]
    own = np.zeros_like(pairs)
    at = np.arange(holds.shape[1])
    own[:, at, at] = holds
    return np.asarray((pairs - own) / (sizes - 1)[:, None, None])


def _alpha(observed: float, totals: _Floats, differences: _Floats) -> float | None:
    n = float(totals.sum())
    expected = float(totals @ differences @ totals) / (n - 1)
    return None if expected < _ALMOST_ZERO else 1.0 - observed / expected


def krippendorff_alpha(
    units: Sequence[Unit],
    metric: Metric,
    *,
    min_units: int,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Alpha | NoAlpha:
    """Return α of one variable over units (each: what every coder gave it), with its interval.

    A unit with fewer than two values is left out. `min_units`: with fewer there is no answer.
    `level` such as 0.95, `draws` how often units are drawn anew (0: no interval).
    """
    if not 0 < level < 1 or draws < 0:
        raise AgreementError("expected a level between 0 and 1, and 0 draws or more")
    counted = _counted(units, metric)
    holds = counted.holds
    n_units = len(holds)
    if n_units < max(1, min_units):
        return NoAlpha("too-few-units", n_units, _same(holds), metric.name)
    pairs = _coincidences(holds)
    totals = holds.sum(axis=0)
    differences = _differences(metric, counted.values, totals)
    observed = float((pairs.sum(axis=0) * differences).sum())
    value = _alpha(observed, totals, differences)
    if value is None:
        return NoAlpha("no-variation", n_units, _same(holds), metric.name)
    drawn = _drawn(counted, pairs, metric, draws=draws, rng=rng)
    low, high, why = _interval(drawn, draws=draws, level=level)
    if low is not None and observed < _ALMOST_ZERO:
        low = _low_without_differences(totals, n_units=n_units, level=level)
    return Alpha(value, low, high, level, n_units, _same(holds), metric.name, draws, why)


def _same(holds: _Floats) -> float:
    """The share of pairs within units that are equal, each unit weighing its values."""
    if not len(holds):
        return 0.0
    within = _coincidences(holds)
    return float(np.trace(within.sum(axis=0)) / holds.sum())


def _drawn(
    counted: _Counted, pairs: _Floats, metric: Metric, *, draws: int, rng: np.random.Generator
) -> list[float]:
    """α of each resample in which something varies."""
    n_units = len(counted.holds)
    fixed = None if metric.scale else _differences(metric, counted.values, counted.holds.sum(0))
    per_unit = None if fixed is None else (pairs * fixed).sum(axis=(1, 2))
    found = []
    for _draw in range(draws):
        weights = np.bincount(rng.integers(0, n_units, n_units), minlength=n_units).astype(float)
        totals = weights @ counted.holds
        if fixed is None or per_unit is None:
            differences = _differences(metric, counted.values, totals)
            observed = float((np.tensordot(weights, pairs, axes=1) * differences).sum())
        else:
            differences, observed = fixed, float(weights @ per_unit)
        value = _alpha(observed, totals, differences)
        if value is not None:
            found.append(value)
    return found


def _interval(
    drawn: Sequence[float], *, draws: int, level: float
) -> tuple[float | None, float | None, str]:
    if not draws:
        return None, None, "not-asked"
    if len(drawn) < draws * (1 - _MOST_WITHOUT):
        return None, None, "hardly-varies"
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high), ""


def _low_without_differences(totals: _Floats, *, n_units: int, level: float) -> float:
    """The lower end of α where none of n units differs.

    Up to `share` of all units may differ and still be in none of n (Clopper & Pearson 1934);
    a unit that differs is taken to differ as much as two different values drawn by chance.
    """
    n = float(totals.sum())
    chance = 1 - float((totals * (totals - 1)).sum()) / (n * (n - 1))
    share = 1 - ((1 - level) / 2) ** (1 / n_units)
    return float(max(-1.0, 1 - share / chance))


# Krippendorff 2019, ch. 12: rely on variables from .800; between .667 and .800 only for
# tentative conclusions. By the interval's lower end, so that a small sample promises less.
RELIABLE: Final = 0.800
TENTATIVE: Final = 0.667


def reading(found: Alpha | NoAlpha) -> str:
    """What may be built on it: "reliable", "tentative", "unreliable", or "unknown"."""
    if isinstance(found, NoAlpha) or found.low is None:
        return "unknown"
    if found.low >= RELIABLE:
        return "reliable"
    return "tentative" if found.low >= TENTATIVE else "unreliable"

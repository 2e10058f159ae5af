"""How the privacy loss is split over margins, how large the noise is, and what it will do.

Everything here is known before a row is looked at: the plan depends on the workload, the
loss and the contribution bound alone. So its expected errors may be shown before anything
is spent, and its noise simulated as often as one likes.

Measured are the tables; each axis alone follows from them. With `one_way_share` a part of
the loss goes to the axes themselves, which makes totals better and cells worse: under pure
ε the trade is steep, because scales grow with the number of margins (docs/methods/noise.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import exp, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError
from safelight.release.noise.least_squares import Values, cell_variance, effect_variances, estimated
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.workload import Margin, Workload

MOST_CONTRIBUTIONS: Final = 20
# OpenDP adds up its losses in floating point and rounds up; a scale a little larger keeps their
# sum at or below what was spent.
_SLACK: Final = 1 + 1e-9
_SIMULATED: Final = 400
_SEED: Final = 20260101


@dataclass(frozen=True)
class PrivacyUnit:
    """Whose presence is protected: one `name`, who stands on at most `contributions` rows."""

    name: str
    contributions: int

    def __post_init__(self) -> None:
        if self.name not in ("incident", "person"):
            raise ReleaseError("a unit is an incident or a person, got something else")
        if not 1 <= self.contributions <= MOST_CONTRIBUTIONS:
            raise ReleaseError(
                f"a unit stands on 1 to {MOST_CONTRIBUTIONS} rows, got {self.contributions}; "
                "keep fewer rows of each unit, or the noise drowns everything"
            )
        if self.name == "incident" and self.contributions != 1:
            raise ReleaseError("an incident is one row; for several rows of one unit say person")


@dataclass(frozen=True)
class Effect:
    """What the noise does to one margin: mean absolute error, and half the width of an
    interval at the plan's level; the same for all cells of the margin."""

    error: float
    half_width: int


@dataclass(frozen=True)
class NoisePlan:
    """`scales`: of discrete Laplace noise (pure) or discrete Gaussian (zcdp), by margin."""

    workload: Workload
    loss: PrivacyLoss
    unit: PrivacyUnit
    one_way_share: Fraction
    level: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.one_way_share < 1:
            raise ReleaseError("the share of the axes alone is at least 0 and below 1")
        if not Fraction(1, 2) <= self.level < 1:
            raise ReleaseError("the level of intervals is at least 0.5 and below 1")

    @cached_property
    def measured(self) -> tuple[Margin, ...]:
        tables = self.workload.tables
        if not self.one_way_share:
            return tables
        alone: list[Margin] = [(axis.name,) for axis in self.workload.axes]
        return (*tables, *(margin for margin in alone if margin not in tables))

    @cached_property
    def scales(self) -> Mapping[Margin, float]:
        tables = self.workload.tables
        extra = len(self.measured) - len(tables)
        share = self.one_way_share if extra else Fraction(0)
        shares = {margin: (1 - share) / len(tables) for margin in tables}
        shares |= dict.fromkeys(self.measured[len(tables) :], share / max(1, extra))
        k = self.unit.contributions
        if self.loss.measure is Measure.PURE:
            return {m: float(k / (self.loss.amount * s)) * _SLACK for m, s in shares.items()}
        return {m: k / sqrt(2 * float(self.loss.amount * s)) * _SLACK for m, s in shares.items()}

    @cached_property
    def variances(self) -> Mapping[Margin, float]:
        return {margin: _variance(self.loss.measure, b) for margin, b in self.scales.items()}

    def estimate(self, measured: Mapping[Margin, NDArray[np.int64]]) -> dict[Margin, Values]:
        """Unbiased values of every margin of the workload."""
        given = {margin: measured[margin][None].astype(np.float64) for margin in self.measured}
        found = estimated(given, self.variances, self.workload.margins, self.workload.sizes)
        return {margin: values[0] for margin, values in found.items()}

    @cached_property
    def effects(self) -> Mapping[Margin, Effect]:
        """Simulated: the same noise through the same estimate, a few hundred times.

        All cells of a margin have noise of one distribution, so that they are one sample.
        """
        random = np.random.default_rng(_SEED)
        noise = {
            margin: simulated_noise(
                random, self.loss.measure, scale, (_SIMULATED, *self.workload.shape(margin))
            )
            for margin, scale in self.scales.items()
        }
        found = estimated(noise, self.variances, self.workload.margins, self.workload.sizes)
        return {margin: self._effect(values) for margin, values in found.items()}

    def _effect(self, values: Values) -> Effect:
        size = np.abs(values).ravel()
        reach = np.quantile(size, float(self.level), method="higher")
        return Effect(float(size.mean()), int(np.ceil(reach)))

    def predicted_error(self, margin: Margin) -> float:
        """Without simulating, from the variance, as if the noise were normal."""
        effects = effect_variances(self.variances, self.workload.sizes)
        return sqrt(cell_variance(margin, effects, self.workload.sizes) * 2 / np.pi)


def _variance(measure: Measure, scale: float) -> float:
    if measure is Measure.ZCDP:
        return scale**2  # an upper bound (Canonne, Kamath & Steinke 2020, Cor. 9)
    ratio = exp(-1 / scale)
    return 2 * ratio / (1 - ratio) ** 2


def simulated_noise(
    random: np.random.Generator, measure: Measure, scale: float, shape: tuple[int, ...]
) -> Values:
    """Noise that looks like the real one. For errors and tests only: it protects nobody."""
    if measure is Measure.ZCDP:
        return np.rint(random.normal(0.0, scale, shape))
    stop = 1 - exp(-1 / scale)
    noise: Values = (random.geometric(stop, shape) - random.geometric(stop, shape)).astype(float)
    return noise


def best_share(
    workload: Workload, loss: PrivacyLoss, unit: PrivacyUnit, *, level: Fraction
) -> NoisePlan:
    """The plan with the least error, averaged over margins, of ten ways to split the loss."""
    shares = [Fraction(tenth, 10) for tenth in range(10)]
    plans = [NoisePlan(workload, loss, unit, share, level) for share in shares]
    return min(plans, key=lambda plan: sum(map(plan.predicted_error, workload.margins[1:])))

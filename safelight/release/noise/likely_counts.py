"""What a count was likely to be before noise was added, given what tables usually look like.

Expected counts and their covariances come from a mixture (`mixture`), the likelihood from
the noise. For Gaussian noise both together are normal. For Laplace noise each cell gets the
normal likelihood that leads to the same mean and variance, found by expectation propagation
(Minka 2001): where a count lies near what was expected, Laplace noise says more of it than its
variance says, and less where it lies far off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from safelight.release.noise.mixture import Mixture
from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.workload import Margin

Values = NDArray[np.float64]

# Above this, covariances of all cells take too long: every cell keeps the noise's variance.
MOST_CELLS: Final = 1500
_ROUNDS: Final = 12
_DAMPED: Final = 0.7
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Likely:
    """Normal likelihoods that stand for the noise: of each cell, `values` with `variances`.

    `total`: how many incidents there are likely to be.
    """

    values: Mapping[Margin, Values]
    variances: Mapping[Margin, Values]
    total: float


def likely_counts(
    measured: Mapping[Margin, Values],
    scales: Mapping[Margin, float],
    mixture: Mixture,
    *,
    measure: Measure,
) -> Likely:
    """Replace the noise of each measured cell by a normal one that says as much."""
    margins = list(measured)
    seen = np.concatenate([measured[m].ravel() for m in margins])
    scale = np.concatenate([np.full(measured[m].size, scales[m]) for m in margins])
    expected = np.concatenate([mixture.table(m).ravel() for m in margins])
    precision = 1 / (scale**2 * (1 if measure is Measure.ZCDP else 2))
    total = float(mixture.weights.sum())
    off = seen - expected
    if len(seen) <= MOST_CELLS:
        covariance = _covariance(mixture, margins) / mixture.trust
        if measure is Measure.PURE:
            precision, off = _propagated(covariance, off, scale)
        gain = np.linalg.solve(covariance + np.diag(1 / precision), off)
        first = slice(0, measured[margins[0]].size)
        # All cells of one table together are everything; a total below one is nothing.
        total += float(covariance[first].sum(axis=0) @ gain)
    return Likely(_cut(expected + off, measured), _cut(1 / precision, measured), max(total, 1.0))


def _covariance(mixture: Mixture, margins: list[Margin]) -> Values:
    """How many incidents two cells share: their covariance, if every incident is by chance."""
    sizes = {name: habits.shape[1] for name, habits in mixture.habits.items()}
    codes = [
        dict(zip(m, (i.ravel() for i in np.indices([sizes[n] for n in m])), strict=True))
        for m in margins
    ]
    rows = []
    for one, here in zip(margins, codes, strict=True):
        row = []
        for other, there in zip(margins, codes, strict=True):
            union = (*one, *(name for name in other if name not in one))
            at = tuple(here[name][:, None] if name in here else there[name][None] for name in union)
            block = mixture.table(union)[at]
            for name in set(one) & set(other):
                block = block * (here[name][:, None] == there[name][None])
            row.append(block)
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows)


def _propagated(covariance: Values, off: Values, scale: Values) -> tuple[Values, Values]:
    """Precision and place of the normal likelihood of each cell, around the expectation."""
    precision = 1 / (2 * scale**2)
    pushed = precision * off
    for _ in range(_ROUNDS):
        known = np.linalg.solve(covariance + np.diag(1 / precision), covariance)
        spread = np.maximum(np.diag(covariance) - (covariance * known.T).sum(axis=1), _TINY)
        place = covariance @ pushed - known.T @ (covariance @ pushed)
        # Each cell without what its own noise has said.
        left = 1 / np.maximum(1 / spread - precision, _TINY)
        around = left * (place / spread - pushed)
        mean, variance = _after_laplace(around, left, off, scale)
        new = np.maximum(1 / variance - 1 / left, _TINY)
        pull = np.where(new > _TINY, mean / variance - around / left, new * off)
        precision = (1 - _DAMPED) * precision + _DAMPED * new
        pushed = (1 - _DAMPED) * pushed + _DAMPED * pull
    return precision, pushed / precision


def _after_laplace(
    mean: Values, variance: Values, seen: Values, scale: Values
) -> tuple[Values, Values]:
    """Mean and variance of a normal count after Laplace noise made it `seen`.

    Above and below `seen` the likelihood is exponential, which moves a normal and cuts it.
    """
    deviation, away = np.sqrt(variance), seen - mean
    moved = variance / scale
    from_above, from_below = (-moved - away) / deviation, (away - moved) / deviation
    log_above, log_below = log_ndtr(from_above) + away / scale, log_ndtr(from_below) - away / scale
    above = 1 / (1 + np.exp(np.clip(log_below - log_above, -700, 700)))
    up, up_variance = _cut_normal(from_above)
    down, down_variance = _cut_normal(from_below)
    high, low = mean - moved + deviation * up, mean + moved - deviation * down
    middle = above * high + (1 - above) * low
    spread = variance * (above * up_variance + (1 - above) * down_variance)
    spread = spread + above * (1 - above) * (high - low) ** 2
    return middle, np.maximum(spread, _TINY)


def _cut_normal(depth: Values) -> tuple[Values, Values]:
    """Mean and variance of a standard normal of which only what lies above -depth is left."""
    mean = np.exp(-(depth**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(depth))
    return mean, np.maximum(1 - depth * mean - mean**2, 1e-12)


def _cut(values: Values, like: Mapping[Margin, Values]) -> dict[Margin, Values]:
    found, place = {}, 0
    for margin, shaped in like.items():
        found[margin] = values[place : place + shaped.size].reshape(shaped.shape)
        place += shaped.size
    return found

"""The best unbiased values of all margins from those that were measured, and their error.

Margins overlap: the counts by year follow from every table that has years. Noise of one
size in all cells of a margin is the same in every direction, so that generalised least
squares splits into the *effects* of an analysis of variance: the total, one effect an
axis, one a pair of axes. Each effect is estimated by every margin that contains it,
weighted by precision (Barak et al. 2007 for the basis; Xiao, Ding, Wang, Zhang & Kifer,
"Optimizing fitness-for-use of differentially private linear queries", 2021, and
McKenna et al. 2018 for marginal strategies). `tests/release/slow_least_squares.py` solves the
normal equations instead; both agree.

Arrays carry one leading axis of draws, so that many draws are estimated at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from safelight.release.noise.workload import Margin

Values = NDArray[np.float64]


def _parts(margin: Margin) -> Iterator[Margin]:
    for size in range(len(margin) + 1):
        yield from combinations(margin, size)


def effect_variances(
    variances: Mapping[Margin, float], sizes: Mapping[str, int]
) -> dict[frozenset[str], float]:
    """Variance of each effect, before centring; `variances` are of one measured cell."""
    information: dict[frozenset[str], float] = {}
    for margin, variance in variances.items():
        for part in _parts(margin):
            summed = prod(sizes[name] for name in margin if name not in part)
            key = frozenset(part)
            information[key] = information.get(key, 0.0) + 1 / (variance * summed)
    return {part: 1 / known for part, known in information.items()}


def cell_variance(
    margin: Margin, effects: Mapping[frozenset[str], float], sizes: Mapping[str, int]
) -> float:
    """Variance of one cell of `margin`, the same for all its cells."""
    return sum(
        effects[frozenset(part)]
        * prod(1 - 1 / sizes[name] for name in part)
        * prod(1 / sizes[name] ** 2 for name in margin if name not in part)
        for part in _parts(margin)
    )


def estimated(
    measured: Mapping[Margin, Values],
    variances: Mapping[Margin, float],
    wanted: tuple[Margin, ...],
    sizes: Mapping[str, int],
) -> dict[Margin, Values]:
    """Unbiased values of the `wanted` margins; each must lie within a measured one.

    `measured[margin]` has the shape (draws, *codes).
    """
    precision = effect_variances(variances, sizes)
    effects: dict[frozenset[str], Values] = {}
    order: dict[frozenset[str], Margin] = {}
    for margin, values in measured.items():
        for part in _parts(margin):
            key = frozenset(part)
            order.setdefault(key, part)
            summed = prod(sizes[name] for name in margin if name not in part)
            weight = precision[key] / (variances[margin] * summed)
            seen = _centred(_summed_to(values, margin, order[key]), len(part))
            effects[key] = effects[key] + weight * seen if key in effects else weight * seen
    return {margin: _put_together(margin, effects, order, sizes) for margin in wanted}


def _summed_to(values: Values, margin: Margin, part: Margin) -> Values:
    away = tuple(1 + place for place, name in enumerate(margin) if name not in part)
    left = [name for name in margin if name in part]
    summed: Values = values.sum(axis=away) if away else values
    if len(part) > 1 and left != list(part):
        summed = np.swapaxes(summed, 1, 2)
    return summed


def _centred(values: Values, axes: int) -> Values:
    for axis in range(1, axes + 1):
        values = values - values.mean(axis=axis, keepdims=True)
    return values


def _put_together(
    margin: Margin,
    effects: Mapping[frozenset[str], Values],
    order: Mapping[frozenset[str], Margin],
    sizes: Mapping[str, int],
) -> Values:
    draws = effects[frozenset()].shape[0]
    found = np.zeros((draws, *(sizes[name] for name in margin)))
    for part in _parts(margin):
        key = frozenset(part)
        effect = effects[key]
        if len(part) > 1 and order[key] != part:
            effect = np.swapaxes(effect, 1, 2)
        shape = (draws, *(sizes[name] if name in part else 1 for name in margin))
        spread = prod(sizes[name] for name in margin if name not in part)
        found += effect.reshape(shape) / spread
    return found

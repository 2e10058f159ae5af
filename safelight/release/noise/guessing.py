"""An attacker who has every noisy release of a list, and knows how the noise was made.

For each cell of each table: the unbiased values of all releases together, the likelihood
of every whole number under noise of their variance, and the share of the likelihood that
one number has. A cell is *named* when a single small number has nearly all of it. Nothing
true is needed, so the same program attacks what strangers published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safelight.release.noise.least_squares import cell_variance, effect_variances
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.workload import Margin

Seen = tuple[NoisePlan, dict[Margin, NDArray[np.int64]]]


@dataclass(frozen=True)
class Named:
    """A cell the attacker is sure of: where it stands, and the number."""

    margin: Margin
    codes: tuple[str, ...]
    count: int


def named_cells(releases: Sequence[Seen], *, confidence: float, small: int) -> tuple[Named, ...]:
    """Cells for which one count from 1 to `small` has at least `confidence` of the likelihood.

    Releases are combined cell by cell, by the codes of the cell, as if nothing had changed
    between them: that is the most an attacker can gain.
    """
    value: dict[tuple[Margin, tuple[str, ...]], float] = {}
    precision: dict[tuple[Margin, tuple[str, ...]], float] = {}
    for plan, measured in releases:
        effects = effect_variances(plan.variances, plan.workload.sizes)
        codes = {axis.name: axis.codes for axis in plan.workload.axes}
        for margin, values in plan.estimate(measured).items():
            weight = 1 / cell_variance(margin, effects, plan.workload.sizes)
            for place, seen in np.ndenumerate(values):
                at = tuple(codes[name][i] for name, i in zip(margin, place, strict=True))
                key = (margin, at)
                value[key] = value.get(key, 0.0) + weight * float(seen)
                precision[key] = precision.get(key, 0.0) + weight
    found = []
    for (margin, at), weighted in value.items():
        count = _sure_of(weighted / precision[margin, at], precision[margin, at], confidence)
        if count is not None and 1 <= count <= small:
            found.append(Named(margin, at, count))
    return tuple(found)


def _sure_of(mean: float, precision: float, confidence: float) -> int | None:
    spread = precision**-0.5
    numbers = np.arange(max(0, int(mean - 6 * spread)), int(max(mean, 0.0) + 6 * spread) + 2)
    likelihood = np.exp(-0.5 * precision * ((numbers - mean) ** 2 - ((numbers - mean) ** 2).min()))
    share = likelihood / likelihood.sum()
    best = int(share.argmax())
    return int(numbers[best]) if share[best] >= confidence else None

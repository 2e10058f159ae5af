"""Where a distribution of the total has its tops: two of them are two answers, not one.

A kernel density (Silverman 1986, ch. 2) on the scale log(unseen + 10), on which single
incidents never look like tops of their own, and posteriors of all sizes look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SHIFT: Final = 10.0
_BANDWIDTH: Final = 0.1
# A valley must fall below this share of the lower top beside it.
_DEEP: Final = 0.8
_SMALLEST_SHARE: Final = 0.01


@dataclass(frozen=True)
class Mode:
    """A top of the distribution: the total there, and the share of the whole around it.

    `below`: the total at which the next top's part begins; infinite for the last.
    """

    total: float
    share: float
    below: float


def modes(
    totals: NDArray[np.float64], weights: NDArray[np.float64], *, observed: int
) -> tuple[Mode, ...]:
    """Tops of a weighted sample or grid of totals, lowest total first; shares sum to 1."""
    place = np.log(np.maximum(totals - observed, 0.0) + _SHIFT)
    low, high = place.min() - 4 * _BANDWIDTH, place.max() + 4 * _BANDWIDTH
    width = _BANDWIDTH / 5
    bins = int(np.ceil((high - low) / width)) + 1
    histogram = np.bincount(
        np.rint((place - low) / width).astype(np.int64), weights=weights, minlength=bins
    )
    kernel = np.exp(-0.5 * (np.arange(-20, 21) / 5) ** 2)
    density = np.convolve(histogram / histogram.sum(), kernel / kernel.sum(), mode="same")
    cuts = _valleys(density)
    found = []
    for start, stop in zip([0, *cuts], [*cuts, bins], strict=True):
        top = start + int(density[start:stop].argmax())
        found.append(
            Mode(
                total=float(observed + max(np.exp(low + top * width) - _SHIFT, 0.0)),
                share=float(density[start:stop].sum() / density.sum()),
                below=float("inf")
                if stop == bins
                else float(observed + max(np.exp(low + (stop - 0.5) * width) - _SHIFT, 0.0)),
            )
        )
    return tuple(found)


def _valleys(density: NDArray[np.float64]) -> list[int]:
    """Places that part two tops, each holding enough; shallow ones are filled, lowest first."""
    inner = density[1:-1]
    cuts = [int(at) + 1 for at in np.flatnonzero((inner < density[:-2]) & (inner <= density[2:]))]
    while cuts:
        edges = [0, *cuts, density.size]
        tops = [density[a:b].max() for a, b in pairwise(edges)]
        shares = [density[a:b].sum() for a, b in pairwise(edges)]
        depth = [
            density[cut] / max(min(tops[i], tops[i + 1]), 1e-300) for i, cut in enumerate(cuts)
        ]
        small = [min(shares[i], shares[i + 1]) < _SMALLEST_SHARE for i in range(len(cuts))]
        if any(small):
            cuts.pop(small.index(True))
        elif max(depth) > _DEEP:
            cuts.pop(int(np.argmax(depth)))
        else:
            break
    return cuts

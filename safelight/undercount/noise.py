"""What noise that was added to a private overlap does to answers.

Cells of a private overlap may carry discrete Laplace noise of a known scale. To see what
it does, the same noise is added once more (the simulation step of Cook & Stefanski 1994,
JASA 89:1314): by how much the answer then varies is by how much it varied the first time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from safelight.undercount.answer import Answer, refused
from safelight.undercount.checks import chosen_model
from safelight.undercount.loglinear import Interval, fit
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.poisson_fit import FitError

_AGAIN: Final = 30
# Where so many of the noisier tables have no estimate, noise decides whether there is one.
_MOST_WITHOUT: Final = 0.1


def discrete_laplace(scale: float, size: int, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """P(z) proportional to exp(-|z| / scale): the difference of two geometric numbers."""
    stop = -np.expm1(-1 / scale)
    drawn: NDArray[np.int64] = rng.geometric(stop, size) - rng.geometric(stop, size)
    return drawn


def with_noise(answer: Answer, overlap: Overlap, *, seed: int) -> Answer:
    """The answer with its interval as much wider as the overlap's noise makes it.

    Refused if the noise decides whether there is an estimate at all.
    """
    told = {**answer.diagnostics, "noise_scale": overlap.noise_scale}
    if answer.estimate is None or answer.interval is None:
        return replace(answer, diagnostics=told)
    rng = np.random.default_rng([seed, 1])
    plain = answer.method in ("independence", "chao", "chapman")
    found = []
    for _ in range(_AGAIN):
        counts = overlap.counts.copy()
        counts[1:] += discrete_laplace(overlap.noise_scale, counts.size - 1, rng=rng)
        try:
            noisier = Overlap(overlap.lists, np.maximum(counts, 0) * (np.arange(counts.size) > 0))
            fitted = fit(noisier, frozenset()) if plain else chosen_model(noisier)
        except (FitError, OverlapError):
            continue
        found.append(float(np.log(max(fitted.estimate - noisier.observed, 0.5))))
    if len(found) < (1 - _MOST_WITHOUT) * _AGAIN:
        return refused(
            overlap,
            answer.method,
            level=answer.level,
            reason="The noise that was added to the counts decides whether there is an estimate "
            "at all: ask the partners for less noise, or for a longer period.",
            diagnostics=told,
        )
    spread = float(np.std(found, ddof=1))
    told["noise_spread"] = spread
    return replace(answer, interval=_wider(answer.interval, answer, spread), diagnostics=told)


def _wider(interval: Interval, answer: Answer, spread: float) -> Interval:
    n, unseen = answer.observed, max(answer.unseen or 0.0, 0.5)
    reach = spread * float(ndtri((1 + interval.level) / 2))

    def moved(end: float, sign: int) -> float:
        if np.isinf(end):
            return end
        own = float(np.log(max(end - n, 0.1) / unseen))
        return n + unseen * float(np.exp(sign * np.hypot(own, reach)))

    return Interval(moved(interval.low, -1), moved(interval.high, 1), interval.level)

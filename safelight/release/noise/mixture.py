"""What tables usually look like: incidents of a few kinds, each kind with habits of its own.

Within one kind all axes are independent, so that a joint table of any size is a weight a kind
and one list of chances an axis (latent classes: Lazarsfeld & Henry 1968). Nobody believes in
the kinds; they say which cells hang together. The fit looks at noisy tables only, and knows
how the noise was made: the likelihood of a count is that of its own chance (Poisson, as
a normal of the same variance) with the noise on top, which for Laplace noise says twice as
much of a small change as squared distances would. Several starts are averaged, because each
ends in a hollow of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.workload import Margin

Values = NDArray[np.float64]

# One start each, with so many kinds. Chosen on tables of other seeds and shapes than those
# that bench/noise.py reports.
_KINDS: Final = (3, 4, 5, 6, 7, 8)
_SEED: Final = 20261122
_STEPS: Final = (60, 150, 100)  # roughly; without the cells left out; with all
_STRIDE: Final = 0.1
_TRUST: Final = tuple(0.7**power for power in range(13))
# An average of several fits errs less than each of them did on the cells it left out.
_AVERAGED: Final = 1.5
# Less than one incident's worth: no code of a kind is impossible, few are likely.
_PRIOR_CODES: Final = 0.3
_PRIOR_KINDS: Final = 1.0
_LEAST: Final = 0.1


@dataclass(frozen=True)
class Mixture:
    """`weights` of the kinds, summing to the total; `habits[axis]`: chances (kinds, codes).

    `trust`: counts vary around what is expected by their chance (Poisson) divided by it.
    """

    weights: Values
    habits: Mapping[str, Values]
    trust: float

    def table(self, names: Margin) -> Values:
        """Expected counts of the table with these axes, in this order."""
        if not names:
            return np.array(self.weights.sum())
        *before, last = names
        cells = self.weights[:, None]
        for name in before:
            cells = (cells[:, :, None] * self.habits[name][:, None, :]).reshape(len(cells), -1)
        # The last axis and the sum over kinds at once: a large table is never held per kind.
        found: Values = (cells.T @ self.habits[last]).reshape(
            [self.habits[name].shape[1] for name in names]
        )
        return found


def noise_score(
    off: Values, spread: Values, scale: Values, measure: Measure
) -> tuple[Values, Values]:
    """Minus the log-likelihood of each `off` (up to a constant) and its slope.

    `off` is noise of `scale` and a normal of variance `spread` together.
    """
    if measure is Measure.ZCDP:
        variance = spread + scale**2
        return off**2 / (2 * variance), off / variance
    deviation = np.sqrt(spread)
    above = log_ndtr(off / deviation - deviation / scale) - off / scale
    below = log_ndtr(-off / deviation - deviation / scale) + off / scale
    return -np.logaddexp(above, below), np.tanh((above - below) / 2) / scale


def fitted_mixture(
    measured: Mapping[Margin, Values],
    scales: Mapping[Margin, float],
    sizes: Mapping[str, int],
    *,
    measure: Measure,
    total: float,
) -> Mixture:
    """The average of several fits to tables of one or two axes with noise of these scales."""
    starts = np.random.default_rng(_SEED)
    cells = _Cells(measured, scales, sizes, measure, total)
    folds = starts.permutation(len(cells.seen)) % len(_KINDS)
    foreseen = np.zeros_like(cells.seen)
    found = []
    for fold, kinds in enumerate(_KINDS):
        weights, chances, before = cells.fitted(kinds, starts, folds != fold)
        found.append((weights, chances))
        foreseen[folds == fold] = before[folds == fold]
    return Mixture(
        np.concatenate([weights for weights, _ in found]) * total / len(found),
        {
            name: np.concatenate([chances[:, where] for _, chances in found])
            for name, where in cells.places.items()
        },
        cells.trust_in(foreseen),
    )


class _Cells:
    """All measured cells, placed by the codes of their axes in one long row of codes."""

    def __init__(
        self,
        measured: Mapping[Margin, Values],
        scales: Mapping[Margin, float],
        sizes: Mapping[str, int],
        measure: Measure,
        total: float,
    ) -> None:
        self.places: dict[str, slice] = {}
        self.codes = 0
        for name, size in sizes.items():
            self.places[name] = slice(self.codes, self.codes + size)
            self.codes += size
        self.total, self.measure = total, measure
        pairs = [margin for margin in measured if len(margin) == 2]
        alone = [margin for margin in measured if len(margin) == 1]
        at = [np.meshgrid(*(self._row(name) for name in margin), indexing="ij") for margin in pairs]
        self.first = _joined([place[0] for place in at])
        self.second = _joined([place[1] for place in at])
        self.alone = _joined([self._row(name) for (name,) in alone])
        self.seen = np.concatenate([measured[m].ravel() for m in (*pairs, *alone)]).astype(float)
        self.scale = np.concatenate(
            [np.full(measured[m].size, scales[m]) for m in (*pairs, *alone)]
        )

    def _row(self, name: str) -> NDArray[np.int64]:
        place = self.places[name]
        return np.arange(place.start, place.stop)

    def expected(self, weights: Values, chances: Values) -> Values:
        together = self.total * (chances * weights[:, None]).T @ chances
        return np.concatenate(
            [together[self.first, self.second], (self.total * weights @ chances)[self.alone]]
        )

    def unpacked(self, point: Values, kinds: int) -> tuple[Values, Values]:
        logits = point[kinds:].reshape(kinds, self.codes)
        return _shares(point[:kinds]), np.concatenate(
            [_shares(logits[:, place]) for place in self.places.values()], axis=1
        )

    def fitted(
        self, kinds: int, starts: np.random.Generator, looked_at: NDArray[np.bool_]
    ) -> tuple[Values, Values, Values]:
        """Weights and chances; and what was expected before it looked at all cells."""
        point = starts.uniform(-1.7, 1.7, kinds * (1 + self.codes))
        point[:kinds] *= 0.3
        everything = np.ones_like(looked_at)
        spread = np.maximum(self.seen, self.scale) + 2 * self.scale**2
        before = spread
        for steps, looked in zip(_STEPS, (looked_at, looked_at, everything), strict=True):
            point, before = _walked(self._slope_at(kinds, spread, looked), point, steps), spread
            spread = np.maximum(self.expected(*self.unpacked(point, kinds)), _LEAST)
        return *self.unpacked(point, kinds), before

    def trust_in(self, foreseen: Values) -> float:
        """The trust under which the cells that were left out are most likely."""

        def unlikely(trust: float) -> float:
            spread = foreseen / trust
            value, _ = noise_score(foreseen - self.seen, spread, self.scale, self.measure)
            if self.measure is Measure.ZCDP:
                return float((value + np.log(spread + self.scale**2) / 2).sum())
            return float((value - spread / (2 * self.scale**2)).sum())

        return min(1.0, _AVERAGED * min(_TRUST, key=unlikely))

    def _slope_at(
        self, kinds: int, spread: Values, looked_at: NDArray[np.bool_]
    ) -> Callable[[Values], Values]:
        def slope_at(point: Values) -> Values:
            weights, chances = self.unpacked(point, kinds)
            off = self.expected(weights, chances) - self.seen
            slope = noise_score(off, spread, self.scale, self.measure)[1] * looked_at
            together = np.zeros((self.codes, self.codes))
            together[self.first, self.second] = slope[: len(self.first)]
            alone = np.zeros(self.codes)
            alone[self.alone] = slope[len(self.first) :]
            by_code = chances @ (together + together.T)
            to_chances = self.total * weights[:, None] * (by_code + alone)
            to_weights = self.total * ((chances * by_code).sum(axis=1) / 2 + chances @ alone)
            slopes = np.empty_like(chances)
            for place in self.places.values():
                slopes[:, place] = _to_logits(chances[:, place], to_chances[:, place], _PRIOR_CODES)
            first = _to_logits(weights, to_weights, _PRIOR_KINDS)
            return np.concatenate([first, slopes.ravel()])

        return slope_at


def _walked(slope_at: Callable[[Values], Values], point: Values, steps: int) -> Values:
    """Adam (Kingma & Ba 2015) with steps that shrink to nothing.

    No step is chosen by comparing: a search along a line would take the last digits of another
    machine's arithmetic for a reason to end in another hollow, and audits compute again.
    """
    pace, size = np.zeros_like(point), np.zeros_like(point)
    for step in range(1, steps + 1):
        slope = slope_at(point)
        pace = 0.9 * pace + 0.1 * slope
        size = 0.99 * size + 0.01 * slope**2
        stride = _STRIDE * (1 + np.cos(np.pi * (step - 1) / steps)) / 2
        point = point - stride * (pace / (1 - 0.9**step)) / (
            np.sqrt(size / (1 - 0.99**step)) + 1e-8
        )
    return point


def _joined(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0, np.int64)


def _shares(logits: Values) -> Values:
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Values = grown / grown.sum(axis=-1, keepdims=True)
    return shares


def _to_logits(shares: Values, slope: Values, prior: float) -> Values:
    """Slope by the logits of `shares`, of the fit and of a Dirichlet prior on them."""
    fit = shares * (slope - (shares * slope).sum(axis=-1, keepdims=True))
    found: Values = fit - prior * (1 - shares.shape[-1] * shares)
    return found

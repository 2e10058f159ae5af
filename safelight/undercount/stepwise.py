"""Stepwise choice of dependent pairs, and an interval that knows a choice was made.

Chan, Silverman & Vincent (2021, JASA 116:1297, §4): start from main effects; add the
pair whose observed overlap is least plausible under the current fit, while that is
below a threshold; then bootstrap, repeating the whole choice in every resample, with
the bias correction and acceleration of Efron (1987, JASA 82:171). An interval that
takes the chosen model for granted covered 61 % where it promised 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, pdtr, pdtrc

from safelight.undercount.existence import ExistenceCode, existence, existence_of_counts
from safelight.undercount.loglinear import Interval, LoglinearFit, fit
from safelight.undercount.model_terms import Model, design_terms, pairs
from safelight.undercount.overlap import Overlap
from safelight.undercount.poisson_fit import FitError, newton_together
from safelight.undercount.progress import Progress

# A settled fit whose every mean is above this share of the table is itself the positive
# table that existence asks for; only others need the linear program.
_CLEARLY_POSITIVE: Final = 1e-9
_RESAMPLES_AT_ONCE: Final = 500
# Of many lists each resample takes long: fewer at once, so that the share done moves.
_MANY_LISTS, _OF_MANY_LISTS_AT_ONCE = 7, 25
_ROWS_AT_ONCE: Final = 2_000_000  # numbers in a stacked design; keeps memory below 100 MB


@dataclass(frozen=True)
class StepwiseFit:
    """The chosen model. `added`: each pair in the order it came in, with its p-value."""

    fitted: LoglinearFit
    threshold: float
    added: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class BootstrapInterval:
    """A BCa interval over resamples that each chose anew.

    `of_the_paper`: with the number of observed incidents taken as given; `interval`: not.
    `draws`: the resamples' estimates, sorted; infinite where a resample's main effects
    had no estimate. `bias` and `acceleration` are Efron's z0 and a.
    """

    interval: Interval
    of_the_paper: Interval
    draws: NDArray[np.float64]
    bias: float
    acceleration: float


def stepwise(overlap: Overlap, *, threshold: float) -> StepwiseFit:
    """Choose and fit, one table, written to be read.

    For each pair not yet in the model, with o its observed overlap and m its fitted one,
    p = min(P(X <= o), P(X >= o)) for X Poisson with mean m; a pair that would leave
    existence code above 0 gets p = 1. Raises `FitError` if even main effects have no
    estimate.
    """
    chosen: Model = frozenset()
    added: list[tuple[int, float]] = []
    fitted = fit(overlap, chosen)
    patterns = np.arange(1, overlap.counts.size)
    while True:
        means = _fitted_means(overlap, chosen)
        smallest, best = 1.0, 0
        for pair in pairs(len(overlap.lists)):
            if pair in chosen:
                continue
            both = (patterns & pair) == pair
            p = float(_two_tails(overlap.counts[1:][both].sum(), means[both].sum()))
            if p < smallest and existence(overlap, chosen | {pair}) == ExistenceCode.FINE:
                smallest, best = p, pair
        if smallest >= threshold:
            return StepwiseFit(fitted, threshold, tuple(added))
        chosen |= {best}
        added.append((best, smallest))
        fitted = fit(overlap, chosen)


def _two_tails(observed: NDArray[np.int64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    tails: NDArray[np.float64] = np.minimum(
        pdtr(observed, mean),
        # pdtrc knows nothing below zero, where all of the distribution lies above.
        np.where(observed > 0, pdtrc(np.maximum(observed - 1, 0), mean), 1.0),
    )
    return tails


def _fitted_means(overlap: Overlap, model: Model) -> NDArray[np.float64]:
    tables = overlap.counts[None, 1:].astype(np.float64)
    shape = _Shape(len(overlap.lists))
    included = np.array([[pair in model for pair in shape.pairs]])
    means, _, _ = shape.fit(tables, included)
    return np.asarray(means[0])


class _Shape:
    """What all tables of K lists have in common: cells, pairs, and the full pairwise design."""

    def __init__(self, lists: int) -> None:
        self.lists = lists
        self.pairs = pairs(lists)
        patterns = np.arange(1, 1 << lists)
        terms = np.array(design_terms(lists, frozenset(self.pairs)))
        self.design = ((patterns[:, None] & terms) == terms).astype(np.float64)
        self.on_list = self.design[:, 1 : lists + 1]
        # design_terms sorts pairs by mask; `self.pairs` has the order of the definition.
        order = [int(np.flatnonzero(terms == pair)[0]) for pair in self.pairs]
        self.design = self.design[:, [*range(lists + 1), *order]]
        self.on_both = self.design[:, lists + 1 :]
        self._ranks: dict[bytes, bool] = {}

    def fit(
        self, tables: NDArray[np.float64], included: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Fitted means (B, cells), intercepts (B,), and whether an estimate clearly exists.

        `tables` (B, cells), `included` (B, pairs). False in the last means: ask `existence`,
        for then the linear program is needed to tell.
        """
        means = np.empty_like(tables)
        intercepts = np.empty(len(tables))
        clear = np.empty(len(tables), dtype=bool)
        some = max(1, _ROWS_AT_ONCE // self.design.size)
        for at in range(0, len(tables), some):
            rows = slice(at, at + some)
            means[rows], intercepts[rows], clear[rows] = self._fit(tables[rows], included[rows])
        return means, intercepts, clear

    def _fit(
        self, tables: NDArray[np.float64], included: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        somebody = tables @ self.on_list > 0
        shared = tables @ self.on_both > 0
        live = ((~somebody) @ self.on_list.T + (included & ~shared) @ self.on_both.T) == 0
        present = np.hstack([np.ones((len(tables), 1), dtype=bool), somebody, included & shared])
        beta, settled = newton_together(self.design[None], present, live.astype(np.float64), tables)
        means = np.exp(beta @ self.design.T) * live
        totals = tables.sum(axis=1)
        positive = np.where(live, means, np.inf).min(axis=1) > _CLEARLY_POSITIVE * totals
        clear = settled & positive
        for row in np.flatnonzero(clear):
            clear[row] = self._full_rank(live[row], present[row])
        return means, beta[:, 0], clear

    def _full_rank(self, live: NDArray[np.bool_], present: NDArray[np.bool_]) -> bool:
        # Resamples share a handful of shapes; a rank costs more than a fit.
        key = live.tobytes() + present.tobytes()
        if key not in self._ranks:
            left = self.design[live][:, present]
            self._ranks[key] = bool(np.linalg.matrix_rank(left) == present.sum())
        return self._ranks[key]


def _choose_all(tables: NDArray[np.int64], *, threshold: float) -> NDArray[np.float64]:
    """The stepwise estimate of each table, shape (B, 2^K); infinite where none exists."""
    shape = _Shape(int(tables.shape[1]).bit_length() - 1)
    cells = tables[:, 1:].astype(np.float64)
    included = np.zeros((len(tables), len(shape.pairs)), dtype=bool)
    means, intercepts, clear = shape.fit(cells, included)
    possible = clear | np.array(
        [
            bool(clear[row]) or existence_of_counts(table, frozenset()) == ExistenceCode.FINE
            for row, table in enumerate(tables)
        ]
    )
    overlaps = np.rint(cells @ shape.on_both).astype(np.int64)
    refused = np.zeros_like(included)
    active = np.flatnonzero(possible)
    while active.size:
        p = _two_tails(overlaps[active], means[active] @ shape.on_both)
        p[included[active] | refused[active]] = 1.0
        best = p.argmin(axis=1)
        going_on = p[np.arange(active.size), best] < threshold
        active, best = active[going_on], best[going_on]
        if not active.size:
            break
        tried = included[active]
        tried[np.arange(active.size), best] = True
        new_means, new_intercepts, new_clear = shape.fit(cells[active], tried)
        accepted = new_clear.copy()
        for row in np.flatnonzero(~new_clear):
            model = frozenset(
                pair for pair, there in zip(shape.pairs, tried[row], strict=True) if there
            )
            accepted[row] = existence_of_counts(tables[active[row]], model) == ExistenceCode.FINE
        taken = active[accepted]
        included[taken] = tried[accepted]
        means[taken], intercepts[taken] = new_means[accepted], new_intercepts[accepted]
        refused[active[~accepted], best[~accepted]] = True
        # A pair refused in a smaller model may be possible in no larger one of the same
        # cells, but more pairs at minus infinity take cells out: ask again after a change.
        refused[taken] = False
    estimates = np.full(len(tables), np.inf)
    estimates[possible] = cells[possible].sum(axis=1) + np.exp(intercepts[possible])
    return estimates


def stepwise_interval(
    overlap: Overlap,
    *,
    threshold: float,
    level: float,
    resamples: int,
    rng: np.random.Generator,
    on_progress: Progress | None = None,
) -> BootstrapInterval:
    """BCa interval of the stepwise estimate; the choice is repeated in each resample.

    Resamples are multinomial of the observed incidents. Raises `FitError` if the table
    itself has no estimate. `on_progress` may raise to cancel.
    """
    estimate = stepwise(overlap, threshold=threshold).fitted.estimate
    n = overlap.observed
    tables = rng.multinomial(n, overlap.counts / n, size=resamples)
    chosen = []
    many = len(overlap.lists) >= _MANY_LISTS
    at_once = _OF_MANY_LISTS_AT_ONCE if many else _RESAMPLES_AT_ONCE
    for at in range(0, resamples, at_once):
        if on_progress is not None:
            on_progress(at / resamples)
        chosen.append(_choose_all(tables[at : at + at_once], threshold=threshold))
    draws = np.sort(np.concatenate(chosen))
    filled = np.flatnonzero(overlap.counts)
    left_out = np.repeat(overlap.counts[None], filled.size, axis=0)
    left_out[np.arange(filled.size), filled] -= 1
    jackknife = _choose_all(left_out, threshold=threshold)
    if not np.isfinite(jackknife).all():
        raise FitError("without one incident this table has no estimate; it carries no interval")
    weights = overlap.counts[filled].astype(np.float64)
    deviations = np.average(jackknife, weights=weights) - jackknife
    spread = float(weights @ deviations**2)
    acceleration = float(weights @ deviations**3) / (6 * spread**1.5) if spread > 0 else 0.0
    # Ties count half, so that a discrete bootstrap is not called biased.
    below = (np.sum(draws < estimate) + np.sum(draws == estimate) / 2) / resamples
    bias = float(ndtri(np.clip(below, 0.5 / resamples, 1 - 0.5 / resamples)))
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        z = bias + float(ndtri(tail))
        share = float(ndtr(bias + z / (1 - acceleration * z)))
        # An order statistic, not an interpolation: draws may be infinite.
        place = min(max(round(share * (resamples + 1)) - 1, 0), resamples - 1)
        ends.append(float(draws[place]))
    of_the_paper = Interval(ends[0], ends[1], level)
    return BootstrapInterval(
        _with_chance_of_being_seen(of_the_paper, n, estimate),
        of_the_paper,
        draws,
        bias,
        acceleration,
    )


def _with_chance_of_being_seen(interval: Interval, n: int, estimate: float) -> Interval:
    """Widen a bootstrap of the n observed by the chance that just n of N were observed.

    N̂ = n / p with n binomial: that part of the variance of log(unseen) is N / (n unseen),
    and adds to the squared reach of each end. Without it intervals cover 90 % to 94 % where
    half of all incidents were seen; where few were seen it changes next to nothing.
    """
    unseen = max(estimate - n, 1e-9)
    z = float(ndtri((1 + interval.level) / 2))
    more = z**2 * estimate / (n * unseen)

    def moved(end: float) -> float:
        if not n < end < np.inf:
            return end
        reach = float(np.log((end - n) / unseen))
        return n + unseen * float(np.exp(np.copysign(np.hypot(reach, np.sqrt(more)), reach)))

    return Interval(moved(interval.low), moved(interval.high), interval.level)


def dependent_pairs(fitted: StepwiseFit, lists: int) -> tuple[tuple[int, int], ...]:
    """The chosen pairs as list numbers, for people to read."""
    masks = {1 << a | 1 << b: (a, b) for a, b in combinations(range(lists), 2)}
    return tuple(masks[pair] for pair, _ in fitted.added)

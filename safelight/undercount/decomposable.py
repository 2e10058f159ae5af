"""Bayesian averaging over decomposable graphs.

Madigan & York (1997, Biometrika 84:19): given a decomposable graph of dependences and
a hyper-Dirichlet prior, the probability of a table with N incidents in all is known in
closed form; sum over graphs and over N. Assumption: some decomposable graph *short of
the saturated one* describes the lists. The saturated graph says nothing about the
unobserved cell, so under it the posterior is the prior: it is out unless asked for.
(The peer includes it; on one table it takes weight 0.93 and the answer is n + 1.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from safelight.undercount.decomposable_graphs import (
    DecomposableGraph,
    decomposable_graphs,
    factor_counts,
)
from safelight.undercount.loglinear import Interval
from safelight.undercount.overlap import Overlap

PriorOnN: TypeAlias = Literal["1/N", "flat"]

# Every whole number up to here, then steps of half a per mille: exact where N is small,
# and fine enough elsewhere that a step is a thousandth of any interval worth printing.
_EVERY_NUMBER_TO: Final = 4000
_STEP: Final = 1.0005
_FARTHEST: Final = 1e9  # incidents per observed one; beyond that the table says nothing
_TAIL: Final = 1e-7
_NEGLIGIBLE: Final = 40.0
_NUMBERS_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True)
class Posterior:
    """What averaging says about N.

    `totals` and `weights`: the grid of N and its posterior, shape (m,). `top`: graphs by
    posterior weight, heaviest first. `tail_cut` is True if even the farthest N of the
    grid had weight: the mean and upper end are then lower bounds of themselves.
    """

    mean: float
    median: float
    interval: Interval
    totals: NDArray[np.float64]
    weights: NDArray[np.float64]
    top: tuple[tuple[DecomposableGraph, float], ...]
    delta: float
    prior: PriorOnN
    saturated: bool
    tail_cut: bool

    def quantile(self, level: float) -> float:
        """The first N of the grid whose cumulated probability reaches `level`."""
        reached = np.searchsorted(np.cumsum(self.weights), level * (1 - 1e-12))
        return float(self.totals[min(int(reached), self.totals.size - 1)])


def average_graphs(
    overlap: Overlap,
    *,
    delta: float,
    prior: PriorOnN,
    saturated: bool,
    level: float,
) -> Posterior:
    """Posterior of N over all decomposable graphs, each equally likely beforehand.

    `delta`: the hyper-Dirichlet's pseudo-count for each of the 2^K cells (2^-K is the
    usual choice: one pseudo-incident in all). Raises `GraphError` above six lists.
    """
    lists = len(overlap.lists)
    graphs = decomposable_graphs(lists)
    used = slice(None) if saturated else slice(0, len(graphs) - 1)
    factors = factor_counts(lists)[used]
    constants, heads = _factor_constants(overlap, delta)

    last = 64.0 * max(overlap.observed, 100)
    while True:
        missing, width = _grid(last)
        # Only weights that matter are summed, so a wide grid costs time, never accuracy.
        by_graph, on_grid = _log_weights(
            overlap,
            factors=factors,
            constants=constants,
            heads=heads,
            missing=missing,
            width=width,
            delta=delta,
            prior=prior,
        )
        weights = np.exp(on_grid - logsumexp(on_grid))
        far = weights[missing > last / 4].sum()
        if far < _TAIL or last >= _FARTHEST * overlap.observed:
            break
        last *= 8
    totals = overlap.observed + missing
    graph_weights = np.exp(by_graph - logsumexp(by_graph))
    heaviest = np.argsort(-graph_weights)[:10]
    return _summary(
        totals,
        weights,
        tuple((graphs[int(row)], float(graph_weights[row])) for row in heaviest),
        delta=delta,
        prior=prior,
        saturated=saturated,
        level=level,
        tail_cut=bool(far >= _TAIL),
    )


def _summary(
    totals: NDArray[np.float64],
    weights: NDArray[np.float64],
    top: tuple[tuple[DecomposableGraph, float], ...],
    *,
    delta: float,
    prior: PriorOnN,
    saturated: bool,
    level: float,
    tail_cut: bool,
) -> Posterior:
    without_quantiles = Posterior(
        mean=float(totals @ weights),
        median=0.0,
        interval=Interval(0.0, 0.0, level),
        totals=totals,
        weights=weights,
        top=top,
        delta=delta,
        prior=prior,
        saturated=saturated,
        tail_cut=tail_cut,
    )
    at = without_quantiles.quantile
    return Posterior(
        **{
            **without_quantiles.__dict__,
            "median": at(0.5),
            "interval": Interval(at((1 - level) / 2), at((1 + level) / 2), level),
        }
    )


def _grid(last: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers of unobserved incidents from 0 to `last`, and how many each stands for."""
    near = np.arange(_EVERY_NUMBER_TO + 1, dtype=np.float64)
    if last <= _EVERY_NUMBER_TO:
        return near, np.ones_like(near)
    steps = int(np.ceil(np.log(last / _EVERY_NUMBER_TO) / np.log(_STEP)))
    far = np.unique(np.round(_EVERY_NUMBER_TO * _STEP ** np.arange(1, steps + 1)))
    missing = np.concatenate([near, far])
    edges = (missing[1:] + missing[:-1] + 1) / 2  # halfway between neighbours
    width = np.diff(np.concatenate([[0.0], np.floor(edges), [missing[-1] + 1]]))
    return missing, width


def _factor_constants(
    overlap: Overlap, delta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each subset of lists: its factor's part without N, and its all-zero cell's start.

    The factor of a subset A is a Dirichlet-multinomial of the table's margin on A, each
    cell with 2^(K-|A|) delta pseudo-counts. Of its cells only the one of incidents on
    none of A's lists grows with N.
    """
    lists = len(overlap.lists)
    patterns = np.arange(1 << lists)
    constants = np.zeros(1 << lists)
    heads = np.zeros(1 << lists)
    for subset in range(1 << lists):
        margin = np.bincount(patterns & subset, weights=overlap.counts, minlength=1 << lists)
        cells = np.flatnonzero((patterns & ~subset) == 0)
        pseudo = delta * 2.0 ** (lists - subset.bit_count())
        seen = margin[cells[1:]]
        constants[subset] = float(np.sum(gammaln(pseudo + seen) - gammaln(pseudo)))
        constants[subset] += float(gammaln(delta * 2.0**lists) - gammaln(pseudo))
        heads[subset] = pseudo + margin[0]
    return constants, heads


def _log_weights(
    overlap: Overlap,
    *,
    factors: NDArray[np.float32],
    constants: NDArray[np.float64],
    heads: NDArray[np.float64],
    missing: NDArray[np.float64],
    width: NDArray[np.float64],
    delta: float,
    prior: PriorOnN,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log posterior weight (not normalised) of each graph, and of each N of the grid."""
    totals = overlap.observed + missing
    common = gammaln(totals + 1) - gammaln(missing + 1) + np.log(width)
    if prior == "1/N":
        common = common - np.log(totals)
    # (subsets, grid): every factor at every N. A graph's weight is then one sum of rows.
    growth = gammaln(heads[:, None] + missing) - gammaln(delta * heads.size + totals)
    factor = constants[:, None] + growth
    by_graph = np.full(factors.shape[0], -np.inf)
    on_grid = np.full(missing.size, -np.inf)
    for rows in _worth_summing(factors, factor, common):
        block = factors[rows].astype(np.float64) @ factor + common
        peak = block.max()
        np.exp(block - peak, out=block)
        with np.errstate(divide="ignore"):  # a graph far below the peak: log 0 is right
            by_graph[rows] = np.log(block.sum(axis=1)) + peak
            on_grid = np.logaddexp(on_grid, np.log(block.sum(axis=0)) + peak)
    return by_graph, on_grid


def _worth_summing(
    factors: NDArray[np.float32], factor: NDArray[np.float64], common: NDArray[np.float64]
) -> Iterator[NDArray[np.int64]]:
    """Graphs whose weight on a thinned grid is above e^-40 of the heaviest, in blocks.

    The thinned grid misses no peak by much: log weights are smooth in N, and what is
    left out could not move a tenth digit.
    """
    thin = slice(None, None, 16)
    best = np.concatenate(
        [
            (factors[at : at + 1024].astype(np.float64) @ factor[:, thin] + common[thin]).max(
                axis=1
            )
            for at in range(0, factors.shape[0], 1024)
        ]
    )
    kept = np.flatnonzero(best > best.max() - _NEGLIGIBLE)
    some = max(1, _NUMBERS_AT_ONCE // common.size)
    for at in range(0, kept.size, some):
        yield kept[at : at + some]

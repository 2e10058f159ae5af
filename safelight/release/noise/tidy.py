"""Non-negative tables that agree with each other, as near as possible to what was measured.

The noisy margins contradict each other and hold negative counts. Here they are fitted by
tables that belong to one joint distribution: non-negative, with equal totals wherever two
tables share an axis. Only noisy values are used, so that nothing more is given away. The
fit is better than the noise, because a true zero cannot go below zero, and because counts
hang together: incidents of few kinds are expected (`mixture`), and each count moves
from there as far as its noise says (`likely_counts`). It is not unbiased, so intervals
stay with the least-squares values.

Entropic mirror descent over the cliques of the tables' graph (McKenna, Sheldon & Miklau 2019,
"Graphical-model based estimation and inference for differential privacy"; Beck & Teboulle
2003 for the descent), from what is expected and with its divergence from there as the price.
The joint is never built: a junction tree holds one table a clique.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError
from safelight.release.noise.likely_counts import likely_counts
from safelight.release.noise.mixture import Mixture, fitted_mixture
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.workload import Margin, Workload

Values = NDArray[np.float64]
LARGEST_MODEL: Final = 2_000_000
_STEPS: Final = 1500
_ENOUGH: Final = 1e-8
_CALM: Final = 5
_SMALLEST_STEP: Final = 1e-12
# What is expected nowhere could never come back, and its logarithm is none.
_LEAST: Final = 1e-9


@dataclass(frozen=True)
class _Tree:
    """A junction tree: `cliques` in an order in which each hangs on one before it."""

    cliques: tuple[Margin, ...]
    parents: tuple[int, ...]
    sizes: Mapping[str, int]

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(self.sizes[n] for n in clique) for clique in self.cliques)

    def marginals(self, potentials: Sequence[Values], total: float) -> list[Values]:
        """Clique tables of the distribution with these log-potentials, scaled to `total`."""
        up = list(potentials)
        sent: dict[int, Values] = {}
        for child in range(len(up) - 1, 0, -1):
            parent = self.parents[child]
            sent[child] = _log_sum(up[child], self.cliques[child], self.shared(child))
            up[parent] = up[parent] + _spread(sent[child], self.shared(child), self.cliques[parent])
        found = [up[0]]
        for child in range(1, len(up)):
            shared = self.shared(child)
            down = _log_sum(found[self.parents[child]], self.cliques[self.parents[child]], shared)
            # Where nothing is left on either side, nothing stays: not minus infinity from itself.
            change = np.where(np.isneginf(sent[child]), 0.0, down - sent[child])
            found.append(up[child] + _spread(change, shared, self.cliques[child]))
        scale = np.log(total) - _log_sum(found[0], self.cliques[0], ())
        return [np.exp(table + scale) for table in found]

    def log_norm(self, potentials: Sequence[Values]) -> float:
        """Log of the sum over all combinations of codes."""
        up = list(potentials)
        for child in range(len(up) - 1, 0, -1):
            parent, shared = self.parents[child], self.shared(child)
            sent = _log_sum(up[child], self.cliques[child], shared)
            up[parent] = up[parent] + _spread(sent, shared, self.cliques[parent])
        return float(_log_sum(up[0], self.cliques[0], ()))

    def shared(self, child: int) -> Margin:
        parent = self.cliques[self.parents[child]]
        return tuple(name for name in self.cliques[child] if name in parent)


def _log_sum(table: Values, names: Margin, kept: Margin) -> Values:
    away = tuple(place for place, name in enumerate(names) if name not in kept)
    if not away:
        return table
    top = table.max(axis=away, keepdims=True)
    summed: Values = np.log(np.exp(table - top).sum(axis=away)) + top.squeeze(away)
    return summed


def _spread(table: Values, names: Margin, over: Margin) -> Values:
    """`table`, whose axes are `names`, so that it broadcasts over a table of `over`."""
    order = [name for name in over if name in names]
    moved = np.transpose(table, [names.index(name) for name in order])
    shape = iter(moved.shape)
    return moved.reshape([next(shape) if name in names else 1 for name in over])


def _sum_to(table: Values, names: Margin, kept: Margin) -> Values:
    summed = table.sum(axis=tuple(p for p, name in enumerate(names) if name not in kept))
    left = [name for name in names if name in kept]
    moved: Values = np.transpose(summed, [left.index(name) for name in kept])
    return moved


def _tree(workload: Workload) -> _Tree:
    """Eliminate axes, the one that makes the smallest clique first; join what they leave."""
    neighbours = {axis.name: {axis.name} for axis in workload.axes}
    for table in workload.tables:
        for a, b in combinations(table, 2):
            neighbours[a].add(b)
            neighbours[b].add(a)
    sizes = workload.sizes
    cliques: list[frozenset[str]] = []
    left = dict(neighbours)
    while left:
        axis = min(left, key=lambda name: (prod(sizes[n] for n in left[name]), name))
        clique = frozenset(left.pop(axis))
        if not any(clique <= other for other in cliques):
            cliques.append(clique)
        for name in clique - {axis}:
            left[name] = (left[name] | clique) - {axis}
    named = [tuple(a.name for a in workload.axes if a.name in clique) for clique in cliques]
    if sum(prod(sizes[name] for name in clique) for clique in named) > LARGEST_MODEL:
        raise ReleaseError(
            f"these tables hang together in a model of more than {LARGEST_MODEL} cells; "
            "declare fewer tables that close a ring"
        )
    return _joined(named, sizes)


def _joined(cliques: list[Margin], sizes: Mapping[str, int]) -> _Tree:
    # A spanning tree of largest overlaps is a junction tree (Jensen & Jensen 1994).
    order, parents, waiting = [0], [-1], set(range(1, len(cliques)))
    while waiting:
        child, place = max(
            ((child, place) for child in waiting for place in range(len(order))),
            key=lambda pair: (
                len(set(cliques[pair[0]]) & set(cliques[order[pair[1]]])),
                -pair[0],
                -pair[1],
            ),
        )
        waiting.remove(child)
        order.append(child)
        parents.append(place)
    return _Tree(tuple(cliques[index] for index in order), tuple(parents), sizes)


Distance = Callable[[Sequence[Values]], tuple[float, list[Values]]]


def tidied(
    measured: Mapping[Margin, Values], unbiased: Mapping[Margin, Values], plan: NoisePlan
) -> dict[Margin, Values]:
    """Every margin of the workload: non-negative, consistent, with one total for all.

    `unbiased` are the least-squares values of `measured`. Where noise made their total less
    than one, all cells are zero. Raises ReleaseError for tables whose model is too large.
    """
    workload, total = plan.workload, float(unbiased[()])
    if total < 1:
        return {margin: np.zeros(workload.shape(margin)) for margin in workload.margins}
    tree = _tree(workload)
    mixture = fitted_mixture(
        measured, plan.scales, workload.sizes, measure=plan.loss.measure, total=total
    )
    return _tidied(tree, measured, mixture, plan)


def tidied_from(
    mixture: Mixture, measured: Mapping[Margin, Values], plan: NoisePlan
) -> dict[Margin, Values]:
    """Like `tidied`, with expectations from elsewhere; with the true ones, a bound (bench)."""
    return _tidied(_tree(plan.workload), measured, mixture, plan)


def _tidied(
    tree: _Tree, measured: Mapping[Margin, Values], mixture: Mixture, plan: NoisePlan
) -> dict[Margin, Values]:
    workload = plan.workload
    home = {
        margin: next(i for i, c in enumerate(tree.cliques) if set(margin) <= set(c))
        for margin in {*measured, *workload.margins}
    }
    likely = likely_counts(measured, plan.scales, mixture, measure=plan.loss.measure)

    def distance(tables: Sequence[Values]) -> tuple[float, list[Values]]:
        value, slopes = 0.0, [np.zeros(shape) for shape in tree.shapes]
        for margin, place in ((margin, home[margin]) for margin in measured):
            off = _sum_to(tables[place], tree.cliques[place], margin) - likely.values[margin]
            weighted = off / likely.variances[margin]
            value += float((off * weighted).sum()) / 2
            slopes[place] += _spread(weighted, margin, tree.cliques[place])
        return value, slopes

    start = _expected(tree, mixture)
    tables = _descended(tree, distance, start, total=likely.total, pull=mixture.trust)
    return {
        margin: _sum_to(tables[home[margin]], tree.cliques[home[margin]], margin)
        for margin in workload.margins
    }


def _expected(tree: _Tree, mixture: Mixture) -> list[Values]:
    """Log-potentials of what is expected: each clique given what it shares with its parent."""
    potentials = []
    for place, clique in enumerate(tree.cliques):
        table = np.log(np.maximum(mixture.table(clique), _LEAST))
        if place:
            shared = tree.shared(place)
            whole = np.log(np.maximum(mixture.table(shared), _LEAST))
            table = table - _spread(whole, shared, clique)
        potentials.append(table)
    return potentials


def _descended(
    tree: _Tree, distance: Distance, start: Sequence[Values], *, total: float, pull: float
) -> list[Values]:
    start_norm = tree.log_norm(start)

    def divergence(potentials: Sequence[Values], tables: Sequence[Values]) -> float:
        moved = sum(
            float((table * (p - q)).sum())
            for table, p, q in zip(tables, potentials, start, strict=True)
        )
        return moved - total * (tree.log_norm(potentials) - start_norm)

    potentials = list(start)
    tables = tree.marginals(potentials, total)
    value, slopes = distance(tables)
    step, calm = 1.0 / total, 0
    for _ in range(_STEPS):
        tried = [
            p - step * (slope + pull * (p - q))
            for p, slope, q in zip(potentials, slopes, start, strict=True)
        ]
        new_tables = tree.marginals(tried, total)
        near, new_slopes = distance(new_tables)
        new_value = near + pull * divergence(tried, new_tables)
        if not new_value <= value:  # also when it is not a number
            step /= 2
            if step * total < _SMALLEST_STEP:
                break
            continue
        calm = calm + 1 if value - new_value <= _ENOUGH * value else 0
        potentials, tables, value, slopes = tried, new_tables, new_value, new_slopes
        step *= 1.3
        if calm >= _CALM:
            break
    return tables

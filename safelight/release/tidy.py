"""Non-negative tables that agree with each other, as near as possible to what was measured.

The noisy margins contradict each other and hold negative counts. Here they are fitted by
tables that belong to one joint distribution: non-negative, with equal totals wherever two
tables share an axis. Only noisy values are used, so that nothing more is given away. The
fit is better than the noise in sparse tables, because a true zero cannot go below zero; it
is not unbiased, so intervals stay with the least-squares values.

Entropic mirror descent on the weighted squared error over the cliques of the tables' graph
(McKenna, Sheldon & Miklau 2019, "Graphical-model based estimation and inference for
differential privacy"; Beck & Teboulle 2003 for the descent), pulled a little towards axes
that have nothing to do with each other: where the noise says nothing, neither does the
table. The joint is never built: a junction tree holds one table a clique.
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
from safelight.release.workload import Margin, Workload

Values = NDArray[np.float64]
LARGEST_MODEL: Final = 2_000_000
# How strongly tables are pulled towards independence, in incidents: the divergence from it
# weighs as much as this many would. How far real tables are from independence does not
# depend on how many were counted, so the pull does not grow with them (bench/noise.py).
_PULL: Final = 150.0
_STRONGEST_PULL: Final = 0.1
_STEPS: Final = 1500
_ENOUGH: Final = 1e-8
_CALM: Final = 5
_SMALLEST_STEP: Final = 1e-12


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
            sent[child] = _log_sum(up[child], self.cliques[child], self._shared(child))
            up[parent] = up[parent] + _spread(
                sent[child], self._shared(child), self.cliques[parent]
            )
        found = [up[0]]
        for child in range(1, len(up)):
            shared = self._shared(child)
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
            parent, shared = self.parents[child], self._shared(child)
            sent = _log_sum(up[child], self.cliques[child], shared)
            up[parent] = up[parent] + _spread(sent, shared, self.cliques[parent])
        return float(_log_sum(up[0], self.cliques[0], ()))

    def _shared(self, child: int) -> Margin:
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
    measured: Mapping[Margin, Values],
    variances: Mapping[Margin, float],
    unbiased: Mapping[Margin, Values],
    workload: Workload,
) -> dict[Margin, Values]:
    """Every margin of the workload: non-negative, consistent, with one total for all.

    `unbiased` are the least-squares values of `measured`: they give the total, and what to
    expect where nothing else is known. Where noise made the total less than one, all
    cells are zero. Raises ReleaseError for tables whose model is too large.
    """
    total = float(unbiased[()])
    if total < 1:
        return {margin: np.zeros(workload.shape(margin)) for margin in workload.margins}
    tree = _tree(workload)
    home = {
        margin: next(i for i, c in enumerate(tree.cliques) if set(margin) <= set(c))
        for margin in {*measured, *workload.margins}
    }

    def distance(tables: Sequence[Values]) -> tuple[float, list[Values]]:
        value, slopes = 0.0, [np.zeros(shape) for shape in tree.shapes]
        for margin, seen in measured.items():
            place = home[margin]
            off = _sum_to(tables[place], tree.cliques[place], margin) - seen
            value += float((off**2).sum()) / (2 * variances[margin])
            slopes[place] += _spread(off / variances[margin], margin, tree.cliques[place])
        return value, slopes

    tables = _descended(tree, distance, _independent(tree, unbiased, total), total)
    return {
        margin: _sum_to(tables[home[margin]], tree.cliques[home[margin]], margin)
        for margin in workload.margins
    }


def _independent(tree: _Tree, unbiased: Mapping[Margin, Values], total: float) -> list[Values]:
    """Log-potentials of axes that have nothing to do with each other; each in one clique."""
    potentials, used = [np.zeros(shape) for shape in tree.shapes], set[str]()
    for place, clique in enumerate(tree.cliques):
        for name in clique:
            if name not in used:
                used.add(name)
                # Half an incident: what is expected nowhere could never come back.
                share = np.maximum(unbiased[(name,)], 0.5) / total
                potentials[place] = potentials[place] + _spread(np.log(share), (name,), clique)
    return potentials


def _descended(
    tree: _Tree, distance: Distance, start: Sequence[Values], total: float
) -> list[Values]:
    start_norm = tree.log_norm(start)

    def divergence(potentials: Sequence[Values], tables: Sequence[Values]) -> float:
        moved = sum(
            float((table * (p - q)).sum())
            for table, p, q in zip(tables, potentials, start, strict=True)
        )
        return moved - total * (tree.log_norm(potentials) - start_norm)

    pull = min(_STRONGEST_PULL, _PULL / total)
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

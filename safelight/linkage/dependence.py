"""Fields that go together among different records, too.

Beatings happen in streets, postcodes lie in suburbs: two records of different incidents
that agree on the one often agree on the other, and counting both as if they were
independent makes strangers look alike. How often random pairs agree on two fields at once
is counted, and a tree of the strongest ties corrects the weights (Chow & Liu 1968, IEEE
Transactions on Information Theory 14:462; dependence among non-matches: Thibaudeau 1993,
Survey Methodology 19:31).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

Floats = NDArray[np.float64]
Levels = NDArray[np.int8]

Joint: TypeAlias = Mapping[tuple[int, int], Floats]
"""For fields i < j: how many pairs show level r of i and level c of j, as counts[r, c]."""

# Pairs as many as expected, added to each count: what was hardly seen says nothing.
_PSEUDO = 1.0
# Ties that explain less than this (in nats a pair) are left out.
_WEAK_TIE = 1e-5


@dataclass(frozen=True)
class Ties:
    """`corrections`: for a child and its parent the log of seen over expected, [child, parent]."""

    corrections: Mapping[tuple[int, int], Floats] = field(repr=False)

    def correct(self, levels: Levels) -> Floats:
        """Shape (n, fields): what to add to each field's evidence; zero where a side is empty."""
        found = np.zeros(levels.shape)
        for (child, parent), log_ratio in self.corrections.items():
            one, other = levels[:, child], levels[:, parent]
            there = (one >= 0) & (other >= 0)
            found[there, child] -= log_ratio[one[there], other[there]]
        return found


NO_TIES = Ties({})


def joint_counts(levels: Levels, sizes: Sequence[int], times: Floats | None = None) -> Joint:
    """Count pairs (or sum `times`) by the levels of every two fields."""
    found = {}
    for i, j in combinations(range(len(sizes)), 2):
        there = (levels[:, i] >= 0) & (levels[:, j] >= 0)
        code = levels[there, i].astype(np.int64) * sizes[j] + levels[there, j]
        weights = None if times is None else times[there]
        counts = np.bincount(code, weights, minlength=sizes[i] * sizes[j])
        found[(i, j)] = counts.astype(np.float64).reshape(sizes[i], sizes[j])
    return found


def learn_ties(random: Joint, same: Joint, *, share: float, fields: int) -> Ties:
    """Ties among different records: those of `random` pairs without the matches among them.

    `same`: joint counts of the expected matches among all pairs; `share`: how large a part
    of all pairs `random` is.
    """
    tables = {pair: np.maximum(counts - share * same[pair], 0.0) for pair, counts in random.items()}
    strength = np.zeros((fields, fields))
    for (i, j), counts in tables.items():
        strength[i, j] = _information(counts)
    tree = minimum_spanning_tree(csr_matrix(np.where(strength > _WEAK_TIE, -strength, 0.0)))
    edges = {tuple(sorted(edge)) for edge in zip(*tree.nonzero(), strict=True)}
    corrections: dict[tuple[int, int], Floats] = {}
    reached: set[int] = set()
    for root in range(fields):
        waiting = [root] if root not in reached else []
        while waiting:
            parent = waiting.pop()
            reached.add(parent)
            for i, j in edges:
                if parent in (i, j):
                    child = j if parent == i else i
                    if child not in reached:
                        counts = tables[(i, j)]
                        table = counts if child == i else counts.T
                        corrections[(int(child), int(parent))] = _log_ratio(table)
                        waiting.append(int(child))
    return Ties(corrections)


def _expected(counts: Floats) -> Floats:
    total = counts.sum()
    product: Floats = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(total, 1.0)
    return product


def _log_ratio(counts: Floats) -> Floats:
    found: Floats = np.log((counts + _PSEUDO) / (_expected(counts) + _PSEUDO))
    return found


def _information(counts: Floats) -> float:
    """Mutual information in nats, with the smoothed ratios."""
    total = counts.sum()
    return float((counts * _log_ratio(counts)).sum() / total) if total > 0 else 0.0

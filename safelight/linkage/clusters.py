"""From pairs to clusters: records that stand for the same incident or person.

A chain of likely pairs is no cluster: A like B and B like C does not make A the same as C.
Records that hang together are compared all with all, and two groups become one only if
their records are, on average over all pairs, more likely the same than not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CERTAIN: Final = 1e6
"""The weight of what a person decided: beyond all that data can say."""
# A pair nobody compared, in a group too large to compare all with all.
_NEVER_MET: Final = -9.0


@dataclass(frozen=True)
class Weighed:
    """Pairs `a` < `b` of records 0 … `records`-1, with natural log-odds of being the same."""

    records: int
    a: Ints = field(repr=False)
    b: Ints = field(repr=False)
    weight: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.a)

    def above(self, least: float) -> Weighed:
        return self.where(self.weight > least)

    def where(self, chosen: NDArray[np.bool_]) -> Weighed:
        return Weighed(self.records, self.a[chosen], self.b[chosen], self.weight[chosen])


@dataclass(frozen=True)
class Group:
    """Records that hang together, and the symmetric matrix of their weights (diagonal 0)."""

    members: Ints
    weight: Floats


def components(pairs: Weighed) -> Ints:
    """For each record the number of the component that `pairs` connect it to."""
    graph = coo_matrix(
        (np.ones(len(pairs), np.int8), (pairs.a, pairs.b)), shape=(pairs.records, pairs.records)
    )
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def missing_pairs(component: Ints, pairs: Weighed, *, most_members: int) -> tuple[Ints, Ints]:
    """Pairs of one component that nobody compared, where it has at most `most_members`."""
    sizes = np.bincount(component)
    wanted = np.flatnonzero((sizes > 2) & (sizes <= most_members))
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], wanted)
    met = set((pairs.a * pairs.records + pairs.b).tolist())
    found: list[tuple[int, int]] = []
    for start, number in zip(starts, wanted, strict=True):
        members = np.sort(order[start : start + sizes[number]]).tolist()
        for place, one in enumerate(members):
            found += [
                (one, other)
                for other in members[place + 1 :]
                if one * pairs.records + other not in met
            ]
    if not found:
        empty = np.zeros(0, np.int64)
        return empty, empty
    a, b = np.array(found, np.int64).T
    return a, b


def groups(component: Ints, pairs: Weighed) -> Iterator[Group]:
    """Components of three or more records, each with its matrix of weights."""
    sizes = np.bincount(component)
    inside = component[pairs.a] == component[pairs.b]
    large = inside & (sizes[component[pairs.a]] > 2)
    a, b, weight = pairs.a[large], pairs.b[large], pairs.weight[large]
    order = np.argsort(component[a], kind="stable")
    a, b, weight = a[order], b[order], weight[order]
    numbers = component[a]
    cuts = np.flatnonzero(np.diff(numbers)) + 1
    for mine in np.split(np.arange(len(a)), cuts):
        if not len(mine):
            continue
        members = np.unique(np.concatenate([a[mine], b[mine]]))
        matrix = np.full((len(members), len(members)), _NEVER_MET)
        np.fill_diagonal(matrix, 0.0)
        left = np.searchsorted(members, a[mine])
        right = np.searchsorted(members, b[mine])
        matrix[left, right] = matrix[right, left] = weight[mine]
        yield Group(members, matrix)


def pairs_of_two(component: Ints, pairs: Weighed) -> Weighed:
    """The pairs that are a component of their own."""
    sizes = np.bincount(component)
    return pairs.where(
        (component[pairs.a] == component[pairs.b]) & (sizes[component[pairs.a]] == 2)
    )


def likely_clusters(component: Ints, pairs: Weighed) -> Ints:
    """A cluster number for each record: the likeliest partition, for display.

    Groups are joined from the likeliest on (average linkage on log-odds).
    """
    label = np.arange(pairs.records, dtype=np.int64)
    two = pairs_of_two(component, pairs)
    label[two.b[two.weight > 0]] = two.a[two.weight > 0]
    for group in groups(component, pairs):
        for cluster in _joined(group.weight):
            label[group.members[cluster]] = group.members[min(cluster)]
    return label


def _joined(weight: Floats) -> list[list[int]]:
    clusters = [[one] for one in range(len(weight))]
    total = weight.copy()
    size = np.ones(len(weight))
    alive = np.ones(len(weight), bool)
    np.fill_diagonal(total, -np.inf)
    while True:
        mean = total / np.outer(size, size)
        mean[~alive] = -np.inf
        mean[:, ~alive] = -np.inf
        best = int(np.argmax(mean))
        one, other = divmod(best, len(weight))
        if not mean[one, other] > 0:
            return [cluster for cluster, here in zip(clusters, alive, strict=True) if here]
        clusters[one] += clusters[other]
        total[one] += total[other]
        total[:, one] += total[:, other]
        total[one, one] = -np.inf
        size[one] += size[other]
        alive[other] = False


def pairs_within(label: Ints) -> int:
    """How many pairs of records share a cluster."""
    sizes = np.bincount(np.unique(label, return_inverse=True)[1])
    return int((sizes * (sizes - 1) // 2).sum())

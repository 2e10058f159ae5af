"""Decomposable graphs on up to six lists, as cliques and separators.

An edge says that two lists depend on each other given the rest. A graph is
decomposable if it has no cycle of four or more without a chord; then its likelihood
factors over its maximal cliques and the separators between them (Dawid & Lauritzen
1993, Annals of Statistics 21:1272).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError

MOST_LISTS_AVERAGED: Final = 6  # 18,154 graphs; seven lists have 617,675


class GraphError(SafelightError):
    """More lists than all decomposable graphs can be listed for."""


@dataclass(frozen=True)
class DecomposableGraph:
    """Cliques and separators as masks of lists, separators with their multiplicity."""

    cliques: tuple[int, ...]
    separators: tuple[int, ...]


def decomposed(neighbours: Sequence[int]) -> DecomposableGraph | None:
    """Cliques and separators of the graph, or `None` if it is not decomposable.

    `neighbours[k]` is the mask of lists joined to list k. Maximum cardinality search
    (Tarjan & Yannakakis 1984, SIAM J. Comput. 13:566): number the vertices, each time
    one with the most numbered neighbours. The graph is decomposable if and only if the
    numbered neighbours of each vertex are all joined to one another.
    """
    left = (1 << len(neighbours)) - 1
    numbered = 0
    cliques: list[int] = []
    separators: list[int] = []
    previous = -1
    while left:
        vertex = max(
            (k for k in range(len(neighbours)) if left >> k & 1),
            key=lambda k: (neighbours[k] & numbered).bit_count(),
        )
        earlier = neighbours[vertex] & numbered
        for other in range(len(neighbours)):
            if earlier >> other & 1 and earlier & ~(neighbours[other] | 1 << other):
                return None
        # When the count of earlier neighbours does not grow, a new clique begins.
        if earlier.bit_count() <= previous or previous < 0:
            if previous >= 0:
                separators.append(earlier)
            cliques.append(earlier | 1 << vertex)
        else:
            cliques[-1] |= 1 << vertex
        previous = earlier.bit_count()
        left &= ~(1 << vertex)
        numbered |= 1 << vertex
    return DecomposableGraph(tuple(cliques), tuple(separators))


@lru_cache(maxsize=4)
def decomposable_graphs(lists: int) -> tuple[DecomposableGraph, ...]:
    """Every decomposable graph on 2 to 6 labelled lists: 2, 8, 61, 822, 18,154 of them.

    The first has no edge (independence), the last all of them (the saturated one).
    """
    if not 2 <= lists <= MOST_LISTS_AVERAGED:
        raise GraphError(
            f"decomposable graphs are averaged over for 2 to {MOST_LISTS_AVERAGED} lists; "
            f"got {lists}. Leave lists out or merge some"
        )
    edges = tuple(combinations(range(lists), 2))
    found = []
    for chosen in range(1 << len(edges)):
        neighbours = [0] * lists
        for place, (a, b) in enumerate(edges):
            if chosen >> place & 1:
                neighbours[a] |= 1 << b
                neighbours[b] |= 1 << a
        graph = decomposed(neighbours)
        if graph is not None:
            found.append(graph)
    return tuple(found)


@lru_cache(maxsize=4)
def factor_counts(lists: int) -> NDArray[np.float32]:
    """How often each subset of lists is a factor of each graph: cliques +1, separators -1.

    Shape (graphs, 2^K), in the order of `decomposable_graphs`, read-only.
    """
    graphs = decomposable_graphs(lists)
    counts = np.zeros((len(graphs), 1 << lists), dtype=np.float32)
    for row, graph in enumerate(graphs):
        for clique in graph.cliques:
            counts[row, clique] += 1
        for separator in graph.separators:
            counts[row, separator] -= 1
    counts.setflags(write=False)
    return counts


def graph_name(graph: DecomposableGraph, names: Sequence[str]) -> str:
    """`[A B][B C][D]`: its cliques."""
    return "".join(
        "[" + " ".join(name for k, name in enumerate(names) if clique >> k & 1) + "]"
        for clique in sorted(graph.cliques)
    )

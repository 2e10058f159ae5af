"""Several plausible linkages instead of one: partitions drawn from what the weights leave open.

Each draw is a whole partition, so it is transitive: whoever is the same as B is the same as
everybody B is the same as. A pair that hangs together with nobody else is drawn by its own
chance. In larger groups record after record is placed anew, as in Gibbs sampling: it joins a
cluster by the odds of its mean weight to the members, whose pairs repeat each other's
evidence, so that weights are averaged and not added. What people decided holds in every
draw. (Posterior linkages: Steorts, Hall & Fienberg 2016, JASA 111:1660; Sadinle 2018, Annals
of Applied Statistics 12:1013.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.linkage.clusters import (
    CERTAIN,
    Floats,
    Group,
    Ints,
    Weighed,
    groups,
    pairs_of_two,
)

_SWEEPS_BEFORE: Final = 25
_SWEEPS_BETWEEN: Final = 4


def sample_linkages(
    component: Ints, pairs: Weighed, *, draws: int, generator: np.random.Generator
) -> list[Ints]:
    """`draws` partitions, each a cluster number for every record."""
    labels = [np.arange(pairs.records, dtype=np.int64) for _ in range(draws)]
    two = pairs_of_two(component, pairs)
    chance = 1 / (1 + np.exp(-np.clip(two.weight, -700, 700)))
    for label in labels:
        same = generator.random(len(two)) < chance
        label[two.b[same]] = two.a[same]
    for group in groups(component, pairs):
        for label, drawn in zip(labels, _partitions(group, draws, generator), strict=True):
            label[group.members] = group.members[drawn]
    return labels


def _partitions(group: Group, draws: int, generator: np.random.Generator) -> list[NDArray[np.intp]]:
    """Partitions of one group; each record is given the number of its cluster's first record."""
    size = len(group.members)
    state = _start(group.weight)
    found = []
    for draw in range(draws):
        for _ in range(_SWEEPS_BETWEEN if draw else _SWEEPS_BEFORE):
            for one in generator.permutation(size):
                state[one] = _placed(state, int(one), group.weight, generator)
        found.append(_first_of_each(state))
    return found


def _start(weight: Floats) -> NDArray[np.intp]:
    """Everybody alone, but with those whom a person put together."""
    state = np.arange(len(weight))
    for one, other in np.argwhere(np.triu(weight >= CERTAIN / 2)):
        state[state == state[other]] = state[one]
    return state


def _placed(
    state: NDArray[np.intp], one: int, weight: Floats, generator: np.random.Generator
) -> int:
    """A cluster number for record `one`, given where all others are."""
    size = len(state)
    others = np.arange(size) != one
    members = np.bincount(state[others], minlength=size)
    # The last place is for a cluster of its own, whose number nobody has.
    free = int(np.argmin(members))
    towards = weight[one, others]
    gain = np.bincount(state[others], towards, minlength=size) / np.maximum(members, 1)
    # A person's word is not averaged away.
    for decided in (CERTAIN, -CERTAIN):
        told = np.abs(towards - decided) < CERTAIN / 2
        gain[state[others][told]] = decided
    gain[members == 0] = -np.inf
    gain[free] = 0.0
    chance = np.exp(gain - gain.max()).cumsum()
    return int(np.searchsorted(chance, generator.random() * chance[-1], side="right"))


def _first_of_each(state: NDArray[np.intp]) -> NDArray[np.intp]:
    _, first, inverse = np.unique(state, return_index=True, return_inverse=True)
    return first[inverse]


def patterns(label: Ints, list_number: Ints, *, lists: int) -> Ints:
    """Shape (2^lists,): how many clusters show each inclusion pattern; list 0 is the low bit."""
    clusters, inverse = np.unique(label, return_inverse=True)
    mask = np.zeros(len(clusters), np.int64)
    np.bitwise_or.at(mask, inverse, 1 << list_number)
    return np.bincount(mask, minlength=1 << lists)


def patterns_as_csv(names: Sequence[str], counts: Ints) -> str:
    """The table that `safelight undercount` reads: one 0/1 column for each list, and `count`."""
    lines = [",".join([*names, "count"])]
    for pattern in np.flatnonzero(counts):
        bits = [str(int(pattern) >> k & 1) for k in range(len(names))]
        lines.append(",".join([*bits, str(int(counts[pattern]))]))
    return "\n".join(lines) + "\n"

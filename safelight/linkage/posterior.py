"""Several plausible linkages instead of one: partitions drawn from what the records leave open.

Each draw is a whole partition, so it is transitive: whoever is the same as B is the same as
everybody B is the same as. A Markov chain over partitions (`partition_moves`) goes by a joint
score: of each cluster what its fields say at once (`cluster_evidence`) and how likely such a
cluster is beforehand (`partition_prior`). The weights were themselves learned from what is
uncertain; so between draws m and u are learned anew from the partition at hand, each cluster
weighed by an exponential chance (weighted likelihood bootstrap; Newton & Raftery 1994, JRSS B
56:3). What people decided holds in every draw. (Posterior linkages: Steorts, Hall & Fienberg
2016, JASA 111:1660; Sadinle 2018, Annals of Applied Statistics 12:1013.)
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

import numpy as np

from safelight.linkage.cluster_evidence import OpenGroup
from safelight.linkage.clusters import Floats, Ints
from safelight.linkage.linking import Linked
from safelight.linkage.open_groups import decided, hanging_together, open_groups
from safelight.linkage.partition_moves import Partition, Score
from safelight.linkage.partition_prior import PartitionPrior, draw_prior

_ROUNDS_BEFORE: Final = 10
_SWEEPS_A_ROUND: Final = 3


def sample_linkages(
    linked: Linked,
    *,
    draws: int,
    generator: np.random.Generator,
    start: Ints | None = None,
) -> list[Ints]:
    """`draws` partitions, each a cluster number for every record.

    `start`: the partition to begin with, the likely clusters if None; ten rounds later it is
    forgotten.
    """
    chain = _Chain(linked, linked.label if start is None else start, generator)
    for _ in range(_ROUNDS_BEFORE):
        chain.go_on()
    found = []
    for _ in range(draws):
        chain.go_on()
        found.append(chain.label())
    return found


class _Chain:
    """Where the chain is: the partition, the prior and the weights."""

    def __init__(self, linked: Linked, start: Ints, generator: np.random.Generator) -> None:
        self._linked = linked
        self._generator = generator
        # Simulation, not secrets.
        self._chance = Random(int(generator.integers(2**63)))  # noqa: S311  # nosec B311
        self._of = linked.list_numbers()
        component = hanging_together(linked)
        self._groups = open_groups(linked, component)
        self._partitions = [Partition(one, _begun(one, start)) for one in self._groups]
        self._couples = _Couples(linked, component, start)
        self._ratios = _ratios(linked, linked.model.evidence(linked.details))

    def go_on(self) -> None:
        """One round: a prior for the partition, sweeps under it, and weights learned from it."""
        for _ in range(_SWEEPS_A_ROUND):
            prior = self._prior()
            self._couples.draw(self._ratios, prior, self._generator)
            for group, partition in zip(self._groups, self._partitions, strict=True):
                partition.sweep(self._score(group, prior), self._chance)
        self._learn()

    def label(self) -> Ints:
        label = np.arange(len(self._of), dtype=np.int64)
        self._couples.label(label)
        for group, partition in zip(self._groups, self._partitions, strict=True):
            for cluster in partition.clusters():
                records = [one for unit in group.units(cluster) for one in group.records[unit]]
                label[records] = min(records)
        return label

    def _score(self, group: OpenGroup, prior: PartitionPrior) -> Score:
        known: dict[int, float] = {}
        ratios = self._ratios

        def score(cluster: int) -> float:
            found = known.get(cluster)
            if found is None:
                found = group.evidence(cluster, ratios) + prior.of(group.counts(cluster))
                known[cluster] = found
            return found

        return score

    def _prior(self) -> PartitionPrior:
        label, lists = self.label(), len(self._linked.lists)
        counts = patterns(label, self._of, lists=lists).astype(np.float64)
        first = np.unique(label * lists + self._of)
        records = np.bincount(self._of, minlength=lists)
        repeats = records - np.bincount(first % lists, minlength=lists)
        return draw_prior(counts, repeats.astype(np.float64), generator=self._generator)

    def _learn(self) -> None:
        """m and u from the pairs that are now the same: of each cluster as much as one record
        fewer than it has, since its pairs repeat each other."""
        linked, label = self._linked, self.label()
        same = label[linked.details.a] == label[linked.details.b]
        pairs = linked.details.where(same)
        size = np.bincount(label, minlength=len(label))
        weight = self._generator.exponential(size=len(label))
        of = label[pairs.a]
        model = linked.model.given(pairs, weight[of] * 2 / size[of])
        self._ratios = _ratios(linked, model.evidence(linked.details))
        for group in self._groups:
            group.forget()


class _Couples:
    """Groups of two records, which are drawn all at once."""

    def __init__(self, linked: Linked, component: Ints, start: Ints) -> None:
        pairs = linked.pairs
        sizes = np.bincount(component)
        of_two = (component[pairs.a] == component[pairs.b]) & (sizes[component[pairs.a]] == 2)
        self._row = np.flatnonzero(of_two)
        self._a, self._b = pairs.a[of_two], pairs.b[of_two]
        of = linked.list_numbers()
        self._list_a, self._list_b = of[self._a], of[self._b]
        self._decided = decided(pairs.weight[of_two])
        self._same = start[self._a] == start[self._b]

    def draw(self, ratios: Floats, prior: PartitionPrior, generator: np.random.Generator) -> None:
        one, other = self._list_a, self._list_b
        intensity = prior.intensity
        twice = np.log(2.0) + prior.again[one] - prior.done[one] - intensity[1 << one]
        both = intensity[(1 << one) | (1 << other)]
        across = both - intensity[1 << one] - intensity[1 << other]
        gain = np.nansum(ratios[self._row], axis=1) + np.where(one == other, twice, across)
        drawn = generator.random(len(gain)) < 1 / (1 + np.exp(-np.clip(gain, -700, 700)))
        self._same = np.where(self._decided == 0, drawn, self._decided > 0)

    def label(self, label: Ints) -> None:
        label[self._b[self._same]] = self._a[self._same]


def _ratios(linked: Linked, evidence: Floats) -> Floats:
    """Evidence by compared pair and field; NaN where a side holds nothing."""
    found: Floats = np.where(linked.details.levels >= 0, evidence, np.nan)
    return found


def _begun(group: OpenGroup, start: Ints) -> list[int]:
    """Clusters of a partition as a group has them; one that must not be falls into its units."""
    clusters: dict[int, int] = {}
    for unit, records in enumerate(group.records):
        number = int(start[records[0]])
        clusters[number] = clusters.get(number, 0) | 1 << unit
    found = []
    for cluster in clusters.values():
        units = group.units(cluster)
        if any(group.apart[unit] & cluster for unit in units):
            found += [1 << unit for unit in units]
        else:
            found.append(cluster)
    return found


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

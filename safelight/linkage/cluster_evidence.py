"""What all fields say for a cluster of several records at once.

Pairs of one cluster repeat each other's evidence: three records have three pairs, but only two
records to be explained by the third. For each field one record, whichever, is taken for the
source and the others for its copies; the evidence is the mean over sources of the product of
the pairs' ratios (a mixture of star-shaped trees; Chow & Liu 1968 for trees). A field that a
record lacks says nothing about it, and does not dilute what others say: a phone that two of
three records share counts in full, which a mean over whole pairs would halve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# For a pair that nobody compared, in a group too large to compare all with all.
_NEVER_MET: Final = -9.0


def evidence_of_cluster(ratios: Floats) -> float:
    """Natural log of how much likelier records are as one than each for itself.

    `ratios`: shape (records, records, fields), symmetric log-ratios of m and u, NaN where a side
    holds nothing and on the diagonal. For two records: their sum.
    """
    there = np.isfinite(ratios)
    sums = np.where(there, ratios, 0.0).sum(axis=1)
    sources = there.any(axis=1)
    count = sources.sum(axis=0)
    most = np.where(sources, sums, -np.inf).max(axis=0)
    most[count == 0] = 0.0
    mean = np.exp(np.where(sources, sums - most, -np.inf)).sum(axis=0) / np.maximum(count, 1)
    mean[count == 0] = 1.0
    return float((most + np.log(mean)).sum())


@dataclass
class OpenGroup:
    """Records that hang together, as units that stay together (what people joined).

    Clusters are sets of units, written as bits. `records[unit]`: record numbers;
    `lists[unit]`: how many of each list; `near[unit]`: units it may well be the same as;
    `apart[unit]`: bits of units that must not be with it; `row`: where two records' ratios are.
    """

    records: Sequence[tuple[int, ...]]
    lists: Sequence[tuple[int, ...]]
    near: Sequence[Sequence[int]]
    edges: Sequence[tuple[int, int]]
    apart: Sequence[int]
    row: Mapping[tuple[int, int], int]
    _known: dict[int, float] = field(default_factory=dict)

    def forget(self) -> None:
        """The weights have changed."""
        self._known.clear()

    def units(self, cluster: int) -> list[int]:
        found = []
        while cluster:
            low = cluster & -cluster
            found.append(low.bit_length() - 1)
            cluster ^= low
        return found

    def counts(self, cluster: int) -> tuple[int, ...]:
        """How many records of each list."""
        return tuple(
            map(sum, zip(*(self.lists[unit] for unit in self.units(cluster)), strict=True))
        )

    def evidence(self, cluster: int, ratios: Floats) -> float:
        """Of a cluster, `ratios` by row of the compared pairs; minus infinity if people said
        that two of it are different."""
        found = self._known.get(cluster)
        if found is None:
            found = self._known[cluster] = self._evidence(cluster, ratios)
        return found

    def _evidence(self, cluster: int, ratios: Floats) -> float:
        units = self.units(cluster)
        if any(self.apart[unit] & cluster for unit in units):
            return float("-inf")
        records = sorted(record for unit in units for record in self.records[unit])
        if len(records) < 2:
            return 0.0
        size = len(records)
        square = np.full((size, size, ratios.shape[1]), np.nan)
        strangers = 0
        for place, one in enumerate(records):
            for beyond, other in enumerate(records[place + 1 :], place + 1):
                at = self.row.get((one, other))
                if at is None:
                    strangers += 1
                else:
                    square[place, beyond] = square[beyond, place] = ratios[at]
        return evidence_of_cluster(square) + strangers * _NEVER_MET * 2 / size

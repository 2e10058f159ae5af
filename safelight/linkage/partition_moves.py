"""Steps of a Markov chain over the partitions of one group of records.

Unit after unit is placed anew (Gibbs sampling), and whole clusters are split and merged, since
from {a, b} and {c, d} to one cluster no way leads unit by unit but over partitions that are far
less likely (Jain & Neal 2004, JCGS 13:158; allocated one after the other as in Dahl & Newcomb
2022, Computational Statistics 37:1973). Both leave the same distribution as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, log, log1p
from random import Random
from typing import TypeAlias

from safelight.linkage.cluster_evidence import OpenGroup

Score: TypeAlias = Callable[[int], float]
"""Natural log of how likely a cluster is, up to what all partitions share; a cluster is bits."""


class Partition:
    """The clusters of a group, as bits; `of[unit]` is the cluster that a unit is in."""

    def __init__(self, group: OpenGroup, clusters: Sequence[int]) -> None:
        self.group = group
        self.of = [0] * len(group.records)
        for cluster in clusters:
            self._set(cluster)

    def clusters(self) -> list[int]:
        return list(dict.fromkeys(self.of))

    def sweep(self, score: Score, chance: Random) -> None:
        """Place as many units as there are; where four may be two and two, split and merge."""
        size = len(self.of)
        for _ in range(size):
            self._place(chance.randrange(size), score, chance)
        if size > 3:
            for _ in range(size // 2):
                self._split_or_merge(score, chance)

    def _place(self, unit: int, score: Score, chance: Random) -> None:
        bit = 1 << unit
        left = self.of[unit] ^ bit
        # Only clusters with somebody near: a stranger's odds are below one in 3,000.
        open_to = {self.of[other]: None for other in self.group.near[unit]}
        open_to.pop(left | bit, None)
        if left:
            open_to[left] = None
        gains = [_gain(score, cluster, bit) for cluster in open_to]
        gains.append(score(bit))
        most = max(gains)
        odds = [exp(gain - most) for gain in gains]
        drawn = chance.random() * sum(odds)
        to = 0
        for cluster, share in zip([*open_to, 0], odds, strict=True):
            to = cluster
            drawn -= share
            if drawn < 0:
                break
        if to != left:
            if left:
                self._set(left)
            self._set(to | bit)

    def _split_or_merge(self, score: Score, chance: Random) -> None:
        if not self.group.edges:
            return
        # Drawn without a look at the partition, so the way back is drawn as often.
        one, other = self.group.edges[chance.randrange(len(self.group.edges))]
        mine, theirs = self.of[one], self.of[other]
        both = mine | theirs
        units = [unit for unit in self.group.units(both) if unit not in (one, other)]
        chance.shuffle(units)
        merging = mine != theirs
        start = (1 << one, 1 << other)
        left, right, said = _dealt(start, units, mine if merging else None, score, chance)
        # Where the parts are what they were, `said` is the chance of the way back.
        gain = score(both) - score(left) - score(right) + said
        if not merging:
            gain = -gain
        if log(1 - chance.random()) < gain:
            if merging:
                self._set(both)
            else:
                self._set(left)
                self._set(right)

    def _set(self, cluster: int) -> None:
        for unit in self.group.units(cluster):
            self.of[unit] = cluster


def _dealt(
    start: tuple[int, int], units: Sequence[int], known: int | None, score: Score, chance: Random
) -> tuple[int, int, float]:
    """Deal units to two clusters, each by its odds given those before, and say the log of the
    chance of that. `known`: the first cluster as it is, if the dealing is not free."""
    left, right = start
    said = 0.0
    for unit in units:
        bit = 1 << unit
        to_left = _gain(score, left, bit)
        to_right = _gain(score, right, bit)
        if to_left == to_right == -inf:
            log_left = log_right = log(0.5)
        else:
            log_left, log_right = _log_shares(to_left, to_right)
        goes_left = chance.random() < exp(log_left) if known is None else bool(known & bit)
        if goes_left:
            left |= bit
            said += log_left
        else:
            right |= bit
            said += log_right
    return left, right, said


def _gain(score: Score, cluster: int, bit: int) -> float:
    before = score(cluster)
    return -inf if before == -inf else score(cluster | bit) - before


def _log_shares(one: float, other: float) -> tuple[float, float]:
    """Logs of two odds' shares, without overflow."""
    apart = one - other
    if apart > 0:
        small = log1p(exp(-apart))
        return -small, -apart - small
    small = log1p(exp(apart))
    return apart - small, -small

"""What the relay does with fully blinded lists: whose bundles are one incident, on which lists.

Two bundles of different lists may be one incident if they share enough tokens. A cluster has at
most one bundle of each list. Pairs that share more go first; between equals chance decides,
as the lists are shuffled. With one token for each bundle there is nothing to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from safelight.partners.overlap.bundles import Bundles
from safelight.partners.overlap.scheme import Token

_Place = tuple[int, int]  # (list, bundle)


def pattern_counts(lists: Sequence[Bundles], *, shared: int) -> NDArray[np.int64]:
    """How many clusters show each inclusion pattern; shape (2^n,), list 0 is the low bit.

    `shared`: how many tokens two bundles must have in common to be linked.
    Every list's tokens are distinct (`Bundles.check_distinct`); entry 0 is 0.
    """
    if all(one.tokens == 1 for one in lists):
        return _of_single_tokens(lists)
    tokens = [
        [flat[place : place + one.tokens] for place in range(0, len(flat), one.tokens)]
        for one in lists
        for flat in [one.flat()]
    ]
    counts = np.zeros(1 << len(lists), dtype=np.int64)
    for places in clusters_of_tokens(tokens, shared=shared):
        counts[sum(1 << number for number, _ in places)] += 1
    return counts


def _of_single_tokens(lists: Sequence[Bundles]) -> NDArray[np.int64]:
    patterns: defaultdict[bytes, int] = defaultdict(int)
    for number, one in enumerate(lists):
        for token in one.flat():
            patterns[token] |= 1 << number
    return np.bincount(
        np.fromiter(patterns.values(), dtype=np.int64, count=len(patterns)),
        minlength=1 << len(lists),
    )


def clusters_of_tokens(
    lists: Sequence[Sequence[Sequence[Token]]], *, shared: int
) -> list[frozenset[_Place]]:
    """Which records of which lists are one incident: sets of (list, record), one each for all.

    Tokens as `scheme.list_tokens` makes them, or blinded: only whether they are equal counts.
    """
    member = {
        (number, place): frozenset([(number, place)])
        for number, records in enumerate(lists)
        for place in range(len(records))
    }
    for one, other in _strongest_first(lists, shared):
        mine, theirs = member[one], member[other]
        if {number for number, _ in mine} & {number for number, _ in theirs}:
            continue
        merged = mine | theirs
        for place in merged:
            member[place] = merged
    # A cluster is met at each of its records; it is kept at the first.
    return [cluster for place, cluster in member.items() if place == min(cluster)]


def _strongest_first(
    lists: Sequence[Sequence[Sequence[Token]]], least: int
) -> list[tuple[_Place, _Place]]:
    holders: defaultdict[bytes, list[_Place]] = defaultdict(list)
    for number, records in enumerate(lists):
        for place, tokens in enumerate(records):
            for token in tokens:
                if token is not None:
                    holders[token].append((number, place))
    shared: defaultdict[tuple[_Place, _Place], int] = defaultdict(int)
    for places in holders.values():
        for pair in combinations(places, 2):
            shared[pair] += 1
    enough = [item for item in shared.items() if item[1] >= least]
    return [pair for pair, _ in sorted(enough, key=lambda item: (-item[1], item[0]))]

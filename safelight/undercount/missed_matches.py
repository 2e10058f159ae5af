"""What missed matches do to an overlap, and how to put it right if their share is known.

An incident whose records were not matched is counted several times, each time on fewer
lists: the lists seem to share less, and every estimate is too high. One table cannot show
that. But whoever matched the records can measure the recall of the matching on a sample,
and with a range for it the table can be put right in expectation (as Ding & Fienberg 1994,
Survey Methodology 20:149, do for two lists; here for any number).

Model: of an incident's records one, any, stays; each other one is found to be the same
with chance `recall`, and else stands alone as an incident of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.overlap import Overlap, OverlapError

MOST_LISTS_CORRECTED: Final = 8
_LEAST: Final = 0.5


@lru_cache(maxsize=16)
def what_becomes_of(lists: int, recall: float) -> NDArray[np.float64]:
    """Expected counts of each pattern (rows) from one true incident of each (columns).

    Shape (2^K - 1, 2^K - 1), the pattern on no list left out. A column sums to one or more:
    an incident that falls apart is counted more than once.
    """
    cells = (1 << lists) - 1
    result = np.zeros((cells, cells))
    for pattern in range(1, cells + 1):
        on = [1 << k for k in range(lists) if pattern >> k & 1]
        for stays in on:
            others = [bit for bit in on if bit != stays]
            for lost in range(1 << len(others)):
                alone = [bit for place, bit in enumerate(others) if lost >> place & 1]
                chance = recall ** (len(others) - len(alone)) * (1 - recall) ** len(alone)
                chance /= len(on)
                for left in (pattern - sum(alone), *alone):
                    result[left - 1, pattern - 1] += chance
    return result


def put_right(overlap: Overlap, *, recall: float) -> Overlap:
    """The whole-number overlap closest to the one that missed matches made this one of.

    `recall`: the share of true matches that were found, from 0.5 to 1. Raises
    `OverlapError` above eight lists, or if a list shares too little to be put right.
    """
    if not _LEAST <= recall <= 1:
        raise OverlapError(f"the share of matches found is from {_LEAST} to 1; got {recall:g}")
    lists = len(overlap.lists)
    if lists > MOST_LISTS_CORRECTED:
        raise OverlapError(
            f"missed matches are put right for up to {MOST_LISTS_CORRECTED} lists; got {lists}"
        )
    # Here, for who asks nothing about matches need not wait for loading it.
    from scipy.optimize import nnls  # noqa: PLC0415

    true, _ = nnls(what_becomes_of(lists, recall), overlap.counts[1:].astype(np.float64))
    return Overlap(overlap.lists, np.concatenate([[0], np.rint(true)]).astype(np.int64))

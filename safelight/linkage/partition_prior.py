"""How likely a cluster is before anything is compared: by the lists it stands on.

Incidents on a given set of lists come as a Poisson process, so a partition is as likely as the
product of the intensities of its clusters' inclusion patterns, and two records meet with odds
of intensity(both) / intensity(one) · intensity(other). Were lists independent, that is one over
the number of incidents on none of them: all lists count, not only the two records' own. The
intensities are drawn, given a partition, from their gamma posterior around what independent
lists would show; so nothing is assumed of how lists depend that the records can refute.
A list keeps an incident once more with a chance of its own (geometric), drawn likewise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The weight of independent lists beside one partition: intensities within about three
# standard deviations of a count are open. 0.1 and 1 led to the same totals (docs/methods).
_INDEPENDENT: Final = 0.1
_LEAST: Final = 1e-3
# A list's first guess of how often it holds an incident once more: five in fifty-five.
_AGAIN: Final = (0.5, 5.0)


@dataclass(frozen=True)
class PartitionPrior:
    """Natural logs. `intensity`: shape (2^lists,), list 0 is the low bit; `again` and `done`:
    shape (lists,), that a list holds an incident once more, or no more."""

    intensity: Floats = field(repr=False)
    again: Floats
    done: Floats

    def of(self, records: tuple[int, ...]) -> float:
        """Of one cluster, by how many records of each list it has."""
        pattern, found = 0, 0.0
        for number, count in enumerate(records):
            if count:
                pattern |= 1 << number
                # Which of a list's records these are: count! orders of one set.
                found += float(self.done[number]) + lgamma(count + 1)
                if count > 1:
                    found += float(self.again[number]) * (count - 1)
        return found + float(self.intensity[pattern])


def draw_prior(
    patterns: Floats, repeats: Floats, *, generator: np.random.Generator
) -> PartitionPrior:
    """Draw it given a partition: `patterns` (2^lists,) how many clusters show each inclusion
    pattern, `repeats` (lists,) how many records of a list its clusters hold beyond their first."""
    expected = independent(patterns)
    drawn = generator.gamma(patterns + _INDEPENDENT * expected + _LEAST) / (1 + _INDEPENDENT)
    lists = len(repeats)
    standing = _standing(lists).T @ patterns
    chance = generator.beta(repeats + _AGAIN[0], standing + _AGAIN[1])
    chance = np.clip(chance, _LEAST**2, 1 - _LEAST**2)
    return PartitionPrior(np.log(np.maximum(drawn, _LEAST**2)), np.log(chance), np.log1p(-chance))


def independent(patterns: Floats) -> Floats:
    """Expected counts of each pattern if lists were independent, with the same lists' sizes and
    clusters as `patterns` (Darroch 1958, Biometrika 45:343)."""
    on = _standing(int(np.log2(len(patterns))))
    seen, sizes = float(patterns.sum()), on.T @ patterns
    low, high = seen, 50 * seen + 1
    for _ in range(60):
        total = (low + high) / 2
        unseen = total * float(np.prod(1 - np.minimum(sizes / total, 1)))
        low, high = (total, high) if unseen > total - seen else (low, total)
    share = np.minimum(sizes / max(high, 1.0), 1 - 1e-9)
    found: Floats = high * np.where(on, share, 1 - share).prod(axis=1)
    found[0] = 0.0
    return found


def _standing(lists: int) -> NDArray[np.bool_]:
    """Shape (2^lists, lists): whether a pattern has a list."""
    on: NDArray[np.bool_] = (np.arange(1 << lists)[:, None] >> np.arange(lists)) & 1 == 1
    return on

"""How good a linkage is, estimated from a random sample that people judged.

Pairs are drawn from strata: links, and pairs that were not linked by how likely they
seemed. Precision is the share of true links among links; recall needs what was missed,
which the strata of pairs not linked estimate, each weighed by its size. Intervals by draws
from each stratum's posterior with Jeffreys' prior (Brown, Cai & DasGupta 2001). Pairs that
nobody compared are outside: recall is that among compared pairs, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.linkage.clusters import CERTAIN
from safelight.linkage.linking import Linked

LINKED: Final = "linked"
# Pairs that were not linked, by their chance: at least this, and below the next.
_BANDS: Final = (("likely", 0.2), ("doubtful", 0.05), ("unlikely", 0.0))
STRATA: Final = (LINKED, *(name for name, _ in _BANDS))
_DRAWS: Final = 20_000


@dataclass(frozen=True)
class AuditSample:
    """`pairs`: (place in `Linked.pairs`, stratum); `sizes`: how many pairs each stratum has."""

    pairs: tuple[tuple[int, str], ...]
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Judged:
    """Estimates with intervals (low, high); None where nothing was judged yet."""

    judged: int
    precision: tuple[float, float, float] | None
    recall: tuple[float, float, float] | None


def strata(linked: Linked) -> NDArray[np.int64]:
    """For each pair the number of its stratum in `STRATA`; -1 for what a person decided."""
    weight = linked.pairs.weight
    chance = 1 / (1 + np.exp(-np.clip(weight, -700, 700)))
    found = np.full(len(weight), len(STRATA) - 1, np.int64)
    for number, (_, least) in reversed(list(enumerate(_BANDS, 1))):
        found[chance >= least] = number
    found[linked.label[linked.pairs.a] == linked.label[linked.pairs.b]] = 0
    found[np.abs(weight) >= CERTAIN / 2] = -1
    return found


def draw_sample(linked: Linked, *, size: int, generator: np.random.Generator) -> AuditSample:
    """Half links, the rest from the other strata alike; all of a stratum that is smaller."""
    of = strata(linked)
    pairs: list[tuple[int, str]] = []
    for number, name in enumerate(STRATA):
        places = np.flatnonzero(of == number)
        wanted = size // 2 if name == LINKED else size // 2 // len(_BANDS)
        drawn = generator.choice(places, size=min(wanted, len(places)), replace=False)
        pairs += [(int(place), name) for place in drawn]
    order = generator.permutation(len(pairs))
    return AuditSample(
        tuple(pairs[place] for place in order),
        {name: int((of == number).sum()) for number, name in enumerate(STRATA)},
    )


def judged(
    sizes: Mapping[str, int], answers: Mapping[str, tuple[int, int]], *, level: float, seed: int
) -> Judged:
    """`answers`: by stratum how many were judged the same, and how many different."""
    generator = np.random.default_rng(seed)
    count = sum(sum(one) for one in answers.values())
    same, different = answers.get(LINKED, (0, 0))
    if same + different == 0:
        return Judged(count, None, None)
    right = generator.beta(same + 0.5, different + 0.5, _DRAWS)
    if any(sizes.get(name) and not sum(answers.get(name, (0, 0))) for name in STRATA[1:]):
        return Judged(count, _summary(right, same / (same + different), level), None)
    missed = np.zeros(_DRAWS)
    expected = 0.0
    for name in STRATA[1:]:
        yes, no = answers.get(name, (0, 0))
        if yes + no:
            missed += sizes[name] * generator.beta(yes + 0.5, no + 0.5, _DRAWS)
            expected += sizes[name] * yes / (yes + no)
    links = sizes[LINKED]
    precision = same / (same + different)
    found = links * precision
    point = found / (found + expected) if found + expected else 0.0
    return Judged(
        count,
        _summary(right, precision, level),
        _summary(links * right / (links * right + missed), point, level),
    )


def _summary(draws: NDArray[np.float64], point: float, level: float) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return point, float(low), float(high)

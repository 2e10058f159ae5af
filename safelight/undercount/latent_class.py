"""The latent class estimate: many chains, and no answer where they disagree.

Manrique-Vallier (2016, Biometrics 72:1246). Assumption: incidents fall into a few
classes within which the lists are independent, and every class has been seen at least a
little. It allows for incidents that are hard to see, but not for a kind that no list
could have seen. There is no cap on N: the peer's, at 21 times the observed number, is
silent and cuts through the posterior of sparse tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.convergence import Convergence, convergence
from safelight.undercount.latent_class_density import LatentClassDensity
from safelight.undercount.latent_class_sampler import sample_seen
from safelight.undercount.loglinear import Interval
from safelight.undercount.modes import Mode, modes
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.progress import Progress

FEWEST_CHAINS: Final = 20
# A chain with this share of its draws in one mode did not cross.
_STAYED: Final = 0.95
# Below this chance of being seen a draw of N would leave 64 bits; it is 10^12 times n.
_LEAST_SEEN: Final = 1e-12


@dataclass(frozen=True)
class Chains:
    """How a run is made: cold chains, sweeps thrown away and kept, and when it may answer."""

    chains: int
    warm_up: int
    draws: int
    most_rhat: float
    least_ess: float


@dataclass(frozen=True)
class LatentClassPosterior:
    """What chains that agree say. `totals`: draws of N, shape (chains, draws)."""

    median: float
    interval: Interval
    totals: NDArray[np.float64]
    convergence: Convergence
    modes: tuple[Mode, ...]


@dataclass(frozen=True)
class ChainsDisagree:
    """No answer: what chains that began far apart found is not one distribution.

    `chain_medians`: each chain's own median of N, sorted, shape (chains,).
    """

    reason: str
    convergence: Convergence
    modes: tuple[Mode, ...]
    chain_medians: NDArray[np.float64]


def latent_class(
    overlap: Overlap,
    *,
    run: Chains,
    level: float,
    rng: np.random.Generator,
    on_progress: Progress | None = None,
) -> LatentClassPosterior | ChainsDisagree:
    """Posterior of N, or the reason why there is none. Some 3 CPU seconds for 80 chains.

    Needs at least three lists (two cannot tell classes apart) and `FEWEST_CHAINS` chains.
    The same generator state gives the same answer. `on_progress` may raise to cancel.
    """
    if len(overlap.lists) < 3:
        raise OverlapError("latent classes need at least three lists; got 2")
    if run.chains < FEWEST_CHAINS:
        raise OverlapError(f"{run.chains} chains may all miss a mode; use at least {FEWEST_CHAINS}")
    density = LatentClassDensity(overlap)
    seen = sample_seen(
        density,
        chains=run.chains,
        warm_up=run.warm_up,
        draws=run.draws,
        rng=rng,
        on_progress=on_progress,
    )
    n = overlap.observed
    totals = n + rng.negative_binomial(n, np.clip(seen, _LEAST_SEEN, 1.0)).astype(np.float64)
    found = convergence(totals)
    tops = modes(totals.ravel(), np.ones(totals.size), observed=n)
    ess = min(found.bulk_ess, found.tail_ess)
    stuck = _stuck(totals, tops)
    if stuck and found.rhat <= run.most_rhat:
        return ChainsDisagree(
            f"{stuck} of {run.chains} chains stayed in a place that the others hardly visit, so "
            "nobody knows how much it weighs",
            found,
            tops,
            np.sort(np.median(totals, axis=1)),
        )
    if found.rhat > run.most_rhat or ess < run.least_ess:
        return ChainsDisagree(
            f"{run.chains} chains that began far apart do not agree (R-hat {found.rhat:.2f}, "
            f"at most {run.most_rhat:g} is accepted; {ess:.0f} effective draws, "
            f"{run.least_ess:g} needed)",
            found,
            tops,
            np.sort(np.median(totals, axis=1)),
        )
    tails = np.quantile(totals, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return LatentClassPosterior(
        median=float(tails[1]),
        interval=Interval(float(tails[0]), float(tails[2]), level),
        totals=totals,
        convergence=found,
        modes=tops,
    )


def flat_prior_median(totals: NDArray[np.float64]) -> float:
    """The median of N had its prior been flat: draws under 1/N, each weighted by its N."""
    drawn = np.sort(totals, axis=None)
    share = np.cumsum(drawn)
    return float(drawn[np.searchsorted(share, share[-1] / 2)])


def _stuck(totals: NDArray[np.float64], tops: Sequence[Mode]) -> int:
    """How many chains spent nearly all their time in a mode that holds less than half.

    R-hat hardly sees one such chain among many, and the mode's weight is then nothing
    but the share of chains that happened to begin there.
    """
    place = np.searchsorted([top.below for top in tops[:-1]], totals)
    minor = [number for number, top in enumerate(tops) if top.share < 0.5]
    return sum(int(((place == number).mean(axis=1) > _STAYED).sum()) for number in minor)

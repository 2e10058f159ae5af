"""How much larger the number may be if some incidents are harder to see than others.

A table that mild differences of visibility leave as good as unchanged cannot show them, and
yet they hide incidents (Link 2003, Biometrics 59:1123). So the question is turned round: let
there be two kinds of incidents, one up to so many times harder to see, in odds, by every
list, in any mixture. Which totals does the table still allow?

Within each kind the given model holds. Mixed, the log mean of a pattern on s lists gets the
term log(w r^s + 1 - w), where r is the ratio of the odds and w the share of the easier kind
among the incidents that nobody saw (after Darroch, Fienberg, Glonek & Junker 1993, JASA
88:1137, section 3). r and w are not estimated: a grid of them is tried, and each total stays
inside while twice the drop of the log likelihood from its top is below the chi-square
quantile, as in a profile likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from safelight.undercount.existence import fitting_problem
from safelight.undercount.loglinear import LoglinearFit
from safelight.undercount.overlap import Overlap

# The easier kind's share of what nobody saw: the easier it is to see, the smaller.
SHARES: Final = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
# Powers of the largest ratio of odds: from slightly harder to see to as hard as is asked about.
_POWERS: Final = (0.25, 0.5, 0.75, 1.0)
_MOST_STEPS: Final = 50
_LONGEST_STEP: Final = 2.0  # on the log scale; keeps Newton's method from running away
_TOLERANCE: Final = 1e-8  # on the score, relative to the table's total


Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class HiddenKinds:
    """The largest total that the table allows with two kinds of incidents.

    `odds`, `share`: of the mixture that reaches `high`: how many times harder the hidden
    kind is to see, and its share of all incidents. One kind only is `odds` 1, `share` 0.
    `most_odds`: the largest ratio that was asked about.
    """

    high: float
    odds: float
    share: float
    most_odds: float


@dataclass(frozen=True)
class _Fits:
    """One model beside many given offsets: shape (offsets, ...) each."""

    beta: Floats
    loglik: NDArray[np.float64]
    spread: NDArray[np.float64]


def mixture_term(times: NDArray[np.float64], *, odds: float, share: float) -> NDArray[np.float64]:
    """What two kinds add to the log mean of patterns on `times` lists, shape as `times`."""
    result: NDArray[np.float64] = np.log(share * odds**times + 1 - share)
    return result


def hidden_kinds(
    overlap: Overlap, beside: LoglinearFit, *, most_odds: float, level: float
) -> HiddenKinds | None:
    """Try every mixture beside a model's own terms; None where nothing can be fitted."""
    problem = fitting_problem(overlap.counts, beside.model)
    counts = overlap.counts[problem.cells].astype(np.float64)
    times = np.bitwise_count(problem.cells.astype(np.uint64)).astype(np.float64)
    mixtures = [(1.0, 1.0)]
    mixtures += [(most_odds**power, share) for power in _POWERS for share in SHARES]
    offsets = np.array([mixture_term(times, odds=odds, share=share) for odds, share in mixtures])
    try:
        fits = _fit_beside(problem.design, counts, offsets)
    except np.linalg.LinAlgError:
        return None
    unseen = np.exp(np.minimum(fits.beta[:, 0], 600.0))
    # What one mixture lacks of the best likelihood is lost for its own interval. The unseen
    # count's own Poisson variation is added, as in `loglinear_search.averaged_interval`.
    left = ndtri((1 + level) / 2) ** 2 - 2 * (np.max(fits.loglik) - fits.loglik)
    reach = np.sqrt(np.maximum(left, 0.0)) * np.hypot(fits.spread, 1 / np.sqrt(unseen))
    highest = np.where(left >= 0, unseen * np.exp(np.minimum(reach, 600.0)), 0.0)
    place = int(highest.argmax())
    odds, share = mixtures[place]
    return HiddenKinds(
        high=overlap.observed + float(highest[place]),
        odds=odds,
        share=_share_of_all(problem.design, times, fits.beta[place], odds=odds, share=share),
        most_odds=most_odds,
    )


def _fit_beside(
    design: NDArray[np.float64], counts: NDArray[np.float64], offsets: NDArray[np.float64]
) -> _Fits:
    """Poisson regression of one table beside each offset (rows), by Newton's method.

    A fit that does not settle has log likelihood minus infinity, so that nobody uses it;
    `LinAlgError` if none does.
    """
    start = counts + 0.5
    weighted = design * start[:, None]
    beta = np.linalg.solve(design.T @ weighted, ((np.log(start) - offsets) @ weighted).T).T
    for step in range(_MOST_STEPS):
        mean = np.exp(np.clip(beta @ design.T + offsets, -600.0, 600.0))
        score = (counts - mean) @ design
        settled = np.abs(score).max(axis=1) <= _TOLERANCE * counts.sum()
        curvature = np.matmul(design.T[None] * mean[:, None, :], design)
        if settled.all() or step == _MOST_STEPS - 1:
            break
        move = np.linalg.solve(curvature, score[..., None])[..., 0]
        longest = np.abs(move).max(axis=1, keepdims=True)
        beta += move * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
    if not settled.any():
        raise np.linalg.LinAlgError("no fit settled")
    loglik = np.where(
        settled, (counts * np.log(np.maximum(mean, 1e-300)) - mean).sum(axis=1), -np.inf
    )
    curvature[~settled] = np.eye(design.shape[1])
    variance: NDArray[np.float64] = np.linalg.inv(curvature)[:, 0, 0]
    return _Fits(beta, loglik, np.sqrt(variance))


def _share_of_all(
    design: NDArray[np.float64],
    times: NDArray[np.float64],
    beta: Floats,
    *,
    odds: float,
    share: float,
) -> float:
    """The harder kind's share of all incidents; each kind has 1 + sum of means for one unseen."""
    own = np.exp(design @ beta - beta[0])
    harder = (1 - share) * (1 + float(own.sum()))
    easier = share * (1 + float((own * odds**times).sum()))
    return harder / (harder + easier)

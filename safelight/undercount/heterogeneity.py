"""Signs that some incidents are harder to see than others, which no list can tell us.

Where that is so, every pair of lists looks dependent, incidents on all lists are too
many, and estimates that leave it out are too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from safelight.undercount.loglinear import Interval, LoglinearFit
from safelight.undercount.loglinear_search import averaged_interval, climb
from safelight.undercount.lower_bounds import TooFewSharedError, chapman
from safelight.undercount.model_terms import ModelError, design_terms
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.poisson_fit import FitError, newton

# A standard error of tau beyond this means the likelihood is flat: tau runs to infinity.
_FLAT: Final = 10.0


@dataclass(frozen=True)
class CommonCause:
    """A term tau for every two lists an incident stands on, beside a model's own terms.

    log mean += tau * s(s-1)/2 for an incident on s lists: the log-linear form of
    normally distributed visibility (Darroch, Fienberg, Glonek & Junker 1993, JASA
    88:1137). `z`: tau over its standard error. `estimate` and `high`: all incidents with
    tau as fitted, and at the upper end of the level asked for.
    """

    tau: float
    z: float
    bic: float
    estimate: float
    high: float


def common_cause(overlap: Overlap, beside: LoglinearFit, *, level: float) -> CommonCause | None:
    """Fit tau beside the terms of a model; None where the table cannot tell it from them."""
    lists = len(overlap.lists)
    terms = design_terms(lists, beside.model)
    patterns = np.arange(1, overlap.counts.size)
    shared = [term for term in terms if overlap.counts[1:][(patterns & term) == term].any()]
    gone = [term for term in terms if term not in shared]
    live = np.ones(patterns.size, dtype=bool)
    for term in gone:
        live &= (patterns & term) != term
    cells = patterns[live]
    times = np.bitwise_count(cells.astype(np.uint64)).astype(np.float64)
    columns = ((cells[:, None] & np.array(shared)) == np.array(shared)).astype(np.float64)
    design = np.column_stack([columns, times * (times - 1) / 2])
    if design.shape[0] < design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    counts: NDArray[np.float64] = overlap.counts[cells].astype(np.float64)
    try:
        beta = newton(design, counts)
        mean = np.exp(design @ beta)
        covariance = np.linalg.inv(design.T @ (design * mean[:, None]))
    except (FitError, np.linalg.LinAlgError, FloatingPointError):
        return None
    if not np.isfinite(covariance).all() or not 0 < covariance[-1, -1] < _FLAT**2:
        return None
    loglik = float(counts @ np.log(np.maximum(mean, 1e-300)) - mean.sum())
    plain = float(_plain_loglik(columns, counts))
    n = overlap.observed
    spread = float(np.sqrt(covariance[0, 0]))
    up = float(ndtri((1 + level) / 2))
    return CommonCause(
        tau=float(beta[-1]),
        z=float(beta[-1] / np.sqrt(covariance[-1, -1])),
        bic=beside.bic - 2 * (loglik - plain) + float(np.log(n)),
        estimate=n + float(np.exp(min(beta[0], 600.0))),
        high=n + float(np.exp(min(beta[0] + up * spread, 600.0))),
    )


def _plain_loglik(design: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    mean = np.exp(design @ newton(design, counts))
    return float(counts @ np.log(np.maximum(mean, 1e-300)) - mean.sum())


@dataclass(frozen=True)
class KnownAnswer:
    """What the other lists say about how many incidents stand on one list, which we know."""

    on_list: str
    truth: int
    predicted: float
    interval: Interval

    @property
    def too_low(self) -> bool:
        return self.interval.high < self.truth

    @property
    def too_high(self) -> bool:
        return self.interval.low > self.truth


def known_answers(overlap: Overlap, *, level: float) -> tuple[KnownAnswer, ...]:
    """Take each list as a population of known size, and estimate it from the others.

    (Internal consistency: Hook & Regal 2000, American Journal of Epidemiology 152:771.)
    Lists on which the others see nothing, or too little, are left out.
    """
    answers = []
    for k, name in enumerate(overlap.lists):
        inside = _only_on(overlap, k)
        if inside is None:
            continue
        try:
            if len(inside.lists) == 2:
                bound = chapman(inside, min_shared=1, level=level)
                predicted, interval = bound.value, bound.interval
            else:
                found = climb(inside)
                predicted = found.best.estimate
                interval = averaged_interval(inside, found, level=level)
        except (FitError, TooFewSharedError, ModelError):
            continue
        answers.append(KnownAnswer(name, overlap.totals[k], predicted, interval))
    return tuple(answers)


def _only_on(overlap: Overlap, k: int) -> Overlap | None:
    """The incidents on list k, by the other lists; what stands on none of them is hidden."""
    patterns = np.arange(overlap.counts.size)
    counts = np.where(patterns >> k & 1, overlap.counts, 0)
    kept = [other for other in range(len(overlap.lists)) if other != k]
    target = np.zeros_like(patterns)
    for place, other in enumerate(kept):
        target |= (patterns >> other & 1) << place
    inside = np.bincount(target, weights=counts, minlength=1 << len(kept)).astype(np.int64)
    inside[0] = 0
    try:
        return Overlap(tuple(overlap.lists[other] for other in kept), inside)
    except OverlapError:
        return None  # a list that shares nobody with list k

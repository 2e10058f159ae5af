"""Which log-linear models to consider, and an interval that knows one was chosen.

All models while they can be listed; beyond that a search that adds or drops one pair at
a time (as in Silverman, Chan & Vincent 2024, Statistics and Computing 34:44). The
interval averages over the models by their BIC weights (Buckland, Burnham & Augustin
1997, Biometrics 53:603) in tail areas (Turek & Fletcher 2012, CSDA 56:2809): an end is
where the weighted tail probability of all models, not of the chosen one, is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from safelight.undercount.existence import existence_of_all, fitting_problem
from safelight.undercount.loglinear import Interval, LoglinearFit, best_fit, fit_all
from safelight.undercount.model_terms import (
    MOST_LISTS_ALL_ORDERS,
    MOST_LISTS_PAIRWISE,
    Model,
    ModelError,
    hierarchical_models,
    pairs,
    pairwise_models,
)
from safelight.undercount.overlap import Overlap
from safelight.undercount.poisson_fit import FitError, newton

Order: TypeAlias = Literal["pairs", "all"]
MOST_LISTS_SEARCHED: Final = 8
# Models this far from the best in BIC weigh less than e^-5 of it.
_FAR: Final = 10.0


@dataclass(frozen=True)
class Search:
    """Every model fitted, the best of them first. `exhaustive`: none was left out."""

    fits: tuple[LoglinearFit, ...]
    exhaustive: bool

    @property
    def best(self) -> LoglinearFit:
        return self.fits[0]


def search(overlap: Overlap, *, order: Order) -> Search:
    """Fit the models one may choose from, best BIC first.

    Raises `FitError` if none has an estimate, `ModelError` for more lists than can be
    searched.
    """
    lists = len(overlap.lists)
    if order == "all" and lists > MOST_LISTS_ALL_ORDERS:
        raise ModelError(
            f"models of all orders are searched for up to {MOST_LISTS_ALL_ORDERS} lists; "
            f"got {lists}. Use pairs"
        )
    if lists <= MOST_LISTS_PAIRWISE:
        models = hierarchical_models(lists) if order == "all" else pairwise_models(lists)
        return _ranked(_fitted(overlap, models), exhaustive=True)
    if lists <= MOST_LISTS_SEARCHED:
        return climb(overlap)
    raise ModelError(
        f"log-linear models are searched for up to {MOST_LISTS_SEARCHED} lists; got {lists}. "
        "Merge lists of one kind or leave some out"
    )


def _ranked(fits: list[LoglinearFit], *, exhaustive: bool) -> Search:
    if not fits:
        raise FitError("no log-linear model has an estimate on this table")
    best = best_fit(fits, criterion="bic")
    rest = sorted((one for one in fits if one is not best), key=lambda one: one.bic)
    return Search((best, *rest), exhaustive)


def _fitted(overlap: Overlap, models: Sequence[Model]) -> list[LoglinearFit]:
    codes = existence_of_all(overlap, models)
    return fit_all(overlap, [m for m, code in zip(models, codes, strict=True) if code == 0])


def climb(overlap: Overlap) -> Search:
    """From main effects, the best of all one-pair changes, until none is better."""
    here: Model = frozenset()
    known = {one.model: one for one in _fitted(overlap, [here])}
    while here in known:
        around = [here ^ {pair} for pair in pairs(len(overlap.lists))]
        fresh = [model for model in around if model not in known]
        known |= {one.model: one for one in _fitted(overlap, fresh)}
        best = best_fit(list(known.values()), criterion="bic").model
        if best == here:
            break
        here = best
    return _ranked(list(known.values()), exhaustive=False)


def averaged_interval(overlap: Overlap, found: Search, *, level: float) -> Interval:
    """Model-averaged interval of N, normal in log(unseen) within each model.

    The variance within a model is that of exp(intercept) with the unseen count's own
    Poisson variation added, as in Lincoln-Petersen (Seber 1970). No end falls below n.
    """
    # Here, for who asks another family need not wait for loading it.
    from scipy.optimize import brentq  # noqa: PLC0415

    near = [one for one in found.fits if one.bic - found.best.bic < _FAR]
    weights = np.exp([(found.best.bic - one.bic) / 2 for one in near])
    weights /= weights.sum()
    centre = np.array([np.log(max(one.estimate - overlap.observed, 1e-9)) for one in near])
    spread = np.array([_log_spread(overlap, one) for one in near])

    def below(log_unseen: float) -> float:
        return float(weights @ ndtr((log_unseen - centre) / spread))

    reach = 12 * spread.max()
    start, stop = centre.min() - reach, centre.max() + reach
    low, high = (
        brentq(lambda x, tail=tail: below(x) - tail, start, stop)
        for tail in ((1 - level) / 2, (1 + level) / 2)
    )
    n = overlap.observed
    return Interval(float(n + np.exp(low)), float(n + np.exp(min(high, 600.0))), level)


def _log_spread(overlap: Overlap, one: LoglinearFit) -> float:
    problem = fitting_problem(overlap.counts, one.model)
    counts: NDArray[np.float64] = overlap.counts[problem.cells].astype(np.float64)
    mean = np.exp(problem.design @ newton(problem.design, counts))
    information = problem.design.T @ (problem.design * mean[:, None])
    unseen = max(one.estimate - overlap.observed, 1e-9)
    return float(np.sqrt(np.linalg.inv(information)[0, 0] + 1 / unseen))

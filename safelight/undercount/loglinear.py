"""Log-linear models of an overlap: fit all of them, choose one, say how sure it is.

Fienberg (1972, Biometrika 59:591): the counts of the 2^K - 1 observable patterns are
independent Poisson with a log-linear mean; exp(intercept) is the mean of the pattern
nobody observes. Assumption behind every number here: no dependence of *all* lists at
once, and what the model leaves out is truly absent.

`fit` is the readable one; `fit_all` fits a thousand at once and must agree with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

from safelight.undercount.existence import IN_WORDS, FittingProblem, existence, fitting_problem
from safelight.undercount.model_terms import Model
from safelight.undercount.overlap import Overlap
from safelight.undercount.poisson_fit import FitError, newton, newton_together, poisson_loglik

Criterion: TypeAlias = Literal["bic", "aic"]


@dataclass(frozen=True)
class LoglinearFit:
    """One fitted model. `estimate` counts all incidents, observed and not."""

    model: Model
    estimate: float
    loglik: float
    parameters: int
    aic: float
    bic: float


@dataclass(frozen=True)
class Interval:
    """Ends in incidents; `high` is infinite where the likelihood never falls far enough."""

    low: float
    high: float
    level: float


def parameter_count(overlap: Overlap, model: Model) -> int:
    """1 + K + every term of the model, those at minus infinity included."""
    return 1 + len(overlap.lists) + len(model)


def _finished(overlap: Overlap, model: Model, intercept: float, loglik: float) -> LoglinearFit:
    n, p = overlap.observed, parameter_count(overlap, model)
    return LoglinearFit(
        model=model,
        estimate=n + float(np.exp(intercept)),
        loglik=loglik,
        parameters=p,
        aic=-2 * loglik + 2 * p,
        bic=-2 * loglik + p * float(np.log(n)),
    )


def fit(overlap: Overlap, model: Model) -> LoglinearFit:
    """Maximum likelihood by Newton's method, one model, written to be read.

    Raises `FitError` if the estimate does not exist or is not identifiable.
    """
    code = existence(overlap, model)
    if code:
        raise FitError(
            f"{IN_WORDS[code]} (this model has existence code {int(code)} on this table; "
            "only 0 is fitted)"
        )
    problem = fitting_problem(overlap.counts, model)
    counts = overlap.counts[problem.cells].astype(np.float64)
    beta = newton(problem.design, counts)
    return _finished(overlap, model, float(beta[0]), poisson_loglik(counts, problem.design @ beta))


def fit_all(overlap: Overlap, models: Sequence[Model]) -> list[LoglinearFit]:
    """Fit many models of one table at once. Each must have existence code 0."""
    if not models:
        return []
    problems = [fitting_problem(overlap.counts, model) for model in models]
    design, present = _stacked(problems, overlap.counts.size - 1)
    counts = overlap.counts[1:].astype(np.float64)
    live = np.zeros(design.shape[:2])
    for row, problem in enumerate(problems):
        live[row, problem.cells - 1] = 1.0
    beta, settled = newton_together(design, present, live, counts)
    if not settled.all():
        raise FitError("a fit did not settle; the estimate may lie at the edge of existence")
    eta = np.einsum("mcp,mp->mc", design, beta)
    loglik = ((counts * eta - np.exp(eta) - gammaln(counts + 1)) * live).sum(axis=1)
    return [
        _finished(overlap, model, float(beta[row, 0]), float(loglik[row]))
        for row, model in enumerate(models)
    ]


def _stacked(
    problems: Sequence[FittingProblem], cells: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Designs side by side, shape (models, cells, widest), zero where a model has nothing."""
    widest = max(len(problem.terms) for problem in problems)
    design = np.zeros((len(problems), cells, widest))
    present = np.zeros((len(problems), widest), dtype=bool)
    for row, problem in enumerate(problems):
        width = len(problem.terms)
        design[row, problem.cells - 1, :width] = problem.design
        present[row, :width] = True
    return design, present


def best_fit(fits: Sequence[LoglinearFit], *, criterion: Criterion) -> LoglinearFit:
    """The fit with the smallest criterion; of equals, the one with fewer parameters."""
    return min(fits, key=lambda one: (getattr(one, criterion), one.parameters))


def profile_interval(overlap: Overlap, fitted: LoglinearFit, *, level: float) -> Interval:
    """The profile-likelihood interval of N under one model (Cormack 1992, Biometrics 48:567).

    For a candidate N the unobserved pattern is given its N - n incidents, the model is
    fitted to the completed table, and N stays inside while twice the drop of the
    multinomial log likelihood is below the chi-square quantile. It takes the model for
    granted: after a search among models it is too narrow.
    """
    # Here, for who asks another family need not wait for loading it.
    from scipy.optimize import brentq  # noqa: PLC0415

    problem = fitting_problem(overlap.counts, fitted.model)
    observed = overlap.counts[problem.cells].astype(np.float64)
    empty_row = np.zeros((1, len(problem.terms)))
    empty_row[0, 0] = 1.0
    design = np.vstack([empty_row, problem.design])

    def profile(unobserved: float) -> float:
        counts = np.concatenate([[unobserved], observed])
        eta = design @ newton(design, counts)
        total = counts.sum()
        # Multinomial, not Poisson: N! / prod(n!), with probabilities mean / total.
        return float(
            gammaln(total + 1) - gammaln(counts + 1).sum() + counts @ (eta - np.log(total))
        )

    middle = max(fitted.estimate - overlap.observed, 1e-6)
    # The multinomial's top lies within about one incident of the Poisson one.
    around = [max(middle + shift, 0.0) for shift in np.linspace(-1.5, 1.5, 7)]
    drop = ndtri((1 + level) / 2) ** 2 / 2  # half the chi-square quantile
    top = max(profile(value) for value in around)

    def excess(unobserved: float) -> float:
        return top - profile(unobserved) - float(drop)

    low = 0.0 if excess(0.0) <= 0 else brentq(excess, 0.0, middle, xtol=1e-6, rtol=1e-10)
    step = max(middle, 1.0)
    far = middle + step
    while excess(far) < 0:
        step *= 2
        far = middle + step
        if far > 1e9 * max(1, overlap.observed):
            return Interval(overlap.observed + low, float("inf"), level)
    high = brentq(excess, middle, far, xtol=1e-6, rtol=1e-10)
    return Interval(overlap.observed + low, overlap.observed + high, level)

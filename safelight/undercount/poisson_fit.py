"""Poisson regression with a log link by Newton's method: one table, or many at once.

The log likelihood is concave, so a step that does not lower it, found by halving,
leads to the maximum where there is one. Where there is none the iteration does not
settle; that is reported, never papered over with a large number.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from safelight.undercount.overlap import OverlapError

_MOST_STEPS: Final = 60
_MOST_HALVINGS: Final = 30
# On the score, in incidents, relative to the table's total.
_TOLERANCE: Final = 1e-11


class FitError(OverlapError):
    """A model that cannot be fitted to this table; check existence first."""


def poisson_loglik(counts: NDArray[np.float64], eta: NDArray[np.float64]) -> float:
    return float(np.sum(counts * eta - np.exp(eta) - gammaln(counts + 1)))


def newton(design: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Poisson regression with log link: the solution of design' (counts - mean) = 0."""
    # Weighted least squares on log counts: near enough for Newton, also with zeros.
    start = counts + 0.5
    root = np.sqrt(start)[:, None]
    beta: NDArray[np.float64] = np.linalg.lstsq(
        design * root, np.log(start) * root[:, 0], rcond=None
    )[0]
    loglik = poisson_loglik(counts, design @ beta)
    # A log likelihood is a small difference of large sums: it is known no better than this.
    rounding = 1e-12 * float(counts.sum())
    for _ in range(_MOST_STEPS):
        mean = np.exp(design @ beta)
        score = design.T @ (counts - mean)
        if np.abs(score).max() <= _TOLERANCE * counts.sum():
            return beta
        step = np.linalg.solve(design.T @ (design * mean[:, None]), score)
        for _ in range(_MOST_HALVINGS):
            new = poisson_loglik(counts, design @ (beta + step))
            if new >= loglik - 1e-9 * (1 + abs(loglik)) - rounding:
                break
            step = step / 2
        beta, loglik = beta + step, new
    raise FitError("the fit did not settle; the estimate may lie at the edge of existence")


def newton_together(
    design: NDArray[np.float64],
    present: NDArray[np.bool_],
    live: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """`newton` for a stack of problems: parameters, and which problems settled.

    `design` has shape (problems, cells, parameters) or (1, cells, parameters) if shared;
    `present` (problems, parameters) says which parameters a problem has, `live`
    (problems, cells) which cells; `counts` is (cells,) or (problems, cells). A problem
    that has settled is left alone.
    """
    problems = live.shape[0]
    counts = np.broadcast_to(counts, live.shape)
    design = design * present[:, None, :]
    widest = design.shape[2]
    # A parameter a problem does not have: its own unit equation, with solution zero.
    absent = np.zeros((problems, widest, widest))
    diagonal = np.arange(widest)
    absent[:, diagonal, diagonal] = ~present
    start = (counts + 0.5) * live
    curvature = np.einsum("mcp,mc,mcq->mpq", design, start, design, optimize=True) + absent
    # Resampled tables may lack what a parameter needs; a hair on the diagonal keeps such a
    # problem solvable, and it ends as not settled.
    curvature[:, diagonal, diagonal] += 1e-12 * (1 + start.sum(axis=1))[:, None]
    target = np.einsum("mcp,mc->mp", design, start * np.log(counts + 0.5))
    beta = np.linalg.solve(curvature, target[..., None])[..., 0]

    def logliks(rows: NDArray[np.int64], at: NDArray[np.float64]) -> NDArray[np.float64]:
        eta = np.einsum("mcp,mp->mc", design[rows], at)
        result: NDArray[np.float64] = ((counts[rows] * eta - np.exp(eta)) * live[rows]).sum(axis=1)
        return result

    totals = np.maximum(counts.sum(axis=1), 1.0)
    settled = np.zeros(problems, dtype=bool)
    active = np.arange(problems)
    loglik = logliks(active, beta)
    for _ in range(_MOST_STEPS):
        some = design[active]
        mean = np.exp(np.einsum("mcp,mp->mc", some, beta[active])) * live[active]
        score = np.einsum("mcp,mc->mp", some, counts[active] * live[active] - mean)
        moving = np.abs(score).max(axis=1) > _TOLERANCE * totals[active]
        settled[active[~moving]] = True
        if not moving.any():
            break
        active, some, mean, score = active[moving], some[moving], mean[moving], score[moving]
        curvature = np.matmul(some.transpose(0, 2, 1), some * mean[..., None]) + absent[active]
        # Where no estimate exists some means go to zero, and with them the curvature; this
        # keeps such a problem from stopping the others. It changes the step, not the goal.
        curvature[:, diagonal, diagonal] += 1e-13 * totals[active, None]
        step = np.linalg.solve(curvature, score[..., None])[..., 0]
        new = logliks(active, beta[active] + step)
        for _ in range(_MOST_HALVINGS):
            worse = ~(new >= loglik[active] - 1e-9 * (1 + np.abs(loglik[active])))
            if not worse.any():
                break
            step[worse] /= 2
            new[worse] = logliks(active[worse], beta[active[worse]] + step[worse])
        beta[active] += step
        loglik[active] = new
    return beta, settled

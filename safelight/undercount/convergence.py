"""Whether chains agree: rank-normalised split R-hat, bulk and tail effective sample size.

Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021, Bayesian Analysis 16:667). Four
chains can look converged and all have missed a mode; these numbers mean something only
for many chains that began far apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


@dataclass(frozen=True)
class Convergence:
    """`rhat` is the larger of the ranks' and the folded ranks'; the sizes are in draws."""

    rhat: float
    bulk_ess: float
    tail_ess: float


def convergence(draws: NDArray[np.float64]) -> Convergence:
    """Compare the chains of `draws`, shape (chains, draws), at least 2 x 4."""
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves))
    tails = [halves <= np.quantile(halves, level) for level in (0.05, 0.95)]
    return Convergence(
        rhat=max(_rhat(_rank_normalised(halves)), _rhat(_rank_normalised(folded))),
        bulk_ess=_effective(_rank_normalised(halves)),
        tail_ess=min(_effective(tail.astype(np.float64)) for tail in tails),
    )


def _split(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _rank_normalised(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    # Draws are whole numbers, and equal ones share the mean of their ranks.
    _, place, times = np.unique(draws, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place].reshape(draws.shape)
    result: NDArray[np.float64] = ndtri((ranks - 0.375) / (draws.size + 0.25))
    return result


def _rhat(draws: NDArray[np.float64]) -> float:
    """Gelman & Rubin's potential scale reduction (equations 1 to 4 of the paper)."""
    length = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean()
    between = length * draws.mean(axis=1).var(ddof=1)
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt(((length - 1) / length * within + between / length) / within))


def _effective(draws: NDArray[np.float64]) -> float:
    """Effective sample size with Geyer's initial monotone sequence (section 3.2)."""
    chains, length = draws.shape
    centred = draws - draws.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, 2 * length, axis=1)
    covariance = np.fft.irfft(spectrum * spectrum.conj(), axis=1)[:, :length].mean(axis=0) / length
    within = covariance[0] * length / (length - 1)
    total = covariance[0] + draws.mean(axis=1).var(ddof=1)
    if total == 0:
        return float(chains * length)
    correlation = 1 - (within - covariance * length / (length - 1)) / total
    correlation[0] = 1.0
    in_pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(in_pairs < 0)
    kept = np.minimum.accumulate(in_pairs[: negative[0] if negative.size else None])
    # An antithetic chain may be worth more than its length, but not without bound (Stan's cap).
    time = max(2 * float(kept.sum()) - 1, 1 / np.log10(chains * length))
    return float(chains * length / time)

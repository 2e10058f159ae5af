"""Threat: neighbour-told-apart: somebody who knows all incidents but one looks at the noise and
says whether that one is there; the odds change by no more than the privacy loss allows.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta

from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.sampling import measurement
from tests.release.noisy import all_pairs, plan_for

DRAWS = 12_000


def lower_bound_of_epsilon(
    with_it: NDArray[np.float64], without: NDArray[np.float64], *, confidence: float
) -> float:
    """The largest ε that the draws prove (DP-Sniper's idea: Bichsel et al. 2021; bounds of
    Clopper & Pearson 1934). The event is chosen on one half of the draws and counted on
    the other, or chance would be taken for a leak.
    """
    half = len(with_it) // 2
    thresholds = np.quantile(
        np.concatenate([with_it[:half], without[:half]]), np.linspace(0.02, 0.98, 49)
    )
    best, event = -np.inf, (1.0, 0.0)
    for sign in (1.0, -1.0):
        for threshold in thresholds:
            p = (sign * with_it[:half] >= sign * threshold).mean()
            q = (sign * without[:half] >= sign * threshold).mean()
            # Rare events prove little: their bounds are wide.
            if q > 0.005 and p > 0.005 and log(p / q) > best:
                best, event = log(p / q), (sign, float(threshold))
    sign, threshold = event
    hits = int((sign * with_it[half:] >= sign * threshold).sum())
    misses = int((sign * without[half:] >= sign * threshold).sum())
    n = len(with_it) - half
    low = beta.ppf((1 - confidence) / 2, hits, n - hits + 1) if hits else 0.0
    high = beta.ppf(1 - (1 - confidence) / 2, misses + 1, n - misses)
    return log(low / high) if low > 0 else 0.0


def _score(plan: NoisePlan, scale: float, present: int) -> NDArray[np.float64]:
    """The best test there is for one incident: the likelihood ratio of all its cells.

    The incident stands in one cell of each margin; all other cells have the same noise with
    and without it, and tell nothing.
    """
    draw = measurement(plan.loss.measure, scale)
    cells = np.array(draw([present] * (DRAWS * len(plan.measured)))).reshape(DRAWS, -1)
    one: NDArray[np.float64] = (np.abs(cells) - np.abs(cells - 1)).sum(axis=1) / scale
    return one


@pytest.mark.parametrize(("weaker", "leaks"), [(1.0, False), (0.6, True)])
def test_the_loss_that_can_be_proved_is_not_above_what_was_spent(
    weaker: float, leaks: bool
) -> None:
    plan = plan_for(all_pairs(3, 3, 3))  # three margins, ε = 1 in all
    scale = plan.scales["a", "b"] * weaker
    proved = lower_bound_of_epsilon(
        _score(plan, scale, 1), _score(plan, scale, 0), confidence=0.999
    )
    assert (proved > 1.0) is leaks
    assert proved > 0.5  # the test is not blind


def test_concentrated_noise_keeps_its_odds_too() -> None:
    from fractions import Fraction

    from safelight.release.noise.privacy_loss import PrivacyLoss, epsilon_at

    loss = PrivacyLoss(Measure.ZCDP, Fraction(1, 2))
    plan = plan_for(all_pairs(3, 3, 3), loss=loss)
    draw = measurement(loss.measure, plan.scales["a", "b"])
    present, absent = (
        np.array(draw([there] * (DRAWS * 3)), float).reshape(DRAWS, 3).sum(axis=1)
        for there in (1, 0)
    )
    epsilon = epsilon_at(loss.amount, delta=1e-3)
    for threshold in np.quantile(present, [0.5, 0.9, 0.99]):
        assert (present >= threshold).mean() <= exp(epsilon) * (absent >= threshold).mean() + 1e-3
    assert present.mean() - absent.mean() == pytest.approx(3, abs=0.3)

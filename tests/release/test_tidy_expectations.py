"""What tidy tables lean on: kinds of incidents, fitted to noise, and how far they are trusted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from safelight.release.noise.likely_counts import likely_counts
from safelight.release.noise.mixture import Mixture, fitted_mixture, noise_score
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.tidy import tidied, tidied_from
from safelight.release.noise.workload import Margin
from tests.release.noisy import (
    all_pairs,
    margins_of,
    plan_for,
    sparse_chances,
    sparse_joint,
    with_simulated_noise,
)

Tables = dict[Margin, NDArray[np.float64]]


def _noisy(plan: NoisePlan, joint: NDArray[np.int64], seed: int) -> tuple[Tables, Tables]:
    """(noisy tables, true tables)."""
    truth = margins_of(joint, plan.workload)
    drawn = with_simulated_noise(truth, plan, np.random.default_rng(seed))
    return {m: v.astype(float) for m, v in drawn.items()}, truth  # type: ignore[return-value]


def _fit(plan: NoisePlan, noisy: Tables) -> Mixture:
    return fitted_mixture(
        noisy,
        plan.scales,
        plan.workload.sizes,
        measure=plan.loss.measure,
        total=float(plan.estimate(noisy)[()]),  # type: ignore[arg-type]
    )


def test_a_mixture_expects_the_same_of_a_table_and_of_its_sums() -> None:
    mixture = sparse_chances(np.random.default_rng(1), 3, 4, 5)
    assert mixture.table(("a", "b", "c")).sum(axis=1) == pytest.approx(mixture.table(("a", "c")))
    swapped = mixture.table(("c", "a")).T
    assert swapped == pytest.approx(mixture.table(("a", "c")))
    assert float(mixture.table(())) == pytest.approx(1)


@pytest.mark.parametrize("spread", [4.0, 60.0])
def test_the_score_of_laplace_noise_is_that_of_the_noise_and_a_normal_together(
    spread: float,
) -> None:
    scale, off = 6.0, np.array([-25.0, -3.0, 0.0, 1.0, 14.0])
    grid = np.linspace(-150, 150, 60_001)
    normal = np.exp(-(grid**2) / (2 * spread))

    def unlikely(at: NDArray[np.float64]) -> NDArray[np.float64]:
        together = np.exp(-np.abs(at[:, None] - grid) / scale) * normal
        found: NDArray[np.float64] = -np.log(together.sum(axis=1))
        return found

    value, slope = noise_score(off, np.full(5, spread), np.full(5, scale), Measure.PURE)
    assert value - value[0] == pytest.approx(unlikely(off) - unlikely(off)[0], abs=1e-4)
    near = (unlikely(off + 1e-3) - unlikely(off - 1e-3)) / 2e-3
    assert slope == pytest.approx(near, abs=1e-4)


def test_what_stands_for_laplace_noise_gives_its_mean_and_variance() -> None:
    """One cell alone, where expectation propagation is exact, against sums over a grid."""
    scale, expected = 6.0, 30.0
    mixture = Mixture(np.array([expected]), {"a": np.array([[1.0]])}, 1.0)
    grid = np.linspace(-60, 160, 44_001)
    for seen in (4.0, 29.0, 50.0):
        likely = likely_counts(
            {("a",): np.array([seen])}, {("a",): scale}, mixture, measure=Measure.PURE
        )
        weight = 1 / likely.variances[("a",)][0]
        found = (weight * likely.values[("a",)][0] + 1) / (weight + 1 / expected)
        chance = np.exp(-((grid - expected) ** 2) / (2 * expected) - np.abs(grid - seen) / scale)
        mean = float((grid * chance).sum() / chance.sum())
        variance = float(((grid - mean) ** 2 * chance).sum() / chance.sum())
        assert found == pytest.approx(mean, abs=0.05)
        assert likely.total == pytest.approx(mean, abs=0.05)
        assert 1 / (weight + 1 / expected) == pytest.approx(variance, rel=0.01)


def test_counts_of_few_kinds_are_trusted_and_others_are_not() -> None:
    random = np.random.default_rng(4)
    plan = plan_for(all_pairs(6, 5, 7))
    kinds, _ = _noisy(plan, sparse_joint(random, 6, 5, 7, total=3000), 1)
    # Every pair of codes has a chance of its own, so that no few kinds can say it.
    chances = np.exp(random.normal(0, 1.5, (6, 5, 1)) + random.normal(0, 1.5, (6, 1, 7))) * np.exp(
        random.normal(0, 1.5, (1, 5, 7))
    )
    others = random.multinomial(30_000, (chances / chances.sum()).ravel()).reshape(6, 5, 7)
    wild, truth = _noisy(plan, others, 1)
    assert _fit(plan, kinds).trust > 4 * _fit(plan, wild).trust
    unbiased = plan.estimate(wild)  # type: ignore[arg-type]
    found = tidied(wild, unbiased, plan)

    def error(tables: Tables) -> float:
        return float(np.mean([np.abs(tables[m] - truth[m]).mean() for m in plan.measured]))

    assert error(found) < 1.05 * error(unbiased)


def test_tables_that_were_expected_are_nearer_than_tables_that_were_fitted() -> None:
    random = np.random.default_rng(6)
    plan = plan_for(all_pairs(6, 5, 7))
    chances = sparse_chances(random, 6, 5, 7)
    joint = random.multinomial(3000, chances.table(("a", "b", "c")).ravel()).reshape(6, 5, 7)
    noisy, truth = _noisy(plan, joint, 2)
    known = Mixture(chances.weights * 3000, chances.habits, 1.0)

    def error(tables: Tables) -> float:
        return float(np.mean([np.abs(tables[m] - truth[m]).mean() for m in plan.measured]))

    fitted = error(tidied(noisy, plan.estimate(noisy), plan))  # type: ignore[arg-type]
    assert error(tidied_from(known, noisy, plan)) < fitted < error(noisy)


def test_the_last_digits_of_another_machine_lead_to_the_same_tables() -> None:
    """An audit computes again; a fit that another rounding sends elsewhere would refuse it."""
    random = np.random.default_rng(8)
    plan = plan_for(all_pairs(6, 5, 4))
    noisy, _ = _noisy(plan, sparse_joint(random, 6, 5, 4, total=20_000), 3)
    other = {m: v * (1 + random.normal(0, 1e-13, v.shape)) for m, v in noisy.items()}
    one = tidied(noisy, plan.estimate(noisy), plan)  # type: ignore[arg-type]
    two = tidied(other, plan.estimate(other), plan)  # type: ignore[arg-type]
    for margin in plan.workload.margins:
        assert one[margin] == pytest.approx(two[margin], abs=1e-4)

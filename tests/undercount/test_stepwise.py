from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from safelight.undercount.existence import ExistenceCode, existence
from safelight.undercount.overlap import Overlap
from safelight.undercount.poisson_fit import FitError
from safelight.undercount.simulation import scenario, simulate
from safelight.undercount.stepwise import (
    _choose_all,
    dependent_pairs,
    stepwise,
    stepwise_interval,
)
from tests.undercount.test_loglinear import published
from tests.undercount.test_overlap import overlaps


@pytest.mark.parametrize(
    ("name", "estimate"),
    [
        ("korea", 268.777777777778),
        ("kosovo", 14341.6638004272),
        ("hiv_rome", 11124.5784691849),
        ("lesbian_allegheny", 5350.51275775352),
        ("uk5", 11312.9902894352),
        ("uk6", 11417.9910915046),
        ("congenital_mass", 609.893939014298),
        ("western_us", 2483.38392023012),
        ("neworleans5_sparsemse", 1034.15106523105),
        ("neworleans8_sparsemse", 1183.69227455346),
        ("hare", 75.066201344929),
    ],
)
def test_stepwise_estimates_equal_the_r_package(name: str, estimate: float) -> None:
    found = stepwise(published(name), threshold=0.02)
    assert found.fitted.estimate == pytest.approx(estimate, rel=1e-6)


def test_five_uk_lists_give_the_published_pairs_in_the_model() -> None:
    overlap = published("uk5")
    chosen = dependent_pairs(stepwise(overlap, threshold=0.02), 5)
    assert sorted(chosen) == [(0, 1), (0, 2), (1, 3), (1, 4), (2, 4), (3, 4)]


@settings(max_examples=40)
@given(overlaps())
def test_many_tables_at_once_choose_what_each_chooses_alone(overlap: Overlap) -> None:
    together = _choose_all(overlap.counts[None], threshold=0.05)[0]
    if existence(overlap, frozenset()) == ExistenceCode.FINE:
        alone = stepwise(overlap, threshold=0.05).fitted.estimate
        assert together == pytest.approx(alone, rel=1e-6)
    else:
        assert math.isinf(together)
        with pytest.raises(FitError, match="only 0 is fitted"):
            stepwise(overlap, threshold=0.05)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("western_us", 1293, 3670), ("neworleans5_sparsemse", 589, 1703), ("kosovo", 12583, 16541)],
)
def test_bootstrap_intervals_agree_with_the_published_ones(
    name: str, low: float, high: float
) -> None:
    # Two bootstraps of 1,000 resamples each: over 30 seeds our own ends spread with a standard
    # deviation of 4 to 9 %, because so few incidents are shared.
    found = stepwise_interval(
        published(name),
        threshold=0.02,
        level=0.95,
        resamples=1000,
        rng=np.random.default_rng(20261122),
    )
    assert found.of_the_paper.low == pytest.approx(low, rel=0.15)
    assert found.of_the_paper.high == pytest.approx(high, rel=0.15)
    # Few of all incidents were seen here, so that how many were is no great matter.
    assert found.interval.low == pytest.approx(found.of_the_paper.low, rel=0.02)
    assert found.interval.high == pytest.approx(found.of_the_paper.high, rel=0.03)


def test_where_most_incidents_were_seen_the_interval_knows_that_this_was_chance() -> None:
    covered = of_the_paper = 0
    for seed in range(60):
        found = stepwise_interval(
            simulate(scenario("two-pairs-5"), rng=np.random.default_rng(seed)),
            threshold=0.02,
            level=0.95,
            resamples=100,
            rng=np.random.default_rng(seed),
        )
        covered += found.interval.low <= 4000 <= found.interval.high
        of_the_paper += found.of_the_paper.low <= 4000 <= found.of_the_paper.high
        assert found.interval.low <= found.of_the_paper.low
        assert found.interval.high >= found.of_the_paper.high
    assert covered >= 54
    assert of_the_paper < covered


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    overlap = published("western_us")

    def interval(seed: int) -> tuple[float, float]:
        found = stepwise_interval(
            overlap,
            threshold=0.02,
            level=0.95,
            resamples=200,
            rng=np.random.default_rng(seed),
        ).interval
        return found.low, found.high

    assert interval(1) == interval(1)
    assert interval(1) != interval(2)


def test_of_many_lists_the_share_done_moves_often(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []

    def quickly(tables: np.ndarray, *, threshold: float) -> np.ndarray:
        chosen.append(len(tables))
        return np.full(len(tables), 1000.0)

    monkeypatch.setattr("safelight.undercount.stepwise._choose_all", quickly)
    told: list[float] = []
    overlap = published("neworleans8_sparsemse")
    stepwise_interval(
        overlap,
        threshold=0.02,
        level=0.95,
        resamples=1000,
        rng=np.random.default_rng(1),
        on_progress=told.append,
    )
    assert told == sorted(told)
    assert len(told) >= 40
    assert sum(chosen) == 1000 + int((overlap.counts > 0).sum())

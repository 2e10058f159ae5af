from __future__ import annotations

import numpy as np
import pytest

from safelight.undercount import noise
from safelight.undercount.answer import Options
from safelight.undercount.families import run_family
from safelight.undercount.noise import discrete_laplace
from safelight.undercount.overlap import Overlap
from safelight.undercount.simulation import scenario, simulate
from safelight.undercount.verdict import SIDE_BY_SIDE, estimate, judge

OPTIONS = Options(seed=1, resamples=100)


def noisy(seed: int, scale: float) -> tuple[Overlap, Overlap]:
    """A table, and what a private overlap with noise would show of it."""
    rng = np.random.default_rng(seed)
    drawn = simulate(scenario("independence"), rng=rng)
    counts = drawn.counts.copy()
    counts[1:] += discrete_laplace(scale, counts.size - 1, rng=rng)
    return drawn, Overlap(drawn.lists, np.maximum(counts, 0), scale)


def test_noise_has_the_distribution_it_is_said_to_have() -> None:
    drawn = discrete_laplace(2.0, 200_000, rng=np.random.default_rng(1))
    assert abs(drawn.mean()) < 0.05
    ratio = np.exp(-1 / 2)
    assert (drawn == 0).mean() == pytest.approx((1 - ratio) / (1 + ratio), rel=0.02)
    assert (drawn == 3).mean() == pytest.approx((drawn == 0).mean() * ratio**3, rel=0.05)


def test_noise_widens_the_interval_and_is_told() -> None:
    _, shown = noisy(3, 8.0)
    silent = Overlap(shown.lists, shown.counts)
    with_it = estimate(shown, method="independence", options=OPTIONS)
    without = estimate(silent, method="independence", options=OPTIONS)
    assert with_it.interval is not None
    assert without.interval is not None
    assert with_it.estimate == without.estimate
    assert with_it.interval.low < without.interval.low
    assert with_it.interval.high > without.interval.high
    assert with_it.diagnostics["noise_scale"] == 8.0
    assert "noise_scale" not in without.diagnostics


def test_with_its_noise_known_intervals_cover_and_without_they_do_not() -> None:
    known = unknown = 0
    for seed in range(24):
        _, shown = noisy(seed, 15.0)
        for overlap in (shown, Overlap(shown.lists, shown.counts)):
            interval = estimate(overlap, method="independence", options=OPTIONS).interval
            assert interval is not None
            covers = interval.low <= 2000 <= interval.high
            known, unknown = (
                (known + covers, unknown) if overlap.noise_scale else (known, unknown + covers)
            )
    assert known >= 21
    assert unknown < known


def test_shared_incidents_that_may_all_be_noise_are_refused() -> None:
    counts = np.array([0, 60, 50, 8, 70, 5, 6, 2])
    quick = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")
    plain = judge(Overlap(("a", "b", "c"), counts), OPTIONS, families=quick)
    shown = judge(Overlap(("a", "b", "c"), counts, 4.0), OPTIONS, families=quick)
    assert plain.verdict != "refused"
    assert (shown.verdict, shown.diagnostics["decided_by"]) == ("refused", "too-few-shared")


def test_where_noise_decides_whether_there_is_an_estimate_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = np.array([0, 60, 50, 1, 70, 0, 0, 0])

    def unlucky(_scale: float, size: int, *, rng: np.random.Generator) -> np.ndarray:
        return np.where(counts[1:] < 2, -int(rng.random() < 0.5), 0)

    monkeypatch.setattr(noise, "discrete_laplace", unlucky)
    overlap = Overlap(("a", "b", "c"), counts, 3.0)
    # A family asked by itself would stop before: next to nothing is shared.
    answer = noise.with_noise(run_family(overlap, "independence", OPTIONS), overlap, seed=1)
    assert answer.verdict == "refused"
    assert "noise" in answer.reason

from __future__ import annotations

from math import exp, expm1, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.undercount.convergence import convergence
from safelight.undercount.latent_class import (
    Chains,
    ChainsDisagree,
    LatentClassPosterior,
    _stuck,
    latent_class,
)
from safelight.undercount.latent_class_density import CLASSES, A, B, LatentClassDensity
from safelight.undercount.modes import modes
from safelight.undercount.overlap import Overlap, OverlapError
from tests.undercount.test_loglinear import published
from tests.undercount.test_overlap import overlaps

SMALL = Overlap(("a", "b", "c"), np.array([0, 14, 11, 6, 9, 5, 4, 3]))
SHORT = Chains(chains=20, warm_up=150, draws=150, most_rhat=1.1, least_ess=100)


def answered(
    overlap: Overlap, run: Chains = SHORT, seed: int = 1
) -> LatentClassPosterior | ChainsDisagree:
    return latent_class(overlap, run=run, level=0.95, rng=np.random.default_rng(seed))


def readable_log_posterior(
    overlap: Overlap, logits: NDArray[np.float64], sticks: NDArray[np.float64]
) -> tuple[float, float]:
    """One chain's log likelihood and log prior, written as the model is told in the paper."""
    k = len(overlap.lists)
    broken = [exp(u) for u in sticks]
    weights, left = [], 1.0
    for s in broken:
        weights.append(left * -expm1(-s))
        left *= exp(-s)
    weights.append(left)
    chance = [
        sum(
            weight
            * np.prod(
                [
                    (p if pattern >> number & 1 else 1 - p)
                    for number, p in enumerate(1 / (1 + np.exp(-row)))
                ]
            )
            for weight, row in zip(weights, logits, strict=True)
        )
        for pattern in range(1 << k)
    ]
    loglik = sum(
        int(overlap.counts[pattern]) * log(chance[pattern] / (1 - chance[0]))
        for pattern in range(1, 1 << k)
    )
    logprior = sum(log(p * (1 - p)) for p in (1 / (1 + np.exp(-logits))).ravel())
    logprior += sum(sticks) - (A + CLASSES - 1) * log(B + sum(broken))
    return loglik, logprior


def readable_gibbs(overlap: Overlap, *, sweeps: int, seed: int) -> NDArray[np.float64]:
    """The sampler of the paper, one chain, N drawn and not integrated out."""
    rng = np.random.default_rng(seed)
    k, n = len(overlap.lists), overlap.observed
    patterns = np.flatnonzero(overlap.counts)
    on = patterns[:, None] >> np.arange(k) & 1
    chances, weights, alpha = rng.random((CLASSES, k)), rng.dirichlet(np.ones(CLASSES)), 1.0
    totals = np.empty(sweeps)
    for sweep in range(sweeps):
        by_class = weights * np.exp(on @ np.log(chances).T + (1 - on) @ np.log1p(-chances).T)
        members = rng.multinomial(
            overlap.counts[patterns], by_class / by_class.sum(axis=1, keepdims=True)
        )
        missed = weights * np.prod(1 - chances, axis=1)
        unseen = rng.negative_binomial(n, 1 - missed.sum())
        size = members.sum(axis=0) + rng.multinomial(unseen, missed / missed.sum())
        listed = members.T @ on
        chances = rng.beta(1 + listed, 1 + size[:, None] - listed).clip(1e-12, 1 - 1e-12)
        later = size[::-1].cumsum()[::-1] - size
        sticks = rng.beta(1 + size, alpha + later).clip(1e-12, 1 - 1e-12)
        sticks[-1] = 1.0
        weights = sticks * np.concatenate([[1.0], np.cumprod(1 - sticks[:-1])])
        alpha = max(rng.gamma(A + CLASSES - 1) / (B - np.log1p(-sticks[:-1]).sum()), 1e-10)
        totals[sweep] = n + unseen
    return totals


def anywhere(density: LatentClassDensity, chains: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(density.size, chains))


@pytest.mark.parametrize("lists", [3, 4, 5])
def test_density_equals_the_readable_one(lists: int) -> None:
    counts = np.random.default_rng(lists).integers(0, 9, size=1 << lists)
    counts[0] = 0
    overlap = Overlap(tuple("abcde"[:lists]), counts)
    density = LatentClassDensity(overlap)
    place = anywhere(density, 4, 3)
    found = density.evaluate(place)
    for chain in range(4):
        loglik, logprior = readable_log_posterior(
            overlap, density.logits(place)[..., chain].T, density.sticks(place)[:, chain]
        )
        assert found.loglik[chain] == pytest.approx(loglik, rel=1e-12)
        assert found.logprior[chain] == pytest.approx(logprior, rel=1e-12)


def test_gradient_is_the_slope_of_the_density() -> None:
    density = LatentClassDensity(SMALL)
    place = anywhere(density, 2, 4)
    heat = np.array([1.0, 0.4], dtype=np.float32)
    force, _ = density.gradient(place.astype(np.float32), heat)

    def value(moved: int, by: float) -> NDArray[np.float64]:
        there = place.copy()
        there[moved] += by
        found = density.evaluate(there)
        return heat * found.loglik + found.logprior

    for coordinate in range(density.size):
        slope = (value(coordinate, 1e-5) - value(coordinate, -1e-5)) / 2e-5
        assert force[coordinate] == pytest.approx(slope, rel=1e-3, abs=1e-2)


@settings(max_examples=10)
@given(overlaps(), st.randoms(use_true_random=False))
def test_order_of_lists_changes_no_density(overlap: Overlap, random: object) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain, turned = LatentClassDensity(overlap), LatentClassDensity(overlap.permuted(order))
    place = anywhere(plain, 3, 5)
    there = place.copy()
    turned.logits(there)[:] = plain.logits(place)[order]
    assert turned.evaluate(there).loglik == pytest.approx(plain.evaluate(place).loglik, rel=1e-9)


@settings(max_examples=10)
@given(overlaps())
def test_counting_every_incident_twice_doubles_the_log_likelihood(overlap: Overlap) -> None:
    once = LatentClassDensity(overlap)
    twice = LatentClassDensity(Overlap(overlap.lists, 2 * overlap.counts))
    place = anywhere(once, 3, 6)
    assert twice.evaluate(place).loglik == pytest.approx(2 * once.evaluate(place).loglik, rel=1e-9)


def test_chains_find_what_the_sampler_of_the_paper_finds() -> None:
    run = Chains(chains=24, warm_up=150, draws=250, most_rhat=1.05, least_ess=300)
    found = answered(SMALL, run)
    assert isinstance(found, LatentClassPosterior)
    twin = readable_gibbs(SMALL, sweeps=8_000, seed=5)[1000:]
    ours = np.quantile(found.totals, [0.25, 0.5, 0.75])
    assert ours == pytest.approx(np.quantile(twin, [0.25, 0.5, 0.75]), rel=0.06)


@pytest.mark.parametrize(
    ("name", "median", "low", "high"),
    [("hiv_rome", 10916, 9361, 12969), ("lesbian_allegheny", 5479, 4410, 7152)],
)
def test_quantiles_agree_with_the_r_package_where_its_chains_agree(
    name: str, median: float, low: float, high: float
) -> None:
    run = Chains(chains=20, warm_up=180, draws=200, most_rhat=1.1, least_ess=200)
    found = answered(published(name), run)
    assert isinstance(found, LatentClassPosterior)
    # Their 1,472 and 8,889 effective draws against our few hundred.
    assert found.median == pytest.approx(median, rel=0.03)
    assert found.interval.low == pytest.approx(low, rel=0.06)
    assert found.interval.high == pytest.approx(high, rel=0.06)


def test_nothing_caps_the_total() -> None:
    # Three lists of half a per cent of 100,000: the peer stops at 21 times the observed.
    true, chance = 100_000, 0.005
    counts = np.array(
        [round(true * chance**s * (1 - chance) ** (3 - s)) for s in (0, 1, 1, 2, 1, 2, 2, 3)]
    )
    counts[0] = 0
    overlap = Overlap(("a", "b", "c"), counts)
    found = answered(overlap, Chains(20, 150, 150, most_rhat=9, least_ess=1))
    assert isinstance(found, LatentClassPosterior)
    assert (found.totals > 21 * overlap.observed).mean() > 0.9
    assert found.interval.low < true < found.interval.high


def test_chains_that_disagree_give_their_modes_and_no_number() -> None:
    found = answered(published("uk5"), Chains(20, 30, 40, most_rhat=1.05, least_ess=400))
    assert isinstance(found, ChainsDisagree)
    assert "do not agree (R-hat" in found.reason
    assert found.chain_medians.shape == (20,)
    assert sum(mode.share for mode in found.modes) == pytest.approx(1)
    assert not hasattr(found, "median")


def test_one_chain_that_stays_where_no_other_goes_is_seen_though_rhat_hardly_sees_it() -> None:
    draws = np.random.default_rng(8).lognormal(10, 0.1, size=(40, 500))
    crossing = draws.copy()
    crossing[:, ::20] /= 4  # every chain goes to the other place now and then
    one_stays = draws.copy()
    one_stays[7] /= 4
    assert convergence(one_stays).rhat < 1.1  # a usual threshold
    for totals, stuck in ((draws, 0), (crossing, 0), (one_stays, 1)):
        tops = modes(totals.ravel(), np.ones(totals.size), observed=500)
        assert len(tops) == (1 if totals is draws else 2)
        assert _stuck(totals, tops) == stuck


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    run = Chains(20, 20, 20, most_rhat=99, least_ess=0)
    first, again, other = (answered(SMALL, run, seed) for seed in (1, 1, 2))
    assert isinstance(first, LatentClassPosterior)
    assert isinstance(again, LatentClassPosterior)
    assert isinstance(other, LatentClassPosterior)
    assert np.array_equal(first.totals, again.totals)
    assert not np.array_equal(first.totals, other.totals)


def test_progress_is_told_and_can_cancel() -> None:
    told: list[float] = []

    def cancel_at_half(share: float) -> None:
        told.append(share)
        if share >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        latent_class(
            SMALL,
            run=Chains(20, 20, 20, most_rhat=99, least_ess=0),
            level=0.95,
            rng=np.random.default_rng(1),
            on_progress=cancel_at_half,
        )
    assert told == [0.0, 0.25, 0.5]


def test_four_chains_and_two_lists_are_refused() -> None:
    with pytest.raises(OverlapError, match="4 chains may all miss a mode; use at least 20"):
        answered(SMALL, Chains(4, 10, 10, most_rhat=1.1, least_ess=1))
    with pytest.raises(OverlapError, match="at least three lists; got 2"):
        answered(Overlap(("a", "b"), np.array([0, 5, 4, 3])))


def test_convergence_knows_agreement_from_disagreement() -> None:
    rng = np.random.default_rng(6)
    draws = rng.normal(size=(20, 500))
    good = convergence(draws)
    assert good.rhat < 1.01
    assert good.bulk_ess == pytest.approx(10_000, rel=0.15)
    apart = draws.copy()
    apart[:5] += 2
    assert convergence(apart).rhat > 1.2
    # Same middle, another spread: only the folded ranks see it.
    wide = draws.copy()
    wide[:10] *= 4
    assert convergence(wide).rhat > 1.1


def test_effective_size_of_a_slow_chain_is_what_theory_says() -> None:
    rng = np.random.default_rng(7)
    slow = np.zeros((20, 2000))
    for at in range(1, 2000):
        slow[:, at] = 0.9 * slow[:, at - 1] + rng.normal(size=20)
    # An AR(1) chain with coefficient r is worth (1 - r) / (1 + r) of its length.
    assert convergence(slow[:, 100:]).bulk_ess == pytest.approx(20 * 1900 * 0.1 / 1.9, rel=0.2)

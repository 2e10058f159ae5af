from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from safelight.undercount.checks import chosen_model
from safelight.undercount.hidden_kinds import hidden_kinds, mixture_term
from safelight.undercount.loglinear import fit
from safelight.undercount.overlap import Overlap
from safelight.undercount.simulation import scenario, simulate

INDEPENDENT = frozenset[int]()


def table_of_two_kinds(
    chances: list[float], *, odds: float, hard_share: float, total: int
) -> NDArray[np.float64]:
    """Expected counts of all patterns, nobody's included, when one kind is harder to see."""
    easy = np.array(chances)
    hard = easy / (1 - easy) / odds
    hard = hard / (1 + hard)
    on = np.arange(1 << len(chances))[:, None] >> np.arange(len(chances)) & 1
    kinds = [np.where(on, p, 1 - p).prod(axis=1) for p in (easy, hard)]
    result: NDArray[np.float64] = total * ((1 - hard_share) * kinds[0] + hard_share * kinds[1])
    return result


def as_overlap(expected: NDArray[np.float64]) -> Overlap:
    counts = np.rint(expected).astype(np.int64)
    counts[0] = 0
    return Overlap(tuple("abcde"[: counts.size.bit_length() - 1]), counts)


def test_the_mixture_term_is_what_two_kinds_do_to_a_log_linear_table() -> None:
    odds, hard_share = 4.0, 0.3
    expected = table_of_two_kinds([0.3, 0.2, 0.4], odds=odds, hard_share=hard_share, total=1)
    hard_alone = table_of_two_kinds([0.3, 0.2, 0.4], odds=odds, hard_share=1.0, total=1)
    easy_unseen = 1 - hard_share * hard_alone[0] / expected[0]
    times = np.bitwise_count(np.arange(8, dtype=np.uint64)).astype(np.float64)
    left = np.log(expected) - mixture_term(times, odds=odds, share=easy_unseen)
    # Without the term the table is that of independent lists: log mean adds up over lists.
    for pattern in range(8):
        alone = sum(left[1 << k] - left[0] for k in range(3) if pattern >> k & 1)
        assert left[pattern] - left[0] == pytest.approx(alone, abs=1e-12)


def slow_high(overlap: Overlap, *, most_odds: float) -> float:
    """The same region by general minimisation, one mixture at a time."""
    counts = overlap.counts[1:].astype(float)
    lists = len(overlap.lists)
    patterns = np.arange(1, counts.size + 1)
    on = (patterns[:, None] >> np.arange(lists) & 1).astype(float)
    design = np.hstack([np.ones((counts.size, 1)), on])
    found = []
    mixtures = [(1.0, 1.0)] + [
        (most_odds**power, share)
        for power in (0.25, 0.5, 0.75, 1.0)
        for share in (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
    ]
    for odds, share in mixtures:
        term = np.log(share * odds ** on.sum(axis=1) + 1 - share)

        def minus(beta: NDArray[np.float64], term: NDArray[np.float64] = term) -> float:
            eta = design @ beta + term
            return float(np.exp(eta).sum() - counts @ eta)

        start = np.concatenate([[np.log(counts.mean())], np.zeros(lists)])
        top = minimize(minus, start, method="BFGS", options={"gtol": 1e-7})
        mean = np.exp(design @ top.x + term)
        variance = np.linalg.inv(design.T @ (design * mean[:, None]))[0, 0]
        found.append((-top.fun, float(np.exp(top.x[0])), float(variance)))
    best = max(loglik for loglik, _, _ in found)
    inside = [
        unseen * np.exp(np.sqrt((left) * (variance + 1 / unseen)))
        for loglik, unseen, variance in found
        if (left := norm.ppf(0.975) ** 2 - 2 * (best - loglik)) >= 0
    ]
    return overlap.observed + max(inside)


@pytest.mark.parametrize("name", ["independence", "independent-3", "two-classes-3"])
def test_the_fast_upper_end_equals_the_slow_one(name: str) -> None:
    overlap = simulate(scenario(name), rng=np.random.default_rng(4))
    found = hidden_kinds(overlap, fit(overlap, INDEPENDENT), most_odds=6, level=0.95)
    assert found is not None
    assert found.high == pytest.approx(slow_high(overlap, most_odds=6), rel=1e-4)


@settings(max_examples=15)
@given(seed=st.integers(1, 10_000), order=st.permutations(range(4)))
def test_the_order_of_lists_does_not_matter(seed: int, order: list[int]) -> None:
    overlap = simulate(scenario("dependent-pair"), rng=np.random.default_rng(seed))
    turned = overlap.permuted(order)
    here, there = (
        hidden_kinds(one, chosen_model(one), most_odds=6, level=0.95) for one in (overlap, turned)
    )
    assert here is not None
    assert there is not None
    assert there.high == pytest.approx(here.high, rel=1e-6)


def test_the_harder_the_hidden_kind_may_be_to_see_the_further_the_end() -> None:
    overlap = simulate(scenario("independence"), rng=np.random.default_rng(1))
    fitted = fit(overlap, INDEPENDENT)
    ends = []
    for most_odds in (1.0, 2.0, 4.0, 6.0):
        found = hidden_kinds(overlap, fitted, most_odds=most_odds, level=0.95)
        assert found is not None
        ends.append(found.high)
    assert ends == sorted(ends)
    assert fitted.estimate < ends[0] < ends[-1]


@pytest.mark.parametrize(("odds", "hard_share"), [(6.0, 0.4), (2.5, 0.5), (4.0, 0.3)])
def test_a_total_with_a_hidden_kind_lies_inside_where_the_plain_interval_misses_it(
    odds: float, hard_share: float
) -> None:
    expected = table_of_two_kinds(
        [0.3, 0.25, 0.35, 0.2], odds=odds, hard_share=hard_share, total=2000
    )
    overlap = as_overlap(expected)
    fitted = fit(overlap, INDEPENDENT)
    plain = hidden_kinds(overlap, fitted, most_odds=1, level=0.95)
    found = hidden_kinds(overlap, fitted, most_odds=6, level=0.95)
    assert plain is not None
    assert found is not None
    assert plain.high < 2000 < found.high
    assert 1 < found.odds <= 6
    assert 0 < found.share < 1


def test_lists_whose_pairs_take_up_everything_leave_the_end_far_away() -> None:
    overlap = Overlap(("a", "b", "c"), np.array([0, 300, 220, 90, 160, 70, 50, 22]))
    every = fit(overlap, frozenset({0b011, 0b101, 0b110}))
    found = hidden_kinds(overlap, every, most_odds=6, level=0.95)
    assert found is not None
    assert found.high - overlap.observed > 2.5 * (every.estimate - overlap.observed)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.undercount.answer import Options
from safelight.undercount.combine import estimate_with_recall
from safelight.undercount.missed_matches import put_right, what_becomes_of
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.rules import shipped_rules
from safelight.undercount.simulation import scenario, simulate
from safelight.undercount.verdict import estimate
from tests.undercount.test_overlap import overlaps

OPTIONS = Options(seed=1)


def test_records_are_neither_lost_nor_made_when_matches_are_missed() -> None:
    becomes = what_becomes_of(4, 0.8)
    on = np.arange(1, 16)[:, None] >> np.arange(4) & 1
    # Records of list k after, from one incident of each pattern: as before.
    assert on.T @ becomes == pytest.approx(on.T)
    assert becomes[0b111 - 1, 0b111 - 1] == pytest.approx(0.8**2)
    assert becomes[0b11 - 1, 0b11 - 1] == pytest.approx(0.8)


@settings(max_examples=30)
@given(overlaps(), st.randoms(use_true_random=False))
def test_putting_right_does_not_depend_on_the_order_of_lists(
    overlap: Overlap, random: object
) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]

    def right(some: Overlap) -> Overlap | None:
        try:
            return put_right(some, recall=0.9)
        except OverlapError:
            return None

    plain, turned = right(overlap), right(overlap.permuted(order))
    assert (plain is None) == (turned is None)
    if plain is not None and turned is not None:
        # A rounding may fall to either side.
        assert np.abs(plain.permuted(order).counts - turned.counts).max() <= 1


@given(overlaps())
def test_where_every_match_was_found_nothing_changes(overlap: Overlap) -> None:
    assert put_right(overlap, recall=1.0) == overlap


def test_a_measured_recall_brings_the_truth_back_into_the_interval() -> None:
    covered = without = 0
    for seed in range(1, 21):
        drawn = simulate(scenario("linkage-error"), rng=np.random.default_rng(seed))
        blind = estimate(drawn, method="loglinear", options=OPTIONS)
        told = estimate_with_recall(drawn, recall=(0.86, 0.94), method="loglinear", options=OPTIONS)
        assert blind.interval is not None
        assert told.interval is not None
        covered += told.interval.low <= 2000 <= told.interval.high
        without += blind.interval.low <= 2000 <= blind.interval.high
    assert covered >= 18
    assert without <= 4


def test_the_assumption_says_what_was_told_about_matches_and_otherwise_that_nothing_was() -> None:
    drawn = simulate(scenario("linkage-error"), rng=np.random.default_rng(1))
    sentence = shipped_rules().assumptions["matches"]
    blind = estimate(drawn, method="loglinear", options=OPTIONS)
    told = estimate_with_recall(drawn, recall=(0.9, 0.95), method="loglinear", options=OPTIONS)
    assert sentence in blind.assumption
    assert sentence not in told.assumption
    assert "between 90% and 95% were recognised" in told.assumption
    shares = [one["recall"] for one in told.diagnostics["match_recall"]]
    assert shares == pytest.approx([0.9, 0.925, 0.95])
    assert told.observed == drawn.observed


@pytest.mark.parametrize("recall", [(0.4, 0.9), (0.9, 1.1), (0.95, 0.9)])
def test_a_recall_that_cannot_be_is_refused(recall: tuple[float, float]) -> None:
    drawn = simulate(scenario("independence"), rng=np.random.default_rng(1))
    with pytest.raises(OverlapError, match="share of matches found"):
        estimate_with_recall(drawn, recall=recall, method="chao", options=OPTIONS)


def test_more_than_eight_lists_are_not_put_right() -> None:
    counts = np.zeros(512, dtype=np.int64)
    counts[[1 << k for k in range(9)]] = 5
    with pytest.raises(OverlapError, match="up to 8 lists; got 9"):
        put_right(Overlap(tuple("abcdefghi"), counts), recall=0.9)

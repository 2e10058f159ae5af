from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.undercount.existence import ExistenceCode, existence_of_all
from safelight.undercount.loglinear import (
    LoglinearFit,
    best_fit,
    fit,
    fit_all,
    profile_interval,
)
from safelight.undercount.model_terms import (
    Model,
    hierarchical_models,
    pairwise_models,
    parse_model,
)
from safelight.undercount.overlap import Overlap
from safelight.undercount.poisson_fit import FitError
from tests.support.open_data import open_data
from tests.undercount.test_overlap import SMALL, overlaps

NONE: Model = frozenset()


def published(name: str) -> Overlap:
    return Overlap.from_csv(open_data(f"overlap/{name}.csv").read_text(encoding="utf-8"))


def best(overlap: Overlap, models: tuple[Model, ...]) -> LoglinearFit:
    codes = existence_of_all(overlap, models)
    fitted = fit_all(overlap, [m for m, code in zip(models, codes, strict=True) if code == 0])
    return best_fit(fitted, criterion="bic")


def test_two_independent_lists_give_the_number_one_learns_at_school() -> None:
    # Lincoln-Petersen: 40 + 30 with 10 on both is 40 * 30 / 10 in all.
    overlap = Overlap(("a", "b"), np.array([0, 30, 20, 10]))
    assert fit(overlap, NONE).estimate == pytest.approx(40 * 30 / 10, rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "korea",
        "spina_ny",
        "sudan_khartoum_allcause_d3o3",
        "uk5",
        "congenital_mass",
        "western_us",
        "neworleans5_sparsemse",
    ],
)
def test_the_bic_choice_among_pairs_equals_the_r_packages(name: str) -> None:
    with open_data("overlap/peer_results.csv").open(encoding="utf-8", newline="") as file:
        peers = {(row["dataset"], row["method"]): row["estimate"] for row in csv.DictReader(file)}
    overlap = published(name)
    found = best(overlap, pairwise_models(len(overlap.lists)))
    expected = float(peers[name, "Rcapture closedpMS best BIC maxorder 2"])
    assert found.estimate == pytest.approx(expected, rel=1e-6)


def test_kosovo_has_one_answer_with_pairs_and_another_with_triples() -> None:
    overlap = published("kosovo")
    assert best(overlap, pairwise_models(4)).estimate == pytest.approx(14341.6638, rel=1e-6)
    assert best(overlap, hierarchical_models(4)).estimate == pytest.approx(10356.51896, rel=1e-6)


def test_a_pair_that_shares_nobody_counts_as_a_parameter_and_takes_its_cells_out() -> None:
    overlap = Overlap.from_csv(SMALL)
    apart = fit(overlap, parse_model("a:c", overlap.lists))
    assert apart.parameters == 5
    # Without the cells of a and c together: a 40+6, b 30+6 and c 20 remain, fitted freely.
    assert math.isfinite(apart.estimate)
    assert apart.estimate > overlap.observed


@pytest.mark.parametrize(("added", "code"), [("a:b", 1), ("a:b,a:c,b:c", 2)])
def test_a_model_without_an_estimate_is_refused_not_answered_with_ten_to_the_thirteen(
    added: str, code: int
) -> None:
    overlap = Overlap.from_csv(SMALL)
    with pytest.raises(FitError, match=f"existence code {code}"):
        fit(overlap, parse_model(added, overlap.lists))


@settings(max_examples=25)
@given(overlaps().filter(lambda overlap: len(overlap.lists) <= 4))
def test_a_thousand_at_once_equal_the_readable_fit(overlap: Overlap) -> None:
    models = pairwise_models(len(overlap.lists))
    codes = existence_of_all(overlap, models)
    fitted = [m for m, code in zip(models, codes, strict=True) if code == ExistenceCode.FINE]
    for together, model in zip(fit_all(overlap, fitted), fitted, strict=True):
        alone = fit(overlap, model)
        assert together.estimate == pytest.approx(alone.estimate, rel=1e-6)
        assert together.bic == pytest.approx(alone.bic, rel=1e-9, abs=1e-6)


@settings(max_examples=25)
@given(overlaps(), st.randoms(use_true_random=False))
def test_order_of_lists_changes_no_estimate(overlap: Overlap, random: object) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]
    codes = existence_of_all(overlap, [NONE])
    if codes == [ExistenceCode.FINE]:
        assert fit(overlap.permuted(order), NONE).estimate == pytest.approx(
            fit(overlap, NONE).estimate, rel=1e-8
        )


@settings(max_examples=25)
@given(overlaps(), st.integers(2, 9))
def test_ten_times_the_incidents_are_ten_times_the_estimate(overlap: Overlap, times: int) -> None:
    if existence_of_all(overlap, [NONE]) == [ExistenceCode.FINE]:
        larger = Overlap(overlap.lists, overlap.counts * times)
        assert fit(larger, NONE).estimate == pytest.approx(
            times * fit(overlap, NONE).estimate, rel=1e-7
        )


def test_profile_interval_holds_the_estimate_and_widens_with_the_level() -> None:
    overlap = Overlap(("a", "b"), np.array([0, 30, 20, 10]))
    fitted = fit(overlap, NONE)
    narrow = profile_interval(overlap, fitted, level=0.8)
    wide = profile_interval(overlap, fitted, level=0.95)
    assert overlap.observed <= wide.low < narrow.low < fitted.estimate < narrow.high < wide.high


def test_profile_interval_covers_about_as_often_as_it_says() -> None:
    # 300 tables of 2,000 incidents on three independent lists; binomial spread of 95 % is 1.3 %.
    rng = np.random.default_rng(20261122)
    true, chances = 2_000, np.array([0.3, 0.25, 0.2])
    inside = 0
    for _ in range(300):
        on_list = rng.random((true, 3)) < chances
        counts = np.bincount(on_list @ (1 << np.arange(3)), minlength=8)
        counts[0] = 0
        overlap = Overlap(("a", "b", "c"), counts)
        interval = profile_interval(overlap, fit(overlap, NONE), level=0.95)
        inside += interval.low <= true <= interval.high
    assert 0.91 <= inside / 300 <= 0.985

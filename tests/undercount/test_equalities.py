"""What has to stay the same, or to double, whatever the table: for every family of methods."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.undercount.answer import Answer, Options
from safelight.undercount.existence import existence_of_all
from safelight.undercount.latent_class_density import LatentClassDensity
from safelight.undercount.model_terms import pairwise_models
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.strata import estimate_strata, merged, strata_from_csv
from safelight.undercount.verdict import estimate
from tests.undercount.test_overlap import overlaps

OPTIONS = Options(seed=1, resamples=100, vary_delta=False)
FAMILIES = ("independence", "loglinear", "stepwise", "decomposable", "chao")
# Ties between models fall to the first in order: a table with one has two right answers.
FEW = settings(max_examples=12, derandomize=True)
three_or_four = overlaps().filter(lambda one: 2 < len(one.lists) < 5)


def answered(overlap: Overlap, family: str) -> Answer:
    return estimate(overlap, method=family, options=OPTIONS)


@pytest.mark.parametrize("family", FAMILIES)
@FEW
@given(overlap=three_or_four, random=st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_no_answer(
    family: str, overlap: Overlap, random: object
) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain, turned = answered(overlap, family), answered(overlap.permuted(order), family)
    assert plain.verdict == turned.verdict
    if plain.estimate is not None:
        assert turned.estimate == pytest.approx(plain.estimate, rel=1e-6)


@pytest.mark.parametrize("family", ["independence", "chao"])
@FEW
@given(overlap=three_or_four, times=st.integers(2, 1000))
def test_so_many_times_the_table_is_so_many_times_the_answer(
    family: str, overlap: Overlap, times: int
) -> None:
    once = answered(overlap, family)
    larger = answered(Overlap(overlap.lists, times * overlap.counts), family)
    assert once.verdict == larger.verdict
    if once.estimate is not None:
        assert larger.estimate == pytest.approx(times * once.estimate, rel=1e-6)


@FEW
@given(overlap=three_or_four, times=st.integers(2, 10**6))
def test_existence_does_not_depend_on_how_large_counts_are(overlap: Overlap, times: int) -> None:
    models = pairwise_models(len(overlap.lists))
    larger = Overlap(overlap.lists, times * overlap.counts)
    assert existence_of_all(overlap, models) == existence_of_all(larger, models)


@pytest.mark.parametrize("family", ["loglinear", "stepwise", "decomposable"])
def test_a_larger_table_of_the_same_shape_answers_in_proportion(family: str) -> None:
    # What is chosen may change with size, so this one is asked where the choice is clear.
    counts = np.array([0, 300, 220, 190, 160, 70, 50, 42])
    once = answered(Overlap(("a", "b", "c"), 10 * counts), family)
    larger = answered(Overlap(("a", "b", "c"), 30 * counts), family)
    assert once.estimate is not None
    assert larger.estimate == pytest.approx(3 * once.estimate, rel=2e-3)


@FEW
@given(first=three_or_four, seed=st.integers(0, 99))
def test_merging_strata_adds_what_each_says_of_the_density(first: Overlap, seed: int) -> None:
    counts = np.random.default_rng(seed).permutation(first.counts[1:]) + 1
    second = Overlap(first.lists, np.concatenate([[0], counts]))
    place = np.random.default_rng(seed).normal(size=(LatentClassDensity(first).size, 2))
    together = LatentClassDensity(merged([first, second])).evaluate(place).loglik
    apart = sum(LatentClassDensity(one).evaluate(place).loglik for one in (first, second))
    assert together == pytest.approx(apart, rel=1e-9)


@pytest.mark.parametrize("family", ["independence", "chao"])
@FEW
@given(overlap=three_or_four, parts=st.integers(2, 5))
def test_strata_that_are_alike_add_up_to_the_merged_table(
    family: str, overlap: Overlap, parts: int
) -> None:
    strata = {str(number): overlap for number in range(parts)}
    total = estimate_strata(strata, method=family, options=OPTIONS)
    whole = answered(merged(list(strata.values())), family)
    assert total.verdict == whole.verdict
    assert total.observed == whole.observed
    if whole.estimate is not None:
        assert total.estimate == pytest.approx(whole.estimate, rel=1e-6)


def test_strata_are_read_from_a_column_and_asked_one_by_one() -> None:
    rows = ["a,b,c,count,year"]
    for year, times in (("2023", 1), ("2024", 3)):
        for pattern, count in enumerate([300, 220, 90, 160, 70, 50, 22], start=1):
            bits = ",".join(str(pattern >> k & 1) for k in range(3))
            rows.append(f"{bits},{times * count},{year}")
    strata = strata_from_csv("\n".join(rows), column="year")
    assert [one.observed for one in strata.values()] == [912, 3 * 912]
    total = estimate_strata(strata, method="independence", options=OPTIONS)
    single = answered(strata["2023"], "independence")
    assert single.estimate is not None
    assert total.estimate == pytest.approx(4 * single.estimate, rel=1e-6)
    assert set(total.diagnostics["strata"]) == {"2023", "2024"}


def test_a_stratum_in_which_a_list_has_nobody_is_named_by_its_number() -> None:
    table = "year,a,b,count\n1,1,0,5\n1,0,1,5\n1,1,1,5\n2,1,0,5\n"
    with pytest.raises(OverlapError, match="stratum number 2: nobody stands on list number 2"):
        strata_from_csv(table, column="year")
    with pytest.raises(OverlapError, match="in the header once"):
        strata_from_csv(table, column="region")

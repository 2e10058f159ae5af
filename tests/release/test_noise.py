"""Noisy tables before anybody publishes them: workload, plan, unbiased values, tidy tables."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from safelight.release.counts import ReleaseError
from safelight.release.noise.least_squares import cell_variance, effect_variances
from safelight.release.noise.plan import NoisePlan, PrivacyUnit, best_share, simulated_noise
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss, epsilon_at
from safelight.release.noise.sampling import measurement, stated_loss, with_noise
from safelight.release.noise.tidy import tidied
from safelight.release.noise.workload import Axis, Workload, count_margins
from tests.release.noisy import (
    INCIDENT,
    LEVEL,
    ONE,
    all_pairs,
    axis,
    margins_of,
    plan_for,
    sparse_joint,
    with_simulated_noise,
)
from tests.release.slow_least_squares import slow_estimates

ZCDP = PrivacyLoss(Measure.ZCDP, Fraction(1, 2))


def test_margins_are_counted_from_codes() -> None:
    workload = Workload((axis("a", 2), axis("b", 3)), (("a", "b"),))
    rows = [{"a": "a0", "b": "b2"}, {"a": "a0", "b": "b2"}, {"a": "a1", "b": "b0"}]
    counts = count_margins(rows, workload)
    assert counts["a", "b"].tolist() == [[0, 0, 2], [1, 0, 0]]
    assert counts[("a",)].tolist() == [2, 1]
    assert count_margins([], workload)["a", "b"].sum() == 0


def test_a_code_that_was_not_declared_is_refused_without_repeating_it() -> None:
    workload = Workload((axis("a", 2),), (("a",),))
    assert count_margins([{"a": "a1"}], workload)
    with pytest.raises(ReleaseError, match="not declared") as refused:
        count_margins([{"a": "what somebody wrote"}], workload)
    assert "somebody" not in str(refused.value)


@pytest.mark.parametrize(
    ("axes", "tables"),
    [
        ((axis("a", 2), axis("b", 2)), (("a",),)),  # b is used by nothing
        ((axis("a", 2),), (("a", "b"),)),
        ((axis("a", 2), axis("b", 2)), (("a", "b"), ("b", "a"))),
        ((axis("a", 2),), (("a", "a"),)),
        ((axis("a", 2), axis("b", 2), axis("c", 2)), (("a", "b", "c"),)),
    ],
)
def test_a_workload_that_says_less_or_more_than_its_tables_is_refused(axes, tables) -> None:  # type: ignore[no-untyped-def]
    assert Workload((axis("a", 2), axis("b", 2)), (("a", "b"), ("a",)))
    with pytest.raises(ReleaseError, match="expected"):
        Workload(axes, tables)


def test_an_axis_of_hundreds_of_codes_is_refused() -> None:
    with pytest.raises(ReleaseError, match="a table of noise"):
        Axis("a", tuple(str(code) for code in range(101)))


@pytest.mark.parametrize("loss", [ONE, ZCDP])
@pytest.mark.parametrize("share", [Fraction(0), Fraction(1, 3)])
@pytest.mark.parametrize("unit", [INCIDENT, PrivacyUnit("person", 3)])
def test_the_samplers_state_no_larger_loss_than_the_plan(
    loss: PrivacyLoss, share: Fraction, unit: PrivacyUnit
) -> None:
    plan = plan_for(all_pairs(3, 4, 5), loss=loss, share=share, unit=unit)
    assert 0.999 * float(loss.amount) < stated_loss(plan) <= float(loss.amount)


def test_noise_that_would_cost_more_than_the_plan_is_not_drawn() -> None:
    plan = plan_for(all_pairs(3, 4))
    counts = {margin: np.zeros(plan.workload.shape(margin), int) for margin in plan.measured}
    assert with_noise(counts, plan)["a", "b"].shape == (3, 4)
    plan.scales["a", "b"] *= 0.9  # type: ignore[index]
    with pytest.raises(ReleaseError, match="cost more than was spent"):
        with_noise(counts, plan)


@pytest.mark.parametrize("measure", Measure)
def test_the_samplers_noise_is_as_wide_as_the_plan_says(measure: Measure) -> None:
    plan = plan_for(all_pairs(3), loss=PrivacyLoss(measure, Fraction(1, 4)))
    scale = plan.scales[("a",)]
    drawn = np.array(measurement(measure, scale)([0] * 4000), float)
    assert drawn.std() == pytest.approx(plan.variances[("a",)] ** 0.5, rel=0.1)
    simulated = simulated_noise(np.random.default_rng(1), measure, scale, (4000,))
    assert simulated.std() == pytest.approx(plan.variances[("a",)] ** 0.5, rel=0.1)


@pytest.mark.parametrize("share", [Fraction(0), Fraction(2, 5)])
@pytest.mark.parametrize(
    "workload",
    [
        all_pairs(2, 3, 4),
        Workload((axis("a", 3), axis("b", 2), axis("c", 4)), (("b", "a"), ("b", "c"), ("a",))),
        Workload((axis("a", 3), axis("b", 2)), (("a",), ("b",))),
    ],
)
def test_the_fast_least_squares_equal_the_readable_ones(
    workload: Workload, share: Fraction
) -> None:
    random = np.random.default_rng(3)
    plan = plan_for(workload, share=share)
    counts = margins_of(random.poisson(6, size=tuple(workload.sizes.values())), workload)
    noisy = with_simulated_noise(counts, plan, random)
    slow = slow_estimates(workload, noisy, plan.variances)
    effects = effect_variances(plan.variances, workload.sizes)
    for margin, fast in plan.estimate(noisy).items():
        values, variances = slow[margin]
        assert fast == pytest.approx(values, abs=1e-6)
        assert variances == pytest.approx(cell_variance(margin, effects, workload.sizes), rel=1e-6)


def test_values_are_unbiased_and_intervals_hold_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    workload = all_pairs(4, 5, 3)
    plan = plan_for(workload)
    truth = margins_of(sparse_joint(random, 4, 5, 3, total=300), workload)
    held: dict[tuple[str, ...], list[float]] = {margin: [] for margin in workload.margins}
    off = {margin: np.zeros(workload.shape(margin)) for margin in workload.margins}
    for _ in range(200):
        found = plan.estimate(with_simulated_noise(truth, plan, random))
        for margin, values in found.items():
            off[margin] += (values - truth[margin]) / 200
            distance = np.abs(values - truth[margin])
            held[margin].append(float((distance <= plan.effects[margin].half_width).mean()))
    for margin in workload.margins:
        assert np.abs(off[margin]).max() < 4 * plan.effects[margin].error / 200**0.5 * 1.6
        assert np.mean(held[margin]) > 0.925
    assert np.mean([np.mean(one) for one in held.values()]) < 0.985  # not just very wide


def test_tidy_tables_are_not_negative_agree_with_each_other_and_beat_the_noise() -> None:
    random = np.random.default_rng(7)
    workload = all_pairs(6, 5, 4)
    plan = plan_for(workload)
    truth = margins_of(sparse_joint(random, 6, 5, 4, total=2000), workload)
    noisy = with_simulated_noise(truth, plan, random)
    unbiased = plan.estimate(noisy)
    found = tidied(noisy, unbiased, plan)
    for table in found.values():
        assert (table >= 0).all()
        assert table.sum() == pytest.approx(float(found[()]), rel=1e-9)
    assert float(found[()]) == pytest.approx(2000, rel=0.02)
    assert found["a", "b"].sum(axis=1) == pytest.approx(found["a", "c"].sum(axis=1), rel=1e-6)
    pairs = [margin for margin in workload.margins if len(margin) == 2]

    def error(tables: dict[tuple[str, ...], np.ndarray]) -> float:
        return float(np.mean([np.abs(tables[m] - truth[m]).mean() for m in pairs]))

    assert error(found) < 0.95 * error(unbiased)


def test_tables_without_a_common_axis_and_trees_of_tables_are_fitted_too() -> None:
    random = np.random.default_rng(8)
    workload = Workload(
        (axis("y", 3), axis("a", 4), axis("d", 5), axis("v", 2)),
        (("a", "y"), ("d", "y"), ("v",)),
    )
    plan = plan_for(workload, loss=PrivacyLoss(Measure.PURE, Fraction(6)))
    joint = sparse_joint(random, 3, 4, 5, 2, total=3000)
    truth = margins_of(joint, workload)
    noisy = with_simulated_noise(truth, plan, random)
    found = tidied(noisy, plan.estimate(noisy), plan)
    for margin in workload.margins:
        assert np.abs(found[margin] - truth[margin]).max() < 12
    assert found["a", "y"].sum(axis=0) == pytest.approx(found["d", "y"].sum(axis=0), rel=1e-6)


def test_noise_that_leaves_nothing_gives_empty_tables() -> None:
    workload = all_pairs(2, 2)
    plan = plan_for(workload)
    noisy = {("a", "b"): np.full((2, 2), -3)}
    found = tidied(noisy, plan.estimate(noisy), plan)
    assert found["a", "b"].sum() == 0


def test_the_plan_with_the_least_error_is_chosen_without_looking_at_a_row() -> None:
    workload = all_pairs(8, 6, 10, 9)
    pure = best_share(workload, ONE, INCIDENT, level=LEVEL)
    assert pure.one_way_share == 0
    zcdp = best_share(workload, ZCDP, INCIDENT, level=LEVEL)
    assert zcdp.one_way_share > 0


def test_the_effect_that_is_shown_before_is_the_effect_that_comes() -> None:
    random = np.random.default_rng(9)
    workload = all_pairs(5, 4)
    plan = plan_for(workload)
    truth = margins_of(np.zeros((5, 4), int), workload)
    found = [plan.estimate(with_simulated_noise(truth, plan, random)) for _ in range(300)]
    for margin in workload.margins:
        error = np.mean([np.abs(one[margin]).mean() for one in found])
        assert plan.effects[margin].error == pytest.approx(error, rel=0.15)
        assert plan.predicted_error(margin) == pytest.approx(error, rel=0.35)


@pytest.mark.parametrize(
    ("measure", "amount"),
    [
        ("pure", "0"),
        ("pure", "-1"),
        ("pure", "7"),
        ("pure", "1e-400"),
        ("pure", "nan"),
        ("pure", "inf"),
        ("zcdp", "19"),
        ("approximate", "1"),
        ("pure", "1/0"),
        ("pure", "0." + "3" * 30),
    ],
)
def test_a_loss_that_protects_nobody_or_means_nothing_is_refused(measure: str, amount: str) -> None:
    assert PrivacyLoss.parse("pure", "0.5").amount == Fraction(1, 2)
    assert PrivacyLoss.parse("zcdp", "1/8").as_zcdp == Fraction(1, 8)
    with pytest.raises(ReleaseError, match=r"expected pure or zcdp|a privacy loss lies"):
        PrivacyLoss.parse(measure, amount)


def test_what_a_loss_is_worth_in_the_other_measure() -> None:
    assert ONE.as_zcdp == Fraction(1, 2)
    assert epsilon_at(Fraction(1, 2), delta=1e-6) == pytest.approx(5.757, abs=0.001)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: PrivacyUnit("incident", 2),
        lambda: PrivacyUnit("person", 0),
        lambda: PrivacyUnit("person", 21),
        lambda: PrivacyUnit("reporter", 1),
        lambda: NoisePlan(all_pairs(2, 2), ONE, INCIDENT, Fraction(1), LEVEL),
        lambda: NoisePlan(all_pairs(2, 2), ONE, INCIDENT, Fraction(0), Fraction(1)),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    assert PrivacyUnit("person", 4)
    with pytest.raises(ReleaseError, match=r"unit|incident|share|level"):
        wrong()

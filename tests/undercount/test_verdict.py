from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safelight.undercount import families
from safelight.undercount.answer import Answer, Family, Options
from safelight.undercount.latent_class import Chains
from safelight.undercount.overlap import Overlap
from safelight.undercount.rules import shipped_rules
from safelight.undercount.simulation import scenario, simulate
from safelight.undercount.verdict import SIDE_BY_SIDE, estimate, judge
from tests.undercount.test_loglinear import published

# Latent classes take seconds; what only they decide has a test of its own.
FITTED: tuple[Family, ...] = ("independence", "loglinear", "stepwise")
QUICK = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")


def judged(overlap: Overlap) -> Answer:
    return judge(overlap, Options(seed=1, resamples=200), families=QUICK)


def drawn(name: str, seed: int = 1) -> Overlap:
    return simulate(scenario(name), rng=np.random.default_rng(seed))


def decided_by(answer: Answer) -> str:
    return str(answer.diagnostics["decided_by"])


@pytest.mark.parametrize("name", ["independence", "dependent-pair"])
def test_where_the_models_are_right_the_verdict_is_an_estimate_that_covers(name: str) -> None:
    answer = judged(drawn(name))
    assert answer.verdict == "estimate"
    assert answer.interval is not None
    assert answer.interval.low < scenario(name).incidents < answer.interval.high


@pytest.mark.parametrize(
    ("name", "seed"), [("two-classes", 2), ("three-classes", 1), ("continuous", 1)]
)
def test_where_some_incidents_are_hidden_it_is_a_lower_bound_and_below_the_truth(
    name: str, seed: int
) -> None:
    answer = judged(drawn(name, seed))
    assert answer.verdict == "lower-bound"
    assert "probably more" in answer.reason
    assert answer.interval is not None
    assert answer.interval.low < scenario(name).incidents
    assert answer.as_json()["interval"][1] is None


def test_two_extracts_of_one_register_are_refused_and_named() -> None:
    answer = judged(drawn("one-register-twice"))
    assert (answer.verdict, decided_by(answer)) == ("refused", "copies")
    assert answer.reason.startswith("Lists A and B hold almost the same incidents")
    merged = drawn("one-register-twice").collapsed({"register": [0, 1], "ours": [2]})
    assert judged(merged).verdict == "lower-bound"


def test_a_large_list_that_holds_most_of_another_by_chance_is_not_called_a_copy() -> None:
    rng = np.random.default_rng(2)
    chances = np.array([0.9, 0.3, 0.3])
    on = np.arange(8)[:, None] >> np.arange(3) & 1
    counts = rng.multinomial(2000, np.prod(np.where(on, chances, 1 - chances), axis=1))
    counts[0] = 0
    assert judged(Overlap(("a", "b", "c"), counts)).verdict == "estimate"


@pytest.mark.parametrize(("shared", "verdict"), [(6, "refused"), (7, "lower-bound")])
def test_below_seven_shared_incidents_nothing_is_said(shared: int, verdict: str) -> None:
    answer = judged(Overlap(("a", "b"), np.array([0, 40, 30, shared])))
    assert answer.verdict == verdict
    if verdict == "refused":
        assert answer.reason.startswith("Only 6 incidents stand on more than one list, and 7")
        assert (answer.estimate, answer.interval) == (None, None)


def test_two_lists_are_never_an_estimate_and_always_say_what_they_assume() -> None:
    answer = judged(Overlap(("a", "b"), np.array([0, 300, 200, 150])))
    assert answer.verdict == "lower-bound"
    assert answer.estimate == pytest.approx(451 * 351 / 151 - 1)
    assert "Being on one list says nothing about being on the other" in answer.assumption


def test_two_lists_one_inside_the_other_are_refused() -> None:
    answer = judged(Overlap(("a", "b"), np.array([0, 300, 5, 150])))
    assert (answer.verdict, decided_by(answer)) == ("refused", "two-lists-complete")


def test_a_table_without_an_estimate_is_refused_and_never_a_large_number() -> None:
    # No list shares an incident with c: main effects have no estimate of the rest.
    overlap = Overlap(("a", "b", "c"), np.array([0, 40, 30, 20, 10, 0, 0, 0]))
    answer = estimate(overlap, method="independence", options=Options(seed=1))
    assert answer.verdict == "estimate"  # it exists, for a and b overlap
    nothing = Overlap(("a", "b", "c"), np.array([0, 40, 30, 0, 10, 0, 0, 0]))
    for method in FITTED:
        answer = estimate(nothing, method=method, options=Options(seed=1))
        assert (answer.verdict, answer.estimate) == ("refused", None)
        assert answer.reason.startswith("Only 0 incidents stand on more than one list")
        answer = families.run_family(nothing, method, Options(seed=1))
        assert (answer.verdict, answer.estimate) == ("refused", None)
        assert "existence code" in answer.reason or "no log-linear" in answer.reason.lower()
    assert judged(nothing).verdict == "refused"


def test_a_table_on_which_the_saturated_graph_would_win_is_not_answered_with_one_more() -> None:
    overlap = published("neworleans5_sparsemse")
    options = Options(seed=1, delta=1.0, saturated=True)
    with_it = estimate(overlap, method="decomposable", options=options)
    assert with_it.estimate is not None
    assert with_it.estimate < overlap.observed + 10
    answer = judged(overlap)
    assert answer.verdict == "lower-bound"
    assert answer.estimate is not None
    assert answer.estimate > 3 * overlap.observed


def test_kosovo_is_a_lower_bound_below_the_near_census() -> None:
    answer = judged(published("kosovo"))
    assert (answer.verdict, decided_by(answer)) == ("lower-bound", "many-dependent-pairs")
    assert answer.estimate is not None
    assert answer.estimate < 10_401
    beside = answer.diagnostics["families"]
    assert beside["loglinear"]["estimate"] == pytest.approx(14_342, abs=1)
    assert [one["without"] for one in answer.diagnostics["leave_one_out"]] == list(answer.lists)


def test_chains_that_disagree_refuse_the_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = shipped_rules()
    short = Chains(chains=20, warm_up=20, draws=20, most_rhat=1.01, least_ess=400)

    def hurried() -> object:
        return replace(shipped, chains=short, attempts=1)

    monkeypatch.setattr(families, "shipped_rules", hurried)
    answer = judge(drawn("independence"), Options(seed=1), families=("loglinear", "latent-class"))
    assert (answer.verdict, decided_by(answer)) == ("refused", "chains-disagree")
    blocked = answer.diagnostics["families"]["latent-class"]
    assert blocked["estimate"] is None
    assert blocked["diagnostics"]["modes"]


def test_every_rule_can_be_read_and_none_is_left_unasked() -> None:
    asked = {one["rule"] for one in judged(drawn("independence")).diagnostics["findings"]}
    asked |= {
        one["rule"]
        for one in judged(Overlap(("a", "b"), np.array([0, 40, 30, 9]))).diagnostics["findings"]
    }
    assert asked == {rule.name for rule in shipped_rules().rules}
    for rule in shipped_rules().rules:
        assert shipped_rules().ask(rule.name, rule.threshold, "A and B").reason.endswith(".")


def test_the_order_of_the_lists_changes_no_verdict() -> None:
    overlap = drawn("dependent-pair")
    plain, turned = judged(overlap), judged(overlap.permuted([2, 0, 3, 1]))
    assert plain.verdict == turned.verdict
    assert turned.estimate == pytest.approx(plain.estimate, rel=1e-6)


def test_an_estimate_holds_the_intervals_of_all_families_and_what_hidden_kinds_could_do() -> None:
    answer = judged(drawn("independence"))
    assert answer.verdict == "estimate"
    assert answer.interval is not None
    for name in ("loglinear", "stepwise", "decomposable"):
        low, high = answer.diagnostics["families"][name]["interval"]
        assert answer.interval.low <= low < high <= answer.interval.high
    assert answer.interval.high == answer.diagnostics["hidden_kinds"]["high"]
    narrower = answer.diagnostics["interval_if_all_are_as_easy_to_see"]
    assert answer.interval.low == narrower[0]
    assert answer.interval.high > narrower[1]
    assert "up to 6 times harder to see" in answer.reason
    by_itself = answer.diagnostics["families"]["loglinear"]
    assert answer.estimate == by_itself["estimate"]


def test_three_lists_with_hidden_incidents_are_hardly_ever_called_an_estimate() -> None:
    verdicts = [judged(drawn("two-classes-3", seed)).verdict for seed in range(1, 21)]
    assert verdicts.count("estimate") <= 4


def test_every_answer_about_one_table_says_what_missed_matches_would_do() -> None:
    answer = judged(drawn("linkage-error"))
    assert "each match that was missed makes the number too high" in answer.assumption
    totals = [one["estimate"] for one in answer.diagnostics["if_matches_were_missed"]]
    assert [one["recall"] for one in answer.diagnostics["if_matches_were_missed"]] == [
        0.95,
        0.9,
        0.8,
    ]
    assert totals == sorted(totals, reverse=True)
    assert totals[1] == pytest.approx(2000, rel=0.1)


def test_where_differences_are_too_mild_to_show_the_interval_still_holds_the_truth() -> None:
    truth = scenario("mild-classes-4b").incidents
    called, narrow = 0, 0
    for seed in range(1, 21):
        overlap = drawn("mild-classes-4b", seed)
        answer = judge(overlap, Options(seed=1), families=("loglinear",))
        assert answer.interval is not None
        assert answer.interval.low <= truth <= answer.interval.high
        if answer.verdict == "estimate":
            called += 1
            low, high = answer.diagnostics["interval_if_all_are_as_easy_to_see"]
            narrow += low <= truth <= high
    assert called >= 5
    assert narrow < called / 2


def test_a_sparse_table_cannot_tell_hidden_kinds_and_is_a_lower_bound() -> None:
    answer = judged(drawn("sparse"))
    assert (answer.verdict, decided_by(answer)) == ("lower-bound", "cannot-be-told-apart")
    (finding,) = (
        one for one in answer.diagnostics["findings"] if one["rule"] == "cannot-be-told-apart"
    )
    assert finding["value"] >= finding["threshold"] == 2.5
    assert f"{finding['value']:.1f} times as large" in answer.reason

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.outcomes.curves import NotEstimable, Rules, RulesError, StepCurve
from safelight.outcomes.facts import CaseFacts, FactsError, StageFact
from safelight.outcomes.funnel import ALL_STAGES, Funnel, Step, by_stratum, funnel
from safelight.outcomes.path import shipped_path
from safelight.outcomes.reporting import ReportingRatio, reporting_ratio
from safelight.outcomes.shares import Bounds, ShareError, share_of
from safelight.outcomes.when import When
from tests.outcomes.test_following import AS_OF, case

RULES = Rules(level=0.95, least_cases=3, most_undated=0.2, most_proved=0.2, horizons=(30, 365))


def counted(
    cases: list[CaseFacts], *, rules: Rules = RULES, stages: tuple[str, ...] | None = ALL_STAGES
) -> Funnel:
    found = funnel(cases, as_of=AS_OF, rules=rules, stages=stages)
    assert isinstance(found, Funnel)
    return found


def curve(step: Step) -> StepCurve:
    assert isinstance(step.curve, StepCurve)
    return step.curve


ACCEPTED = "F1 REPORT 2026-01-02; F2 ACCEPTED 2026-01-03; "
FIVE = [
    case(text, occurred="2026-01-01")
    for text in (
        ACCEPTED + "F3 OPENED_CRIMINAL 2026-01-20",
        ACCEPTED + "F3 REFUSED_TO_OPEN 2026-01-10",
        ACCEPTED + "F3 PENDING",
        "F1 REPORT 2026-01-02; F2 REFUSED_TO_ACCEPT 2026-01-02",
        "F1 NOT_REPORT 2026-01-05",
    )
]


def test_every_case_at_a_step_got_there_stopped_or_waits() -> None:
    found = counted(FIVE)
    rows = {s.stage: (s.entered, s.reached, s.stopped, s.waiting) for s in found.steps}
    assert rows["F1_DECISION"] == (5, 4, 1, 0)
    assert rows["F2_REPORT"] == (4, 3, 1, 0)
    assert rows["F3_CASE"] == (3, 1, 1, 1)
    assert rows["F6_SUSPECT"] == (1, 0, 0, 1)
    assert rows["F7_CHARGED"] == (0, 0, 0, 0)


def test_shares_are_told_so_far_with_what_they_can_still_become_and_of_all() -> None:
    opened = counted(FIVE).step("F3_CASE")
    assert (opened.so_far.count, opened.so_far.of) == (1, 3)
    assert opened.bounds == Bounds(1 / 3, 2 / 3)
    assert opened.of_all == share_of(1, 5, level=0.95)
    assert counted(FIVE).step("F7_CHARGED").bounds is None


def test_why_cases_stopped_is_counted_with_the_finer_reasons() -> None:
    silent = [
        CaseFacts(facts=(StageFact(stage="F1_DECISION", code="NOT_REPORT", reasons=reasons),))
        for reasons in (("FEAR_POLICE", "NO_HOPE"), ("FEAR_POLICE",), ())
    ]
    reasons = counted([*FIVE, *silent]).step("F1_DECISION").reasons
    told = [(r.code, r.detail, r.share.count, r.share.of) for r in reasons]
    assert told == [
        ("NOT_REPORT", "", 4, 4),
        ("NOT_REPORT", "FEAR_POLICE", 2, 4),
        ("NOT_REPORT", "NO_HOPE", 1, 4),
    ]


def test_curves_of_reaching_and_of_stopping_share_the_same_cases() -> None:
    found = curve(counted(FIVE).step("F3_CASE"))
    assert found.reached.at(17).share == pytest.approx(1 / 3)
    assert found.stopped.at(7).share == pytest.approx(1 / 3)
    assert list(found.by_reason) == [("F3_CASE", "REFUSED_TO_OPEN")]
    assert found.by_reason[("F3_CASE", "REFUSED_TO_OPEN")].at(30).share == pytest.approx(1 / 3)


def test_time_from_the_incident_counts_every_case_that_began_there() -> None:
    begun = counted(FIVE).step("F3_CASE").from_start
    assert isinstance(begun, StepCurve)
    assert begun.timed == 5
    assert begun.reached.at(100).share == pytest.approx(1 / 5)


def test_days_only_means_no_what_ifs_and_months_mean_two() -> None:
    months = [
        case(f"F1 REPORT 2026-0{month}; F2 ACCEPTED 2026-05", occurred="2026-01-10")
        for month in (1, 2, 3)
    ]
    exact = curve(counted(FIVE).step("F2_REPORT"))
    spread = curve(counted(months).step("F2_REPORT"))
    assert (exact.earliest, exact.latest, exact.inexact) == (None, None, 0)
    assert spread.earliest is not None
    assert spread.latest is not None
    early, middle, late = (
        one.median.day for one in (spread.earliest, spread.reached, spread.latest)
    )
    assert early is not None
    assert middle is not None
    assert late is not None
    assert early < middle < late
    assert spread.inexact == 3


def test_a_curve_needs_cases_and_says_how_many() -> None:
    few = counted(FIVE, rules=replace(RULES, least_cases=4))
    assert isinstance(few.step("F2_REPORT").curve, StepCurve)
    refusal = few.step("F3_CASE").curve
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "too-few-cases"
    assert refusal.reason("en") == "Cases at this step: 3; needed: 4."
    assert refusal.reason("ru") == "Дел на этом шаге: 3; нужно не меньше 4."


def test_a_curve_needs_dates() -> None:
    undated = [case("F1 REPORT 2026-01-02; F2 ACCEPTED") for _ in range(4)]
    refusal = counted([*FIVE, *undated]).step("F2_REPORT").curve
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "dates-not-known"
    backwards = [case("F1 REPORT 2026-01-02; F2 ACCEPTED 2026-01-01") for _ in range(4)]
    refusal = counted([*FIVE, *backwards]).step("F2_REPORT").curve
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "dates-not-known"


def test_a_stage_nobody_writes_down_gives_no_curve_of_the_next_one() -> None:
    # Nobody recorded suspects, so of the cases at F6 only those that went on are known.
    charged = [
        case(f"F3 OPENED_CRIMINAL 2026-01-1{n}; F7 YES 2026-03-0{n}", occurred="2026-01-01")
        for n in range(1, 5)
    ]
    found = counted(charged)
    refusal = found.step("F7_CHARGED").curve
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "known-only-from-later"
    assert found.step("F7_CHARGED").proved == 4
    left_out = counted(charged, stages=("F3_CASE", "F7_CHARGED"))
    assert isinstance(left_out.step("F7_CHARGED").curve, StepCurve)


def test_unasked_the_funnel_shows_the_stages_the_cases_have() -> None:
    found = counted(FIVE, stages=None)
    assert [step.stage for step in found.steps] == ["F1_DECISION", "F2_REPORT", "F3_CASE"]
    assert "F9_VERDICT" in found.not_recorded


def test_each_stratum_has_its_own_funnel_and_nobody_is_lost() -> None:
    marked = [
        CaseFacts(facts=one.facts, occurred=one.occurred, strata={"district": district})
        for one, district in zip(FIVE, ("VOLGA", "VOLGA", "URAL", "URAL", ""), strict=True)
    ]
    parts = by_stratum(marked, "district", as_of=AS_OF, rules=RULES, stages=None)
    assert not isinstance(parts, NotEstimable)
    assert list(parts) == ["UNK", "URAL", "VOLGA"]
    whole = counted(FIVE, stages=None)
    for stage in ("F1_DECISION", "F2_REPORT", "F3_CASE"):
        sizes = [part.step(stage).reached for part in parts.values() if isinstance(part, Funnel)]
        assert sum(sizes) == whole.step(stage).reached


def test_a_stratum_with_a_value_for_every_case_is_refused() -> None:
    many = [CaseFacts(facts=FIVE[0].facts, strata={"id": f"c{n}"}) for n in range(61)]
    parts = by_stratum(many, "id", as_of=AS_OF, rules=RULES, stages=None)
    assert isinstance(parts, NotEstimable)
    assert parts.code == "too-many-strata"


def test_text_about_somebody_is_no_stratum() -> None:
    with pytest.raises(FactsError, match="a code of letters") as refusal:
        CaseFacts(facts=(), strata={"district": "the house beside the mill"})
    assert "mill" not in str(refusal.value)


def test_no_case_is_a_refusal_and_not_an_empty_funnel() -> None:
    refusal = funnel([], as_of=AS_OF, rules=RULES, stages=None)
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "no-cases"


_STAGES = shipped_path().stages
_FACTS = st.builds(
    lambda stage, place, day, span: StageFact(
        stage=stage,
        code=sorted(_STAGES[stage].meanings)[place % len(_STAGES[stage].meanings)],
        when=None if day is None else When(day, day + timedelta(span)),
    ),
    st.sampled_from(sorted(_STAGES)),
    st.integers(0, 20),
    st.none() | st.dates(date(2025, 12, 1), date(2026, 8, 1)),
    st.sampled_from([0, 0, 0, 30, 90]),
)
_CASES = st.lists(
    st.builds(
        CaseFacts,
        facts=st.lists(_FACTS, max_size=7).map(tuple),
        occurred=st.none() | st.just(When.parse("2026-01-15")),
        followed_to=st.none() | st.just(date(2026, 5, 1)),
        violent=st.sampled_from([None, True, False]),
    ),
    max_size=8,
)
LENIENT = Rules(level=0.9, least_cases=1, most_undated=1, most_proved=1, horizons=(1, 400))


@given(_CASES, st.randoms())
@settings(max_examples=60)
def test_whatever_the_facts_nobody_is_lost_and_their_order_says_nothing(
    cases: list[CaseFacts], chance: object
) -> None:
    found = funnel(cases, as_of=AS_OF, rules=LENIENT, stages=ALL_STAGES)
    if isinstance(found, NotEstimable):
        return
    assert found.cases + found.not_yet == len(cases)
    before = found.base_cases + found.entered_later
    for step in found.steps:
        assert step.entered == step.reached + step.stopped + step.waiting
        assert sum(r.share.count for r in step.reasons if not r.detail) == step.stopped
        if not step.beside:
            assert step.entered <= before
    shuffled = [
        CaseFacts(
            facts=tuple(reversed(one.facts)),
            occurred=one.occurred,
            followed_to=one.followed_to,
        )
        for one in reversed(cases)
    ]
    again = funnel(shuffled, as_of=AS_OF, rules=LENIENT, stages=ALL_STAGES)
    assert isinstance(again, Funnel)
    assert [(s.reached, s.stopped, s.waiting, s.reasons) for s in again.steps] == [
        (s.reached, s.stopped, s.waiting, s.reasons) for s in found.steps
    ]
    for one, other in zip(found.steps, again.steps, strict=True):
        if isinstance(one.curve, StepCurve):
            assert curve(other).reached.share == pytest.approx(one.curve.reached.share)


def test_the_ratio_counts_those_who_tried_of_those_of_whom_it_is_known() -> None:
    others = "F1 NOT_REPORT 2026-01-03; F2 THIRD_PARTY_REPORT 2026-01-04"
    third = case(others, occurred="2026-01-01")
    unknown = case("F0 2026-01-02", occurred="2026-01-01")
    too_old = case("F1 REPORT 2025-06-30", occurred="2025-06-30")
    found = reporting_ratio([*FIVE, third, unknown, too_old], as_of=AS_OF, rules=RULES)
    assert isinstance(found, ReportingRatio)
    assert (found.reported.count, found.reported.of, found.unknown) == (4, 6, 1)
    assert found.bounds == Bounds(4 / 7, 5 / 7)
    assert (found.by_others, found.accepted, found.violence_only) == (1, 3, False)
    assert found.since == date(2025, 6, 30)


def test_a_report_the_police_refused_was_a_report() -> None:
    refused = [case("F2 REFUSED_TO_ACCEPT 2026-01-02", occurred="2026-01-01") for _ in range(3)]
    found = reporting_ratio([*refused, FIVE[4]], as_of=AS_OF, rules=RULES)
    assert isinstance(found, ReportingRatio)
    assert (found.reported.count, found.reported.of, found.accepted) == (3, 4, 0)


def test_the_ratio_is_of_violence_where_the_cases_say_so_and_never_of_police_lists() -> None:
    violent = [CaseFacts(facts=one.facts, occurred=one.occurred, violent=True) for one in FIVE]
    other = CaseFacts(facts=FIVE[0].facts, occurred=FIVE[0].occurred, violent=False)
    unsaid = FIVE[0]
    police = CaseFacts(
        facts=(StageFact(stage="F0_RECORDED", source="POLICE"), *FIVE[0].facts),
        occurred=FIVE[0].occurred,
        violent=True,
    )
    found = reporting_ratio([*violent, other, unsaid, police], as_of=AS_OF, rules=RULES)
    assert isinstance(found, ReportingRatio)
    assert (found.incidents, found.left_out, found.kind_unknown) == (5, 1, 1)
    assert found.violence_only


def test_too_few_known_decisions_give_no_ratio() -> None:
    refusal = reporting_ratio(FIVE[:2], as_of=AS_OF, rules=RULES)
    assert isinstance(refusal, NotEstimable)
    assert refusal.code == "too-few-known"


def test_wilson_intervals_equal_published_ones() -> None:
    # Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for count, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = share_of(count, of, level=0.95)
        assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_a_share_of_nobody_is_none_and_one_of_more_than_all_is_refused() -> None:
    assert share_of(0, 0, level=0.95).share is None
    with pytest.raises(ShareError, match="from 0 to 2, got 3"):
        share_of(3, 2, level=0.95)


@pytest.mark.parametrize(
    "wrong",
    [{"level": 95}, {"least_cases": 0}, {"most_undated": 2}, {"horizons": ()}, {"horizons": (0,)}],
)
def test_rules_that_cannot_be_followed_are_refused(wrong: dict[str, object]) -> None:
    fine = {"level": 0.95, "least_cases": 1, "most_undated": 0, "most_proved": 0, "horizons": (1,)}
    Rules(**fine)  # type: ignore[arg-type]
    with pytest.raises((RulesError, ShareError), match="expected"):
        Rules(**(fine | wrong))  # type: ignore[arg-type]

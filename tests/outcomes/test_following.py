"""One case on one day. The words of each case are the rules of `following.py`."""

from __future__ import annotations

from datetime import date

import pytest

from safelight.outcomes.facts import CaseFacts, StageFact
from safelight.outcomes.following import Followed, StepTaken, Wait, follow
from safelight.outcomes.path import PathError, shipped_path
from safelight.outcomes.when import When, WhenError
from safelight.vocabulary.schema import vocabulary

AS_OF = date(2026, 6, 30)


def case(text: str, *, occurred: str = "", followed_to: date | None = None) -> CaseFacts:
    """From "F2 ACCEPTED 2026-01-05; F3 NO_ANSWER": stage, code, and a date where known."""
    facts = []
    for line in filter(None, (part.strip() for part in text.split(";"))):
        short, *rest = line.split()
        stage = next(name for name in shipped_path().stages if name.split("_")[0] == short)
        code = rest[0] if rest and not rest[0][0].isdigit() else ""
        when = next((When.parse(word) for word in rest if word[0].isdigit()), None)
        facts.append(StageFact(stage=stage, code=code, when=when))
    return CaseFacts(
        facts=tuple(facts),
        occurred=When.parse(occurred) if occurred else None,
        followed_to=followed_to,
    )


def followed(one: CaseFacts, as_of: date = AS_OF) -> Followed:
    path = shipped_path()
    found = follow(one, path=path, shown=tuple(path.stages.values()), as_of=as_of)
    assert found is not None
    return found


def step(one: CaseFacts, stage: str, as_of: date = AS_OF) -> StepTaken:
    return followed(one, as_of).steps[stage]


def exactly(days: float) -> Wait:
    return Wait(days, days, days)


def test_each_step_is_reached_from_the_one_before_it_and_the_next_one_waits() -> None:
    one = case("F0 2026-01-10; F1 REPORT 2026-01-12; F2 ACCEPTED 2026-01-15", occurred="2026-01-01")
    assert step(one, "F1_DECISION").wait == exactly(11)
    assert step(one, "F2_REPORT").wait == exactly(3)
    waits = step(one, "F3_CASE")
    assert (waits.state, waits.wait) == ("waiting", exactly(166))
    assert "F6_SUSPECT" not in followed(one).steps
    assert followed(one).from_start["F9_VERDICT"].wait == exactly(180)


def test_pending_is_waiting_and_never_a_stop() -> None:
    pending = case("F1 REPORT 2026-01-02; F8 SENT 2026-02-01; F9 PENDING 2026-03-01")
    acquitted = case("F1 REPORT 2026-01-02; F8 SENT 2026-02-01; F9 ACQUITTED 2026-03-01")
    assert (step(pending, "F9_VERDICT").state, step(acquitted, "F9_VERDICT").state) == (
        "waiting",
        "stopped",
    )
    assert step(pending, "F9_VERDICT").wait == exactly(149)  # to the as-of day
    assert step(acquitted, "F9_VERDICT").wait == exactly(28)


def test_what_lies_after_the_as_of_day_is_not_known_yet() -> None:
    one = case("F1 REPORT 2026-01-01; F2 ACCEPTED 2026-01-05", occurred="2026-01-01")
    assert step(one, "F2_REPORT", as_of=date(2026, 1, 5)).state == "reached"
    assert step(one, "F2_REPORT", as_of=date(2026, 1, 4)).state == "waiting"


@pytest.mark.parametrize(
    "unborn",
    [
        case("F0 2026-07-01; F1 REPORT 2026-07-02"),
        case("F1 REPORT 2026-07-02"),
        case("F0 2026-01-01", occurred="2026-07-01"),
    ],
)
def test_a_case_nobody_knew_of_does_not_count(unborn: CaseFacts) -> None:
    path = shipped_path()
    assert follow(unborn, path=path, shown=path.main, as_of=AS_OF) is None
    assert follow(unborn, path=path, shown=path.main, as_of=date(2026, 7, 2)) is not None


def test_a_later_stage_proves_the_earlier_ones_without_a_date_for_them() -> None:
    one = case("F3 OPENED_CRIMINAL 2026-03-01", occurred="2026-01-01")
    accepted, opened = step(one, "F2_REPORT"), step(one, "F3_CASE")
    assert (accepted.state, accepted.undated, accepted.wait) == ("reached", True, Wait(0, 0, 59))
    assert (opened.state, opened.proved, opened.undated) == ("reached", True, True)
    assert followed(one).from_start["F3_CASE"].wait == exactly(59)


def test_a_stop_proves_the_stage_before_it_but_no_more_than_is_sure() -> None:
    refused = followed(case("F3 REFUSED_TO_OPEN 2026-03-01", occurred="2026-01-01"))
    assert (refused.steps["F2_REPORT"].state, refused.steps["F3_CASE"].state) == (
        "reached",
        "stopped",
    )
    silence = followed(case("F3 NO_ANSWER 2026-03-01", occurred="2026-01-01"))
    assert silence.steps["F1_DECISION"].state == "reached"
    assert silence.steps["F2_REPORT"].state == "stopped"  # perhaps nobody wrote it down
    uncharged = followed(case("F7 NO 2026-03-01", occurred="2026-01-01"))
    assert (uncharged.steps["F3_CASE"].state, uncharged.steps["F6_SUSPECT"].state) == (
        "reached",
        "stopped",
    )


def test_a_stop_after_which_the_case_went_on_is_overturned() -> None:
    text = "F1 REPORT 2026-01-02; F2 ACCEPTED 2026-01-05; F3 REFUSED_TO_OPEN 2026-01-20"
    stopped, reopened = case(text), case(text + "; F3 OPENED_CRIMINAL 2026-03-20")
    assert step(stopped, "F3_CASE").state == "stopped"
    assert followed(stopped).overturned == 0
    assert (step(reopened, "F3_CASE").state, step(reopened, "F3_CASE").wait) == (
        "reached",
        exactly(74),
    )
    assert followed(reopened).overturned == 1
    # Seen from a day before the reopening it had stopped.
    assert step(reopened, "F3_CASE", as_of=date(2026, 3, 19)).state == "stopped"


def test_a_stop_dated_after_its_stage_was_reached_ends_the_next_step() -> None:
    one = case("F2 ACCEPTED 2026-01-05; F3 OPENED_CRIMINAL 2026-01-20; F3 TRANSFERRED 2026-02-20")
    taken = step(one, "F6_SUSPECT")
    assert (step(one, "F3_CASE").state, taken.state, taken.wait) == (
        "reached",
        "stopped",
        exactly(31),
    )
    assert taken.stop is not None
    assert (taken.stop.stage, taken.stop.code) == ("F3_CASE", "TRANSFERRED")


def test_opened_closed_and_opened_again_is_open() -> None:
    twice = "F2 ACCEPTED 2026-01-05; F3 OPENED_CRIMINAL 2026-01-20; F3 REFUSED_TO_OPEN 2026-02-20"
    assert step(case(twice), "F6_SUSPECT").state == "stopped"
    again = case(twice + "; F3 OPENED_CRIMINAL 2026-04-20")
    assert step(again, "F6_SUSPECT").state == "waiting"
    assert followed(again).overturned == 1


def test_refused_and_opened_on_one_day_is_open() -> None:
    text = "F2 ACCEPTED 2026-01-05; F3 REFUSED_TO_OPEN 2026-01-20; F3 OPENED_CRIMINAL 2026-01-20"
    one = case(text)
    assert (step(one, "F3_CASE").state, step(one, "F6_SUSPECT").state) == ("reached", "waiting")


def test_a_stop_that_may_lie_before_an_undated_move_is_overturned() -> None:
    one = case("F2 ACCEPTED 2026-01-05; F3 OPENED_CRIMINAL; F3 REFUSED_TO_OPEN 2026-02-20")
    assert (step(one, "F3_CASE").state, step(one, "F6_SUSPECT").state) == ("reached", "waiting")


def test_of_several_stops_the_last_one_counts() -> None:
    one = case("F2 ACCEPTED 2026-01-05; F3 NO_ANSWER 2026-02-05; F3 REFUSED_TO_OPEN 2026-04-05")
    taken = step(one, "F3_CASE")
    assert taken.stop is not None
    assert (taken.stop.code, taken.wait) == ("REFUSED_TO_OPEN", exactly(90))


def test_the_same_fact_twice_counts_once_with_its_first_date() -> None:
    text = "F2 ACCEPTED 2026-01-05; F2 ACCEPTED 2026-01-05; F2 ACCEPTED 2026-02-05"
    one = case(text, occurred="2026-01-01")
    assert step(one, "F2_REPORT").state == "reached"
    assert followed(one).from_start["F2_REPORT"].wait == exactly(4)


def test_a_stage_dated_before_the_one_it_follows_waited_nought_days_and_is_marked() -> None:
    one = case("F2 ACCEPTED 2026-03-05; F3 OPENED_CRIMINAL 2026-03-01", occurred="2026-01-01")
    taken = step(one, "F3_CASE")
    assert (taken.state, taken.wait, taken.out_of_order) == ("reached", exactly(0), True)
    before_the_incident = case("F1 REPORT 2025-12-01", occurred="2026-01-01")
    assert step(before_the_incident, "F1_DECISION").out_of_order
    in_order = case("F2 ACCEPTED 2026-03-01; F3 OPENED_CRIMINAL 2026-03-05")
    assert not step(in_order, "F3_CASE").out_of_order


def test_a_month_gives_a_shortest_a_middle_and_a_longest_wait() -> None:
    one = case("F1 REPORT 2026-01-10; F2 ACCEPTED 2026-03", occurred="2026-01-10")
    assert step(one, "F2_REPORT").wait == Wait(50, 65, 80)


def test_an_inexact_date_keeps_to_the_room_its_neighbours_leave() -> None:
    one = case("F1 REPORT 2026-01-10; F2 ACCEPTED 2026-Q1; F3 OPENED_CRIMINAL 2026-01-20")
    assert step(one, "F2_REPORT").wait == Wait(0, 5, 10)
    assert step(one, "F3_CASE").wait == Wait(0, 5, 10)


def test_a_quarter_that_is_not_over_ends_on_the_as_of_day() -> None:
    one = case("F1 REPORT 2026-04-01; F2 ACCEPTED 2026-Q2", occurred="2026-04-01")
    assert step(one, "F2_REPORT", as_of=date(2026, 4, 11)).wait == Wait(0, 5, 10)


def test_without_a_first_date_there_is_no_wait_but_the_case_counts() -> None:
    taken = step(case("F1 REPORT; F2 ACCEPTED 2026-01-05"), "F1_DECISION")
    assert (taken.state, taken.wait) == ("reached", None)


def test_a_case_nobody_follows_any_more_is_censored_on_the_last_day_known() -> None:
    lost = case("F2 ACCEPTED 2026-01-05", occurred="2026-01-01", followed_to=date(2026, 2, 5))
    assert step(lost, "F3_CASE").wait == exactly(31)
    kept = case("F2 ACCEPTED 2026-01-05", occurred="2026-01-01", followed_to=date(2027, 1, 1))
    assert step(kept, "F3_CASE").wait == exactly(176)
    learnt_later = case(
        "F2 ACCEPTED 2026-01-05; F3 OPENED_CRIMINAL 2026-03-05", followed_to=date(2026, 2, 5)
    )
    assert step(learnt_later, "F6_SUSPECT").wait == exactly(0)


def test_a_police_list_says_nothing_about_how_many_reports_are_accepted() -> None:
    own = CaseFacts(
        facts=(StageFact(stage="F0_RECORDED", source="OWN"), *case("F2 ACCEPTED").facts)
    )
    police = CaseFacts(facts=(StageFact(stage="F0_RECORDED", source="POLICE"),))
    assert "F2_REPORT" in followed(own).steps
    assert set(followed(police).steps) == {"F3_CASE", "F4_BIAS_RAISED", "F5_BIAS_RECORDED"}
    assert followed(police).from_start == {}


def test_what_stands_beside_the_way_ends_with_it_but_redress_may_still_come() -> None:
    one = case(
        "F1 REPORT 2026-01-02; F2 ACCEPTED 2026-01-05; F3 REFUSED_TO_OPEN 2026-02-05",
        occurred="2026-01-01",
    )
    raised, redress = step(one, "F4_BIAS_RAISED"), step(one, "F11_REMEDY")
    assert (raised.state, redress.state) == ("stopped", "waiting")
    named = case("F4 BY_VICTIM 2026-01-05; F3 REFUSED_TO_OPEN 2026-02-05", occurred="2026-01-01")
    assert step(named, "F4_BIAS_RAISED").state == "reached"
    assert step(named, "F2_REPORT").state == "reached"


def test_a_motive_whose_record_is_unknown_waits() -> None:
    text = "F2 ACCEPTED 2026-01-05; F5 {} 2026-02-05"
    states = [
        step(case(text.format(code)), "F5_BIAS_RECORDED").state
        for code in ("YES", "REPLACED_BY_PERSONAL_ANIMOSITY", "UNK")
    ]
    assert states == ["reached", "stopped", "waiting"]


def test_every_code_of_the_vocabulary_has_one_meaning_and_no_other_has() -> None:
    path = shipped_path()
    assert set(path.stages) == {stage.value for stage in vocabulary().stages}
    for stage in vocabulary().stages:
        codes = {code.value for code in stage.codes} | {"PENDING"}
        expected = {""} if stage.value == "F0_RECORDED" else codes
        assert set(path.stage(stage.value).meanings) == expected
        assert set(path.stage(stage.value).labels) == {"en", "ru"}


def test_an_unknown_stage_or_code_is_refused_without_repeating_it() -> None:
    for stage, code in (("F12_SECRET", ""), ("F2_REPORT", "SECRET"), ("F2_REPORT", "")):
        with pytest.raises(PathError, match="got something else") as refusal:
            StageFact(stage=stage, code=code)
        assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2025-H1", date(2025, 1, 1), date(2025, 6, 30)),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-05-17", date(2025, 5, 17), date(2025, 5, 17)),
    ],
)
def test_a_date_is_as_exact_as_it_was_written(text: str, first: date, last: date) -> None:
    assert When.parse(text) == When(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "2025-13",
        "2025-02-30",
        "17.05.2025",
        "2025-Q5",
        "0000-01-01",
        "9999",
        " 2025",
        "2025-5",
        "٢٠٢٥",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(WhenError) as refusal:
        When.parse(text)
    assert text.strip() not in str(refusal.value)

"""How far a case got: facts with a date as exact as known, undone and struck, counted by day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, codes

REFUSED = {"what": "F2_REPORT:REFUSED_TO_ACCEPT", "when": "2026-Q2", "source": "OWN"}


def now_of(case_id: str) -> Any:
    from safelight.casework.projecting import case_now

    now = case_now(case_id)
    assert now is not None
    return now


def note(desk: TestDesk, case_id: str, **given: Any) -> Any:
    return desk.client.post(f"/cases/{case_id}/facts", given)


@pytest.mark.parametrize("when", ["2026-05-17", "2026-05", "2026-Q2", "2026-H1", "2026", ""])
def test_a_fact_is_dated_as_exactly_as_it_is_known(desk: TestDesk, when: str) -> None:
    (case_id,) = desk.take_in(a_report())
    assert note(desk, case_id, **(REFUSED | {"when": when})).status_code == 302
    (fact,) = now_of(case_id).facts
    assert (fact.stage, fact.code, fact.when) == ("F2_REPORT", "REFUSED_TO_ACCEPT", when)
    page = desk.client.get(f"/cases/{case_id}/").text.split('id="funnel"')[1]
    assert "they refused to accept it" in page
    assert (when or "date not known") in page


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"when": "2199-01"}, "still to come"),
        ({"when": "soon"}, "Write 2026"),
        ({"what": "F99:NO"}, "Select a valid choice"),
        ({"what": "F0_RECORDED:"}, "Select a valid choice"),
        ({"reasons": ["NO_HOPE"]}, "belong to the decision"),
        ({"panic_argument": "RAISED_ACCEPTED"}, "belongs to a verdict"),
    ],
)
def test_what_cannot_be_is_refused_and_given_back(
    desk: TestDesk, changes: dict[str, Any], why: str
) -> None:
    (case_id,) = desk.take_in(a_report())
    answer = note(desk, case_id, **(REFUSED | changes))
    assert answer.status_code == 422
    assert why in answer.text
    assert now_of(case_id).facts == ()


def test_the_rules_hold_without_the_form(desk: TestDesk) -> None:
    from safelight.casework.funnel_facts import FactRefusedError, Noted, note_fact
    from safelight.outcomes.path import PathError

    (case_id,) = desk.take_in(a_report())
    day = date(2026, 6, 1)
    with pytest.raises(FactRefusedError, match="not noted by hand"):
        note_fact(case_id, Noted("F0_RECORDED", ""), today=day)
    with pytest.raises(FactRefusedError, match="after today"):
        note_fact(case_id, Noted("F3_CASE", "NO_ANSWER", when="2026-07"), today=day)
    details = {"panic_argument": "NOT_RAISED"}
    with pytest.raises(FactRefusedError, match="another stage"):
        note_fact(case_id, Noted("F3_CASE", "NO_ANSWER", details=details), today=day)
    with pytest.raises(PathError):
        note_fact(case_id, Noted("F3_CASE", "CONVICTED"), today=day)
    note_fact(case_id, Noted("F9_VERDICT", "CONVICTED", details=details), today=day)
    assert [fact.details for fact in now_of(case_id).facts] == [details]


def test_a_fact_can_be_undone_struck_and_the_striking_undone(desk: TestDesk) -> None:
    from safelight.casework.cases import undo, undoable
    from safelight.casework.folding import entry_name

    (case_id,) = desk.take_in(a_report())
    note(desk, case_id, **REFUSED)
    note(desk, case_id, what="F3_CASE:NO_ANSWER")
    first, second = now_of(case_id).facts
    desk.client.post(f"/cases/{case_id}/strike", {"entry": first.entry})
    assert now_of(case_id).facts == (second,)
    assert desk.client.post(f"/cases/{case_id}/strike", {"entry": first.entry}).status_code == 400
    for left in ((first, second), (first,), ()):
        latest = undoable(case_id)
        assert latest is not None
        undo(case_id, entry_name(latest.entry))
        assert now_of(case_id).facts == left


def test_what_the_person_said_about_the_police_is_one_press_away(desk: TestDesk) -> None:
    answers = {"police": "NO", "police_not": ("FEAR_OUTING",), "story": "x"}
    (case_id,) = desk.take_in(a_report(answers=answers))
    page = desk.client.get(f"/cases/{case_id}/").text.split('id="funnel"')[1]
    assert '<option value="F1_DECISION:NOT_REPORT" selected>' in page
    assert 'value="FEAR_OUTING" id="id_reasons_0" checked' in page
    note(desk, case_id, what="F1_DECISION:NOT_REPORT", source="OWN", reasons=["FEAR_OUTING"])
    assert now_of(case_id).facts[0].reasons == ("FEAR_OUTING",)
    again = desk.client.get(f"/cases/{case_id}/").text.split('id="funnel"')[1]
    assert "selected>to report" not in again


def test_only_counted_cases_are_followed_with_strata_and_violence(desk: TestDesk) -> None:
    from safelight.casework.coding import code_case
    from safelight.casework.followed import followed_cases
    from safelight.casework.projecting import rebuild
    from safelight.outcomes.when import When

    coded, uncoded = desk.take_in(a_report(), a_report(mailbox="1a" * 16))
    note(desk, coded, **REFUSED)
    note(desk, uncoded, **REFUSED)
    code_case(coded, codes(region="77", acts=("ASS",), occurred_period="2026-H1"))
    (case,) = followed_cases()
    assert [fact.stage for fact in case.facts] == ["F0_RECORDED", "F2_REPORT"]
    assert case.facts[1].when == When.parse("2026-Q2")
    assert case.violent is True
    assert dict(case.strata) == {
        "act": "ASS", "ground": "GAY", "region": "CENTRAL", "age": "18-24", "channel": "WEB",
        "verification": "V1_COHERENT", "year": "2026",
    }  # fmt: skip
    rebuild()
    assert list(followed_cases()) == [case]


def test_the_facts_of_a_withdrawn_case_are_gone(desk: TestDesk) -> None:
    from safelight.casework.models import Case
    from safelight.casework.withdrawals import destroy_case

    (case_id,) = desk.take_in(a_report())
    note(desk, case_id, **REFUSED)
    assert bytes(Case.objects.get().funnel)
    assert b"REFUSED" not in bytes(Case.objects.get().funnel)
    destroy_case(case_id, why="withdrawn", proof="")
    assert not bytes(Case.objects.get().funnel)
    assert now_of(case_id).facts == ()
    assert note(desk, case_id, **REFUSED).status_code == 400

"""Who has a case and what is to be done: written down, listed by day, undone, the same anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.casework.followup.cases import (
    a_place,
    act,
    an_alarm,
    days,
    follow_up,
    refer,
    reportable,
    said,
    tables,
    today,
)
from tests.support.desk import TestDesk, a_report


def words_of() -> Any:
    from safelight.sealing.receipt import Receipt

    return Receipt.generate()


def test_a_case_is_taken_handed_over_and_given_back(desk: TestDesk) -> None:
    from safelight.casework.followup.deciding import assign
    from safelight.journal.models import KnownDesk

    KnownDesk.objects.create(desk="desk-2", verify_key="ab" * 32)
    (case_id,) = desk.take_in(a_report())
    assert follow_up(case_id).desk == ""
    act(desk, case_id, "assign", to="desk-1")
    act(desk, case_id, "assign", to="desk-2", note="Суд в пятницу")
    case = follow_up(case_id)
    assert case.desk == "desk-2"
    assert [(one.by, one.desk, one.note) for one in case.handed_over] == [
        ("desk-1", "desk-1", ""),
        ("desk-1", "desk-2", "Суд в пятницу"),
    ]
    assert "Суд в пятницу" in desk.client.get(f"/cases/{case_id}/follow-up").text
    assign(case_id, "")
    assert follow_up(case_id).desk == ""
    assert act(desk, case_id, "assign", to="desk-9").status_code == 422


def test_tasks_are_listed_by_day_with_the_overdue_ones_first(desk: TestDesk) -> None:
    from safelight.casework.followup.due import due_tasks

    first, second = desk.take_in(a_report(), a_report(mailbox="1a" * 16))
    for case_id, due in ((first, 3), (second, -1), (first, 0), (second, 30)):
        assert act(desk, case_id, "task", kind="check", due=days(due)).status_code == 302
    act(desk, first, "task", kind="other", due="")
    listed = due_tasks("all", today=today())
    assert [task.case_id for task in listed.overdue] == [second]
    assert [len(some) for some in (listed.today, listed.soon, listed.later, listed.undated)] == [
        1
    ] * 4
    assert due_tasks("mine", today=today()).is_empty
    act(desk, second, "assign", to="desk-1")
    mine = due_tasks("mine", today=today())
    assert {task.case_id for task in (*mine.overdue, *mine.later)} == {second}
    page = desk.client.get("/today/?whose=all").text
    assert (
        page.index("Overdue") < page.index("In the next seven days") < page.index("Without a day")
    )


def test_a_task_is_done_moved_and_undone(desk: TestDesk) -> None:
    from safelight.casework.cases import undo, undoable
    from safelight.casework.folding import entry_name
    from safelight.casework.followup.models import OpenTask

    (case_id,) = desk.take_in(a_report())
    act(desk, case_id, "task", kind="answer", words="позвонить нельзя", due=days(1))
    (task,) = follow_up(case_id).open_tasks
    act(desk, case_id, "move", task=task.entry, due=days(5))
    assert OpenTask.objects.get().due == today() + timedelta(days=5)
    act(desk, case_id, "done", task=task.entry)
    assert not OpenTask.objects.exists()
    assert act(desk, case_id, "done", task=task.entry).status_code == 422
    for left in (1, 1, 0):  # not done, not moved, not there
        latest = undoable(case_id)
        assert latest is not None
        undo(case_id, entry_name(latest.entry))
        assert OpenTask.objects.count() == left


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("task", {"kind": "nonsense"}, "choices of the page"),
        ("task", {"kind": "check", "due": "soon"}, "a day such as"),
        ("task", {"kind": "check", "due": "9999-12-31"}, "too far off"),
        ("task", {"kind": "check", "words": "x" * 2001}, "got 2001"),
        ("contact", {"codes": ["NEVER_CALL", "SHOUT"]}, "choices of the page"),
        ("told", {"what": "  "}, "0; write it"),
        ("deadline", {"at": "tomorrow"}, "a day and an hour"),
        ("deadline", {"at": "2020-01-01T10:00"}, "a year away"),
        ("keep", {"until": days(-1), "because": "суд"}, "over already"),
        ("keep", {"until": days(10), "because": ""}, "0; write it"),
        ("keep", {"until": days(4000), "because": "суд"}, "up to"),
        ("consent", {"purpose": "SHARE_PARTNER", "years": "1", "said_in": "ab" * 32}, "message"),
        ("consent", {"purpose": "STAT", "years": "1"}, "expected one of SHARE_PARTNER"),
        ("consent", {"purpose": "EVIDENCE", "years": "99"}, "1, 3 or 10"),
        ("consent-ended", {"purpose": "ADVOCACY"}, "no such consent"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    desk: TestDesk, action: str, given: dict[str, Any], why: str
) -> None:
    from safelight.journal.chain import entries_so_far

    (case_id,) = desk.take_in(a_report())
    desk.client.get(f"/cases/{case_id}/follow-up")  # opened
    before = entries_so_far()
    answer = act(desk, case_id, action, **given)
    assert answer.status_code == 422
    assert why in answer.text
    assert entries_so_far() == before


def test_a_task_is_done_from_the_list_without_opening_the_case(desk: TestDesk) -> None:
    from safelight.casework.followup.deciding import add_task
    from safelight.casework.opening import is_open

    (case_id,) = desk.take_in(a_report())
    add_task(case_id, "check", words="секрет", due=days(0))
    desk.client.opens = False
    page = desk.client.get("/today/?whose=all").text
    assert "секрет" not in page
    task = page.split('name="task" value="')[1].split('"')[0]
    given = {"case": case_id, "task": task, "whose": "all"}
    assert desk.client.post("/today/done", given).url == "/today/?whose=all"
    assert not is_open(case_id)
    assert follow_up(case_id).open_tasks == ()
    assert desk.client.post("/today/done", given).status_code == 400
    assert desk.client.post("/today/done", {"case": "none", "task": task}).status_code in {400, 404}


def test_what_was_typed_is_given_back_when_refused(desk: TestDesk) -> None:
    (case_id,) = desk.take_in(a_report())
    page = act(desk, case_id, "keep", until=days(-3), because="ждём решения суда").text
    assert 'value="ждём решения суда"' in page


def test_how_one_may_write_stands_before_the_answer(desk: TestDesk) -> None:
    words = words_of()
    (case_id,) = desk.take_in(reportable(words))
    act(desk, case_id, "contact", codes=["NEVER_CALL", "NOT_AT_NIGHT"], words="после 19:00")
    page = desk.client.get(f"/cases/{case_id}/").text
    assert page.count("never call") == 2, "at the top, and above the answer"
    assert page.rindex("never call") < page.index('<textarea id="text"')
    act(desk, case_id, "contact", codes=[], words="")
    assert "never call" not in desk.client.get(f"/cases/{case_id}/").text


def test_nobody_is_asked_twice(desk: TestDesk) -> None:
    words = words_of()
    (case_id,) = desk.take_in(reportable(words))
    said(desk, words, "Добавлю: был свидетель.")
    act(desk, case_id, "told", what="имя адвоката уже назвали", whom="desk-1 по телефону")
    entry = refer(case_id, a_place())
    page = desk.client.get(f"/cases/{case_id}/follow-up").text.split('id="told"')[1]
    assert "имя адвоката уже назвали" in page
    assert "passed on to" not in page, "made, not yet handed over"
    desk.client.post(f"/cases/{case_id}/referrals/{entry}/hand-over", {"how": "printed"})
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "passed on to Юрист на связи" in page


def test_a_case_that_is_set_aside_calls_for_nothing(desk: TestDesk) -> None:
    from safelight.casework.cases import set_aside, take_back
    from safelight.casework.followup.models import FollowedCase, OpenTask

    (case_id,) = desk.take_in(an_alarm())
    act(desk, case_id, "task", kind="answer", due=days(0))
    set_aside(case_id, "outside-our-work")
    assert not OpenTask.objects.exists()
    assert FollowedCase.objects.get().urgent_until is None
    take_back(case_id)
    assert OpenTask.objects.count() == 1
    assert FollowedCase.objects.get().urgent_until is not None


def test_the_tables_are_the_same_when_made_anew(desk: TestDesk) -> None:
    from safelight.casework.followup.places import remove
    from safelight.casework.projecting import rebuild

    words = words_of()
    case_id, urgent = desk.take_in(reportable(words), an_alarm(mailbox="1b" * 16))
    act(desk, case_id, "assign", to="desk-1")
    act(desk, case_id, "task", kind="check", due=days(2))
    act(desk, urgent, "deadline", at=f"{days(1)}T09:30")
    said(desk, words, "Да, передайте как доказательство.")
    (message,) = (turn for turn in _now(case_id).conversation)
    act(desk, case_id, "consent", purpose="EVIDENCE", years="1", said_in=message.key)
    act(desk, case_id, "consent-ended", purpose="STAT")
    place = a_place()
    remove(a_place(name="Другой"))
    refer(case_id, place)
    before = tables()
    assert [len(rows) for rows in before.values()] == [2, 1, 3, 2, 0]
    rebuild()
    assert tables() == before


def test_cases_of_an_older_version_are_caught_up_at_unlock(desk: TestDesk) -> None:
    from safelight.casework.followup.models import AgreedPurpose, FollowedCase
    from safelight.desk.unlocking import lock, unlock
    from tests.support.desk import PASSPHRASE

    desk.take_in(a_report(), an_alarm(mailbox="1b" * 16))
    before = tables()
    FollowedCase.objects.all().delete()
    AgreedPurpose.objects.all().delete()
    lock()
    unlock(desk.data, PASSPHRASE)
    assert tables() == before


def test_a_locked_case_takes_nothing(desk: TestDesk) -> None:
    from safelight.casework.cases import decide

    (case_id,) = desk.take_in(a_report())
    decide(case_id, "case.locked", body={"why": "withdrawn-unproven"})
    answer = act(desk, case_id, "task", kind="check")
    assert answer.status_code == 400
    assert follow_up(case_id).tasks == ()


def _now(case_id: str) -> Any:
    from safelight.casework.projecting import case_now

    return case_now(case_id)

"""Threat: search-across-cases: Whoever has the unlocked desk's cookie looks for a name in all
cases at once; a search reads only what was opened for a purpose, and opening counts.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.casework.followup.cases import act
from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]

NAME = "канарейка-7"


def several(desk: TestDesk, number: int) -> list[str]:
    story = {"story": f"Меня зовут {NAME}."}
    return desk.take_in(*(a_report(mailbox=f"{n:032x}", answers=story) for n in range(number)))


def search(client: Any, **more: str) -> Any:
    return client.post("/search/", {"query": NAME, **more})


def test_a_case_that_nobody_opened_is_not_searched(desk: TestDesk) -> None:
    from safelight.journal.chain import entries_so_far

    ids = several(desk, 3)
    before = entries_so_far()
    assert NAME not in search(desk.client, assigned="on").text.split("</form>")[-1]
    assert entries_so_far() == before
    desk.client.get(f"/cases/{ids[1]}/")
    page = search(desk.client).text
    assert ids[1] in page
    assert ids[0] not in page
    assert ids[2] not in page


def test_an_opening_that_is_over_is_searched_no_more(desk: TestDesk) -> None:
    from datetime import timedelta

    from safelight.casework.models import Opening

    (case_id,) = several(desk, 1)
    desk.client.get(f"/cases/{case_id}/")
    assert case_id in search(desk.client).text
    for opened in Opening.objects.all():
        opened.at -= timedelta(hours=9)
        opened.save()
    assert case_id not in search(desk.client).text


def test_searching_the_cases_one_has_opens_each_with_an_entry(desk: TestDesk) -> None:
    from safelight.casework.opening import is_open
    from safelight.journal.chain import told

    ids = several(desk, 3)
    for case_id in ids[:2]:
        from safelight.casework.followup.deciding import assign

        assign(case_id, "desk-1")
    assert all(case_id not in search(desk.client).text for case_id in ids)
    page = search(desk.client, assigned="on").text
    assert [case_id in page for case_id in ids] == [True, True, False]
    assert [is_open(case_id) for case_id in ids] == [True, True, False]
    assert told(ids[0])[-1].content == {"purpose": "search"}


def test_searching_in_bulk_raises_the_alarm_and_shows_nothing(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import opening
    from safelight.casework.followup.deciding import assign
    from safelight.desk.sqlcipher.held_key import is_held
    from tests.support.desk import PASSPHRASE

    monkeypatch.setattr(opening, "bulk_rules", lambda: (opening.BulkRule(3, 10),))
    ids = several(desk, 5)
    for case_id in ids:
        assign(case_id, "desk-1")
    answer = search(desk.client, assigned="on")
    assert (answer.status_code, answer.url) == (302, "/unlock?locked=bulk")
    assert not is_held()
    desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    page = search(desk.client).text
    assert all(case_id not in page for case_id in ids), "the alarm closed every case"


def test_no_purpose_that_a_person_can_press_is_the_search(desk: TestDesk) -> None:
    (case_id,) = several(desk, 1)
    desk.client.opens = False
    assert 'value="search"' not in desk.client.get(f"/cases/{case_id}/").text


def test_a_locked_or_destroyed_case_is_not_searched(desk: TestDesk) -> None:
    from safelight.casework.cases import decide
    from safelight.casework.withdrawals import destroy_case

    locked, gone, kept = several(desk, 3)
    for case_id in (locked, gone, kept):
        desk.client.get(f"/cases/{case_id}/")
        act(desk, case_id, "told", what=NAME, whom="")
    decide(locked, "case.locked", body={"why": "withdrawn-unproven"})
    destroy_case(gone, why="withdrawn", proof="")
    page = search(desk.client).text
    assert [case_id in page for case_id in (locked, gone, kept)] == [False, False, True]


def test_lists_show_no_word_of_a_task_or_a_report(desk: TestDesk) -> None:
    (case_id,) = several(desk, 1)
    act(desk, case_id, "task", kind="check", words=f"спросить про {NAME}", due="2026-01-01")
    for path in ("/today/?whose=all", "/cases/", "/search/", "/journal/"):
        assert NAME not in desk.client.get(path).text, path
    desk.client.opens = False
    from safelight.casework.models import Opening

    Opening.objects.all().delete()
    for page in ("follow-up", "referrals", "destroy"):
        assert NAME not in desk.client.get(f"/cases/{case_id}/{page}").text, page

"""Threat: bulk-reading: A program with the unlocked desk's cookie reads one case after another.

It gets no content from lists and none without a purpose; after as many cases as nobody
reads in that time the desk writes an alarm down, closes every case and locks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.desk import PASSPHRASE, TestDesk, a_report, desk

__all__ = ["desk"]

STORY = "Меня заманили на встречу."


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, desk: TestDesk) -> None:
    """Three different cases in ten minutes, so that the test is quick."""
    from safelight.casework import opening

    monkeypatch.setattr(opening, "bulk_rules", lambda: (opening.BulkRule(3, 10),))


def thief(desk: TestDesk) -> Any:
    """The same cookie, and a program that presses nothing by itself."""
    desk.client.opens = False
    return desk.client


def read(client: Any, case_id: str) -> Any:
    client.post(f"/cases/{case_id}/open", {"purpose": "new-report"})
    return client.get(f"/cases/{case_id}/")


@pytest.mark.usefixtures("few")
def test_a_program_that_reads_everything_is_stopped_and_seen(desk: TestDesk) -> None:
    from safelight.desk.sqlcipher.held_key import is_held
    from safelight.journal.chain import latest
    from safelight.journal.verifying import verify

    ids = desk.take_in(*(a_report(mailbox=f"{n:032x}") for n in range(5)))
    client = thief(desk)
    assert all(STORY in read(client, case_id).text for case_id in ids[:3])
    assert STORY in read(client, ids[0]).text, "reading on in an open case is not reading in bulk"
    refused = client.post(f"/cases/{ids[3]}/open", {"purpose": "new-report"})
    assert (refused.status_code, refused.url) == (302, "/unlock?locked=bulk")
    assert not is_held()
    assert "locked itself" in client.get("/unlock?locked=bulk").text
    for case_id in ids:
        assert STORY not in read(client, case_id).text

    desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    verify()
    alarm = latest(1)[0]
    assert (alarm.kind, alarm.body) == ("alarm.read-in-bulk", {"cases": 3, "minutes": 10})
    assert "more than 3 cases were opened within 10 minutes" in client.get("/cases/").text
    assert STORY not in client.get(f"/cases/{ids[0]}/").text, "the alarm closed every case"
    assert STORY in read(client, ids[0]).text, "whoever knows the passphrase can go on"


def test_nothing_is_shown_of_a_case_without_an_opening(desk: TestDesk) -> None:
    from safelight.casework.models import ReceivedEnvelope

    (case_id,) = desk.take_in(a_report())
    client = thief(desk)
    place = "dating"  # a word of its answers that no list may show
    lists = ["/cases/", "/cases/?lane=reports", "/journal/", f"/cases/{case_id}/"]
    for path in lists:
        page = client.get(path).text
        assert STORY not in page, path
        assert place not in page.lower(), path
    digest = ReceivedEnvelope.objects.get().digest
    for path in (f"/cases/{case_id}/", f"/cases/{case_id}/files/{digest}"):
        answer = client.post(path, {"acts": ["FDT"]})
        assert answer.status_code == 403, path
        assert STORY not in answer.text, path
    assert STORY in read(client, case_id).text


@pytest.mark.parametrize(
    ("purpose", "sentence"), [("", ""), ("because", ""), ("other", "  "), ("other", "x" * 301)]
)
def test_an_opening_needs_a_purpose(desk: TestDesk, purpose: str, sentence: str) -> None:
    (case_id,) = desk.take_in(a_report())
    client = thief(desk)
    before = _entries()
    answer = client.post(f"/cases/{case_id}/open", {"purpose": purpose, "sentence": sentence})
    assert answer.status_code == 422
    assert _entries() == before
    assert STORY not in client.get(f"/cases/{case_id}/").text


def test_the_entry_says_who_what_for_and_nothing_of_the_case(desk: TestDesk) -> None:
    from safelight.journal.chain import entries, told

    (case_id,) = desk.take_in(a_report())
    client = thief(desk)
    client.post(f"/cases/{case_id}/open", {"purpose": "other", "sentence": "прошу совета врача"})
    entry = list(entries(subject=case_id))[-1]
    assert (entry.kind, entry.desk, entry.body) == ("case.opened", "desk-1", {})
    assert told(case_id)[-1].content == {"purpose": "other", "sentence": "прошу совета врача"}
    page = client.get(f"/cases/{case_id}/").text
    assert "прошу совета врача" in page.split('id="history"')[1]


def test_an_opening_does_not_last_for_ever(desk: TestDesk) -> None:
    from safelight.casework.models import Opening

    (case_id,) = desk.take_in(a_report())
    client = thief(desk)
    assert STORY in read(client, case_id).text
    for opened in Opening.objects.all():
        opened.at -= timedelta(hours=9)
        opened.save()
    assert STORY not in client.get(f"/cases/{case_id}/").text


@pytest.mark.usefixtures("few")
def test_openings_are_the_same_when_made_anew(desk: TestDesk) -> None:
    from safelight.casework.models import Opening
    from safelight.casework.projecting import rebuild

    ids = desk.take_in(a_report(), a_report(mailbox="1a" * 16))
    client = thief(desk)
    for case_id in ids:
        read(client, case_id)
    before = list(Opening.objects.order_by("pk").values_list("case_id", "at"))
    assert len(before) == 2
    rebuild()
    assert list(Opening.objects.order_by("pk").values_list("case_id", "at")) == before
    assert STORY in client.get(f"/cases/{ids[0]}/").text


def _entries() -> int:
    from safelight.journal.models import JournalEntry

    return JournalEntry.objects.count()

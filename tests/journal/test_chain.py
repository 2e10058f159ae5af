from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.support.desk import TestDesk


def appended(count: int) -> None:
    from django.db import transaction

    from safelight.journal.chain import append

    for number in range(count):
        with transaction.atomic():
            append("case.made", {"n": number}, subject=f"case-{number % 2}")


def test_a_fresh_journal_verifies_and_begins_with_the_desk(desk: TestDesk) -> None:
    from safelight.journal.chain import entries
    from safelight.journal.verifying import verify

    first = next(entries())
    assert (first.seq, first.kind, first.subject) == (1, "desk.made", "desk-1")
    assert first.body == {"verify-key": desk.verify_key}
    assert verify().entries == 1


def test_entries_come_back_in_order_and_by_subject(desk: TestDesk) -> None:
    from safelight.journal.chain import entries, latest
    from safelight.journal.verifying import verify

    appended(6)
    assert [e.seq for e in entries()] == [1, 2, 3, 4, 5, 6, 7]
    assert [e.body["n"] for e in entries(subject="case-1")] == [1, 3, 5]
    assert [e.seq for e in latest(2)] == [7, 6]
    assert verify().entries == 7
    assert latest(1)[0].previous != verify().head


def test_append_outside_a_transaction_is_refused(desk: TestDesk) -> None:
    from safelight.journal.chain import append
    from safelight.journal.entry import JournalError
    from safelight.journal.verifying import verify

    with pytest.raises(JournalError, match="outside a transaction"):
        append("case.made", {})
    assert verify().entries == 1


def test_an_entry_goes_with_the_transaction_it_was_written_in(desk: TestDesk) -> None:
    from django.db import transaction

    from safelight.journal.chain import append
    from safelight.journal.verifying import verify

    def decide_and_fail() -> None:
        with transaction.atomic():
            append("case.made", {})
            raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        decide_and_fail()
    assert verify().entries == 1


def test_the_database_itself_refuses_to_change_or_delete_an_entry(desk: TestDesk) -> None:
    from django.db import IntegrityError

    from safelight.journal.models import JournalEntry

    with pytest.raises(IntegrityError, match="append-only"):
        JournalEntry.objects.update(kind="case.made")
    with pytest.raises(IntegrityError, match="append-only"):
        JournalEntry.objects.all().delete()
    assert JournalEntry.objects.count() == 1


def test_the_signing_key_is_written_once(desk: TestDesk) -> None:
    from safelight.journal.chain import desk_key, set_desk_key
    from safelight.journal.entry import JournalError

    with pytest.raises(JournalError, match="only once"):
        set_desk_key("desk-2", bytes(32))
    assert desk_key().desk == "desk-1"
    assert "private" not in repr(desk_key())


def test_threads_that_append_at_once_make_one_chain(desk: TestDesk) -> None:
    from django.db import connections

    from safelight.journal.verifying import verify

    failures: list[Any] = []

    def work() -> None:
        try:
            appended(10)
        except Exception as error:  # noqa: BLE001  # a thread's failure must reach the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert verify().entries == 41

"""Threat: forged-journal: Somebody who can write into the open database changes, forges, drops,
swaps or rolls back journal entries; verification names the first bad entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.desk import TestDesk, desk

__all__ = ["desk"]


@pytest.fixture
def journal(desk: TestDesk) -> TestDesk:
    """Six entries, and the triggers that refuse changes taken away, as an attacker would."""
    from django.db import connection, transaction

    from safelight.journal.chain import append
    from safelight.journal.verifying import verify

    for number in range(5):
        with transaction.atomic():
            append("case.coded", {"row": f"row-{number}"}, subject=f"case-{number}")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER journal_no_update")
        cursor.execute("DROP TRIGGER journal_no_delete")
    assert verify().entries == 6
    return desk


def row(seq: int) -> Any:
    from safelight.journal.models import JournalEntry

    return JournalEntry.objects.get(seq=seq)


def change_the_content() -> None:
    entry = row(3)
    entry.signed = bytes(entry.signed).replace(b"row-1", b"row-9")
    entry.save()


def change_the_content_and_its_digest() -> None:
    import hashlib

    entry = row(3)
    entry.signed = bytes(entry.signed).replace(b"row-1", b"row-9")
    entry.digest = hashlib.sha256(entry.signed + bytes(entry.signature)).hexdigest()
    entry.save()


def sign_with_another_key() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    entry = row(3)
    entry.signed = bytes(entry.signed).replace(b"row-1", b"row-9")
    key = Ed25519PrivateKey.generate()
    entry.signature = key.sign(b"safelight journal entry v1\n" + entry.signed)
    entry.save()


def take_a_signature_made_for_something_else() -> None:
    from safelight.journal.chain import desk_key

    entry = row(3)
    entry.signed = bytes(entry.signed).replace(b"row-1", b"row-9")
    entry.signature = desk_key().private.sign(entry.signed)  # without the journal's own prefix
    entry.save()


def file_it_under_another_case() -> None:
    entry = row(3)
    entry.subject = "case-4"
    entry.save()


def drop_one() -> None:
    row(3).delete()


def drop_one_and_close_the_gap() -> None:
    row(3).delete()
    for seq in (4, 5, 6):
        entry = row(seq)
        entry.seq = seq - 1
        entry.save()


def drop_the_first() -> None:
    row(1).delete()


def drop_the_last() -> None:
    row(6).delete()


def swap_two() -> None:
    one, two = row(3), row(4)
    for name in ("signed", "signature", "digest", "kind", "subject", "clock"):
        mine, theirs = getattr(one, name), getattr(two, name)
        setattr(one, name, theirs)
        setattr(two, name, mine)
    one.save()
    two.save()


def append_without_the_key() -> None:
    from safelight.journal.models import JournalEntry

    last = row(6)
    JournalEntry.objects.create(
        desk=last.desk, seq=7, kind=last.kind, subject=last.subject,
        clock=7, digest="0" * 64, signed=bytes(last.signed), signature=bytes(last.signature),
    )  # fmt: skip


def sign_as_another_desk() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safelight.journal.entry import FIRST_PREVIOUS, Entry
    from safelight.journal.models import JournalEntry

    forged = Entry("desk-2", 1, 9, FIRST_PREVIOUS, last_entry().at, "case.coded", "case-4", {})
    key = Ed25519PrivateKey.generate()
    JournalEntry.objects.create(
        desk=forged.desk, seq=forged.seq, kind=forged.kind, subject=forged.subject,
        clock=forged.clock, digest="0" * 64, signed=forged.to_bytes(),
        signature=key.sign(b"safelight journal entry v1\n" + forged.to_bytes()),
    )  # fmt: skip


def last_entry() -> Any:
    from safelight.journal.chain import latest

    return latest(1)[0]


def drop_everything() -> None:
    from safelight.journal.models import JournalEntry

    JournalEntry.objects.all().delete()
    remove_the_head()


def forge_the_head() -> None:
    from safelight.journal.models import JournalHead

    JournalHead.objects.update(seq=5, digest=row(5).digest)
    row(6).delete()


def remove_the_head() -> None:
    from safelight.journal.models import JournalHead

    JournalHead.objects.all().delete()


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        (change_the_content, "entry 3 does not carry this desk's signature"),
        (change_the_content_and_its_digest, "entry 3 does not carry this desk's signature"),
        (sign_with_another_key, "entry 3 does not carry this desk's signature"),
        (take_a_signature_made_for_something_else, "entry 3 does not carry this desk's signature"),
        (file_it_under_another_case, "entry 3 is filed under columns that differ"),
        (drop_one, "entry 3 is missing: after entry 2 comes entry 4"),
        (drop_one_and_close_the_gap, "entry 3 was written as entry 4"),
        (drop_the_first, "entry 1 is missing: after entry 0 comes entry 2"),
        (drop_the_last, "entry 6 is missing: the journal ends at entry 5"),
        (swap_two, "entry 3 was written as entry 4"),
        (append_without_the_key, "entry 7 was written as entry 6"),
        (sign_as_another_desk, "entry 1 stands under the name of a desk that nobody enrolled"),
        (drop_everything, "entry 1 is missing: a desk's journal begins"),
        (forge_the_head, "head does not carry this desk's signature"),
        (remove_the_head, "head is missing"),
    ],
)
def test_the_first_bad_entry_is_named(
    journal: TestDesk, attack: Callable[[], None], named: str
) -> None:
    from safelight.journal.entry import JournalError
    from safelight.journal.verifying import verify

    attack()
    with pytest.raises(JournalError, match=named):
        verify()
    assert named.split(" ", maxsplit=1)[0] in journal.client.get("/journal/?verify=1").text


def test_a_journal_put_back_to_an_older_state_is_caught_by_a_noted_head(
    desk: TestDesk,
) -> None:
    from django.db import connections, transaction

    from safelight.journal.chain import append
    from safelight.journal.entry import JournalError
    from safelight.journal.verifying import verify

    def add(name: str) -> None:
        with transaction.atomic():
            append("case.coded", {"row": name})

    add("first")
    connections.close_all()  # closing the last connection folds the log into the file
    backup = desk.files.database.read_bytes()
    add("second")
    noted = verify()
    connections.close_all()
    desk.files.database.write_bytes(backup)
    assert verify().entries == noted.entries - 1, "an older state of itself does verify"
    with pytest.raises(JournalError, match="put back to an older state"):
        verify(noted_seq=noted.entries, noted_digest=noted.head)
    add("other-second")
    with pytest.raises(JournalError, match="is not the one whose digest was noted"):
        verify(noted_seq=noted.entries, noted_digest=noted.head)

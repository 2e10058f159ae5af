"""Threat: full-disk-on-a-desk: The disk of a desk is full when it is unlocked or when somebody
decides something (for a backup: tests/desk/test_backup.py); the page says what to do, nothing
half-done is kept, and after making room everything goes on.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.desk.sqlcipher import base
from tests.support.desk import PASSPHRASE, TestDesk, a_report, desk

__all__ = ["desk"]

SAYS = {"en": "the disk is full", "ru": "диск заполнен"}


def room_left(desk: TestDesk, pages: int) -> tuple[str, ...]:
    """What to run on each new connection so that its file grows by `pages` at most."""
    from django.db import connection

    with connection.cursor() as cursor:
        used = cursor.execute("PRAGMA page_count").fetchone()[0]
    return (*base._AFTER_KEY, f"PRAGMA max_page_count = {used + pages}")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_decision_without_room_is_kept_whole_or_not_at_all_and_the_page_says_why(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    from django.db import connections

    from safelight.casework.cases import open_case
    from safelight.journal.verifying import verify

    desk.client.post(f"/language/{language}")
    (case_id,) = desk.take_in(a_report())
    address = f"/cases/{case_id}/lane"
    before = verify()
    refused = None
    with monkeypatch.context() as full:
        full.setattr(base, "_AFTER_KEY", room_left(desk, 0))
        connections.close_all()
        for number in range(60):  # free room inside pages is used up first
            lane = ("urgent", "reports")[number % 2]
            refused = desk.client.post(address, {"lane": lane})
            if refused.status_code != 302:
                break
    assert refused is not None
    assert refused.status_code == 507
    assert SAYS[language] in refused.text
    connections.close_all()
    stood = verify()
    assert before.entries <= stood.entries < before.entries + 60
    moved = "urgent" if open_case(case_id).lane == "reports" else "reports"
    assert desk.client.post(address, {"lane": moved}).status_code == 302, "room was made"
    assert verify().entries == stood.entries + 1


def test_envelopes_that_find_no_room_are_not_half_stored(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    from safelight.casework.inbox import take_in
    from safelight.casework.models import Case, EnvelopePiece, ReceivedEnvelope
    from safelight.desk.unlocking import DeskStorageError, storage_in_words

    sealed = [desk.sealed(a_report(answers={"story": f"{n}"})) for n in range(4)]
    with monkeypatch.context() as full:
        full.setattr(base, "_AFTER_KEY", room_left(desk, 12))
        connections.close_all()
        with pytest.raises(DeskStorageError, match="Make room"), storage_in_words():
            take_in(sealed)
    connections.close_all()
    whole = set(EnvelopePiece.objects.values_list("envelope_id", flat=True))
    assert set(ReceivedEnvelope.objects.values_list("digest", flat=True)) == whole
    take_in(sealed)
    assert Case.objects.count() == 4


@pytest.mark.parametrize("command", ["verify", "fetch"])
def test_unlocking_without_room_ends_with_a_sentence_and_the_desk_as_it_was(
    desk: TestDesk, tmp_path: Path, command: str
) -> None:
    """The real command; the system lets it write no file beyond 1 kB."""
    from safelight.desk.unlocking import lock, unlock

    lock()
    secret, stick = tmp_path / "passphrase", tmp_path / "stick"
    secret.write_text(PASSPHRASE + "\n")
    stick.mkdir()
    (stick / "a.age").write_bytes(desk.sealed(a_report()))
    before = desk.files.database.read_bytes()
    arguments = ["--data", str(desk.data), "--passphrase-file", str(secret)]
    done = subprocess.run(
        [sys.executable, "-m", "safelight", "desk", command, *arguments]
        + (["--folder", str(stick)] if command == "fetch" else []),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
    )
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.files.database.read_bytes() == before
    unlock(desk.data, PASSPHRASE)
    assert desk.client.get("/cases/").status_code == 200


def test_the_page_that_unlocks_says_it_too(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from safelight.desk import unlocking
    from safelight.desk.sqlcipher.held_key import is_held

    def full() -> None:
        raise OperationalError("database or disk is full")

    desk.client.post("/lock")
    with monkeypatch.context() as patch:
        patch.setattr(unlocking, "migrate", full)
        answer = desk.client.post("/unlock", {"passphrase": PASSPHRASE})
    assert answer.status_code == 507
    assert SAYS["en"] in answer.text
    assert not is_held()
    assert desk.client.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 302

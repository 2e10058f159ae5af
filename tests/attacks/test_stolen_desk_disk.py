"""Threat: stolen-desk-disk: Somebody copies the desk's directory, also after a crash; no file in
it, the write-ahead log included, shows a word, a code, a name or a key without the passphrase.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.desk.desk_files import DeskFiles
from safelight.desk.key_file import KeyFileError, WrongPassphraseError
from tests.support.desk import PASSPHRASE, TestDesk, a_report, as_form, codes, desk

__all__ = ["desk"]

CANARY = "КАНАРЕЙКА канарейка canary-7f3e9"
TABLES = [b"CREATE TABLE", b"casework_case", b"journal_journalentry", b"SQLite format 3"]


def traces(data: Path, *secrets: bytes) -> list[tuple[str, bytes]]:
    """Where any of the secrets stands in any file of the desk, in any of three encodings."""
    found = []
    for file in sorted(data.rglob("*")):
        content = file.read_bytes() if file.is_file() else b""
        for secret in (*secrets, *TABLES):
            if secret in content or secret.hex().encode() in content:
                found.append((file.name, secret))
    return found


def secrets_of(desk: TestDesk) -> list[bytes]:
    from safelight.casework.models import Case, OpeningKey
    from safelight.desk.sqlcipher.held_key import held_key
    from safelight.journal.models import SigningKey

    return [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        CANARY.split()[2].encode(),
        b"VIGILANTE_GROUP",
        Case.objects.get().case_id.encode(),
        OpeningKey.objects.get().identity.encode(),
        bytes(SigningKey.objects.get().seed),
        bytes(held_key().key),
        PASSPHRASE.encode(),
    ]


def test_no_file_of_a_working_desk_shows_anything(desk: TestDesk) -> None:
    case_id = desk.take_in(a_report(answers={"story": CANARY}))[0]
    desk.client.post(f"/cases/{case_id}/", as_form(codes()))
    wal = desk.files.database.with_name("desk.db-wal")
    assert wal.stat().st_size > 0, "the log must be full for this test to mean something"
    assert CANARY in desk.client.get(f"/cases/{case_id}/").text
    assert traces(desk.data, *secrets_of(desk)) == []


def test_the_search_finds_what_lies_open(desk: TestDesk) -> None:
    desk.take_in(a_report(answers={"story": CANARY}))
    (desk.data / "notes.txt").write_text(f"remember: {CANARY}", encoding="utf-8")
    assert ("notes.txt", CANARY.encode()) in traces(desk.data, *secrets_of(desk))


# A process that is killed in the middle of writing: nobody tidies up after it.
CRASH = """
import os, signal, sys
from pathlib import Path
from safelight.desk.django_start import start_django
start_django()
from safelight.desk.sqlcipher import held_key
held_key.hold(Path(sys.argv[1]) / "desk.db", bytes.fromhex(sys.stdin.readline().strip()))
from django.db import connection, transaction
from safelight.casework.models import EnvelopePiece, ReceivedEnvelope
with transaction.atomic():
    for number in range(300):
        envelope = ReceivedEnvelope.objects.create(
            digest=f"{number:064d}", size=1, received_on="2026-03-14", origin="CANARY",
            state="stored",
        )
        EnvelopePiece.objects.create(
            envelope=envelope, number=0, sealed=("CANARY" * 2000).encode()
        )
        if number == 150:  # outgrows the page cache, so pages spill before the commit
            connection.cursor().execute("PRAGMA cache_spill=1")
    with connection.cursor() as cursor:  # a sort larger than memory wants a temporary file
        cursor.execute("SELECT sealed FROM casework_envelopepiece ORDER BY sealed").fetchmany(5)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_crash_leaves_nothing_readable_anywhere(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.desk.sqlcipher.held_key import held_key

    key = bytes(held_key().key)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", CRASH.replace("CANARY", "canary-4c1d"), str(desk.data)],
        input=key.hex() + "\n",
        text=True,
        env=os.environ | {"TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert traces(desk.data, b"canary-4c1d", key) == []
    assert traces(temporary, b"canary-4c1d") == []
    assert desk.client.get("/cases/").status_code == 200, "the desk opens after the crash"
    assert desk.client.get("/journal/?verify=1").status_code == 200


def test_a_copy_opens_with_the_passphrase_only(desk: TestDesk, tmp_path: Path) -> None:
    from safelight.desk.unlocking import lock, unlock

    desk.take_in(a_report())
    lock()
    copy = tmp_path / "copy"
    shutil.copytree(desk.data, copy)
    with pytest.raises(WrongPassphraseError):
        unlock(copy, "a guess of the thief")
    unlock(copy, PASSPHRASE)
    lock()
    DeskFiles(copy).key_file.unlink()
    with pytest.raises(KeyFileError, match="there is no desk"):
        unlock(copy, PASSPHRASE)


def test_the_files_are_the_owners_alone(desk: TestDesk) -> None:
    desk.take_in(a_report())
    modes = {file.name: file.stat().st_mode & 0o077 for file in desk.data.iterdir()}
    del modes["desk-1.public.json"]
    assert set(modes.values()) == {0}, modes
    assert "desk.db-wal" in modes

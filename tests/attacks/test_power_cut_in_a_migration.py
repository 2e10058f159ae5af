"""Threat: power-cut-in-a-migration: The power goes while a new version changes the tables of an
old desk; at the next unlock the desk opens, with everything that was in it.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.django_project import django_project

KEY = bytes(range(32))
OLD = [
    ("journal", "0002_append_only"),
    ("casework", "0001_initial"),
]


@pytest.fixture(scope="module")
def old_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database with the tables of the first version, and two rows in them."""
    from django.db import connections

    from safelight.desk.sqlcipher import held_key

    folder = tmp_path_factory.mktemp("old")
    with django_project("safelight.desk.settings"):
        connections.close_all()
        held_key.hold(folder / "desk.db", KEY)
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        executor.migrate(OLD)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO journal_signingkey VALUES ('desk-1', %s)", [bytes(32)])
            cursor.execute(
                "INSERT INTO casework_withdrawal (mailbox, proof, day) "
                "VALUES ('m', 'p', '2026-03-14')"
            )
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        yield folder
        held_key.release()


def statements_until(database: Path, stop: int) -> tuple[int, list[str]]:
    """Open an old desk in a forked child that is killed before statement `stop` (0: never).

    Returns how it ended and, for 0, what was executed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _open_and_die(database, stop, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    return status, said


def _open_and_die(database: Path, stop: int, writing: int) -> None:
    from django.db import connection, connections

    from safelight.desk.unlocking import open_database

    done: list[str] = []

    def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done.append(" ".join(sql.split())[:60])
        if len(done) == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    try:
        connections.close_all()
        with connection.execute_wrapper(watched):
            open_database(database, KEY)
        os.write(writing, "\n".join(done).encode())
    finally:
        os._exit(0)


def opened_again(database: Path) -> None:
    """Open it as anybody does after a power cut, and look whether all is there."""
    from django.core.management import call_command
    from django.db import connection, connections

    from safelight.casework.models import Withdrawal
    from safelight.desk.unlocking import open_database
    from safelight.journal.models import SigningKey

    connections.close_all()
    open_database(database, KEY)
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
        assert SigningKey.objects.get().desk == "desk-1"
        assert Withdrawal.objects.get().mailbox == "m"
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
            assert cursor.fetchone()[0] >= 2, "the journal can still only be added to"
    finally:
        connections.close_all()


def copied(old_desk: Path, to: Path) -> Path:
    to.mkdir()
    for file in old_desk.iterdir():
        shutil.copy(file, to / file.name)
    return to / "desk.db"


def test_a_desk_of_the_first_version_opens_after_a_cut_at_any_statement(
    old_desk: Path, tmp_path: Path
) -> None:
    status, said = statements_until(copied(old_desk, tmp_path / "whole"), 0)
    assert status == 0
    opened_again(tmp_path / "whole" / "desk.db")
    notes = [n for n, sql in enumerate(said, 1) if "django_migrations" in sql and "INSERT" in sql]
    makes = [n for n, sql in enumerate(said, 1) if sql.startswith(("CREATE", "ALTER", "DROP"))]
    assert len(notes) >= 5
    assert len(makes) >= 20
    # At the first and last table, and where Django has made tables that it has not noted yet.
    for stop in (makes[0], notes[0], notes[1] - 1, makes[len(makes) // 2], notes[-1], makes[-1]):
        database = copied(old_desk, tmp_path / str(stop))
        status, _ = statements_until(database, stop)
        assert os.WIFSIGNALED(status), f"killed before statement {stop}: {said[stop - 1]}"
        opened_again(database)


def test_django_alone_would_have_locked_the_desk_for_ever(
    old_desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why one transaction: the same cut with each migration on its own."""
    from django.core.management import call_command
    from django.db import connections

    from safelight.desk import unlocking

    monkeypatch.setattr(
        unlocking, "migrate", lambda: call_command("migrate", verbosity=0, interactive=False)
    )
    _, said = statements_until(copied(old_desk, tmp_path / "whole"), 0)
    notes = [n for n, sql in enumerate(said, 1) if "django_migrations" in sql and "INSERT" in sql]
    broken = []
    for stop in notes:
        database = copied(old_desk, tmp_path / str(stop))
        statements_until(database, stop)
        try:
            opened_again(database)
        except unlocking.DeskStorageError:
            broken.append(stop)
            break
        finally:
            connections.close_all()
    assert broken, "then this test, and the one transaction, are of no use any more"

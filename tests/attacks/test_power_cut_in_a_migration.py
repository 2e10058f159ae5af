"""Threat: power-cut-in-a-migration: The power goes while a new version changes the tables of an
old desk; at the next unlock the desk opens, with everything that was in it.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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


# A process of its own for each cut, as in life: what other tests left in this one (threads, their
# locks) does not come along, as it would with a fork.
OPENS_AND_DIES = """
import os, signal, sys
from pathlib import Path
from safelight.desk.django_start import start_django
start_django()
from django.core.management import call_command
from django.db import connection
from safelight.desk import unlocking

database, stop, how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if how == "each migration alone":
    unlocking.migrate = lambda: call_command("migrate", verbosity=0, interactive=False)
done = 0

def watched(execute, sql, params, many, context):
    global done
    done += 1
    print(" ".join(sql.split())[:60])
    if done == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

with connection.execute_wrapper(watched):
    unlocking.open_database(database, bytes.fromhex(sys.stdin.readline().strip()))
"""


def statements_until(
    database: Path, stop: int, how: str = "all in one transaction"
) -> tuple[int, list[str]]:
    """Open an old desk in a process that is killed before statement `stop` (0: never).

    Returns how it ended and, for 0, what was executed.
    """
    opened = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", OPENS_AND_DIES, str(database), str(stop), how],
        input=KEY.hex() + "\n",
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert opened.returncode in (0, -signal.SIGKILL), opened.stderr
    return opened.returncode, opened.stdout.splitlines()


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
        assert status == -signal.SIGKILL, f"killed before statement {stop}: {said[stop - 1]}"
        opened_again(database)


def test_django_alone_would_have_locked_the_desk_for_ever(old_desk: Path, tmp_path: Path) -> None:
    """Why one transaction: the same cut with each migration on its own."""
    from django.db import connections

    from safelight.desk.unlocking import DeskStorageError

    alone = "each migration alone"
    _, said = statements_until(copied(old_desk, tmp_path / "whole"), 0, alone)
    notes = [n for n, sql in enumerate(said, 1) if "django_migrations" in sql and "INSERT" in sql]
    for stop in notes:
        database = copied(old_desk, tmp_path / str(stop))
        statements_until(database, stop, alone)
        try:
            opened_again(database)
        except DeskStorageError:
            return
        finally:
            connections.close_all()
    pytest.fail("then this test, and the one transaction, are of no use any more")

"""The backend: whatever Django needs of a database, and nothing readable in the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from safelight.desk.sqlcipher.held_key import DeskLockedError
from tests.support.desk import TestDesk, a_report, desk_in


def pragma(name: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("secure_delete", 1),
        ("temp_store", 2),  # MEMORY
        ("foreign_keys", 1),
        ("cipher_memory_security", "1"),
        ("cipher_use_hmac", "1"),
    ],
)
def test_every_connection_is_durable_and_leaves_nothing_behind(
    desk: TestDesk, name: str, value: object
) -> None:
    assert pragma(name) == value


def test_json_lookups_work(desk: TestDesk) -> None:
    from safelight.casework.models import StatisticalRow

    StatisticalRow.objects.create(stat_id="a" * 32, codes={"region": "77", "fatal": "false"})
    StatisticalRow.objects.create(stat_id="b" * 32, codes={"region": "78", "fatal": "false"})
    found = StatisticalRow.objects.filter(codes__region="78")
    assert [row.stat_id for row in found] == ["b" * 32]


def test_full_text_search_works(desk: TestDesk) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE words USING fts5(body, tokenize='unicode61')")
        cursor.execute("INSERT INTO words VALUES (%s)", ["Встреча у метро"])
        found = cursor.execute("SELECT body FROM words WHERE words MATCH %s", ["встреча"])
        assert found.fetchall() == [("Встреча у метро",)]


def test_dates_and_named_parameters_are_converted_as_by_django_itself(desk: TestDesk) -> None:
    from datetime import date

    from django.db import connection

    from safelight.casework.models import ReceivedEnvelope

    desk.take_in(a_report())
    assert isinstance(ReceivedEnvelope.objects.get().received_on, date)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %(a)s || '%%s'", {"a": "x"})
        assert cursor.fetchone() == ("x%s",)
        cursor.executemany("CREATE TEMP TABLE t AS SELECT %s AS a", [(1,)])


def test_no_migration_is_missing(desk: TestDesk) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "journal", "casework", check=True, dry_run=True, verbosity=0)


def test_the_standard_library_cannot_read_the_file(desk: TestDesk) -> None:
    plain = sqlite3.connect(desk.files.database)
    with pytest.raises(sqlite3.DatabaseError, match="file is not a database"):
        plain.execute("SELECT * FROM sqlite_master")


def test_a_wrong_key_is_refused_with_words_and_the_right_one_still_works(
    desk: TestDesk, capfd: pytest.CaptureFixture[str]
) -> None:
    from django.db import connection

    from safelight.desk.sqlcipher import held_key
    from safelight.desk.sqlcipher.base import WrongKeyError

    right = bytes(held_key.held_key().key)
    connection.close()
    held_key.hold(desk.files.database, bytes(32))
    with pytest.raises(WrongKeyError, match=r"desk\.db does not open with this desk's key"):
        connection.cursor()
    held_key.hold(desk.files.database, right)
    assert pragma("journal_mode") == "wal"
    assert capfd.readouterr().err == ""  # SQLCipher would print page numbers


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(4080), b"x" * 8192])
def test_a_file_that_is_no_desk_is_refused(tmp_path: Path, content: bytes) -> None:
    from safelight.desk.sqlcipher import held_key
    from safelight.desk.sqlcipher.base import WrongKeyError
    from safelight.desk.unlocking import open_database

    with desk_in(tmp_path / "desk"):
        key = bytes(held_key.held_key().key)
        other = tmp_path / "other.db"
        other.write_bytes(content)
        with pytest.raises(WrongKeyError):
            open_database(other, key)
        assert not held_key.is_held()


def test_without_a_key_nothing_opens(desk: TestDesk) -> None:
    from django.db import connection

    from safelight.desk.sqlcipher import held_key
    from safelight.desk.unlocking import lock

    held = held_key.held_key()
    lock()
    with pytest.raises(DeskLockedError, match="the desk is locked"):
        connection.cursor()
    assert held.key == bytes(32), "our copy of the key is overwritten"
    assert str(held.key) not in repr(held)

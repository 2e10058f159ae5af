"""Durable writing, and what a reporter or desk hears when the disk cannot do it.

On SQLite, and on PostgreSQL (`safelight/intake/postgresql.py`), which looks after its own files.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.db.backends.signals import connection_created

from safelight.intake import postgresql
from safelight.intake.refusal import RefusedError

_LOG: Final = logging.getLogger("safelight.intake")
# One process writes, so its threads queue here instead of polling SQLite's lock,
# where two hundred of them would starve some beyond the busy timeout.
_ONE_WRITER: Final = threading.Lock()
# Left free for desks: they must write (numbers, acknowledgements) to fetch, and only what
# they have fetched can be deleted. 500 small envelopes are overwritten through 16 MiB of log.
_KEPT_FREE: Final = 64 * 1024 * 1024
# A file up to this size is read through once by each worker, in about a second; a larger one
# once a day.
_LOOKED_OVER_SOON: Final = 256 * 1024 * 1024
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Whether this process has looked, and what it found.
_LOOKED: Final[list[bool]] = []
# The file that the first connection opened, by device and number. Workers inherit it.
_OPENED: Final[list[tuple[int, int] | None]] = []


@contextmanager
def durable_write() -> Iterator[None]:
    """Everything inside reaches the disk before this returns, or nothing of it does.

    Raises `RefusedError` 507 if the disk is full, read-only or failing or the file was
    taken away, 503 if the database stays locked by another program.
    """
    with _ONE_WRITER, readable(), transaction.atomic(durable=True):
        if postgresql.is_used():
            postgresql.let_one_write()
            yield
            return
        _note_the_first()
        # A thread's first connection would open, or make, whatever lies there now.
        _check_it_is_the_first()
        yield
        # SQLite goes on writing to a file that was deleted or moved aside, and all of it
        # would be lost with the last connection.
        _check_it_is_the_first()


def look_over(*, whole: bool) -> None:
    """Read through the database (quick_check), and note if it is damaged.

    A file that is damaged in one place goes on taking deposits in another, and desks could
    never fetch them. Once damage was seen, here or by any query, this process takes nothing
    more; desks can still fetch what is readable. Without `whole` a large file is left for
    tomorrow's tidying. PostgreSQL looks after its own, with checksums if the operator said so.
    """
    if postgresql.is_used():
        return
    with _ONE_WRITER:
        if _LOOKED and not whole:
            return
        if not whole and _size_of_file() > _LOOKED_OVER_SOON:
            return
        _LOOKED.append(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if cursor.fetchone() != ("ok",):
                _note_damage()
    except DatabaseError as trouble:
        raise storage_trouble(trouble) from None


def _note_damage() -> None:
    if True not in _LOOKED:
        _LOG.error("storage.damaged deposits are refused; see docs/how-to/run-a-server.md")
    _LOOKED.append(True)


def _size_of_file() -> int:
    try:
        return Path(connection.settings_dict["NAME"]).stat().st_size
    except OSError:
        return 0


def check_room(size: int) -> None:
    """Raise `RefusedError` 507 if a deposit of `size` bytes would leave desks without room.

    Also if the database is damaged, so that desks might not find the deposit.
    """
    look_over(whole=False)
    if True in _LOOKED:
        raise _broken("a damaged database")
    if postgresql.is_used():
        return  # where its disk is, and how full, only it knows: the write will say
    try:
        free = shutil.disk_usage(Path(connection.settings_dict["NAME"]).parent).free
    except OSError:
        return  # the write will say what is wrong
    # Twice: once in the write-ahead log, once in the database.
    if free < _KEPT_FREE + 2 * size:
        raise _broken("a full disk", problem="storage-full")


def _file_by_that_name() -> tuple[int, int] | None:
    """Which file lies where the database was opened; None if there is none (or in memory)."""
    try:
        found = Path(connection.settings_dict["NAME"]).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check_it_is_the_first() -> None:
    if _file_by_that_name() not in _OPENED:
        raise _broken("another file than the one that was opened, or none")


def _note_the_first(**_sent: Any) -> None:
    if not _OPENED:
        _OPENED.append(_file_by_that_name())


connection_created.connect(_note_the_first)


@contextmanager
def readable() -> Iterator[None]:
    """Turn the database's trouble into a `RefusedError`, without the database's words."""
    try:
        yield
    except DatabaseError as trouble:
        refused = storage_trouble(trouble)
        # The connection may hold a half-rolled-back transaction; the next request
        # starts with a new one.
        connection.close()
        raise refused from None


def storage_trouble(trouble: DatabaseError) -> RefusedError:
    """Return the refusal for one of Django's database errors, by the code that it carries."""
    result = getattr(trouble.__cause__, "sqlite_errorcode", None)
    if result is None and postgresql.is_used():
        return _trouble_of_postgresql(postgresql.meaning(trouble))
    code = (sqlite3.SQLITE_ERROR if result is None else result) & 0xFF
    if code in _DAMAGED:
        _note_damage()
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return _busy()
    if code == sqlite3.SQLITE_FULL:
        return _broken("a full disk", problem="storage-full")
    return _broken(f"SQLite result code {code}")


def _trouble_of_postgresql(meaning: str) -> RefusedError:
    if meaning == "later":
        return _busy()
    if meaning == "full":
        return _broken("a full disk", problem="storage-full")
    if meaning == "damaged":
        _note_damage()
    return _broken("an error of PostgreSQL")


def _busy() -> RefusedError:
    return RefusedError(
        503,
        "busy",
        expected="a free database",
        got="one that is locked, or is being started",
        next_step="send the same bytes again in a minute",
    )


def _broken(got: str, *, problem: str = "storage-broken") -> RefusedError:
    return RefusedError(
        507,
        problem,
        expected="a disk that can be written",
        got=got,
        next_step="send the same bytes again in an hour; the operator must make room or repair",
    )


def forget_deleted_bytes() -> None:
    """Empty the write-ahead log, which still holds copies of what was just deleted.

    Does nothing while another connection is reading; the next call will. PostgreSQL only frees
    the room: what that means stands in docs/threat-model.md.
    """
    if postgresql.is_used():
        with _ONE_WRITER, readable():
            postgresql.forget_deleted_rows()
        return
    with _ONE_WRITER, readable(), connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

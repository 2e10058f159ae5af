"""Durable writing, and what a reporter or desk hears when the disk cannot do it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, connection, transaction

from safelight.intake.refusal import RefusedError

# One process writes, so its threads queue here instead of polling SQLite's lock,
# where two hundred of them would starve some beyond the busy timeout.
_ONE_WRITER: Final = threading.Lock()


@contextmanager
def durable_write() -> Iterator[None]:
    """Everything inside reaches the disk before this returns, or nothing of it does.

    Raises `RefusedError` 507 if the disk is full, read-only or failing, 503 if the
    database stays locked by another program.
    """
    with _ONE_WRITER, readable(), transaction.atomic(durable=True):
        yield


@contextmanager
def readable() -> Iterator[None]:
    """Turn SQLite's trouble into a `RefusedError`, without SQLite's words."""
    try:
        yield
    except DatabaseError as trouble:
        refused = storage_trouble(trouble)
        # The connection may hold a half-rolled-back transaction; the next request
        # starts with a new one.
        connection.close()
        raise refused from None


def storage_trouble(trouble: DatabaseError) -> RefusedError:
    """Return the refusal for one of Django's database errors, by SQLite's result code."""
    code = getattr(trouble.__cause__, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return RefusedError(
            503,
            "busy",
            expected="a free database",
            got="one that is locked",
            next_step="send the same bytes again in a minute",
        )
    full = code == sqlite3.SQLITE_FULL
    return RefusedError(
        507,
        "storage-full" if full else "storage-broken",
        expected="a disk that can be written",
        got="a full disk" if full else f"SQLite result code {code}",
        next_step="send the same bytes again in an hour; the operator must make room or repair",
    )


def forget_deleted_bytes() -> None:
    """Empty the write-ahead log, which still holds copies of what was just deleted.

    Does nothing while another connection is reading; the next call will.
    """
    with _ONE_WRITER, readable(), connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

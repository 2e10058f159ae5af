"""What is different on PostgreSQL: who writes when, what its errors mean, how much it can forget.

SQLite lets one connection write at a time, and what is asked and then written inside a
`durable_write` relies on that. PostgreSQL lets many; so each of our writes begins by taking one
lock for all processes, and ends with its commit. What this costs is measured in
bench/circles_server.py: a write waits for the disk either way.
"""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db import DatabaseError, connection

# Any number that no other program uses in this database.
_ONE_WRITER: Final = 0x5AFE_119F

# Class and code of SQLSTATE (PostgreSQL 15, appendix A).
_LATER: Final = ("55P03", "57014", "57P01", "57P02", "57P03", "40001", "40P01", "53300")
_NO_CONNECTION: Final = "08"
_DISK_FULL: Final = "53100"
_DAMAGED: Final = ("XX001", "XX002")


def is_used() -> bool:
    return bool(connection.vendor == "postgresql")


def let_one_write() -> None:
    """Wait for the turn to write, first thing in a transaction; it ends with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_WRITER])


def meaning(trouble: DatabaseError) -> str:
    """Return "later", "full", "damaged" or "" for one of Django's database errors."""
    cause = trouble.__cause__
    state = getattr(cause, "sqlstate", None)
    # Without a state there was no server to say one: it is being started anew, or is gone.
    if state is None or state in _LATER or state.startswith(_NO_CONNECTION):
        return "later"
    if state == _DISK_FULL:
        return "full"
    return "damaged" if state in _DAMAGED else ""


def forget_deleted_rows() -> None:
    """Free what was deleted. Its bytes stay in the files until something is written over them,
    and in the write-ahead log until that is recycled: PostgreSQL cannot overwrite.

    A table that another is tidying is left to it.
    """
    tables = ", ".join(
        connection.ops.quote_name(model._meta.db_table)
        for model in apps.get_models()
        if model._meta.app_label in {"intake", "circles"}
    )
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (SKIP_LOCKED, INDEX_CLEANUP ON) {tables}")


def refused_settings() -> str:
    """Return why this server cannot promise that what it answered is on the disk, or ""."""
    with connection.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute("SELECT current_setting(%s)", [name])
            value = cursor.fetchone()[0]
            if value not in {"on", "remote_apply", "remote_write"}:
                return f"{name} is {value}"
    return ""

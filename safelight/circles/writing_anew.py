"""What was deleted is gone from every page of the file, not only from where it stood last.

SQLite overwrites a row where it stands when it is deleted (`secure_delete`). It also moves rows
of different lengths between pages now and then, and then leaves a copy in the unused middle of
the page that they came from (rebuildPage in its btree.c): in one of ten tries with 200 messages
one that was deleted could be read in the file. Only pages that are emptied as a whole lose such
copies. So after a deletion the tables in which sealed bytes lie are emptied and filled again.

This holds up every write, half a second for what may be at most, so each worker does it at most
once in so many seconds; what is owed longer is done at the next write, or as the next worker
begins. PostgreSQL keeps copies of its own (docs/threat-model.md).
"""

from __future__ import annotations

import time
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake import postgresql
from safelight.intake.models import HighestSeen
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write, forget_deleted_bytes, readable

# More is not held in memory at once; it stays owed until less lies there.
MOST_BYTES: Final = 32 * 1024 * 1024
PAUSE_SECONDS: Final = 60.0
_OWED: Final = "circles-anew"
_SEALED: Final = ("entry", "knock", "keypackage", "welcome", "storedpiece")
# None of these has rows of another table hanging from it.
_TABLES: Final = (*_SEALED, "door", "spent")
# When this worker did it last.
_LAST: Final[list[float]] = []


def owe_writing_anew() -> None:
    """Note that something was deleted. Inside the `durable_write` that deletes it."""
    if not postgresql.is_used():
        HighestSeen.objects.update_or_create(name=_OWED, defaults={"value": 1})


def write_anew_if_owed() -> None:
    """Do it if something was deleted since the last time, unless that was a moment ago.

    Never raises: what could not be done stays owed.
    """
    if postgresql.is_used() or (_LAST and time.monotonic() - _LAST[0] < PAUSE_SECONDS):
        return
    try:
        with readable():
            owed = HighestSeen.objects.filter(name=_OWED).exists()
        if not owed:
            return
        _LAST[:] = [time.monotonic()]
        check_room(2 * MOST_BYTES)
        with durable_write(), connection.cursor() as cursor:
            if _bytes_held(cursor) > MOST_BYTES:
                return
            for table in _TABLES:
                _write_anew(cursor, f"circles_{table}")
            HighestSeen.objects.filter(name=_OWED).delete()
        forget_deleted_bytes()
    except RefusedError:
        pass  # a disk in trouble; who writes hears it


def _bytes_held(cursor: CursorWrapper) -> int:
    held = 0
    for table in _SEALED:
        cursor.execute(
            f"SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM circles_{table}"  # nosec B608  # noqa: S608
        )
        held += cursor.fetchone()[0]
    return held


def _write_anew(cursor: CursorWrapper, table: str) -> None:
    # `DELETE` without a condition clears whole pages (SQLite, "The Truncate Optimization"). In
    # the order of their keys rows come back without being moved. The copy is in memory:
    # temp_store = MEMORY.
    for step in (
        f"CREATE TEMP TABLE kept_rows AS SELECT * FROM {table}",  # nosec B608  # noqa: S608
        f"DELETE FROM {table}",  # nosec B608  # noqa: S608
        f"INSERT INTO {table} SELECT * FROM kept_rows ORDER BY key",  # nosec B608  # noqa: S608
        "DROP TABLE kept_rows",
    ):
        cursor.execute(step)

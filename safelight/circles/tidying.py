"""What is forgotten of circles by itself, once a day, as the intake forgets.

Deleted are log entries, knocks and welcomes of more than 14 days ago, whether anybody fetched
them or not; spent invitations as soon as their batch has ended, and the batch four weeks
later; what was begun in pieces and not ended after two days, stashes after three; circles and
landings to which nobody has written for 90 days. It runs whether circles
are served today or not, so switching them off keeps nothing longer.
A clock that jumped by more than a month deletes nothing on the day it shows.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.founding import empty_circle
from safelight.circles.landings import empty_landing
from safelight.circles.writing_anew import (
    CIRCLES,
    forget_deleted_of_circles,
    forget_what_circles_owe,
    owe_writing_anew,
)
from safelight.intake import day
from safelight.intake.forgetting import forget_keys
from safelight.intake.models import HighestSeen
from safelight.intake.storage import durable_write, readable

_TIDIED: Final = "circles-tidied"
_LONGEST_SLEEP: Final = 31
# So that no write waits long for a turn.
_AT_ONCE: Final = 100


def tidy_circles_once_a_day() -> None:
    """Tidy if this server has not done so today."""
    forget_what_circles_owe()
    now = day.today().toordinal()
    with readable():
        done = HighestSeen.objects.filter(name=_TIDIED).values_list("value", flat=True).first()
    if done == now:
        return
    with durable_write():
        HighestSeen.objects.update_or_create(name=_TIDIED, defaults={"value": now})
    if done is not None and 0 < now - done <= _LONGEST_SLEEP and tidy_circles(day.today()):
        forget_deleted_of_circles()


def tidy_circles(today: date) -> int:
    """Delete what has had its time; return how many things went."""
    gone = 0
    for step in (_old_entries, _old_waiting, _old_batches, _old_pieces, _quiet):
        while some := step(today):
            gone += some
    return gone


def _old_entries(today: date) -> int:
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, circle_id, size FROM circles_entry WHERE day < %s LIMIT %s",
            [today - timedelta(days=limits.LOG_DAYS), _AT_ONCE],
        )
        old = cursor.fetchall()
        for key, circle, size in old:
            cursor.execute("DELETE FROM circles_entry WHERE key = %s", [key])
            cursor.execute(
                "UPDATE circles_circle SET held_bytes = held_bytes - %s WHERE key = %s",
                [size, circle],
            )
        for circle in {circle for _, circle, _ in old}:
            # A key of an epoch of which nothing is left has nothing to open.
            cursor.execute(
                "DELETE FROM circles_door WHERE circle_id = %s AND until_sequence IS NOT NULL "
                "AND NOT EXISTS (SELECT 1 FROM circles_entry e WHERE "
                "e.circle_id = circles_door.circle_id AND "
                "e.sequence <= circles_door.until_sequence)",
                [circle],
            )
        if old:
            owe_writing_anew()
    return len(old)


def _old_waiting(today: date) -> int:
    last_day = today - timedelta(days=limits.LOG_DAYS)
    with durable_write(), connection.cursor() as cursor:
        gone = 0
        for table in ("circles_knock", "circles_welcome"):
            cursor.execute(
                f"DELETE FROM {table} WHERE key IN "  # nosec B608  # noqa: S608
                f"(SELECT key FROM {table} WHERE day < %s LIMIT %s)",
                [last_day, _AT_ONCE],
            )
            gone += int(cursor.rowcount)
        if gone:
            owe_writing_anew()
        return gone


def _old_batches(today: date) -> int:
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM circles_spent WHERE batch_id IN "
            "(SELECT key FROM circles_batch WHERE last_day <= %s)",
            [today],
        )
        gone = int(cursor.rowcount)
        # With its key, so that no clock which is set back makes them good a second time.
        cursor.execute(
            "UPDATE circles_batch SET modulus = %s WHERE last_day <= %s AND LENGTH(modulus) > 0",
            [b"", today],
        )
        gone += int(cursor.rowcount)
        cursor.execute(
            "DELETE FROM circles_batch WHERE last_day <= %s",
            [today - timedelta(days=limits.BATCH_REMEMBERED_DAYS)],
        )
        gone += int(cursor.rowcount)
        if gone:
            owe_writing_anew()
        return gone


def _old_pieces(today: date) -> int:
    """What was begun and never ended, and stashes that nobody took or nobody dropped."""
    begun = today - timedelta(days=limits.PARCEL_DAYS)
    stashed = today - timedelta(days=limits.STASH_DAYS)
    with durable_write(), connection.cursor() as cursor:
        # All stashes at once would be written to the log at once, half a gigabyte of zeros: on a
        # disk that a flood of them has filled nothing would ever be forgotten.
        cursor.execute(
            "DELETE FROM circles_storedpiece WHERE key IN "
            "(SELECT key FROM circles_storedpiece WHERE run IN "
            "(SELECT key FROM circles_parcel WHERE day < %s) OR run IN "
            "(SELECT key FROM circles_stash WHERE day < %s) LIMIT %s)",
            [begun, stashed, _AT_ONCE],
        )
        if cursor.rowcount == _AT_ONCE:
            return _AT_ONCE
        # In one statement each: of stashes that were only announced there may be 130,000.
        parcels = "SELECT key FROM circles_parcel WHERE day < %s"
        forget_keys(cursor, parcels, [begun], around=CIRCLES)
        stashes = "SELECT key FROM circles_stash WHERE day < %s"
        forget_keys(cursor, stashes, [stashed], around=CIRCLES)
        cursor.execute("DELETE FROM circles_parcel WHERE day < %s", [begun])
        gone = int(cursor.rowcount)
        cursor.execute("DELETE FROM circles_stash WHERE day < %s", [stashed])
        return gone + int(cursor.rowcount)


def _quiet(today: date) -> int:
    last_day = today - timedelta(days=limits.QUIET_DAYS)
    with durable_write(), connection.cursor() as cursor:
        circles, landings = (_quiet_in(cursor, table, last_day) for table in _TABLES)
        for circle in circles:
            empty_circle(cursor, circle)
            cursor.execute("DELETE FROM circles_door WHERE circle_id = %s", [circle])
            cursor.execute("DELETE FROM circles_circle WHERE key = %s", [circle])
        for landing in landings:
            empty_landing(cursor, landing)
    return len(circles) + len(landings)


_TABLES: Final = (
    "SELECT key FROM circles_circle WHERE last_day < %s LIMIT %s",
    "SELECT key FROM circles_landing WHERE last_day < %s LIMIT %s",
)


def _quiet_in(cursor: CursorWrapper, query: str, last_day: date) -> list[int]:
    cursor.execute(query, [last_day, _AT_ONCE])
    return [key for (key,) in cursor.fetchall()]

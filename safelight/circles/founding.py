"""A circle begins, and ends: founded by whoever pays for it in computing, burned by a keeper."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles.doors import kept_by
from safelight.circles.parcels import drop_parcels
from safelight.circles.room_left import check_room_beside_reports
from safelight.circles.writing_anew import CIRCLES, forget_deleted_of_circles
from safelight.intake.forgetting import forget_keys, give_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write


def found(circle_id: bytes, *, keeper: bytes, door: bytes, day: date) -> Kept:
    """Begin a circle at epoch 0. `keeper` and `door` are SHA-256 of its first two keys.

    The same again is `ALREADY_HERE`. Raises `RefusedError` 409 if the id is taken.
    """
    check_room_beside_reports(0)
    with durable_write(), connection.cursor() as cursor:
        circle = random_key()
        cursor.execute(
            "INSERT INTO circles_circle (key, circle_id, keeper, epoch, last_sequence, held_bytes, "
            "day_entries, day_bytes, day_pieces, last_day, burned) "
            "VALUES (%s, %s, %s, 0, 0, 0, 0, 0, 0, %s, FALSE) ON CONFLICT (circle_id) DO NOTHING",
            [circle, circle_id.hex(), keeper.hex(), day],
        )
        if cursor.rowcount:
            give_key(cursor, circle)
            add_door(cursor, circle, door, first=1)
            return Kept.NEW
        cursor.execute(
            "SELECT 1 FROM circles_circle c JOIN circles_door d ON d.circle_id = c.key "
            "WHERE c.circle_id = %s AND c.keeper = %s AND d.verifier = %s AND NOT c.burned",
            [circle_id.hex(), keeper.hex(), door.hex()],
        )
        if cursor.fetchone() is None:
            raise RefusedError(
                409,
                "circle-taken",
                expected="an id that nobody used",
                got="one that is in use or was",
                next_step="draw another id and found the circle there",
            )
        return Kept.ALREADY_HERE


def add_door(cursor: CursorWrapper, circle: int, verifier: bytes, *, first: int) -> bool:
    """Let a key open the log from number `first` on; False if it was a key here before."""
    cursor.execute(
        "INSERT INTO circles_door (key, circle_id, verifier, from_sequence, until_sequence) "
        "VALUES (%s, %s, %s, %s, NULL) ON CONFLICT (circle_id, verifier) DO NOTHING",
        [random_key(), circle, verifier.hex(), first],
    )
    return bool(cursor.rowcount)


def burn(circle_id: bytes, *, keeper_key: bytes, day: date) -> Kept:
    """Delete everything of a circle and overwrite it; its doors then say only that it is gone.

    A burned circle stays burned; again is `ALREADY_HERE`. Raises `RefusedError` 404.
    """
    with durable_write(), connection.cursor() as cursor:
        circle, burned = kept_by(cursor, circle_id, keeper_key)
        if burned:
            return Kept.ALREADY_HERE
        # First, so that whoever writes or comes in at this moment does so before or not at all.
        cursor.execute(
            "UPDATE circles_circle SET burned = TRUE, held_bytes = 0, day_entries = 0, "
            "day_bytes = 0, day_pieces = 0, last_sequence = 0, epoch = 0, last_day = %s "
            "WHERE key = %s",
            [day, circle],
        )
        # Where epochs began and ended says how much was written in each. Their keys stay, to hear
        # that it was burned.
        cursor.execute(
            "UPDATE circles_door SET from_sequence = 0, until_sequence = NULL WHERE circle_id = %s",
            [circle],
        )
        empty_circle(cursor, circle)
    forget_deleted_of_circles()
    return Kept.NEW


def empty_circle(cursor: CursorWrapper, circle: int) -> None:
    """Delete log, batches, spent invitations, knocks and pieces. Inside a `durable_write`."""
    drop_parcels(cursor, circle)
    forget_keys(cursor, "%s", [circle], around=CIRCLES)
    cursor.execute(
        "DELETE FROM circles_spent WHERE batch_id IN "
        "(SELECT key FROM circles_batch WHERE circle_id = %s)",
        [circle],
    )
    cursor.execute("DELETE FROM circles_batch WHERE circle_id = %s", [circle])
    cursor.execute("DELETE FROM circles_knock WHERE circle_id = %s", [circle])
    cursor.execute("DELETE FROM circles_entry WHERE circle_id = %s", [circle])

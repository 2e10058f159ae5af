"""Pieces of a commit, by a key of the epoch that it would end; of a welcome, by the giver's."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.doors import epoch_over, kept_by, opened
from safelight.circles.landings import given_landing
from safelight.circles.parcels import PieceOf, begun_parcel, keep_piece, parcels_full
from safelight.circles.room_left import check_room_beside_reports
from safelight.intake.mailboxes import Kept
from safelight.intake.storage import durable_write


def put_commit_piece(
    circle_id: bytes, piece: PieceOf, *, key: bytes, keeper_key: bytes | None, day: date
) -> Kept:
    """Keep a piece of a commit for the epoch that `key` belongs to.

    Raises `RefusedError` 404, 410, 409 "epoch-over" or "other-size", 429 "parcels-full".
    """
    check_room_beside_reports(len(piece.sealed))
    with durable_write(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        if keeper_key is not None:
            kept_by(cursor, circle_id, keeper_key)
        if at.until is not None:
            raise epoch_over()
        _count(cursor, at.circle, at.epoch, keeper=keeper_key is not None, day=day)
        most = limits.PARCELS + (limits.KEEPER_PARCELS if keeper_key is not None else 0)
        parcel = begun_parcel(
            cursor, at.circle, piece, most=most, by_keeper=keeper_key is not None, day=day
        )
        return keep_piece(cursor, parcel, piece.number, piece.sealed)


def put_welcome_piece(landing_id: bytes, piece: PieceOf, *, giver_key: bytes, day: date) -> Kept:
    """Keep a piece of a welcome. Raises `RefusedError` 404, 409 "other-size", 429."""
    check_room_beside_reports(len(piece.sealed))
    with durable_write(), connection.cursor() as cursor:
        landing = given_landing(cursor, landing_id, giver_key)
        parcel = begun_parcel(
            cursor, landing, piece, most=limits.LANDING_PARCELS, by_keeper=False, day=day
        )
        return keep_piece(cursor, parcel, piece.number, piece.sealed)


def _count(cursor: CursorWrapper, circle: int, epoch: int, *, keeper: bool, day: date) -> None:
    """One more piece today; also lets whoever ends the epoch go first, or wait."""
    cursor.execute(
        "UPDATE circles_circle SET "
        "day_pieces = CASE WHEN last_day = %s THEN day_pieces + 1 ELSE 1 END, "
        "day_entries = CASE WHEN last_day = %s THEN day_entries ELSE 0 END, "
        "day_bytes = CASE WHEN last_day = %s THEN day_bytes ELSE 0 END, last_day = %s "
        "WHERE key = %s AND epoch = %s AND NOT burned",
        [day, day, day, day, circle, epoch],
    )
    if not cursor.rowcount:
        raise epoch_over()
    cursor.execute("SELECT day_pieces FROM circles_circle WHERE key = %s", [circle])
    if cursor.fetchone()[0] > limits.DAY_PIECES * (limits.FOR_COMMITS if keeper else 1):
        raise parcels_full()

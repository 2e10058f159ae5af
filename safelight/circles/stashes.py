"""A stash: somebody's rooms, sealed under words, for the three days of a move to another device.

Address and key come from the words (docs/spec/circles-server.md). It is taken once: who takes it
gives it another address, drawn on that device, and from then on the words open nothing. So no two
get it, whoever else has heard the words, and a line that is cut while it is fetched loses
nothing, because its taker goes on at the new address. "There is none", "the words are
others" and "it was taken" are one answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.addresses import PIECE
from safelight.circles.doors import verifier_of
from safelight.circles.parcels import joined, keep_piece, piece_length
from safelight.circles.room_left import check_room_beside_reports
from safelight.circles.writing_anew import CIRCLES, forget_deleted_of_circles
from safelight.intake.forgetting import forget_keys, give_key, key_of, under_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable

# The SHA-256 of nothing that anybody knows.
_NO_KEY: Final = "0" * 64


@dataclass(frozen=True)
class Taken:
    """What a taker fetches: the length, and SHA-256 of the whole in hex."""

    size: int
    sha256: str


def begin(stash_id: bytes, *, verifier: bytes, sha256: str, size: int, day: date) -> Kept:
    """Begin a stash of `size` bytes. The same again is `ALREADY_HERE`.

    Raises `RefusedError` 409 "stash-taken" if the address is in use for anything else, 503 if
    those of this day that are whole leave it no room.
    """
    check_room_beside_reports(size)
    with durable_write(), connection.cursor() as cursor:
        run = random_key()
        cursor.execute(
            "INSERT INTO circles_stash "
            "(key, stash_id, verifier, sha256, size, received, whole, taken, day) "
            "VALUES (%s, %s, %s, %s, %s, 0, FALSE, FALSE, %s) ON CONFLICT (stash_id) DO NOTHING",
            [run, stash_id.hex(), verifier.hex(), sha256, size, day],
        )
        if cursor.rowcount:
            give_key(cursor, run)
            _check_day(cursor, day, size)
            _make_room(cursor, but_not=run)
            return Kept.NEW
        cursor.execute(
            "SELECT 1 FROM circles_stash WHERE stash_id = %s AND verifier = %s AND sha256 = %s "
            "AND size = %s AND NOT taken",
            [stash_id.hex(), verifier.hex(), sha256, size],
        )
        if cursor.fetchone() is None:
            raise RefusedError(
                409,
                "stash-taken",
                expected="an address that nobody uses",
                got="one in use",
                next_step="draw other words",
            )
        return Kept.ALREADY_HERE


def put_piece(stash_id: bytes, number: int, sealed: bytes, *, key: bytes, day: date) -> Kept:
    """Keep a piece, by the key of the words. Raises `RefusedError` 404, 400 "wrong-size"."""
    check_room_beside_reports(len(sealed))
    with durable_write(), connection.cursor() as cursor:
        run, size, _, whole = _stash(cursor, stash_id, key, taken=False, day=day)
        if piece_length(size, number) != len(sealed):
            raise RefusedError(
                400,
                "wrong-size",
                expected="a piece of the length that its place has",
                got=f"{len(sealed)} bytes",
                next_step="send what the specification says",
            )
        if whole:
            return Kept.ALREADY_HERE  # and never changed again
        cursor.execute(
            "UPDATE circles_stash SET received = received + %s WHERE key = %s AND NOT EXISTS "
            "(SELECT 1 FROM circles_storedpiece WHERE run = %s AND number = %s)",
            [len(sealed), run, run, number],
        )
        if cursor.rowcount:
            _make_room(cursor, but_not=run)
        return keep_piece(cursor, run, number, sealed)


def end(stash_id: bytes, *, key: bytes, day: date) -> Kept:
    """All pieces were sent: from now on it can be taken.

    Raises `RefusedError` 404, 409 "pieces-missing", 503 as `begin` does.
    """
    with durable_write(), connection.cursor() as cursor:
        run, size, sha256, whole = _stash(cursor, stash_id, key, taken=False, day=day)
        if whole:
            return Kept.ALREADY_HERE
        joined(cursor, run, size=size, sha256=sha256)
        # Of the day on which it was begun. If that has filled up since, of today: who waits for
        # the next day has a device whose rooms stand still until it was taken.
        cursor.execute("SELECT day FROM circles_stash WHERE key = %s", [run])
        (begun,) = cursor.fetchone()
        counted = begun
        if _left_of(cursor, begun) < size:
            _check_day(cursor, day, size)
            counted = day
        cursor.execute(
            "UPDATE circles_stash SET whole = TRUE, day = %s WHERE key = %s", [counted, run]
        )
    return Kept.NEW


def take(stash_id: bytes, *, key: bytes, claim_id: bytes, claim: bytes, day: date) -> Taken:
    """Give the stash to whoever comes first: from now on it lies at `claim_id`.

    `claim` is SHA-256 of the key that opens it there. The same claim again gets the same
    answer. One UPDATE decides, so of a thousand who ask at once one gets it. Raises
    `RefusedError` 404.
    """
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE circles_stash SET stash_id = %s, verifier = %s, taken = TRUE "
            "WHERE stash_id = %s AND verifier = %s AND whole AND NOT taken AND day >= %s "
            "AND NOT EXISTS (SELECT 1 FROM circles_stash o WHERE o.stash_id = %s)",
            [
                claim_id.hex(),
                claim.hex(),
                stash_id.hex(),
                verifier_of(key),
                _first_day(day),
                claim_id.hex(),
            ],
        )
        if cursor.rowcount:
            # No key opens this. It keeps the address of the words from being used again: an old
            # device that never heard that its stash arrived would leave a second one, for
            # whoever else has heard the words (browser/src/circles/entering/leaving.ts).
            cursor.execute(
                "INSERT INTO circles_stash "
                "(key, stash_id, verifier, sha256, size, received, whole, taken, day) "
                "VALUES (%s, %s, %s, '', 0, 0, FALSE, TRUE, %s)",
                [random_key(), stash_id.hex(), _NO_KEY, day],
            )
        cursor.execute(
            "SELECT size, sha256 FROM circles_stash WHERE stash_id = %s AND verifier = %s "
            "AND taken AND day >= %s",
            [claim_id.hex(), claim.hex(), _first_day(day)],
        )
        row = cursor.fetchone()
        if row is None:
            raise _no_stash()
    return Taken(*row)


def piece(stash_id: bytes, number: int, *, key: bytes, day: date) -> bytes:
    """Return a piece to the taker. Raises `RefusedError` 404."""
    with readable(), connection.cursor() as cursor:
        run, *_ = _stash(cursor, stash_id, key, taken=True, day=day)
        secret = key_of(cursor, run)
        cursor.execute(
            "SELECT sealed FROM circles_storedpiece WHERE run = %s AND number = %s", [run, number]
        )
        row = cursor.fetchone()
        if row is None:
            raise _no_stash()
        return under_key(secret, bytes(row[0]), at=number * PIECE)


def drop(stash_id: bytes, *, key: bytes) -> None:
    """Delete a stash, taken or not, by the key it has now. Raises `RefusedError` 404."""
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM circles_stash WHERE stash_id = %s AND verifier = %s",
            [stash_id.hex(), verifier_of(key)],
        )
        row = cursor.fetchone()
        if row is None:
            raise _no_stash()
        _delete(cursor, row[0])
    forget_deleted_of_circles()


def _check_day(cursor: CursorWrapper, day: date, size: int) -> None:
    if _left_of(cursor, day) < size:
        raise _busy()


def _left_of(cursor: CursorWrapper, day: date) -> int:
    cursor.execute(
        "SELECT COALESCE(SUM(size), 0) FROM circles_stash WHERE whole AND day = %s", [day]
    )
    return limits.STASHES_OF_A_DAY - int(cursor.fetchone()[0])


def _make_room(cursor: CursorWrapper, *, but_not: int) -> None:
    """Delete the oldest that were begun and not ended while all of them hold too much.

    Those of one day in random order, as uploads are: nobody is refused because others began.
    """
    under_way = "FROM circles_stash WHERE NOT whole AND NOT taken"
    cursor.execute(f"SELECT COALESCE(SUM(received + %s), 0) {under_way}", [limits.EMPTY_STASH])
    (held,) = cursor.fetchone()
    if held <= limits.STASHES_UNDER_WAY:
        return
    cursor.execute(
        f"SELECT key, received {under_way} AND key <> %s ORDER BY day, random()",
        [but_not],
    )
    for run, received in cursor.fetchall():
        if held <= limits.STASHES_UNDER_WAY // 8 * 7:
            return
        _delete(cursor, run)
        held -= received + limits.EMPTY_STASH


def _delete(cursor: CursorWrapper, run: int) -> None:
    forget_keys(cursor, "%s", [run], around=CIRCLES)
    cursor.execute("DELETE FROM circles_storedpiece WHERE run = %s", [run])
    cursor.execute("DELETE FROM circles_stash WHERE key = %s", [run])


def _stash(
    cursor: CursorWrapper, stash_id: bytes, key: bytes, *, taken: bool, day: date
) -> tuple[int, int, str, bool]:
    """Return (run, size, digest, whole) of a stash that this key opens, in this state."""
    cursor.execute(
        "SELECT key, size, sha256, whole FROM circles_stash "
        "WHERE stash_id = %s AND verifier = %s AND taken = %s AND day >= %s",
        [stash_id.hex(), verifier_of(key), taken, _first_day(day)],
    )
    row = cursor.fetchone()
    if row is None:
        raise _no_stash()
    return int(row[0]), int(row[1]), str(row[2]), bool(row[3])


def _first_day(today: date) -> date:
    """Tidying comes once a day; what is older is gone before it."""
    return today - timedelta(days=limits.STASH_DAYS)


def _no_stash() -> RefusedError:
    return RefusedError(
        404,
        "no-stash",
        expected="a stash that is there and its key",
        got="none, or another key, or one that was taken",
        next_step="check the words; if they are right, somebody else has used them",
    )


def _busy() -> RefusedError:
    return RefusedError(
        503,
        "busy",
        expected="fewer moves to another device at once",
        got="as many as fit",
        next_step="keep the old device as it is and try again tomorrow",
    )

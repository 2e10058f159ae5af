"""A circle's log: what was said and which commits ended which epoch, in one order for all.

MLS asks of a delivery service that of several commits at one epoch all members take the same
one (RFC 9420, section 14; RFC 9750, section 5.2). Here the first to reach the disk wins: one
UPDATE moves the epoch on only where it still is what the committer saw, so it works
with several processes, on SQLite as on PostgreSQL.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.addresses import PIECE
from safelight.circles.doors import Opened, epoch_over, kept_by, opened
from safelight.circles.founding import add_door
from safelight.circles.parcels import (
    InPieces,
    arriving_bytes,
    collected,
    digest_of,
    drop_parcels,
)
from safelight.circles.room_left import check_room_beside_reports
from safelight.intake.forgetting import key_of, under_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable

_PAGE: Final = 100


@dataclass(frozen=True)
class Placed:
    """Where in the log something stands, and whether it is there only now."""

    sequence: int
    kept: Kept


@dataclass(frozen=True)
class KeeperChange:
    """The keeper's key of now, and SHA-256 of the next one: for when a keeper is removed."""

    key: bytes
    following: bytes


@dataclass(frozen=True)
class LogEntry:
    """One entry. `sealed` is None where it did not fit; `part_of_entry` gives it."""

    sequence: int
    epoch: int
    commit: bool
    day: date
    size: int
    sealed: bytes | None


@dataclass(frozen=True)
class Page:
    """Entries in order. `epoch` is None to whoever's own epoch is over."""

    epoch: int | None
    entries: tuple[LogEntry, ...]
    more: bool


def say(circle_id: bytes, sealed: bytes, *, key: bytes, day: date) -> Placed:
    """Append a message of the epoch that `key` belongs to; the same bytes again change nothing.

    Raises `RefusedError` 404, 410, 409 "epoch-over" or 429 "circle-full".
    """
    check_room_beside_reports(len(sealed))
    digest = hashlib.sha256(sealed).hexdigest()
    with durable_write(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        here = _found(cursor, at.circle, digest)
        if here is not None:
            return Placed(here[0], Kept.ALREADY_HERE)
        if at.until is not None:
            raise epoch_over()
        sequence = _next_place(cursor, at.circle, at.epoch, len(sealed), day=day, commit=False)
        _write(cursor, at, sequence, digest, sealed, day=day, commit=False)
    return Placed(sequence, Kept.NEW)


def commit(
    circle_id: bytes,
    sealed: bytes | InPieces,
    *,
    epoch: int,
    key: bytes,
    next_door: bytes,
    keeper: KeeperChange | None,
    day: date,
) -> Placed:
    """End `epoch` with this commit, if nobody else has; `next_door` is SHA-256 of the next key.

    The winner's own bytes again are `ALREADY_HERE`: a safe retry. Raises `RefusedError`
    409 "epoch-over" (another commit won), "replayed", "door-used" or "pieces-missing"; 404, 410,
    429. Whatever else was on its way in pieces for this epoch is deleted.
    """
    check_room_beside_reports(arriving_bytes(sealed))
    digest = digest_of(sealed)
    with durable_write(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        here = _found(cursor, at.circle, digest)
        if here is not None:
            if here[1:] == (epoch, True) and at.until == here[0]:
                return Placed(here[0], Kept.ALREADY_HERE)
            raise RefusedError(
                409,
                "replayed",
                expected="a commit that was not sent before",
                got="one that stands in the log already",
                next_step="read the log and make a commit for the epoch of now",
            )
        if at.until is not None or at.epoch != epoch:
            raise epoch_over()
        if keeper is not None:
            kept_by(cursor, circle_id, keeper.key)
        whole = collected(cursor, at.circle, sealed)
        sequence = _next_place(cursor, at.circle, epoch, len(whole), day=day, commit=True)
        _write(cursor, at, sequence, digest, whole, day=day, commit=True)
        drop_parcels(cursor, at.circle)
        cursor.execute(
            "UPDATE circles_door SET until_sequence = %s "
            "WHERE circle_id = %s AND until_sequence IS NULL",
            [sequence, at.circle],
        )
        if not add_door(cursor, at.circle, next_door, first=sequence + 1):
            raise RefusedError(
                409,
                "door-used",
                expected="a new key for the next epoch",
                got="one that was used in this circle before",
                next_step="take the key from the new epoch's secrets",
            )
        if keeper is not None:
            cursor.execute(
                "UPDATE circles_circle SET keeper = %s WHERE key = %s",
                [keeper.following.hex(), at.circle],
            )
    return Placed(sequence, Kept.NEW)


def read(circle_id: bytes, *, key: bytes, after: int, room: int) -> Page:
    """Return what this key opens after number `after`, sealed bytes of at most `room` in all.

    Reading leaves no trace. Raises `RefusedError` 404 or 410.
    """
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        cursor.execute(
            "SELECT sequence, epoch, is_commit, day, size FROM circles_entry WHERE circle_id = %s "
            # The epoch too: a commit may have come since the door was looked at, and what was
            # said after it is not for this key.
            "AND sequence > %s AND sequence <= %s AND epoch <= %s ORDER BY sequence LIMIT %s",
            [at.circle, max(after, at.first - 1), _last(at.until), at.epoch, _PAGE + 1],
        )
        rows = cursor.fetchall()
        found: list[LogEntry] = []
        for sequence, epoch, is_commit, day, size in rows[:_PAGE]:
            # An entry that fits no page stands alone in its own, and is fetched in parts.
            fits = size + _AROUND <= room
            if found and not fits:
                break
            sealed = _bytes(cursor, at, sequence) if fits else None
            found.append(LogEntry(sequence, epoch, bool(is_commit), day, size, sealed))
            room -= size + _AROUND
            if sealed is None:
                break
        more = len(rows) > len(found)
    return Page(at.epoch if at.until is None else None, tuple(found), more)


# What an entry's other facts take in an answer, as if they were sealed bytes.
_AROUND: Final = 90
_NO_END: Final = 2**63 - 1


def part_of_entry(circle_id: bytes, *, key: bytes, sequence: int, part: int) -> bytes | None:
    """Return at most `PIECE` bytes of an entry that this key opens, or None."""
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        if not at.first <= sequence <= _last(at.until):
            return None
        whole = _bytes(cursor, at, sequence)
    return (whole[part * PIECE : (part + 1) * PIECE] or None) if whole else None


def _last(until: int | None) -> int:
    return _NO_END if until is None else until


def _bytes(cursor: CursorWrapper, at: Opened, sequence: int) -> bytes | None:
    secret = key_of(cursor, at.circle)
    cursor.execute(
        "SELECT key, sealed FROM circles_entry "
        "WHERE circle_id = %s AND sequence = %s AND epoch <= %s",
        [at.circle, sequence, at.epoch],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    return under_key(secret, bytes(row[1]), at=0, number=row[0])


def _found(cursor: CursorWrapper, circle: int, digest: str) -> tuple[int, int, bool] | None:
    cursor.execute(
        "SELECT sequence, epoch, is_commit FROM circles_entry WHERE circle_id = %s AND sha256 = %s",
        [circle, digest],
    )
    row = cursor.fetchone()
    return (row[0], row[1], bool(row[2])) if row else None


def _next_place(
    cursor: CursorWrapper, circle: int, epoch: int, size: int, *, day: date, commit: bool
) -> int:
    """Take the next number, if the epoch is still this one. The database lets one at a time."""
    cursor.execute(
        "UPDATE circles_circle SET last_sequence = last_sequence + 1, epoch = epoch + %s, "
        "held_bytes = held_bytes + %s, "
        "day_entries = CASE WHEN last_day = %s THEN day_entries + 1 ELSE 1 END, "
        "day_bytes = CASE WHEN last_day = %s THEN day_bytes + %s ELSE %s END, "
        "day_pieces = CASE WHEN last_day = %s THEN day_pieces ELSE 0 END, last_day = %s "
        "WHERE key = %s AND epoch = %s AND NOT burned",
        [int(commit), size, day, day, size, size, day, day, circle, epoch],
    )
    if not cursor.rowcount:
        raise epoch_over()
    cursor.execute(
        "SELECT last_sequence, held_bytes, day_entries, day_bytes FROM circles_circle "
        "WHERE key = %s",
        [circle],
    )
    sequence, held, entries, in_day = cursor.fetchone()
    times = limits.FOR_COMMITS if commit else 1
    if (
        held > limits.HELD_BYTES * times
        or entries > limits.DAY_MESSAGES * times
        or in_day > limits.DAY_BYTES * times
    ):
        raise RefusedError(
            429,
            "circle-full",
            expected=f"at most {limits.DAY_MESSAGES} entries a day and {limits.HELD_BYTES} bytes",
            got="more",
            next_step="send it tomorrow; what is older than two weeks goes by itself",
        )
    return int(sequence)


def _write(
    cursor: CursorWrapper,
    at: Opened,
    sequence: int,
    digest: str,
    sealed: bytes,
    *,
    day: date,
    commit: bool,
) -> None:
    key = random_key()
    kept = under_key(key_of(cursor, at.circle), sealed, at=0, number=key)
    cursor.execute(
        "INSERT INTO circles_entry (key, circle_id, sequence, epoch, is_commit, sha256, day, size, "
        "sealed) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [key, at.circle, sequence, at.epoch, commit, digest, day, len(sealed), kept],
    )

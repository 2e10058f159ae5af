"""Coming in: batches of blind-signed invitations, each used once, and knocks at the door.

A keeper's device makes a key for each batch and signs what members blinded; the server has the
public half and can check, not issue (docs/adr/0020). Of an invitation that was used it keeps
a hash, of a batch how many were. No row joins an invitation to whoever came in, and none says
who handed it on, because nobody here ever knew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.blind_signature import BlindSignatureError, PublicKey, verify
from safelight.circles.doors import kept_by, no_circle, opened
from safelight.circles.room_left import check_room_beside_reports
from safelight.circles.writing_anew import forget_deleted_of_circles, owe_writing_anew
from safelight.intake.forgetting import key_of, under_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable

_LABEL: Final = b"safelight invitation v1\0"
_SPENT: Final = b"safelight spent v1\0"


@dataclass(frozen=True)
class BatchFacts:
    """What members see of a batch: its key (empty once it ended), how many were used, its end."""

    batch_id: str
    modulus: bytes
    redeemed: int
    last_day: date


@dataclass(frozen=True)
class WaitingKnock:
    """A knock that was not answered: its id is random."""

    knock_id: str
    size: int
    day: date


def batch_id_of(key: PublicKey) -> bytes:
    """The first 16 bytes of SHA-256 of the modulus."""
    return hashlib.sha256(key.to_bytes()).digest()[:16]


def invitation_message(batch_id: bytes, nonce: bytes) -> bytes:
    """What is blinded and signed: of this batch, with 32 random bytes of the inviter's."""
    return _LABEL + batch_id + nonce


def open_batch(
    circle_id: bytes, key: PublicKey, *, keeper_key: bytes, day: date
) -> tuple[Kept, BatchFacts]:
    """Let `limits.BATCH` invitations by this key into the circle until a week from now.

    Raises `RefusedError` 404 (burned too), or 409 "batches-out" or "batch-taken".
    """
    check_room_beside_reports(0)
    batch_id, last_day = batch_id_of(key).hex(), day + timedelta(days=limits.BATCH_DAYS)
    with durable_write(), connection.cursor() as cursor:
        circle, _ = kept_by(cursor, circle_id, keeper_key)
        # Two processes that count at once would let one batch too many in; this lets one wait.
        cursor.execute(
            "UPDATE circles_circle SET last_day = last_day WHERE key = %s AND NOT burned", [circle]
        )
        if not cursor.rowcount:
            raise no_circle()
        cursor.execute(
            "SELECT circle_id, redeemed, last_day FROM circles_batch WHERE batch_id = %s",
            [batch_id],
        )
        row = cursor.fetchone()
        if row is not None:
            if row[0] != circle:
                raise _batch_taken()
            return Kept.ALREADY_HERE, BatchFacts(batch_id, key.to_bytes(), row[1], row[2])
        cursor.execute(
            "SELECT count(*) FROM circles_batch WHERE circle_id = %s AND last_day > %s",
            [circle, day],
        )
        if cursor.fetchone()[0] >= limits.OPEN_BATCHES:
            raise RefusedError(
                409,
                "batches-out",
                expected=f"at most {limits.OPEN_BATCHES} batches in {limits.BATCH_DAYS} days",
                got="one more",
                next_step="open it when the oldest has ended; unused invitations end with it",
            )
        cursor.execute(
            "INSERT INTO circles_batch (key, circle_id, batch_id, modulus, redeemed, last_day) "
            "VALUES (%s, %s, %s, %s, 0, %s)",
            [random_key(), circle, batch_id, key.to_bytes(), last_day],
        )
    return Kept.NEW, BatchFacts(batch_id, key.to_bytes(), 0, last_day)


def batches(circle_id: bytes, *, key: bytes) -> tuple[BatchFacts, ...]:
    """Return the batches of a circle to its members, newest last. Raises as `opened` does.

    Those that have ended too, for as long as they are remembered.
    """
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        if at.until is not None:
            raise no_circle()  # whoever was removed learns nothing new
        cursor.execute(
            "SELECT batch_id, modulus, redeemed, last_day FROM circles_batch "
            "WHERE circle_id = %s ORDER BY last_day, batch_id",
            [at.circle],
        )
        return tuple(
            BatchFacts(batch_id, bytes(modulus), redeemed, last_day)
            for batch_id, modulus, redeemed, last_day in cursor.fetchall()
        )


def come_in(batch_id: bytes, *, nonce: bytes, signature: bytes, knock: bytes, day: date) -> Kept:
    """Spend an invitation and leave `knock` at the door, both or neither.

    The same invitation with the same knock is `ALREADY_HERE` while the knock waits. Raises
    `RefusedError` 404 "no-invitation" (no such batch, ended, burned, or not signed by it: all
    alike), 409 "invitation-spent", "batch-used-up", "knock-replayed" or "many-knocks".
    """
    check_room_beside_reports(len(knock))
    batch, circle = _checked(batch_id, nonce, signature, day)
    spent = hashlib.sha256(_SPENT + batch_id + nonce).hexdigest()
    digest = hashlib.sha256(knock).hexdigest()
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO circles_spent (key, batch_id, sha256) VALUES (%s, %s, %s) "
            "ON CONFLICT (batch_id, sha256) DO NOTHING",
            [random_key(), batch, spent],
        )
        if not cursor.rowcount:
            cursor.execute(
                "SELECT 1 FROM circles_knock WHERE circle_id = %s AND sha256 = %s", [circle, digest]
            )
            if cursor.fetchone() is not None:
                return Kept.ALREADY_HERE
            raise _spent()
        # Also lets two processes take turns, so that the batch is not counted past its end.
        cursor.execute(
            "UPDATE circles_batch SET redeemed = redeemed + 1 "
            "WHERE key = %s AND redeemed < %s AND last_day > %s",
            [batch, limits.BATCH, day],
        )
        if not cursor.rowcount:
            raise RefusedError(
                409,
                "batch-used-up",
                expected=f"at most {limits.BATCH} invitations of one batch",
                got="one more",
                next_step="ask for an invitation of another batch; its keeper signed too many",
            )
        _leave(cursor, circle, digest, knock, day)
    return Kept.NEW


def _checked(batch_id: bytes, nonce: bytes, signature: bytes, day: date) -> tuple[int, int]:
    """Return (batch, circle) if this batch signed, else raise; before anything is locked."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, circle_id, modulus FROM circles_batch "
            "WHERE batch_id = %s AND last_day > %s AND LENGTH(modulus) > 0",
            [batch_id.hex(), day],
        )
        row = cursor.fetchone()
    if row is None:
        raise _no_invitation()
    key = PublicKey(int.from_bytes(bytes(row[2]), "big"))
    try:
        verify(key, invitation_message(batch_id, nonce), signature)
    except BlindSignatureError:
        raise _no_invitation() from None
    return row[0], row[1]


def _leave(cursor: CursorWrapper, circle: int, digest: str, knock: bytes, day: date) -> None:
    cursor.execute("SELECT count(*) FROM circles_knock WHERE circle_id = %s", [circle])
    if cursor.fetchone()[0] >= limits.ROOM:
        raise RefusedError(
            409,
            "many-knocks",
            expected=f"at most {limits.ROOM} who wait at a door",
            got="one more",
            next_step="come back tomorrow; the invitation was not used",
        )
    key = random_key()
    kept = under_key(key_of(cursor, circle), knock, at=0, number=key)
    cursor.execute(
        "INSERT INTO circles_knock (key, circle_id, sha256, day, sealed) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (circle_id, sha256) DO NOTHING",
        [key, circle, digest, day, kept],
    )
    if not cursor.rowcount:
        raise RefusedError(
            409,
            "knock-replayed",
            expected="a knock that was sealed for this invitation",
            got="one that waits at the door already",
            next_step="seal it anew and send again; the invitation was not used",
        )


def knocks(circle_id: bytes, *, key: bytes) -> tuple[WaitingKnock, ...]:
    """Return who waits, to members of the epoch of now, in random order. Raises as `opened`."""
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        if at.until is not None:
            raise no_circle()
        cursor.execute(
            "SELECT key, LENGTH(sealed), day FROM circles_knock WHERE circle_id = %s ORDER BY key",
            [at.circle],
        )
        return tuple(WaitingKnock(f"{k:016x}", size, day) for k, size, day in cursor.fetchall())


def knock(circle_id: bytes, knock_id: str, *, key: bytes) -> bytes | None:
    """Return the sealed bytes of a knock at this circle's door, or None. Raises as `opened`."""
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, circle_id, key)
        if at.until is not None:
            raise no_circle()
        secret = key_of(cursor, at.circle)
        cursor.execute(
            "SELECT sealed FROM circles_knock WHERE key = %s AND circle_id = %s",
            [int(knock_id, 16), at.circle],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        return under_key(secret, bytes(row[0]), at=0, number=int(knock_id, 16))


def answer_knock(circle_id: bytes, knock_id: str, *, keeper_key: bytes) -> bool:
    """Delete a knock that a keeper has dealt with; False if it is gone. Raises 404."""
    with durable_write(), connection.cursor() as cursor:
        circle, _ = kept_by(cursor, circle_id, keeper_key)
        cursor.execute(
            "DELETE FROM circles_knock WHERE key = %s AND circle_id = %s",
            [int(knock_id, 16), circle],
        )
        gone = bool(cursor.rowcount)
        if gone:
            owe_writing_anew()
    if gone:
        forget_deleted_of_circles()
    return gone


def _spent() -> RefusedError:
    return RefusedError(
        409,
        "invitation-spent",
        expected="an invitation that nobody used",
        got="one that was used",
        next_step="ask for another; tell whoever gave it that somebody else may have had it",
    )


def _batch_taken() -> RefusedError:
    return RefusedError(
        409,
        "batch-taken",
        expected="a new key for each batch",
        got="one that another circle uses",
        next_step="make a new key",
    )


def _no_invitation() -> RefusedError:
    return RefusedError(
        404,
        "no-invitation",
        expected="an invitation that a batch of today signed",
        got="another",
        next_step="check that the whole address was copied; invitations end after a week",
    )

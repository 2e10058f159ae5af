"""Landings: where somebody leaves key packages, and finds the welcome of who added them.

A landing belongs to one name in one circle to come, and to no circle here: which one it is for
stands inside the sealed knock that carries its id. Two keys open it: its owner's, and the
giver's, which the knock hands to those inside.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.circles import limits
from safelight.circles.doors import verifier_of
from safelight.circles.parcels import (
    InPieces,
    arriving_bytes,
    collected,
    digest_of,
    drop_parcel,
    drop_parcels,
)
from safelight.circles.room_left import check_room_beside_reports
from safelight.circles.writing_anew import CIRCLES, forget_deleted_of_circles, owe_writing_anew
from safelight.intake.forgetting import forget_keys, give_key, key_of, under_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable


@dataclass(frozen=True)
class WaitingWelcome:
    """A welcome that lies here: its id is random."""

    welcome_id: str
    size: int
    day: date


@dataclass(frozen=True)
class LandingFacts:
    """What its owner sees: how many packages are left, and what has arrived."""

    packages: int
    last_resort: bool
    welcomes: tuple[WaitingWelcome, ...]


def prepare(landing_id: bytes, *, owner: bytes, giver: bytes, day: date) -> Kept:
    """Make a landing. `owner` and `giver` are SHA-256 of its two keys.

    Raises `RefusedError` 409 if the id is taken by others.
    """
    check_room_beside_reports(0)
    with durable_write(), connection.cursor() as cursor:
        landing = random_key()
        cursor.execute(
            "INSERT INTO circles_landing (key, landing_id, owner, giver, last_resort, last_day) "
            "VALUES (%s, %s, %s, %s, NULL, %s) ON CONFLICT (landing_id) DO NOTHING",
            [landing, landing_id.hex(), owner.hex(), giver.hex(), day],
        )
        if cursor.rowcount:
            give_key(cursor, landing)
            return Kept.NEW
        cursor.execute(
            "SELECT 1 FROM circles_landing WHERE landing_id = %s AND owner = %s AND giver = %s",
            [landing_id.hex(), owner.hex(), giver.hex()],
        )
        if cursor.fetchone() is None:
            raise RefusedError(
                409,
                "landing-taken",
                expected="an id that nobody uses",
                got="one in use",
                next_step="draw another id",
            )
        return Kept.ALREADY_HERE


def put_package(
    landing_id: bytes, package: bytes, *, owner_key: bytes, last_resort: bool, day: date
) -> Kept:
    """Leave a key package to be taken once, or the one that is given when none is left.

    Raises `RefusedError` 404, or 409 "packages-full".
    """
    check_room_beside_reports(len(package))
    digest = hashlib.sha256(package).hexdigest()
    with durable_write(), connection.cursor() as cursor:
        landing = _landing(cursor, landing_id, owner_key=owner_key)
        if last_resort:
            owe_writing_anew()
            cursor.execute(
                "UPDATE circles_landing SET last_resort = %s, last_day = %s WHERE key = %s",
                [package, day, landing],
            )
            return Kept.NEW
        cursor.execute(
            "INSERT INTO circles_keypackage (key, landing_id, sha256, sealed) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT (landing_id, sha256) DO NOTHING",
            [random_key(), landing, digest, package],
        )
        if not cursor.rowcount:
            return Kept.ALREADY_HERE
        cursor.execute("SELECT count(*) FROM circles_keypackage WHERE landing_id = %s", [landing])
        if cursor.fetchone()[0] > limits.PACKAGES:
            raise RefusedError(
                409,
                "packages-full",
                expected=f"at most {limits.PACKAGES} key packages",
                got="one more",
                next_step="leave more when some were taken",
            )
        _note_writing(cursor, landing, day)
    return Kept.NEW


def take_package(landing_id: bytes, *, giver_key: bytes) -> tuple[bytes, bool] | None:
    """Return a key package and whether it is the last resort; None if there is none at all.

    A package is deleted before it is given, so no two who ask get the same one, also from two
    processes. If the answer is lost, so is the package. Raises `RefusedError` 404.
    """
    with durable_write(), connection.cursor() as cursor:
        landing = _landing(cursor, landing_id, giver_key=giver_key)
        while True:
            cursor.execute(
                "SELECT key, sealed FROM circles_keypackage WHERE landing_id = %s "
                "ORDER BY key LIMIT 1",
                [landing],
            )
            row = cursor.fetchone()
            if row is None:
                break
            cursor.execute("DELETE FROM circles_keypackage WHERE key = %s", [row[0]])
            if cursor.rowcount:
                owe_writing_anew()
                return bytes(row[1]), False
        cursor.execute("SELECT last_resort FROM circles_landing WHERE key = %s", [landing])
        (last,) = cursor.fetchone()
        return (bytes(last), True) if last is not None else None


def leave_welcome(
    landing_id: bytes, welcome: bytes | InPieces, *, giver_key: bytes, day: date
) -> Kept:
    """Leave a welcome for the owner.

    Raises `RefusedError` 404, or 409 "welcomes-full" or "pieces-missing".
    """
    check_room_beside_reports(arriving_bytes(welcome))
    digest = digest_of(welcome)
    with durable_write(), connection.cursor() as cursor:
        landing = given_landing(cursor, landing_id, giver_key)
        cursor.execute(
            "SELECT 1 FROM circles_welcome WHERE landing_id = %s AND sha256 = %s",
            [landing, digest],
        )
        if cursor.fetchone() is not None:
            return Kept.ALREADY_HERE
        key, whole = random_key(), collected(cursor, landing, welcome)
        kept = under_key(key_of(cursor, landing), whole, at=0, number=key)
        cursor.execute(
            "INSERT INTO circles_welcome (key, landing_id, sha256, day, sealed) "
            "VALUES (%s, %s, %s, %s, %s)",
            [key, landing, digest, day, kept],
        )
        drop_parcel(cursor, landing, digest)
        cursor.execute("SELECT count(*) FROM circles_welcome WHERE landing_id = %s", [landing])
        if cursor.fetchone()[0] > limits.WELCOMES:
            raise RefusedError(
                409,
                "welcomes-full",
                expected=f"at most {limits.WELCOMES} welcomes that nobody has read",
                got="one more",
                next_step="wait until the owner has come",
            )
        _note_writing(cursor, landing, day)
    return Kept.NEW


def landing_facts(landing_id: bytes, *, owner_key: bytes) -> LandingFacts:
    """Return what lies in a landing, to its owner. Raises `RefusedError` 404."""
    with readable(), connection.cursor() as cursor:
        landing = _landing(cursor, landing_id, owner_key=owner_key)
        cursor.execute(
            "SELECT (SELECT count(*) FROM circles_keypackage WHERE landing_id = l.key), "
            "l.last_resort IS NOT NULL FROM circles_landing l WHERE l.key = %s",
            [landing],
        )
        packages, last_resort = cursor.fetchone()
        cursor.execute(
            "SELECT key, LENGTH(sealed), day FROM circles_welcome WHERE landing_id = %s "
            "ORDER BY key",
            [landing],
        )
        welcomes = tuple(WaitingWelcome(f"{k:016x}", n, d) for k, n, d in cursor.fetchall())
    return LandingFacts(packages, bool(last_resort), welcomes)


def welcome(landing_id: bytes, welcome_id: str, *, owner_key: bytes) -> bytes | None:
    """Return the bytes of a welcome that lies here, or None. Raises `RefusedError` 404."""
    with readable(), connection.cursor() as cursor:
        landing = _landing(cursor, landing_id, owner_key=owner_key)
        secret = key_of(cursor, landing)
        cursor.execute(
            "SELECT sealed FROM circles_welcome WHERE key = %s AND landing_id = %s",
            [int(welcome_id, 16), landing],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        return under_key(secret, bytes(row[0]), at=0, number=int(welcome_id, 16))


def clear(landing_id: bytes, *, owner_key: bytes) -> None:
    """Delete a landing with all that lies in it. Raises `RefusedError` 404."""
    with durable_write(), connection.cursor() as cursor:
        empty_landing(cursor, _landing(cursor, landing_id, owner_key=owner_key))
    forget_deleted_of_circles()


def empty_landing(cursor: CursorWrapper, landing: int) -> None:
    """Delete a landing. Inside a `durable_write`."""
    drop_parcels(cursor, landing)
    forget_keys(cursor, "%s", [landing], around=CIRCLES)
    cursor.execute("DELETE FROM circles_keypackage WHERE landing_id = %s", [landing])
    cursor.execute("DELETE FROM circles_welcome WHERE landing_id = %s", [landing])
    cursor.execute("DELETE FROM circles_landing WHERE key = %s", [landing])


def given_landing(cursor: CursorWrapper, landing_id: bytes, giver_key: bytes) -> int:
    """Return the key of a landing to whoever has its giver's key; `RefusedError` 404."""
    return _landing(cursor, landing_id, giver_key=giver_key)


def _landing(
    cursor: CursorWrapper, landing_id: bytes, *, owner_key: bytes = b"", giver_key: bytes = b""
) -> int:
    cursor.execute(
        "SELECT key, owner, giver FROM circles_landing WHERE landing_id = %s", [landing_id.hex()]
    )
    landing, owner, giver = cursor.fetchone() or (None, "0" * 64, "0" * 64)
    wanted, shown = (owner, owner_key) if owner_key else (giver, giver_key)
    opens = hmac.compare_digest(wanted, verifier_of(shown))
    if landing is None or not opens:
        raise RefusedError(
            404,
            "no-landing",
            expected="a landing that is there and a key of it",
            got="no such landing, or another key",
            next_step="check the id and the key",
        )
    return int(landing)


def _note_writing(cursor: CursorWrapper, landing: int, day: date) -> None:
    cursor.execute("UPDATE circles_landing SET last_day = %s WHERE key = %s", [day, landing])

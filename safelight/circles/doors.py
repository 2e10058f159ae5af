"""Who may do what in a circle: whoever shows a key whose hash stands there, and nobody else.

A door key belongs to one epoch: it writes while the epoch lasts, and afterwards reads what was
written in it and the commit that ended it. A removed member's last key opens nothing that came
later. The server is shown keys and keeps their SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from safelight.intake.refusal import RefusedError


@dataclass(frozen=True)
class Opened:
    """A circle, as the key of one epoch opens it. `until` is None while that epoch lasts."""

    circle: int
    epoch: int
    first: int
    until: int | None


def verifier_of(key: bytes) -> str:
    """What is kept of a key of 32 random bytes, which needs no slow hash."""
    return hashlib.sha256(key).hexdigest()


def opened(cursor: CursorWrapper, circle_id: bytes, door_key: bytes) -> Opened:
    """Return what this key opens. `RefusedError` 404 for no circle or no key of it, 410 burned.

    One query whatever there is. It compares hashes of keys, so how far two of them agree says
    nothing about a key.
    """
    cursor.execute(
        "SELECT c.key, c.epoch, c.burned, d.from_sequence, d.until_sequence "
        "FROM circles_circle c JOIN circles_door d ON d.circle_id = c.key "
        "WHERE c.circle_id = %s AND d.verifier = %s",
        [circle_id.hex(), verifier_of(door_key)],
    )
    row = cursor.fetchone()
    if row is None:
        raise no_circle()
    circle, epoch, burned, first, until = row
    if burned:
        raise RefusedError(
            410,
            "burned",
            expected="a circle that is there",
            got="one that its keepers burned",
            next_step="delete what is left of it on this device",
        )
    return Opened(circle, epoch, first, until)


def kept_by(cursor: CursorWrapper, circle_id: bytes, keeper_key: bytes) -> tuple[int, bool]:
    """Return (key of the circle, burned) to its keeper; `RefusedError` 404 to anybody else."""
    cursor.execute(
        "SELECT key, keeper, burned FROM circles_circle WHERE circle_id = %s", [circle_id.hex()]
    )
    circle, keeper, burned = cursor.fetchone() or (None, "0" * 64, False)
    opens = hmac.compare_digest(keeper, verifier_of(keeper_key))
    if circle is None or not opens:
        raise no_circle()
    return circle, bool(burned)


def no_circle() -> RefusedError:
    return RefusedError(
        404,
        "no-circle",
        expected="a circle that is there and a key of it",
        got="no such circle, or another key",
        next_step="read the circle's log with the key of the last epoch you know",
    )


def epoch_over() -> RefusedError:
    return RefusedError(
        409,
        "epoch-over",
        expected="something of the epoch of now",
        got="something of another; a commit came before",
        next_step="read the log, take the commit in and send again under the new epoch",
    )

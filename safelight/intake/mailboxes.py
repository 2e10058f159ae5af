"""Mailboxes: what a receipt's owner left, under an id that only the receipt can give.

The first envelope opens a mailbox and names its verifier; for each later one the key is
shown whose hash the verifier is. docs/spec/mailbox.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake.models import random_key
from safelight.intake.pieces import Run, add_run
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write
from safelight.sealing.envelope import Envelope

# Envelopes that one mailbox holds for its desks at once: two hundred photos.
MOST_HELD: Final = 200


class Kept(Enum):
    """What became of a deposit."""

    NEW = "new"
    ALREADY_HERE = "already here"


@dataclass(frozen=True)
class Door:
    """How somebody comes to a mailbox: with a verifier to open it, or with its key."""

    mailbox_id: bytes
    verifier: bytes
    first: bool

    @classmethod
    def by_key(cls, mailbox_id: bytes, key: bytes) -> Door:
        return cls(mailbox_id, hashlib.sha256(key).digest(), first=False)


@dataclass(frozen=True)
class StoredEnvelope:
    """Sealed bytes that lie in pieces already: an upload, or a file of a form."""

    runs: tuple[Run, ...]
    digest: str
    work: int | None

    @property
    def size(self) -> int:
        return sum(run.length for run in self.runs)


def keep(
    envelope: Envelope,
    *,
    mailbox_id: bytes,
    verifier: bytes,
    day: date,
    work: int | None = None,
    files: Sequence[StoredEnvelope] = (),
) -> Kept:
    """Open a mailbox with `envelope`, and its `files` with it, all or nothing, durably, once.

    The same bytes again are `ALREADY_HERE`: a safe retry. Raises `RefusedError` 409 if the
    mailbox holds other bytes or belongs to another verifier, 410 if it was withdrawn, and
    507 or 503 as `durable_write` does.
    """
    door = Door(mailbox_id, verifier, first=True)
    return _keep(envelope, door, day=day, work=work, files=files)


def keep_later(
    envelope: Envelope,
    *,
    mailbox_id: bytes,
    key: bytes,
    day: date,
    work: int | None = None,
    files: Sequence[StoredEnvelope] = (),
    once: str = "",
) -> Kept:
    """Add `envelope` to a mailbox that is open, for whoever shows its key.

    `once`: 64 hex digits that say what was sent, where each sealing of it is new; the same
    again within seven days is `ALREADY_HERE`. Empty: the envelope's own digest.

    Raises `RefusedError` 404 if there is no such mailbox or the key is not its own, 410 if it
    was withdrawn, 409 if it is full.
    """
    door = Door.by_key(mailbox_id, key)
    return _keep(envelope, door, day=day, work=work, files=files, once=once)


def keep_files(
    files: Sequence[StoredEnvelope], *, mailbox_id: bytes, key: bytes, day: date, once: str = ""
) -> None:
    """Add files alone to a mailbox that is open. `once`, and what is raised: as `keep_later`."""
    check_room(0)
    door = Door.by_key(mailbox_id, key)
    with durable_write(), connection.cursor() as cursor:
        mailbox = checked_mailbox(cursor, door)
        if once and enter(cursor, door, digest=once, day=day)[1] is not Kept.NEW:
            return
        for file in files:
            hold(cursor, mailbox, file, first=False, day=day)
        _note_news(cursor, mailbox, day)


def _keep(
    envelope: Envelope,
    door: Door,
    *,
    day: date,
    work: int | None,
    files: Sequence[StoredEnvelope],
    once: str = "",
) -> Kept:
    check_room(len(envelope.sealed))
    # Plain SQL on this path: the model layer cost half of a deposit's CPU (bench/intake.py),
    # and a flood of deposits is what a small server must outlast.
    with durable_write(), connection.cursor() as cursor:
        mailbox, kept = enter(cursor, door, digest=once or envelope.digest, day=day)
        if kept is Kept.NEW:
            run = add_run(cursor, envelope.sealed)
            stored = StoredEnvelope((run,), envelope.digest, work)
            hold(cursor, mailbox, stored, first=door.first, day=day)
            for file in files:
                hold(cursor, mailbox, file, first=False, day=day)
    return kept


def enter(cursor: CursorWrapper, door: Door, *, digest: str, day: date) -> tuple[int, Kept]:
    """Let an envelope into its mailbox; return the mailbox's key and whether it is new there.

    Inside a `durable_write`; raises `RefusedError` as `keep` and `keep_later` do.
    """
    if door.first:
        key = random_key()
        cursor.execute(
            "INSERT INTO intake_mailbox (key, mailbox_id, verifier, sha256, day, last_day, "
            "fetched, withdrawn, proof) VALUES (%s, %s, %s, %s, %s, %s, FALSE, FALSE, '') "
            "ON CONFLICT (mailbox_id) DO NOTHING",
            [key, door.mailbox_id.hex(), door.verifier.hex(), digest, day, day],
        )
        if cursor.rowcount:
            return key, Kept.NEW
        cursor.execute(
            "SELECT key, sha256, verifier, withdrawn FROM intake_mailbox WHERE mailbox_id = %s",
            [door.mailbox_id.hex()],
        )
        key, held, verifier, withdrawn = cursor.fetchone()
        if not hmac.compare_digest(verifier, door.verifier.hex()):
            raise _taken()
        if withdrawn:
            raise _withdrawn()
        if held != digest:
            raise _taken()
        return key, Kept.ALREADY_HERE
    mailbox = checked_mailbox(cursor, door)
    cursor.execute("SELECT sha256 FROM intake_mailbox WHERE key = %s", [mailbox])
    if cursor.fetchone() == (digest,):
        return mailbox, Kept.ALREADY_HERE
    cursor.execute(
        "INSERT INTO intake_accepted (key, mailbox_id, sha256, day) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (mailbox_id, sha256) DO NOTHING",
        [random_key(), mailbox, digest, day],
    )
    if not cursor.rowcount:
        return mailbox, Kept.ALREADY_HERE
    _note_news(cursor, mailbox, day)
    return mailbox, Kept.NEW


def checked_mailbox(cursor: CursorWrapper, door: Door) -> int:
    """Return the key of an open mailbox to whoever has its own key; raise `RefusedError`."""
    mailbox, withdrawn = found_mailbox(cursor, door)
    if mailbox is None:
        raise RefusedError(
            404,
            "no-mailbox",
            expected="an open mailbox and its own key",
            got="no mailbox, or another key",
            next_step="send the report first; check the twelve words",
        )
    if withdrawn:
        raise _withdrawn()
    return mailbox


def found_mailbox(cursor: CursorWrapper, door: Door) -> tuple[int | None, bool]:
    """Return (key, withdrawn) of the mailbox if `door` opens it, else (None, False).

    One query and one comparison whatever there is.
    """
    cursor.execute(
        "SELECT key, verifier, withdrawn FROM intake_mailbox WHERE mailbox_id = %s",
        [door.mailbox_id.hex()],
    )
    key, verifier, withdrawn = cursor.fetchone() or (None, "0" * 64, False)
    opens = hmac.compare_digest(verifier, door.verifier.hex())
    return (key, bool(withdrawn)) if opens and key is not None else (None, False)


def hold(
    cursor: CursorWrapper, mailbox: int, stored: StoredEnvelope, *, first: bool, day: date
) -> None:
    """Make an envelope of bytes that lie in pieces, for desks to fetch. In a `durable_write`."""
    if not first:
        cursor.execute("SELECT count(*) FROM intake_heldenvelope WHERE mailbox_id = %s", [mailbox])
        if cursor.fetchone()[0] >= MOST_HELD:
            raise RefusedError(
                409,
                "mailbox-full",
                expected=f"at most {MOST_HELD} envelopes that no desk has fetched",
                got="one more",
                next_step="send again when a desk has fetched what is there",
            )
    envelope = random_key()
    cursor.execute(
        "INSERT INTO intake_heldenvelope (key, mailbox_id, size, sha256, day, first, work) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [envelope, mailbox, stored.size, stored.digest, day, first, stored.work],
    )
    start = 0
    for run in stored.runs:
        cursor.execute(
            "INSERT INTO intake_envelopepart (key, envelope_id, start, run) "
            "VALUES (%s, %s, %s, %s)",
            [random_key(), envelope, start, run.key],
        )
        start += run.length
        # The record of an upload stays, to answer a retry; it names no mailbox any more.
        cursor.execute(
            "UPDATE intake_upload SET kept = TRUE, mailbox_id = '', verifier = '', sha256 = '' "
            "WHERE key = %s",
            [run.key],
        )


def _note_news(cursor: CursorWrapper, mailbox: int, day: date) -> None:
    cursor.execute(
        "UPDATE intake_mailbox SET last_day = %s, fetched = FALSE WHERE key = %s", [day, mailbox]
    )


def _taken() -> RefusedError:
    return RefusedError(
        409,
        "mailbox-taken",
        expected="an unused mailbox, or the very bytes it holds",
        got="other bytes or another verifier",
        next_step="make a new receipt and send again",
    )


def _withdrawn() -> RefusedError:
    return RefusedError(
        410,
        "withdrawn",
        expected="a mailbox that is open",
        got="one whose report was withdrawn",
        next_step="make a new receipt to report anew",
    )

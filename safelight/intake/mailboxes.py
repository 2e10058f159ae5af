"""Mailboxes: one envelope each, under an id that only the receipt's owner can compute."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from enum import Enum

from django.db import connection

from safelight.intake.models import Mailbox, random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write, readable
from safelight.sealing.envelope import Envelope


class Kept(Enum):
    """What became of a deposit."""

    NEW = "new"
    ALREADY_HERE = "already here"


@dataclass(frozen=True)
class MailboxStatus:
    """What the owner of a receipt may know."""

    day: date
    fetched: bool


def keep(envelope: Envelope, *, mailbox_id: bytes, verifier: bytes, day: date) -> Kept:
    """Store `envelope` durably, once. The same bytes again are `ALREADY_HERE`: a safe retry.

    Raises `RefusedError` 409 if the mailbox holds other bytes or belongs to another
    verifier, and 507 or 503 as `durable_write` does.
    """
    check_room(len(envelope.sealed))
    # Plain SQL on this one path: the model layer cost half of a deposit's CPU
    # (bench/intake.py), and a flood of deposits is what a small server must outlast.
    with durable_write(), connection.cursor() as cursor:
        key = random_key()
        cursor.execute(
            "INSERT INTO intake_mailbox (key, mailbox_id, verifier, sha256, day, fetched) "
            "VALUES (%s, %s, %s, %s, %s, FALSE) ON CONFLICT (mailbox_id) DO NOTHING",
            [key, mailbox_id.hex(), verifier.hex(), envelope.digest, day],
        )
        if cursor.rowcount:
            cursor.execute(
                "INSERT INTO intake_heldenvelope (key, mailbox_id, sealed, size) "
                "VALUES (%s, %s, %s, %s)",
                [random_key(), key, envelope.sealed, len(envelope.sealed)],
            )
            return Kept.NEW
        cursor.execute(
            "SELECT sha256, verifier FROM intake_mailbox WHERE mailbox_id = %s", [mailbox_id.hex()]
        )
        if cursor.fetchone() == (envelope.digest, verifier.hex()):
            return Kept.ALREADY_HERE
    raise RefusedError(
        409,
        "mailbox-taken",
        expected="an unused mailbox, or the very bytes it holds",
        got="other bytes or another verifier",
        next_step="make a new receipt and send again",
    )


def status_of(*, mailbox_id: bytes, verifier: bytes) -> MailboxStatus | None:
    """Return what became of a report, or None if this receipt opens no mailbox here.

    A mailbox whose verifier differs is answered like one that does not exist.
    """
    with readable():
        mailbox = Mailbox.objects.filter(mailbox_id=mailbox_id.hex()).first()
    # Compared also where there is none, so that both answers take the same path.
    held = mailbox.verifier if mailbox is not None else "0" * 64
    if not hmac.compare_digest(held, verifier.hex()) or mailbox is None:
        return None
    return MailboxStatus(day=mailbox.day, fetched=mailbox.fetched)

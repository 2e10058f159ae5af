"""Mailboxes: one envelope each, under an id that only the receipt's owner can compute."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from enum import Enum

from safelight.intake.models import HeldEnvelope, Mailbox
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, readable
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
    with durable_write():
        there = Mailbox.objects.filter(mailbox_id=mailbox_id.hex()).first()
        if there is not None:
            same = there.sha256 == envelope.digest and there.verifier == verifier.hex()
            if same:
                return Kept.ALREADY_HERE
            raise RefusedError(
                409,
                "mailbox-taken",
                expected="an unused mailbox, or the very bytes it holds",
                got="other bytes or another verifier",
                next_step="make a new receipt and send again",
            )
        mailbox = Mailbox.objects.create(
            mailbox_id=mailbox_id.hex(), verifier=verifier.hex(), sha256=envelope.digest, day=day
        )
        HeldEnvelope.objects.create(
            mailbox=mailbox, sealed=envelope.sealed, size=len(envelope.sealed)
        )
    return Kept.NEW


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

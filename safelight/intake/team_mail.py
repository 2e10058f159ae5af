"""Envelopes from one desk to another, by name, until the other has them.

Desks of one team exchange their journals through these (DESIGN, section 7). Each desk may
leave only so much for each other, so that one that is stolen cannot fill the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from safelight.intake.collection import PAGE, envelope_id, number_new
from safelight.intake.forgetting import (
    ROWS,
    drawn_key,
    forget_keys,
    forget_what_was_deleted,
    give_key,
    key_of,
    under_key,
)
from safelight.intake.mailboxes import Kept
from safelight.intake.models import TeamEnvelope, random_key
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write, readable
from safelight.sealing.envelope import Envelope

# From one desk to one other, until that one has fetched it.
MOST_WAITING: Final = 1000
MOST_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True)
class ListedForTeam:
    """One line of what waits for a desk. `sender`: the desk that signed the request."""

    sequence: int
    envelope_id: str
    sender: str
    size: int
    day: date
    sha256: str


def put(envelope: Envelope, *, sender: str, addressee: str, day: date) -> Kept:
    """Leave an envelope for another desk, durably, once while it waits.

    Raises `RefusedError` 409 if too much of this sender waits there already.
    """
    check_room(len(envelope.sealed))
    with durable_write(), connection.cursor() as cursor:
        key = random_key()
        secret = drawn_key()
        sealed = under_key(secret, envelope.sealed, at=0)
        cursor.execute(
            "INSERT INTO intake_teamenvelope (key, sender, addressee, sha256, day, size, sealed) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (sender, addressee, sha256) DO NOTHING",
            [
                key,
                sender,
                addressee,
                envelope.digest,
                day,
                len(envelope.sealed),
                sealed,
            ],
        )
        if not cursor.rowcount:
            return Kept.ALREADY_HERE
        give_key(cursor, key, secret)
        cursor.execute(
            "SELECT count(*), sum(size) FROM intake_teamenvelope "
            "WHERE sender = %s AND addressee = %s",
            [sender, addressee],
        )
        waiting, size = cursor.fetchone()
        if waiting > MOST_WAITING or size > MOST_BYTES:
            raise RefusedError(
                409,
                "mailbox-full",
                expected=f"at most {MOST_WAITING} envelopes and {MOST_BYTES} bytes for one desk",
                got="more",
                next_step="send again when that desk has fetched what waits for it",
            )
    return Kept.NEW


def waiting_for(desk: str, *, after: int) -> tuple[Sequence[ListedForTeam], bool]:
    """Return up to `PAGE` envelopes for `desk`, and whether more follow."""
    number_new(TeamEnvelope)
    with readable():
        rows = list(
            TeamEnvelope.objects.filter(addressee=desk, sequence__gt=after)
            .order_by("sequence")
            .values_list("sequence", "key", "sender", "size", "day", "sha256")[: PAGE + 1]
        )
    listed = [
        ListedForTeam(number or 0, envelope_id(key), *rest) for number, key, *rest in rows[:PAGE]
    ]
    return listed, len(rows) > PAGE


def sealed_for(desk: str, untrusted_id: str) -> bytes | None:
    """Return the envelope of that id if it is for `desk`; None for every other."""
    key = int(untrusted_id, 16)
    with readable(), connection.cursor() as cursor:
        secret = key_of(cursor, key)
        held = TeamEnvelope.objects.filter(key=key, addressee=desk).first()
        return None if held is None else under_key(secret, bytes(held.sealed), at=0)


def acknowledge(desk: str, envelope_ids: Iterable[str]) -> int:
    """Delete what `desk` has; return how many went. Ids that are not its own are passed over."""
    keys = [int(untrusted, 16) for untrusted in envelope_ids]
    with durable_write(), connection.cursor() as cursor:
        gone = 0
        for key in keys:
            cursor.execute(
                "DELETE FROM intake_teamenvelope WHERE key = %s AND addressee = %s", [key, desk]
            )
            if cursor.rowcount:
                gone += 1
                forget_keys(cursor, "%s", [key], around=ROWS)
    if gone:
        forget_what_was_deleted()
    return gone

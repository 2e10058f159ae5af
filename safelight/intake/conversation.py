"""What the owner of a receipt may read here, and how everything is taken back.

Whoever asks with a key that opens nothing (no such mailbox, another key) gets what an
owner gets: the same steps are gone and the same number of bytes comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake.forgetting import (
    ROWS,
    drawn_key,
    forget_keys,
    forget_what_was_deleted,
    give_key,
    under_key,
)
from safelight.intake.mailboxes import Door, Kept, found_mailbox
from safelight.intake.models import random_key
from safelight.intake.pieces import delete_run
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write, readable
from safelight.sealing.envelope import Envelope

State: TypeAlias = Literal["open", "withdrawn", "none"]

# As many as fit into the answer of one fixed length.
ANSWERS_LISTED: Final = 40
MOST_ANSWERS: Final = 200
ANSWER_PART: Final = 8192
# Matches no row: keys are positive.
_NOBODY: Final = 0


@dataclass(frozen=True)
class ListedAnswer:
    """One line of what a reporter may fetch."""

    answer_id: str
    size: int
    day: date


@dataclass(frozen=True)
class MailboxStatus:
    """What the owner of a receipt may know. `fetched`: a desk has all that was left here."""

    state: State
    day: date | None
    fetched: bool
    answers: tuple[ListedAnswer, ...]
    more: bool


def status_of(door: Door) -> MailboxStatus:
    """Return what is known of a mailbox; state "none" for no mailbox and for another key."""
    with readable(), connection.cursor() as cursor:
        key, withdrawn = found_mailbox(cursor, door)
        cursor.execute(
            "SELECT day, fetched FROM intake_mailbox WHERE key = %s",
            [_NOBODY if key is None else key],
        )
        day, fetched = cursor.fetchone() or (None, False)
        cursor.execute(
            "SELECT key, size, day FROM intake_answer WHERE mailbox_id = %s "
            "ORDER BY day DESC, key LIMIT %s",
            [_NOBODY if key is None else key, ANSWERS_LISTED + 1],
        )
        rows = cursor.fetchall()
    state: State = "none" if key is None else "withdrawn" if withdrawn else "open"
    return MailboxStatus(
        state=state,
        day=None if withdrawn else day,
        fetched=bool(fetched) and not withdrawn,
        answers=tuple(
            ListedAnswer(f"{one:016x}", size, when) for one, size, when in rows[:ANSWERS_LISTED]
        ),
        more=len(rows) > ANSWERS_LISTED,
    )


def answer_part(door: Door, *, answer_key: int, part: int) -> bytes | None:
    """Return `ANSWER_PART` bytes of a sealed answer, or None for whatever is not there."""
    with readable(), connection.cursor() as cursor:
        key, _ = found_mailbox(cursor, door)
        cursor.execute(
            "SELECT substr(a.sealed, %s, %s), k.secret FROM intake_answer a "
            "LEFT JOIN intake_holderkey k ON k.key = a.key WHERE a.key = %s AND a.mailbox_id = %s",
            [
                part * ANSWER_PART + 1,
                ANSWER_PART,
                answer_key,
                _NOBODY if key is None else key,
            ],
        )
        found = cursor.fetchone()
    if not found or not found[0]:
        return None
    secret = None if found[1] is None else bytes(found[1])
    return under_key(secret, bytes(found[0]), at=part * ANSWER_PART)


def put_answer(envelope: Envelope, *, mailbox_id: str, day: date) -> Kept | None:
    """Leave a desk's answer in a mailbox, once; None if there is no such mailbox.

    Raises `RefusedError` 410 if it was withdrawn, 409 if it is full.
    """
    check_room(len(envelope.sealed))
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, withdrawn FROM intake_mailbox WHERE mailbox_id = %s", [mailbox_id]
        )
        found = cursor.fetchone()
        if found is None:
            return None
        mailbox, withdrawn = found
        if withdrawn:
            raise RefusedError(
                410,
                "withdrawn",
                expected="a mailbox that is open",
                got="one whose report was withdrawn",
                next_step="fetch the withdrawal and act on it",
            )
        cursor.execute("SELECT count(*) FROM intake_answer WHERE mailbox_id = %s", [mailbox])
        (waiting,) = cursor.fetchone()
        answer = random_key()
        secret = drawn_key()
        sealed = under_key(secret, envelope.sealed, at=0)
        cursor.execute(
            "INSERT INTO intake_answer (key, mailbox_id, sha256, day, size, sealed) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (mailbox_id, sha256) DO NOTHING",
            [
                answer,
                mailbox,
                envelope.digest,
                day,
                len(envelope.sealed),
                sealed,
            ],
        )
        if not cursor.rowcount:
            return Kept.ALREADY_HERE
        give_key(cursor, answer, secret)
        if waiting >= MOST_ANSWERS:
            raise RefusedError(
                409,
                "mailbox-full",
                expected=f"at most {MOST_ANSWERS} answers in one mailbox",
                got="one more",
                next_step="write what is left to say into a message of another channel",
            )
        cursor.execute("UPDATE intake_mailbox SET last_day = %s WHERE key = %s", [day, mailbox])
        return Kept.NEW


def withdraw(door: Door, *, proof: bytes, day: date) -> State:
    """Delete everything of a mailbox at once, and keep the proof for the desks.

    Returns "withdrawn", or "none" for whom it does not open. Again is harmless; another
    proof than before is handed to the desks, which alone can tell whether it is good.
    """
    with durable_write(), connection.cursor() as cursor:
        key, _ = found_mailbox(cursor, door)
        mailbox = _NOBODY if key is None else key
        empty_mailbox(cursor, mailbox)
        cursor.execute(
            "DELETE FROM intake_withdrawalseen WHERE mailbox_id = %s AND EXISTS "
            "(SELECT 1 FROM intake_mailbox WHERE key = %s AND proof <> %s)",
            [mailbox, mailbox, proof.hex()],
        )
        cursor.execute(
            "UPDATE intake_mailbox SET withdrawn = TRUE, proof = %s, sha256 = '', "
            "fetched = FALSE, last_day = %s WHERE key = %s",
            [proof.hex(), day, mailbox],
        )
        cursor.execute(
            "SELECT key FROM intake_upload WHERE mailbox_id = %s AND NOT kept AND %s <> 0",
            [door.mailbox_id.hex(), mailbox],
        )
        for (upload,) in cursor.fetchall():
            delete_run(cursor, upload)
            cursor.execute("DELETE FROM intake_upload WHERE key = %s", [upload])
        # Something is written for a stranger too, so that the disk takes its time for both.
        cursor.execute(
            "INSERT INTO intake_highestseen (name, value) VALUES ('withdrawal asked', 1) "
            "ON CONFLICT (name) DO UPDATE SET value = 1 - intake_highestseen.value"
        )
    forget_what_was_deleted()
    return "none" if key is None else "withdrawn"


def empty_mailbox(cursor: CursorWrapper, mailbox: int) -> None:
    """Delete every sealed byte of a mailbox, both ways. Inside a `durable_write`."""
    forget_keys(
        cursor,
        "SELECT p.run FROM intake_envelopepart p JOIN intake_heldenvelope e "
        "ON e.key = p.envelope_id WHERE e.mailbox_id = %s UNION ALL "
        "SELECT key FROM intake_answer WHERE mailbox_id = %s",
        [mailbox, mailbox],
        around=ROWS,
    )
    for statement in (
        "DELETE FROM intake_piece WHERE run IN (SELECT p.run FROM intake_envelopepart p "
        "JOIN intake_heldenvelope e ON e.key = p.envelope_id WHERE e.mailbox_id = %s)",
        "DELETE FROM intake_envelopepart WHERE envelope_id IN "
        "(SELECT key FROM intake_heldenvelope WHERE mailbox_id = %s)",
        "DELETE FROM intake_acknowledgement WHERE envelope_id IN "
        "(SELECT key FROM intake_heldenvelope WHERE mailbox_id = %s)",
        "DELETE FROM intake_heldenvelope WHERE mailbox_id = %s",
        "DELETE FROM intake_answer WHERE mailbox_id = %s",
        "DELETE FROM intake_accepted WHERE mailbox_id = %s",
    ):
        cursor.execute(statement, [mailbox])

"""What desks fetch, and when the server may forget it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake.forgetting import ROWS, forget_keys, forget_what_was_deleted
from safelight.intake.models import HeldEnvelope, HighestSeen, TeamEnvelope, random_key
from safelight.intake.pieces import PIECE, Run, stretch
from safelight.intake.storage import durable_write, readable

PAGE: Final = 500
_LAST_NUMBER: Final = "envelope"
# A tenth of a second, in which nobody else writes. After a flood they are many times as many.
_NUMBERED_AT_ONCE: Final = 5000


@dataclass(frozen=True)
class Listed:
    """One line of a desk's list. `work`: zero bits that were paid; None: sealed by the server."""

    sequence: int
    envelope_id: str
    size: int
    day: date
    mailbox_id: str
    sha256: str
    work: int | None
    first: bool


@dataclass(frozen=True)
class Withdrawal:
    """A mailbox whose owner took everything back, and the proof that desks can check."""

    mailbox_id: str
    proof: str
    day: date


def envelope_id(key: int) -> str:
    """Return the public form of a random key: 16 hexadecimal digits."""
    return f"{key:016x}"


def waiting_for(desk: str, *, after: int) -> tuple[Sequence[Listed], bool]:
    """Return up to `PAGE` envelopes that `desk` has not acknowledged, and whether more follow.

    `after` is the last `sequence` of the page before, 0 for the first. Numbers grow
    and are never reused, also not by a server that was restarted.
    """
    number_new(HeldEnvelope)
    with readable():
        rows = list(
            HeldEnvelope.objects.filter(sequence__gt=after)
            .exclude(acknowledgement__desk=desk)
            .order_by("sequence")
            .values_list(
                "sequence", "key", "size", "day", "mailbox__mailbox_id", "sha256", "work", "first"
            )[: PAGE + 1]
        )
    listed = [
        Listed(sequence or 0, envelope_id(key), size, day, mailbox, sha256, work, first)
        for sequence, key, size, day, mailbox, sha256, work, first in rows[:PAGE]
    ]
    return listed, len(rows) > PAGE


def number_new(kind: type[HeldEnvelope] | type[TeamEnvelope]) -> None:
    """Number what arrived since the last list by random key, so not by arrival."""
    with readable():
        if not kind.objects.filter(sequence=None).exists():
            return
    while _numbered(kind._meta.db_table) == _NUMBERED_AT_ONCE:
        pass


def _numbered(table: str) -> int:
    with durable_write(), connection.cursor() as cursor:
        last, _ = HighestSeen.objects.get_or_create(name=_LAST_NUMBER, defaults={"value": 0})
        cursor.execute(
            f"UPDATE {table} SET sequence = %s + new.place FROM (SELECT key, "  # nosec B608  # noqa: S608
            f"row_number() OVER (ORDER BY key) AS place FROM {table} WHERE sequence IS NULL "
            f"ORDER BY key LIMIT %s) AS new WHERE new.key = {table}.key",
            [last.value, _NUMBERED_AT_ONCE],
        )
        numbered = int(cursor.rowcount)
        last.value += numbered
        last.save(update_fields=["value"])
        return numbered


def withdrawals_for(desk: str) -> Sequence[Withdrawal]:
    """Return up to `PAGE` withdrawals that `desk` has not acknowledged, in no order."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT mailbox_id, proof, last_day FROM intake_mailbox m WHERE withdrawn AND "
            "proof <> '' AND NOT EXISTS (SELECT 1 FROM intake_withdrawalseen s WHERE "
            "s.mailbox_id = m.key AND s.desk = %s) ORDER BY key LIMIT %s",
            [desk, PAGE],
        )
        return [Withdrawal(mailbox, proof, day) for mailbox, proof, day in cursor.fetchall()]


def sealed_size(untrusted_id: str) -> int | None:
    """Return the size of the envelope of that id, or None if it is not (or no longer) here."""
    with readable():
        held = HeldEnvelope.objects.filter(key=int(untrusted_id, 16)).only("size").first()
    return None if held is None else held.size


def sealed_bytes(untrusted_id: str, *, begin: int, end: int) -> bytes:
    """Return the envelope's bytes from `begin` to before `end`; none if it went meanwhile."""
    with readable(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.run, (SELECT COALESCE(MAX(q.start + length(q.sealed)), 0) FROM intake_piece q"
            " WHERE q.run = p.run) FROM intake_envelopepart p WHERE p.envelope_id = %s "
            "ORDER BY p.start",
            [int(untrusted_id, 16)],
        )
        runs = [Run(key, length) for key, length in cursor.fetchall()]
        return stretch(runs, begin, end)


def acknowledge(desk: str, envelope_ids: Iterable[str], *, usable_desks: Sequence[str]) -> int:
    """Record that `desk` has these, delete what all `usable_desks` have; return how many went.

    Ids that are not here are passed over: they were deleted after an earlier answer got lost.
    """
    keys = [int(untrusted, 16) for untrusted in envelope_ids]
    with durable_write(), connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "INSERT INTO intake_acknowledgement (key, envelope_id, desk) "
                "SELECT %s, key, %s FROM intake_heldenvelope WHERE key = %s "
                "ON CONFLICT (envelope_id, desk) DO NOTHING",
                [random_key(), desk, key],
            )
            # The reporter may know that a desk has all that was left here.
            cursor.execute(
                "UPDATE intake_mailbox SET fetched = TRUE WHERE key = "
                "(SELECT mailbox_id FROM intake_heldenvelope WHERE key = %s) AND NOT EXISTS "
                "(SELECT 1 FROM intake_heldenvelope e WHERE e.mailbox_id = intake_mailbox.key "
                "AND NOT EXISTS (SELECT 1 FROM intake_acknowledgement a "
                "WHERE a.envelope_id = e.key))",
                [key],
            )
        gone = _delete_what_all_have(cursor, usable_desks)
    if gone:
        forget_what_was_deleted()
    return gone


def acknowledge_withdrawals(
    desk: str, mailbox_ids: Iterable[str], *, usable_desks: Sequence[str]
) -> None:
    """Record that `desk` knows of these; forget the proofs that all `usable_desks` know."""
    with durable_write(), connection.cursor() as cursor:
        for named in mailbox_ids:
            cursor.execute(
                "INSERT INTO intake_withdrawalseen (key, mailbox_id, desk) SELECT %s, key, %s "
                "FROM intake_mailbox WHERE mailbox_id = %s AND withdrawn AND proof <> '' "
                "ON CONFLICT (mailbox_id, desk) DO NOTHING",
                [random_key(), desk, named],
            )
        _forget_proofs_that_all_know(cursor, usable_desks)


def forget_what_all_have(*, usable_desks: Sequence[str]) -> int:
    """Delete what waited only for a desk that has left since; return how many envelopes went.

    The others acknowledged it before, so that nothing they do would delete it.
    """
    with durable_write(), connection.cursor() as cursor:
        _forget_proofs_that_all_know(cursor, usable_desks)
        return _delete_what_all_have(cursor, usable_desks)


def _forget_proofs_that_all_know(cursor: CursorWrapper, usable_desks: Sequence[str]) -> None:
    for mailbox in _known_to_all(cursor, "mailbox_id", "intake_withdrawalseen", usable_desks):
        cursor.execute("DELETE FROM intake_withdrawalseen WHERE mailbox_id = %s", [mailbox])
        cursor.execute("UPDATE intake_mailbox SET proof = '' WHERE key = %s", [mailbox])


def _delete_what_all_have(cursor: CursorWrapper, usable_desks: Sequence[str]) -> int:
    complete = _known_to_all(cursor, "envelope_id", "intake_acknowledgement", usable_desks)
    for envelope in complete:
        delete_envelope(cursor, envelope)
    return len(complete)


def delete_envelope(cursor: CursorWrapper, envelope: int) -> None:
    """Overwrite and forget one envelope's bytes. Inside a `durable_write`."""
    runs = "SELECT run FROM intake_envelopepart WHERE envelope_id = %s"
    forget_keys(cursor, runs, [envelope], around=ROWS)
    for statement in (
        "DELETE FROM intake_piece WHERE run IN "
        "(SELECT run FROM intake_envelopepart WHERE envelope_id = %s)",
        "DELETE FROM intake_envelopepart WHERE envelope_id = %s",
        "DELETE FROM intake_acknowledgement WHERE envelope_id = %s",
        "DELETE FROM intake_heldenvelope WHERE key = %s",
    ):
        cursor.execute(statement, [envelope])


def _known_to_all(
    cursor: CursorWrapper, column: str, table: str, usable_desks: Sequence[str]
) -> list[int]:
    """Return the keys that `table` names with each of `usable_desks`; none if there is no desk."""
    if not usable_desks:
        return []
    places = ", ".join(["%s"] * len(usable_desks))
    cursor.execute(
        f"SELECT {column} FROM {table} WHERE desk IN ({places}) "  # nosec B608  # noqa: S608
        f"GROUP BY {column} HAVING count(*) = %s",
        [*usable_desks, len(usable_desks)],
    )
    return [key for (key,) in cursor.fetchall()]


def part_of(size: int, part: int) -> tuple[int, int] | None:
    """Return where piece `part` of an envelope begins and ends; None past its end."""
    begin = part * PIECE
    return (begin, min(begin + PIECE, size)) if begin < size else None

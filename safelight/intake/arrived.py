"""What bytes that lie in pieces turn out to be when all are there: an envelope, or a deposit file.

They are looked at a piece at a time and never held whole.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.backends.utils import CursorWrapper

from safelight.intake.depositing import not_an_envelope
from safelight.intake.mailboxes import Door, Kept, StoredEnvelope, enter, hold
from safelight.intake.pieces import Run, copy_run, delete_run, digest_of, stretch
from safelight.intake.refusal import RefusedError
from safelight.sealing.deposit_file import (
    LONGEST_LINE,
    DepositFileError,
    DepositLine,
    damaged_envelope,
)
from safelight.sealing.envelope import PADDED_SIZES, EnvelopeError, check_envelope


class Arrived(Protocol):
    """Sealed bytes that were checked, and know where they belong."""

    @property
    def size(self) -> int: ...

    def keep(self, cursor: CursorWrapper, *, day: date) -> Kept:
        """Put them into their mailbox, once. Inside a `durable_write`.

        Raises what `mailboxes.keep` raises.
        """


@dataclass(frozen=True)
class ArrivedEnvelope:
    """One envelope; it becomes one without being copied."""

    stored: StoredEnvelope
    door: Door

    @property
    def size(self) -> int:
        return self.stored.size

    def keep(self, cursor: CursorWrapper, *, day: date) -> Kept:
        mailbox, kept = enter(cursor, self.door, digest=self.stored.digest, day=day)
        if kept is Kept.NEW:
            hold(cursor, mailbox, self.stored, first=self.door.first, day=day)
        else:
            _forget(cursor, self.stored.runs)
        return kept


@dataclass(frozen=True)
class _Inside:
    """An envelope within a deposit file: its bytes from `begin` to before `end`."""

    begin: int
    end: int
    digest: str


@dataclass(frozen=True)
class ArrivedDeposit:
    """A deposit file: its report opens the mailbox, its photos go with it, or none of them."""

    runs: tuple[Run, ...]
    line: DepositLine
    envelopes: tuple[_Inside, ...]
    work: int | None

    @property
    def size(self) -> int:
        return sum(run.length for run in self.runs)

    def keep(self, cursor: CursorWrapper, *, day: date) -> Kept:
        door = Door(self.line.mailbox_id, self.line.verifier, first=True)
        mailbox, kept = enter(cursor, door, digest=self.envelopes[0].digest, day=day)
        if kept is Kept.NEW:
            for number, inside in enumerate(self.envelopes):
                # Its pieces begin and end somewhere in the file's, so they are written anew.
                run = copy_run(cursor, self.runs, inside.begin, inside.end)
                stored = StoredEnvelope((run,), inside.digest, self.work)
                hold(cursor, mailbox, stored, first=number == 0, day=day)
        _forget(cursor, self.runs)
        return kept


def checked_envelope(
    runs: Sequence[Run], *, door: Door, digest: str, work: int | None, sizes: Sequence[int]
) -> ArrivedEnvelope:
    """Return bytes that lie in pieces as an envelope, or raise `RefusedError` 400."""
    size = sum(run.length for run in runs)
    try:
        check_envelope(stretch(runs, 0, PADDED_SIZES[0]), size=size, sizes=sizes)
    except EnvelopeError as reason:
        raise not_an_envelope(reason) from None
    found = digest_of(runs)
    _check_digest(digest, found)
    return ArrivedEnvelope(StoredEnvelope(tuple(runs), found, work), door)


def checked_deposit(runs: Sequence[Run], *, digest: str, work: int | None) -> ArrivedDeposit:
    """Return bytes that lie in pieces as a deposit file, or raise `RefusedError` 400."""
    size = sum(run.length for run in runs)
    try:
        line = DepositLine.parse(stretch(runs, 0, LONGEST_LINE), size=size)
        envelopes = tuple(_inside(runs, line))
    except DepositFileError as reason:
        raise RefusedError(
            400,
            "not-a-deposit",
            expected="a whole deposit file",
            got=str(reason),
            next_step="choose the file that the pocket form has saved, and send it again",
        ) from None
    if digest:
        _check_digest(digest, digest_of(runs))
    return ArrivedDeposit(tuple(runs), line, envelopes, work)


def _inside(runs: Sequence[Run], line: DepositLine) -> list[_Inside]:
    found = []
    for number, (begin, end) in enumerate(line.places(), start=1):
        start = stretch(runs, begin, min(end, begin + PADDED_SIZES[0]))
        try:
            check_envelope(start, size=end - begin, sizes=PADDED_SIZES)
        except EnvelopeError as reason:
            raise damaged_envelope(number, line, reason) from None
        found.append(_Inside(begin, end, digest_of(runs, begin, end)))
    return found


def _check_digest(announced: str, found: str) -> None:
    if announced and not hmac.compare_digest(announced, found):
        raise RefusedError(
            400,
            "wrong-digest",
            expected="bytes with the SHA-256 that was announced",
            got="other bytes",
            next_step="send them again from their beginning",
        )


def _forget(cursor: CursorWrapper, runs: Sequence[Run]) -> None:
    """Overwrite bytes that nobody needs any more; the record stays, to answer a retry."""
    for run in runs:
        delete_run(cursor, run.key)
        cursor.execute(
            "UPDATE intake_upload SET kept = TRUE, mailbox_id = '', verifier = '', sha256 = '' "
            "WHERE key = %s",
            [run.key],
        )

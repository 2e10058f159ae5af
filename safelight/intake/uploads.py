"""Uploads that arrive in pieces, over days if need be, and become envelopes when whole.

Everything is sealed and durable before it is acknowledged. What is not finished lives
seven days and has a common limit: when unfinished uploads hold more than that, the
oldest go first, those of one day in random order. Whoever comes back to one that is gone
starts anew. So nobody fills the disk with beginnings, and nobody is kept out by them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake.arrived import Arrived, checked_deposit, checked_envelope
from safelight.intake.mailboxes import Door, Kept, checked_mailbox
from safelight.intake.models import random_key
from safelight.intake.pieces import Run, add_piece, delete_run
from safelight.intake.refusal import RefusedError, unknown_address
from safelight.intake.storage import check_room, durable_write, readable
from safelight.sealing.envelope import FILE_SIZES, PADDED_SIZES

WHOLE: Final = "whole"
PARTIAL: Final = "partial"
FINAL: Final = "final"
# A whole deposit file (docs/spec/pocket-form.md): what is in it says where it goes.
DEPOSIT: Final = "deposit"
# A form's file, on its way without script.
FORM: Final = "form"

# Of all together. An upload that has sent nothing counts as this much too.
MOST_UNFINISHED: Final = 1024 * 1024 * 1024
_OF_AN_EMPTY_ONE: Final = 1024
# After the oldest were deleted, so that not every piece deletes another.
_AFTERWARDS: Final = MOST_UNFINISHED // 8 * 7
# Bytes between two looks at the sum.
_LOOK_EVERY: Final = 256 * 1024
# Of one mailbox. Somebody who sends ten photos has ten.
MOST_OF_A_MAILBOX: Final = 32
MOST_PARTS: Final = 16


@dataclass(frozen=True)
class Upload:
    """What is known of one upload. `kept`: it is in its mailbox, or was."""

    key: int
    name: str
    kind: str
    length: int
    received: int
    day: date
    kept: bool
    mailbox_id: str
    verifier: str
    sha256: str
    first: bool
    work: int | None

    @property
    def door(self) -> Door:
        return Door(bytes.fromhex(self.mailbox_id), bytes.fromhex(self.verifier), self.first)


def found(name: str) -> Upload:
    """Return the upload of that name; `RefusedError` 404 if there is none (any more)."""
    with readable(), connection.cursor() as cursor:
        return _found(cursor, name)


def looked_up(name: str) -> Upload | None:
    """Return the upload of that name, or None."""
    with readable(), connection.cursor() as cursor:
        return _looked_up(cursor, name)


def create(
    *,
    name: str,
    kind: str,
    length: int,
    day: date,
    door: Door | None,
    digest: str,
    work: int | None,
) -> Upload:
    """Begin an upload durably. The same `name` again gives the one that was begun.

    `door` and `digest` (of all bytes, or empty) for a whole one. Raises `RefusedError` 404
    or 410 for a mailbox that a key does not open, 409 for too many beginnings.
    """
    with durable_write(), connection.cursor() as cursor:
        if door is not None and not door.first:
            checked_mailbox(cursor, door)
        if door is not None:
            _check_beginnings(cursor, door)
        make_room(cursor)
        cursor.execute(
            "INSERT INTO intake_upload (key, name, kind, length, received, day, kept, mailbox_id,"
            " verifier, sha256, first, work) VALUES (%s, %s, %s, %s, 0, %s, FALSE, %s, %s, %s, "
            "%s, %s) ON CONFLICT (name) DO NOTHING",
            [
                random_key(),
                name,
                kind,
                length,
                day,
                "" if door is None else door.mailbox_id.hex(),
                "" if door is None else door.verifier.hex(),
                digest,
                door is not None and door.first,
                work,
            ],
        )
        return _found(cursor, name)


def append(name: str, *, offset: int, sealed: bytes) -> Upload:
    """Add the next bytes durably; return the upload as it is then.

    Raises `RefusedError` 409 if `offset` is not where it stands, 413 if they are too many.
    """
    check_room(len(sealed))
    with durable_write(), connection.cursor() as cursor:
        upload = _found(cursor, name)
        if offset != upload.received:
            raise RefusedError(
                409,
                "wrong-offset",
                expected=f"Upload-Offset: {upload.received}",
                got="another offset",
                next_step="ask HEAD where the upload stands and go on from there",
            )
        if upload.received + len(sealed) > upload.length:
            raise RefusedError(
                413,
                "too-large",
                expected=f"at most the {upload.length} bytes that were announced",
                got="more",
                next_step="ask HEAD where the upload stands and send what is missing",
            )
        if not sealed:
            return upload
        if offset // _LOOK_EVERY != (offset + len(sealed)) // _LOOK_EVERY:
            make_room(cursor, but_not=upload.key)
        add_piece(cursor, upload.key, start=offset, sealed=sealed)
        cursor.execute(
            "UPDATE intake_upload SET received = received + %s WHERE key = %s",
            [len(sealed), upload.key],
        )
        return _found(cursor, name)


def finish(upload: Upload, *, day: date, sizes: Sequence[int]) -> Kept | None:
    """Put an upload that is whole into its mailbox, durably, once; None if there is nothing to do.

    Raises `RefusedError`: 400 "not-an-envelope", "not-a-deposit" or "wrong-digest", and what
    `keep` raises. What cannot become an envelope is deleted.
    """
    if upload.kept or upload.kind not in {WHOLE, DEPOSIT} or upload.received < upload.length:
        return None
    run = Run(upload.key, upload.length)
    door = None if upload.kind == DEPOSIT else upload.door
    try:
        with readable():
            arrived = _checked([run], door, digest=upload.sha256, work=upload.work, sizes=sizes)
        check_room(arrived.size if door is None else 0)
        with durable_write(), connection.cursor() as cursor:
            if _found(cursor, upload.name).kept:
                return None
            return arrived.keep(cursor, day=day)
    except RefusedError as refused:
        # One that waits for room can be finished by asking again (HEAD).
        if refused.status < 500 and refused.code != "mailbox-full":
            terminate(upload.name)
        raise


def concatenate(
    *,
    name: str,
    parts: Sequence[str],
    door: Door | None,
    digest: str,
    day: date,
    sizes: Sequence[int],
) -> tuple[Upload, Kept | None]:
    """Make one envelope of partial uploads and put it into its mailbox, durably, once.

    Without a `door` they are a deposit file. The same `name` again (a lost answer) gives what
    was made, and None. Raises `RefusedError` 404 for a part that is not here, 409 "not-a-part"
    for one that is not partial, not whole, used already or named twice, and what `finish` raises.
    """
    try:
        with readable(), connection.cursor() as cursor:
            done = _looked_up(cursor, name)
            if done is not None:
                return done, None
            partial = [_found(cursor, one) for one in parts]
            _check_parts(partial)
            runs = [Run(one.key, one.length) for one in partial]
            paid = [one.work for one in partial]
            work = None if None in paid else min(bits for bits in paid if bits is not None)
            arrived = _checked(runs, door, digest=digest, work=work, sizes=sizes)
    except RefusedError:
        # The same request at the same moment may have used the parts since it was looked for.
        done = looked_up(name)
        if done is None:
            raise
        return done, None
    check_room(arrived.size if door is None else 0)
    with durable_write(), connection.cursor() as cursor:
        done = _looked_up(cursor, name)
        if done is not None:
            return done, None
        _check_parts([_found(cursor, one) for one in parts])
        kept = arrived.keep(cursor, day=day)
        cursor.execute(
            "INSERT INTO intake_upload (key, name, kind, length, received, day, kept, mailbox_id,"
            " verifier, sha256, first, work) VALUES (%s, %s, %s, %s, %s, %s, TRUE, '', '', '', "
            "FALSE, NULL)",
            [random_key(), name, FINAL, arrived.size, arrived.size, day],
        )
        return _found(cursor, name), kept


def _checked(
    runs: Sequence[Run], door: Door | None, *, digest: str, work: int | None, sizes: Sequence[int]
) -> Arrived:
    if door is None:
        return checked_deposit(runs, digest=digest, work=work)
    return checked_envelope(runs, door=door, digest=digest, work=work, sizes=sizes)


def terminate(name: str) -> None:
    """Delete an upload. What has become an envelope stays one; only its record here goes."""
    with durable_write(), connection.cursor() as cursor:
        upload = _found(cursor, name)
        _delete(cursor, upload.key, kept=upload.kept)


def begin_form_file(day: date) -> tuple[int, str]:
    """Begin a file that the server seals itself; return its run and its name."""
    key, name = random_key(), name_of()
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO intake_upload (key, name, kind, length, received, day, kept, mailbox_id,"
            " verifier, sha256, first, work) VALUES (%s, %s, %s, 0, 0, %s, FALSE, '', '', '', "
            "FALSE, NULL)",
            [key, name, FORM, day],
        )
    return key, name


def add_to_form_file(run: int, *, start: int, sealed: bytes) -> None:
    """Add the next bytes of a file that the server seals itself."""
    check_room(len(sealed))
    with durable_write(), connection.cursor() as cursor:
        add_piece(cursor, run, start=start, sealed=sealed)
        cursor.execute(
            "UPDATE intake_upload SET received = received + %s WHERE key = %s", [len(sealed), run]
        )


def forget_unless_kept(name: str) -> None:
    """Delete an upload and its bytes, unless they belong to an envelope."""
    with durable_write(), connection.cursor() as cursor:
        upload = _looked_up(cursor, name)
        if upload is not None:
            _delete(cursor, upload.key, kept=upload.kept)


def sizes_up_to(largest: int) -> tuple[int, ...]:
    """Return the lengths that an envelope may have on this server."""
    return tuple(size for size in FILE_SIZES if size <= max(largest, PADDED_SIZES[0]))


def make_room(cursor: CursorWrapper, *, but_not: int = 0) -> None:
    """Delete the oldest unfinished uploads while all together hold too much."""
    cursor.execute(
        "SELECT COALESCE(SUM(received + %s), 0) FROM intake_upload WHERE NOT kept",
        [_OF_AN_EMPTY_ONE],
    )
    (held,) = cursor.fetchone()
    if held <= MOST_UNFINISHED:
        return
    cursor.execute(
        "SELECT key, received FROM intake_upload WHERE NOT kept AND key <> %s AND kind <> %s "
        "ORDER BY day, random()",
        [but_not, FORM],
    )
    for key, received in cursor.fetchall():
        if held <= _AFTERWARDS:
            return
        _delete(cursor, key, kept=False)
        held -= received + _OF_AN_EMPTY_ONE


def name_of(*secret_parts: str) -> str:
    """Return 32 hex digits that the same request gives again, and nobody else can guess.

    With no parts: random ones.
    """
    if not secret_parts:
        return secrets.token_hex(16)
    joined = "\n".join(("safelight upload v1", *secret_parts))
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


def _check_beginnings(cursor: CursorWrapper, door: Door) -> None:
    cursor.execute(
        # Only those of the same key: whoever knows no more than the id must not use up the
        # owner's.
        "SELECT count(*) FROM intake_upload WHERE mailbox_id = %s AND verifier = %s AND NOT kept",
        [door.mailbox_id.hex(), door.verifier.hex()],
    )
    if cursor.fetchone()[0] >= MOST_OF_A_MAILBOX:
        raise RefusedError(
            409,
            "too-many-uploads",
            expected=f"at most {MOST_OF_A_MAILBOX} unfinished uploads for one mailbox",
            got="one more",
            next_step="finish one, or delete one (DELETE /upload/<id>)",
        )


def _check_parts(parts: Sequence[Upload]) -> None:
    if len({one.key for one in parts}) != len(parts) or any(
        one.kind != PARTIAL or one.kept or one.received != one.length for one in parts
    ):
        raise RefusedError(
            409,
            "not-a-part",
            expected="partial uploads that are whole, each once, for one final upload",
            got="another one",
            next_step="finish each part, or begin anew",
        )


def _delete(cursor: CursorWrapper, key: int, *, kept: bool) -> None:
    if not kept:
        delete_run(cursor, key)
    cursor.execute("DELETE FROM intake_upload WHERE key = %s", [key])


def _found(cursor: CursorWrapper, name: str) -> Upload:
    upload = _looked_up(cursor, name)
    if upload is None:
        raise unknown_address()
    return upload


def _looked_up(cursor: CursorWrapper, name: str) -> Upload | None:
    cursor.execute(
        "SELECT key, name, kind, length, received, day, kept, mailbox_id, verifier, sha256, first,"
        " work FROM intake_upload WHERE name = %s",
        [name],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    key, name, kind, length, received, day, kept, *rest = row
    mailbox_id, verifier, sha256, first, work = rest
    return Upload(
        key,
        name,
        kind,
        length,
        received,
        day,
        bool(kept),
        mailbox_id,
        verifier,
        sha256,
        bool(first),
        work,
    )

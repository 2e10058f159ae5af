"""Sealed bytes in the database, in runs of pieces: written as they arrive, read in any stretch.

A run is the bytes of one upload or of one deposit. An envelope is made of one or several
runs (`EnvelopePart`), so bytes that came in pieces never have to be copied or held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake.forgetting import ROWS, forget_keys, give_key, key_of, under_key
from safelight.intake.models import random_key

# The largest piece, and what a desk asks for at once.
PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class Run:
    """`length` bytes that lie in pieces under the number `key`."""

    key: int
    length: int


def add_piece(cursor: CursorWrapper, run: int, *, start: int, sealed: bytes) -> None:
    """Write at most `PIECE` bytes of a run, in order. Inside a `durable_write`."""
    # A run that began before there were keys goes on without.
    secret = key_of(cursor, run) if start else give_key(cursor, run)
    cursor.execute(
        "INSERT INTO intake_piece (key, run, start, sealed) VALUES (%s, %s, %s, %s)",
        [random_key(), run, start, under_key(secret, sealed, at=start)],
    )


def add_run(cursor: CursorWrapper, sealed: bytes) -> Run:
    """Write bytes that are here whole. Inside a `durable_write`."""
    run = Run(random_key(), len(sealed))
    for start in range(0, len(sealed), PIECE):
        add_piece(cursor, run.key, start=start, sealed=sealed[start : start + PIECE])
    return run


def stretch(runs: Sequence[Run], begin: int, end: int) -> bytes:
    """Return the bytes from `begin` to before `end` of all runs, one after the other."""
    found = []
    first = 0
    for run in runs:
        low, high = max(begin - first, 0), min(end - first, run.length)
        if low < high:
            found.append(_of_one(run.key, low, high))
        first += run.length
    return b"".join(found)


def chunks(runs: Sequence[Run], begin: int, end: int) -> Iterator[bytes]:
    """Return the bytes from `begin` to before `end` in turn, never more than `PIECE` at once."""
    for start in range(begin, end, PIECE):
        yield stretch(runs, start, min(start + PIECE, end))


def digest_of(runs: Sequence[Run], begin: int = 0, end: int | None = None) -> str:
    """SHA-256 over all bytes, or some, in hex. Of an envelope's it is the envelope's id."""
    digest = hashlib.sha256()
    whole = sum(run.length for run in runs)
    for chunk in chunks(runs, begin, whole if end is None else end):
        digest.update(chunk)
    return digest.hexdigest()


def copy_run(cursor: CursorWrapper, runs: Sequence[Run], begin: int, end: int) -> Run:
    """Write the bytes from `begin` to before `end` as a run. Inside a `durable_write`."""
    run = Run(random_key(), end - begin)
    for number, chunk in enumerate(chunks(runs, begin, end)):
        add_piece(cursor, run.key, start=number * PIECE, sealed=chunk)
    return run


def delete_run(cursor: CursorWrapper, run: int) -> None:
    """Overwrite and forget a run. Inside a `durable_write`."""
    cursor.execute("DELETE FROM intake_piece WHERE run = %s", [run])
    forget_keys(cursor, "%s", [run], around=ROWS)


def _of_one(run: int, begin: int, end: int) -> bytes:
    with connection.cursor() as cursor:
        secret = key_of(cursor, run)
        cursor.execute(
            # The first bound is for the index; only the second leaves out what lies before.
            "SELECT start, sealed FROM intake_piece WHERE run = %s AND start > %s AND start < %s "
            "AND start + length(sealed) > %s ORDER BY start",
            [run, begin - PIECE, end, begin],
        )
        return b"".join(
            under_key(secret, bytes(sealed), at=start)[max(begin - start, 0) : max(end - start, 0)]
            for start, sealed in cursor.fetchall()
        )

"""What is longer than a piece comes in pieces, because some networks cut a line after 16 kB.

Each piece is a request of its own, in whatever order, as often as it takes; the request that
ends it names the digest of the whole. What is then not whole, or has another digest, is refused
and changes nothing, and what is whole takes effect in the transaction that deletes the pieces.
So a cut, a crash or a replay at any moment leaves the thing done once or not at all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db.backends.utils import CursorWrapper

from safelight.circles.addresses import PIECE
from safelight.circles.writing_anew import CIRCLES
from safelight.intake.forgetting import forget_keys, give_key, key_of, under_key
from safelight.intake.mailboxes import Kept
from safelight.intake.models import random_key
from safelight.intake.refusal import RefusedError


@dataclass(frozen=True)
class PieceOf:
    """One piece: of what has this SHA-256 (64 hex digits) and is `size` bytes long."""

    sha256: str
    size: int
    number: int
    sealed: bytes


@dataclass(frozen=True)
class InPieces:
    """Bytes that lie here in pieces, by the SHA-256 of the whole (64 hex digits)."""

    sha256: str


def piece_length(size: int, number: int) -> int:
    """How long piece `number` of `size` bytes is; 0 if there is no such piece."""
    return max(0, min(PIECE, size - number * PIECE))


def begun_parcel(
    cursor: CursorWrapper, holder: int, piece: PieceOf, *, most: int, by_keeper: bool, day: date
) -> int:
    """Return the run that this piece belongs to, of at most `most` that a holder has at once.

    Raises `RefusedError` 409 "other-size", 429 "parcels-full".
    """
    key = random_key()
    cursor.execute(
        "INSERT INTO circles_parcel (key, holder, sha256, size, by_keeper, day) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (holder, sha256) DO NOTHING",
        [key, holder, piece.sha256, piece.size, by_keeper, day],
    )
    if cursor.rowcount:
        give_key(cursor, key)
        cursor.execute("SELECT by_keeper FROM circles_parcel WHERE holder = %s", [holder])
        # What keepers began takes no room from members.
        counted = [one for (one,) in cursor.fetchall() if by_keeper or not one]
        if len(counted) > most:
            raise parcels_full()
        return key
    cursor.execute(
        "SELECT key, size FROM circles_parcel WHERE holder = %s AND sha256 = %s",
        [holder, piece.sha256],
    )
    key, size = cursor.fetchone()
    if size != piece.size:
        raise RefusedError(
            409,
            "other-size",
            expected="one length for all pieces of one thing",
            got="another",
            next_step="send every piece with the length of the whole",
        )
    return int(key)


def keep_piece(cursor: CursorWrapper, run: int, number: int, sealed: bytes) -> Kept:
    """Keep a piece in its place. Other bytes take the place of those that were damaged."""
    cursor.execute(
        "SELECT sealed FROM circles_storedpiece WHERE run = %s AND number = %s", [run, number]
    )
    row = cursor.fetchone()
    kept = under_key(key_of(cursor, run), sealed, at=number * PIECE)
    if row is not None and bytes(row[0]) == kept:
        return Kept.ALREADY_HERE
    cursor.execute(
        "INSERT INTO circles_storedpiece (key, run, number, sealed) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (run, number) DO UPDATE SET sealed = excluded.sealed",
        [random_key(), run, number, kept],
    )
    return Kept.NEW


def digest_of(sealed: bytes | InPieces) -> str:
    """SHA-256 in hex, of what came in one request or lies here in pieces."""
    if isinstance(sealed, InPieces):
        return sealed.sha256
    return hashlib.sha256(sealed).hexdigest()


def arriving_bytes(sealed: bytes | InPieces) -> int:
    """How much room it takes that is not taken yet."""
    return 0 if isinstance(sealed, InPieces) else len(sealed)


def collected(cursor: CursorWrapper, holder: int, sealed: bytes | InPieces) -> bytes:
    """Return the whole, if every piece is here and its digest is right. In a `durable_write`.

    Raises `RefusedError` 409 "pieces-missing": the client sends all of them again.
    """
    if not isinstance(sealed, InPieces):
        return sealed
    cursor.execute(
        "SELECT key, size FROM circles_parcel WHERE holder = %s AND sha256 = %s",
        [holder, sealed.sha256],
    )
    row = cursor.fetchone()
    if row is None:
        raise pieces_missing()
    return joined(cursor, row[0], size=row[1], sha256=sealed.sha256)


def joined(cursor: CursorWrapper, run: int, *, size: int, sha256: str) -> bytes:
    """Return the pieces of a run as one. Raises `RefusedError` 409 "pieces-missing"."""
    cursor.execute(
        "SELECT number, sealed FROM circles_storedpiece WHERE run = %s ORDER BY number", [run]
    )
    rows = cursor.fetchall()
    whole = under_key(key_of(cursor, run), b"".join(bytes(kept) for _, kept in rows), at=0)
    numbers = [number for number, _ in rows]
    in_order = numbers == list(range(len(rows))) and len(whole) == size
    if not in_order or hashlib.sha256(whole).hexdigest() != sha256:
        raise pieces_missing()
    return whole


def drop_parcel(cursor: CursorWrapper, holder: int, sha256: str) -> None:
    """Delete what is whole now, or came whole. Inside a `durable_write`."""
    cursor.execute(
        "SELECT key FROM circles_parcel WHERE holder = %s AND sha256 = %s", [holder, sha256]
    )
    for (run,) in cursor.fetchall():
        forget_keys(cursor, "%s", [run], around=CIRCLES)
        cursor.execute("DELETE FROM circles_storedpiece WHERE run = %s", [run])
        cursor.execute("DELETE FROM circles_parcel WHERE key = %s", [run])


def drop_parcels(cursor: CursorWrapper, holder: int) -> None:
    """Delete all that a circle or landing has under way. Inside a `durable_write`.

    Most have nothing: then nothing is owed either, or each commit would have every table of
    circles written anew.
    """
    runs = "SELECT key FROM circles_parcel WHERE holder = %s"
    cursor.execute(f"{runs} LIMIT 1", [holder])
    if cursor.fetchone() is None:
        return
    forget_keys(cursor, runs, [holder], around=CIRCLES)
    cursor.execute(
        "DELETE FROM circles_storedpiece WHERE run IN "
        "(SELECT key FROM circles_parcel WHERE holder = %s)",
        [holder],
    )
    cursor.execute("DELETE FROM circles_parcel WHERE holder = %s", [holder])


def pieces_missing() -> RefusedError:
    return RefusedError(
        409,
        "pieces-missing",
        expected="every piece, and the digest of the whole",
        got="fewer, or other bytes",
        next_step="send all pieces again, then end it again",
    )


def parcels_full() -> RefusedError:
    return RefusedError(
        429,
        "parcels-full",
        expected="fewer things that come in pieces at once, and fewer pieces a day",
        got="one more",
        next_step="end what was begun, or send it tomorrow",
    )

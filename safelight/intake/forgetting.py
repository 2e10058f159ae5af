"""What was deleted cannot be read any more, wherever SQLite has left copies of it.

SQLite overwrites a row where it stands when it is deleted (`secure_delete`). It also moves rows
of different lengths between pages now and then, and then leaves a copy in the unused middle of
the page that they came from (rebuildPage in its btree.c). Only pages that are emptied as a whole
lose such copies, and a table of many gigabytes cannot be emptied and filled again at each
deletion. So the bytes of each holder (a run, an answer, a circle's log ...) are encrypted once
more, under a key of their own that lies beside them in a small table; to forget the bytes is to
forget the key, and that table is written anew. It takes some 40 bytes for each holder: 10,000 of
them are written anew in 0.05 s, 500,000 (16 GB of reports) in three.

The rows around the bytes (hashes, days, sizes) leave copies too. Their tables are written anew
while they are small enough for it.

Both hold up every write, so at most a tenth of the time is spent on them; what is owed then, or
after a crash, is done at a later write, or as the next worker begins, which is in ten minutes.
PostgreSQL keeps copies of its own (docs/threat-model.md).
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from django.db import connection
from django.db.backends.utils import CursorWrapper

from safelight.intake import postgresql
from safelight.intake.models import HighestSeen
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import check_room, durable_write, forget_deleted_bytes, readable

_BLOCK: Final = 16
# What a row takes beside its sealed bytes, with its places in indexes; about.
_ROW_BYTES: Final = 400
# More is not written anew at once. So much of a circle's messages is 9,000 of them: 0.12 s of
# CPU, 1.1 s on two cores that had a load of fourteen (docs/adr/0039).
MOST_BYTES: Final = 8 * 1024 * 1024
# Of the time, at most this part is spent on writing anew.
_PART_OF_TIME: Final = 0.1
# When each was written anew last, by this worker: (ended, took).
_LAST: Final[dict[str, tuple[float, float]]] = {}
# Whether this worker has emptied the write-ahead log.
_LOG_EMPTIED: Final[list[bool]] = []
# Of threads that find the same owed one does it. The others wait for it, because what they deleted
# is to be gone when they answer, and then ask again.
_ONE_AT_A_TIME: Final = threading.Lock()


@dataclass(frozen=True)
class Tables:
    """Tables that are written anew together.

    `owed`: the name under which it is noted that they have to be. `tables`: each with the column
    that holds sealed bytes, or "". `most`: bytes above which it waits until they hold less.
    """

    owed: str
    tables: Mapping[str, str]
    most: int


KEYS: Final = Tables("keys-anew", {"intake_holderkey": ""}, most=2**62)
ROWS: Final = Tables(
    "intake-anew",
    {
        "intake_mailbox": "",
        "intake_heldenvelope": "",
        "intake_envelopepart": "",
        "intake_upload": "",
        "intake_accepted": "",
        "intake_acknowledgement": "",
        "intake_withdrawalseen": "",
    },
    most=MOST_BYTES,
)


def give_key(cursor: CursorWrapper, holder: int, secret: bytes | None = None) -> bytes:
    """Keep the key of a new holder; return it. Inside the `durable_write` of its first bytes."""
    secret = secret or drawn_key()
    cursor.execute("INSERT INTO intake_holderkey (key, secret) VALUES (%s, %s)", [holder, secret])
    return secret


def drawn_key() -> bytes:
    """Return a key that is kept nowhere yet."""
    return secrets.token_bytes(32)


def key_of(cursor: CursorWrapper, holder: int) -> bytes | None:
    """Return a holder's key; None if it has none, as what lay here before there were any.

    Outside of a `durable_write` asked before the bytes: what is deleted between the two is then
    not there. The other way round it would be given out as noise.
    """
    cursor.execute("SELECT secret FROM intake_holderkey WHERE key = %s", [holder])
    row = cursor.fetchone()
    return None if row is None else bytes(row[0])


def under_key(secret: bytes | None, some: bytes, *, at: int, number: int = 0) -> bytes:
    """Encrypt or decrypt bytes that stand `at` this place of a holder's stream (AES-256, CTR).

    `number` tells the streams of one holder apart; 63 bits. The same place of the same stream is
    written once: what is here is sealed already, and an attacker learns from a second writing how
    two sealed texts differ.
    """
    if secret is None:
        return some
    begin, skip = divmod(at, _BLOCK)
    nonce = number.to_bytes(8, "big") + begin.to_bytes(8, "big")
    stream = Cipher(AES(secret), CTR(nonce)).encryptor()
    stream.update(bytes(skip))
    return stream.update(some)


def forget_keys(
    cursor: CursorWrapper, holders: str, values: Sequence[int | date], *, around: Tables
) -> None:
    """Delete the keys of these holders: their bytes are noise once the table is written anew.

    `holders` is our own SQL for their numbers, with `values` for its places; `around`: the tables
    in which their rows stood. Inside the `durable_write` that deletes the bytes.
    """
    cursor.execute(
        f"DELETE FROM intake_holderkey WHERE key IN ({holders})",  # nosec B608  # noqa: S608
        list(values),
    )
    # Owed also where there was none, so that a stranger's request takes the steps of an owner's.
    owe(KEYS)
    owe(around)


def owe(what: Tables) -> None:
    """Note that something was deleted. Inside the `durable_write` that deletes it."""
    if postgresql.is_used():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO intake_highestseen (name, value) VALUES (%s, 1) ON CONFLICT DO NOTHING",
            [what.owed],
        )


def forget_what_was_deleted() -> None:
    """After a deletion: write anew what is owed, and empty the write-ahead log."""
    if not postgresql.is_used():
        write_anew_if_owed(KEYS)
        write_anew_if_owed(ROWS)
    forget_deleted_bytes()


def forget_what_is_owed() -> None:
    """Do what an earlier deletion left to do: one look where it left nothing.

    A worker's first one empties the log whatever is owed: the last one may have died, or have met
    a reader, between writing keys anew and emptying it, and they would stand there.
    """
    if postgresql.is_used():
        return
    if write_anew_if_owed(KEYS) | write_anew_if_owed(ROWS) or not _LOG_EMPTIED:
        _LOG_EMPTIED.append(True)
        # Whoever came to fetch, or to send, is not kept from it; who writes hears of the disk.
        with contextlib.suppress(RefusedError):
            forget_deleted_bytes()


def write_anew_if_owed(what: Tables) -> bool:
    """Write tables anew if it is owed, unless that was a moment ago; whether it was done.

    Never raises: what could not be done stays owed. The write-ahead log is left to the caller.
    """
    if postgresql.is_used():
        return False
    try:
        # Asked first, whenever the last time was: an owner's request and a stranger's take the
        # same steps.
        with readable(), connection.cursor() as cursor:
            owed = _is_owed(cursor, what)
        if not owed:
            return False
        with _ONE_AT_A_TIME:
            ended, took = _LAST.get(what.owed, (0.0, 0.0))
            begun = time.monotonic()
            if took and begun - ended < took / _PART_OF_TIME:
                return False
            return _written_anew(what, begun)
    except RefusedError:
        return False  # a disk in trouble; who writes hears it
    except MemoryError:
        return False  # what asked for it was written before


def _is_owed(cursor: CursorWrapper, what: Tables) -> bool:
    cursor.execute("SELECT 1 FROM intake_highestseen WHERE name = %s", [what.owed])
    return cursor.fetchone() is not None


def _written_anew(what: Tables, begun: float) -> bool:
    with readable(), connection.cursor() as cursor:
        # Rows come back as they were, so that nothing they point at is missing; with the checks a
        # table that others point at would be emptied row by row, and keep its copies. Cannot be
        # changed inside a transaction.
        cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        with readable(), connection.cursor() as cursor:
            held = _bytes_held(cursor, what)
        if held > what.most:
            return False
        if what is not KEYS:  # desks, who make room, need that one whatever the disk says
            check_room(held)
        with durable_write(), connection.cursor() as cursor:
            begun = time.monotonic()  # waiting for another's write holds up nobody
            if not _is_owed(cursor, what):
                return False  # somebody has done it meanwhile
            for table in what.tables:
                _write_anew(cursor, table)
            HighestSeen.objects.filter(name=what.owed).delete()
    finally:
        with readable(), connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = ON")
        now = time.monotonic()
        _LAST[what.owed] = (now, now - begun)
    return True


def _bytes_held(cursor: CursorWrapper, what: Tables) -> int:
    """Return what the tables hold; above `most` it stops counting, however many rows there are."""
    held, rows = 0, what.most // _ROW_BYTES + 1
    for table, sealed in what.tables.items():
        length = f"LENGTH({sealed})" if sealed else "0"
        cursor.execute(
            f"SELECT COUNT(*) * {_ROW_BYTES} + COALESCE(SUM(length), 0) FROM "  # nosec B608  # noqa: S608
            f"(SELECT {length} AS length FROM {table} LIMIT %s) AS counted",
            [rows],
        )
        held += int(cursor.fetchone()[0])
        if held > what.most:
            break
    return held


def _write_anew(cursor: CursorWrapper, table: str) -> None:
    # `DELETE` without a condition clears whole pages (SQLite, "The Truncate Optimization"). In
    # the order of their keys rows come back without being moved. The copy is in memory:
    # temp_store = MEMORY.
    for step in (
        f"CREATE TEMP TABLE kept_rows AS SELECT * FROM {table}",  # nosec B608  # noqa: S608
        f"DELETE FROM {table}",  # nosec B608  # noqa: S608
        f"INSERT INTO {table} SELECT * FROM kept_rows ORDER BY key",  # nosec B608  # noqa: S608
        "DROP TABLE kept_rows",
    ):
        cursor.execute(step)

"""Sealed bytes as they lie in a server's file, under their holders' keys, and as they came.

there = lying(server.data / "mailboxes.sqlite3")
there.as_it_lies(sample)      # where `sample` is part of something that was sent
there.of("circles_knock")     # what was sent, in the order of rows
there.keys
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

# Holder, number of the stream, place in it.
_TABLES: Final = {
    "intake_piece": ("run", "0", "start"),
    "intake_answer": ("key", "0", "0"),
    "intake_teamenvelope": ("key", "0", "0"),
    "circles_entry": ("circle_id", "key", "0"),
    "circles_knock": ("circle_id", "key", "0"),
    "circles_welcome": ("landing_id", "key", "0"),
    "circles_storedpiece": ("run", "0", "number * 8192"),
}


@dataclass(frozen=True)
class Lying:
    """(as it lies, as it came) for each row of each table; and all keys."""

    rows: Mapping[str, list[tuple[bytes, bytes]]]
    keys: frozenset[bytes]

    def as_it_lies(self, sample: bytes) -> bytes:
        for rows in self.rows.values():
            for kept, came in rows:
                if (at := came.find(sample)) >= 0:
                    return kept[at : at + len(sample)]
        raise AssertionError("nothing that was sent has these bytes")

    def of(self, table: str) -> list[bytes]:
        return [came for _, came in self.rows[table]]


def lying(file: Path) -> Lying:
    with contextlib.closing(sqlite3.connect(file)) as database:
        keys = dict(database.execute("SELECT key, secret FROM intake_holderkey"))
        found = {}
        for table, columns in _TABLES.items():
            query = f"SELECT {', '.join(columns)}, sealed FROM {table} ORDER BY rowid"
            found[table] = [
                (sealed, as_it_came(keys[holder], number, at, sealed))
                for holder, number, at, sealed in database.execute(query)
            ]
    return Lying(found, frozenset(keys.values()))


def as_it_came(secret: bytes, number: int, at: int, sealed: bytes) -> bytes:
    """What a server was sent, of bytes that lie `at` this place of a stream."""
    nonce = number.to_bytes(8, "big") + (at // 16).to_bytes(8, "big")
    stream = Cipher(AES(secret), CTR(nonce)).encryptor()
    stream.update(bytes(at % 16))
    return stream.update(sealed)

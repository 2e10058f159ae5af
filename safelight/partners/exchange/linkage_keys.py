"""Linkage keys: what both organisations know of an incident, as tokens that only the two make.

A token is an HMAC under a secret that two cards have in common. Outside of the pair it says
nothing, and for another partner the same value gives another token. Between the two it hides
only what the reader cannot guess: they trust each other.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.partners.exchange.edition import ExchangeError, pair_digest
from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.scheme import plain
from safelight.sealing.recipients import expanded_seed

_MLKEM_SIZE: Final = 1_184
_MOST_ROWS: Final = 1_000_000
CASE_COLUMN: Final = "case_id"


def pair_secret(keys: SessionKeys, partner: Card) -> bytes:
    """32 bytes that only these two organisations can compute (X25519, HKDF-SHA256)."""
    _, mine = expanded_seed(keys.sealing_seed)
    theirs = X25519PublicKey.from_public_bytes(partner.recipient.public[_MLKEM_SIZE:])
    return HKDF(
        algorithm=SHA256(),
        length=32,
        salt=pair_digest(keys.card(), partner),
        info=b"safelight-row-edition/1 linkage keys",
    ).derive(mine.exchange(theirs))


def key_token(secret: bytes, name: str, values: Sequence[str]) -> str | None:
    """The token of a key's values; `None` where one is not known."""
    cells = [plain(value).encode("utf-8") for value in values]
    if not all(cells):
        return None
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (name.encode(), *cells))
    return hmac.digest(secret, message, hashlib.sha256).hex()


def share_id(secret: bytes, stat_id: str) -> str:
    """The id under which one partner knows a row: 32 hex digits that no other partner has."""
    return hmac.digest(secret, stat_id.encode("ascii"), hashlib.sha256).hex()[:32]


def tokens_by_case(
    untrusted: bytes, keys: Sequence[str], secret: bytes
) -> dict[str, Mapping[str, str]]:
    """From a CSV with `case_id` and the columns of the keys (`a+b`): tokens for each case.

    The values stay here. Raises `ExchangeError` with the line.
    """
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExchangeError("keys-file", "the file of keys is not UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    wanted = {CASE_COLUMN, *(column for key in keys for column in key.split("+"))}
    found: dict[str, Mapping[str, str]] = {}
    try:
        if not wanted <= set(reader.fieldnames or ()):
            raise ExchangeError(
                "keys-file", f"the file of keys has the columns {', '.join(sorted(wanted))}"
            )
        for row in reader:
            if None in row or None in row.values() or len(found) >= _MOST_ROWS:
                raise ExchangeError(
                    "keys-file", f"line {reader.line_num} has more or fewer cells than the header"
                )
            if row[CASE_COLUMN] in found:
                raise ExchangeError("keys-file", f"line {reader.line_num} repeats a case")
            tokens = {
                key: key_token(secret, key, [row[column] for column in key.split("+")])
                for key in keys
            }
            found[row[CASE_COLUMN]] = {key: token for key, token in tokens.items() if token}
    except csv.Error:
        raise ExchangeError("keys-file", f"line {reader.line_num} is not CSV") from None
    return found

"""An edition: all rows that one organisation shares with one other, as of a day.

Each edition replaces the one before. What a person took back, or agreed to only until
yesterday, is simply not in the next one; the reader deletes it with the old edition. An
edition also ends by itself, so that a reader who gets no more of them cannot go on counting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from safelight.partners.overlap.keys import Card, SessionKeys
from safelight.partners.overlap.problems import MessageError
from safelight.partners.problems import ListError
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object
from safelight.vocabulary.schema import VocabularyError
from safelight.vocabulary.stat_row import StatRow

EDITION_TYPE: Final = "application/vnd.safelight.row-edition+json"
_FORMAT: Final = "safelight-row-edition/1"
_MAGIC: Final = b"SLX1"
_LARGEST_HEADER: Final = 16 * 1024
_LARGEST_BODY: Final = 512 * 1024 * 1024
_ID: Final = re.compile(r"[0-9a-f]{32}")
_TOKEN: Final = re.compile(r"[0-9a-f]{64}")
_KEY_NAME: Final = re.compile(r"[a-z][a-z0-9_+]{0,79}")
MOST_FRESH_DAYS: Final = 400
_LARGEST_NUMBER: Final = 2**31 - 1  # what the database counts to
_HEADER_FIELDS: Final = frozenset(
    {"format", "pair", "sender", "reader", "number", "made", "fresh_until", "body_sha256"}
)


class ExchangeError(ListError):
    """An edition that is refused, or an exchange that is not set up. Nothing was changed.

    `code`: `not-an-edition`, `altered`, `forged`, `not-for-us`, `not-opened`, `older-edition`,
    `stale`, `no-partner`, `not-compared`, `keys-file`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class SharedRow:
    """One row that a person agreed to have shared until a day, that day included.

    `row` has the id under which this one partner knows it. `keys`: name → keyed token of what
    the organisation knows besides, by which both find the same incident.
    """

    row: StatRow
    until: date
    keys: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        good = all(_KEY_NAME.fullmatch(k) and _TOKEN.fullmatch(v) for k, v in self.keys.items())
        if not good or not _ID.fullmatch(self.row.stat_id):
            raise ExchangeError("not-an-edition", "a row of the edition has a malformed id or key")


@dataclass(frozen=True)
class Edition:
    """What is sent. `fresh_until`: the last day on which a reader may count these rows."""

    sender: str
    reader: str
    number: int
    made: date
    fresh_until: date
    rows: tuple[SharedRow, ...] = field(repr=False)

    @classmethod
    def of_rows(
        cls,
        rows: Sequence[SharedRow],
        *,
        sender: str,
        reader: str,
        number: int,
        today: date,
        fresh_days: int,
    ) -> Edition:
        """The edition of a day: only rows whose consent still holds then."""
        if not 1 <= fresh_days <= MOST_FRESH_DAYS:
            raise ExchangeError("stale", f"an edition is good for 1 to {MOST_FRESH_DAYS} days")
        held = sorted((one for one in rows if one.until >= today), key=lambda one: one.row.stat_id)
        if len({one.row.stat_id for one in held}) != len(held):
            raise ExchangeError("not-an-edition", "a row stands twice in the edition")
        until = today + timedelta(days=fresh_days)
        return cls(sender, reader, number, today, until, tuple(held))

    def usable(self, on: date) -> tuple[SharedRow, ...]:
        """The rows that may be counted on a day."""
        if on > self.fresh_until:
            return ()
        return tuple(one for one in self.rows if one.until >= on)


def pair_digest(one: Card, other: Card) -> bytes:
    """Names two partners, whoever asks; its first 80 bits are compared by voice."""
    cards = sorted(card.encode() for card in (one, other))
    return hashlib.sha256(b"safelight-row-edition/1" + b"".join(cards)).digest()


def pair_code(one: Card, other: Card) -> str:
    """What partners read to each other before they believe each other's card."""
    digits = pair_digest(one, other).hex()[:20]
    return " ".join(digits[place : place + 4] for place in range(0, 20, 4))


def sealed_edition(edition: Edition, keys: SessionKeys, partner: Card) -> bytes:
    """Sign and seal an edition to the partner."""
    pair = pair_digest(keys.card(), partner)
    facts = {
        "rows": [
            {"until": one.until.isoformat(), "codes": one.row.to_mapping(), "keys": dict(one.keys)}
            for one in edition.rows
        ]
    }
    content = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    body = partner.seal(content, session=pair)
    header = {
        "format": _FORMAT,
        "pair": pair.hex(),
        "sender": edition.sender,
        "reader": edition.reader,
        "number": edition.number,
        "made": edition.made.isoformat(),
        "fresh_until": edition.fresh_until.isoformat(),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
    encoded = json.dumps(header, sort_keys=True, separators=(",", ":")).encode("ascii")
    statement = sign_statement(encoded, EDITION_TYPE, keys.signer())
    return _MAGIC + len(statement).to_bytes(4, "big") + statement + body


def opened_edition(
    untrusted: bytes, keys: SessionKeys, partner: Card, *, last: int, today: date
) -> Edition:
    """Read an edition of this partner that is newer than number `last`. Raises `ExchangeError`."""
    size = int.from_bytes(untrusted[4:8], "big")
    if untrusted[:4] != _MAGIC or not 0 < size <= _LARGEST_HEADER:
        raise ExchangeError("not-an-edition", "expected an edition of rows; this is another file")
    statement, body = untrusted[8 : 8 + size], untrusted[8 + size :]
    header = _header(statement, partner)
    pair = pair_digest(keys.card(), partner)
    if header["pair"] != pair.hex() or header["sender"] != partner.name:
        raise ExchangeError("not-for-us", "this edition is of another pair of organisations")
    if header["reader"] != keys.name:
        raise ExchangeError("not-for-us", "this edition is sealed to the other of the two")
    if len(body) > _LARGEST_BODY or hashlib.sha256(body).hexdigest() != header["body_sha256"]:
        raise ExchangeError("altered", "the edition was cut or changed; ask for it again")
    number, made, fresh_until = _dated(header)
    if number <= last:
        raise ExchangeError(
            "older-edition",
            f"expected an edition after number {last}; got number {number}. An older one would "
            "bring back what people took back",
        )
    if today > fresh_until or made > today + timedelta(days=2):
        raise ExchangeError(
            "stale", f"the edition is good from {made} to {fresh_until}; today is {today}"
        )
    try:
        content = keys.open(body, session=pair)
    except MessageError:
        raise ExchangeError("not-opened", "the edition does not open; ask for it again") from None
    rows = tuple(_rows(content))
    if len({one.row.stat_id for one in rows}) != len(rows):
        raise ExchangeError("not-an-edition", "a row stands twice in the edition")
    return Edition(partner.name, keys.name, number, made, fresh_until, rows)


def _header(statement: bytes, partner: Card) -> dict[str, Any]:
    try:
        payload = verified_payload(statement, EDITION_TYPE, partner.verifier())
    except StatementError:
        raise ExchangeError(
            "forged", f"expected the signature of {partner.name}; found none. Ask for it again"
        ) from None
    try:
        header = parse_object(payload, largest=_LARGEST_HEADER)
    except ValueError:
        raise ExchangeError("not-an-edition", "the edition's head cannot be read") from None
    if set(header) != _HEADER_FIELDS or header["format"] != _FORMAT:
        raise ExchangeError("not-an-edition", f"expected an edition of format {_FORMAT}")
    return header


def _dated(header: Mapping[str, Any]) -> tuple[int, date, date]:
    try:
        made = date.fromisoformat(header["made"])
        fresh_until = date.fromisoformat(header["fresh_until"])
    except (ValueError, TypeError):
        raise ExchangeError("not-an-edition", "the edition has no day") from None
    number = header["number"]
    countable = type(number) is int and 0 < number <= _LARGEST_NUMBER
    if not countable or (fresh_until - made).days > MOST_FRESH_DAYS:
        raise ExchangeError("not-an-edition", "the edition's number or last day cannot be")
    return number, made, fresh_until


def _rows(content: bytes) -> list[SharedRow]:
    try:
        found = parse_object(content, largest=_LARGEST_BODY)
        return [
            SharedRow(
                StatRow.from_mapping(one["codes"]),
                date.fromisoformat(one["until"]),
                {str(name): str(token) for name, token in one["keys"].items()},
            )
            for one in found["rows"]
        ]
    except VocabularyError as reason:
        # Names fields, never values (vocabulary/stat_row.py).
        raise ExchangeError("not-an-edition", f"a row is not of our vocabulary: {reason}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ExchangeError("not-an-edition", "the rows of the edition cannot be read") from None

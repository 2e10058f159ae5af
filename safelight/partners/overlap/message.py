"""A message of a private overlap: a signed header, and a body sealed to one participant.

    "SLO1" · length of the header (4 bytes, big-endian) · header · body

The header is a DSSE statement; it names the session, the step, who sends to whom, how many
bundles, and the body's hash. So a message that was cut, changed, moved to another session,
another step or another reader is known as such before anything is done with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from safelight.partners.overlap.keys import SessionKeys
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.terms import Terms
from safelight.sealing.statement import StatementError, sign_statement, verified_payload
from safelight.sealing.strict_json import parse_object

_FORMAT: Final = "safelight-overlap-message/1"
MESSAGE_TYPE: Final = "application/vnd.safelight.overlap-message+json"
_MAGIC: Final = b"SLO1"
_LARGEST_HEADER: Final = 256 * 1024
_HEX64: Final = re.compile(r"[0-9a-f]{64}")

Kind = Literal["commitment", "commitments", "list", "result"]
KINDS: Final = ("commitment", "commitments", "list", "result")


@dataclass(frozen=True)
class Header:
    """What is signed. Hashes are SHA-256 in hex; `""` where a kind has none.

    `owner`: whose list it is, or whom a commitment or result concerns. `bundles`: length of
    the list, padded. `commits`: hash of what the sender is bound to: of the list (commitment)
    or of the table (result). `agreed`: hash over all commitments. `answers`: digest of the
    message that led to this one. `sizes`: for each other organisation, how many records the
    list has, sealed to it.
    """

    session: str
    kind: Kind
    round: int
    owner: str
    sender: str
    reader: str
    unit: str
    bundles: int
    tokens: int
    commits: str
    agreed: str
    answers: str
    sizes: Mapping[str, str]
    body_size: int = 0
    body_sha256: str = ""


@dataclass(frozen=True)
class Message:
    """A message whose header is verified; the body is still sealed."""

    header: Header
    statement: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """By what others name this message."""
        return hashlib.sha256(self.statement).hexdigest()

    def encode(self) -> bytes:
        """The message as a file."""
        return _MAGIC + len(self.statement).to_bytes(4, "big") + self.statement + self.body


def written(header: Header, content: bytes, keys: SessionKeys, terms: Terms) -> Message:
    """Seal and sign. `content` may be empty: then there is no body."""
    body = terms.card(header.reader).seal(content, session=terms.session) if content else b""
    payload = asdict(header) | {
        "format": _FORMAT,
        "body_size": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
    encoded = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("utf-8")
    statement = sign_statement(encoded, MESSAGE_TYPE, keys.signer())
    return Message(verified_header(statement, terms), statement, body)


def read(untrusted: bytes, terms: Terms, *, reader: str) -> Message:
    """Verify a message for `reader`. Raises `MessageError`, whose code says what is wrong."""
    if untrusted[:4] != _MAGIC:
        raise MessageError(
            "not-a-message",
            "expected a message of a private overlap, which begins with SLO1; this is another file",
        )
    size = int.from_bytes(untrusted[4:8], "big")
    if len(untrusted) < 8 or not 0 < size <= _LARGEST_HEADER or len(untrusted) < 8 + size:
        raise MessageError("truncated", "the message is cut within its header; ask for it again")
    statement, body = untrusted[8 : 8 + size], untrusted[8 + size :]
    header = verified_header(statement, terms)
    if header.reader != reader:
        raise MessageError(
            "not-for-us", f"this message is for {header.reader}; here is {reader}. Pass it on"
        )
    if len(body) != header.body_size:
        raise MessageError(
            "truncated",
            f"expected a body of {header.body_size:,} bytes; got {len(body):,}. Ask for it again",
        )
    if hashlib.sha256(body).hexdigest() != header.body_sha256:
        raise MessageError(
            "altered", "the body is not the one that was signed; ask for the message again"
        )
    return Message(header, statement, body)


def verified_header(statement: bytes, terms: Terms) -> Header:
    """The header that its sender signed for this session. Raises `MessageError`."""
    claimed = _claimed(statement)
    if claimed.session != terms.session.hex():
        raise MessageError(
            "other-session",
            "this message belongs to another session; each has its own terms and its own messages",
        )
    if claimed.sender not in (*terms.names, terms.relay.name):
        raise MessageError("forged", "the sender of this message is nobody of the terms")
    try:
        verified_payload(statement, MESSAGE_TYPE, terms.card(claimed.sender).verifier())
    except StatementError:
        raise MessageError(
            "forged",
            f"expected the signature of {claimed.sender}; found none. It was changed on its way, "
            "or somebody else wrote it",
        ) from None
    return claimed


def _claimed(statement: bytes) -> Header:
    """The fields as they say of themselves; nothing is believed yet."""
    try:
        outer = parse_object(statement, largest=_LARGEST_HEADER)
        payload = base64.b64decode(str(outer.get("payload")), validate=True)
        found = parse_object(payload, largest=_LARGEST_HEADER)
    except (binascii.Error, ValueError):
        raise MessageError(
            "not-a-message", "the header of the message cannot be read; ask for it again"
        ) from None
    format_ = found.pop("format", None)
    if format_ != _FORMAT or set(found) != set(Header.__dataclass_fields__):
        raise MessageError("not-a-message", f"expected a message of format {_FORMAT}")
    _check_fields(found)
    return Header(**found)


def _check_fields(found: dict[str, Any]) -> None:
    whole = ("round", "bundles", "tokens", "body_size")
    hashes = ("commits", "agreed", "answers")
    good = (
        found["kind"] in KINDS
        and all(type(found[name]) is int and 0 <= found[name] < 2**40 for name in whole)
        and all(isinstance(found[name], str) for name in ("owner", "sender", "reader", "unit"))
        and all(isinstance(found[name], str) for name in (*hashes, "session", "body_sha256"))
        and all(found[name] == "" or _HEX64.fullmatch(found[name]) for name in hashes)
        and isinstance(found["sizes"], dict)
        and all(isinstance(value, str) for value in found["sizes"].values())
    )
    if not good:
        raise MessageError("not-a-message", "a field of the message has another type than agreed")

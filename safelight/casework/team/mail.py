"""A mail from one desk to another: signed by the one, then sealed to the other (docs/spec/team.md).

    {"addressee":…,"asks":…,"at":…,"batch":…,"ends":…,"format":"safelight-team-mail/1",…}  one line
    signature, 128 hex digits                                                              one line
    the batch (`journal.batch`), or nothing                                                the rest

Recipients are public, so anybody can seal something to a desk, the server above all. Entries
carry their writers' signatures; what else stands here (how far the sender is, what it asks for,
keys of contents) is believed because of this one. It names the addressee, so that nobody can
seal it anew to another desk. Pure.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.casework.team.statement import MOST_DESKS
from safelight.errors import SafelightError
from safelight.sealing.signed_fields import LARGEST_NUMBER
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-team-mail/1"
MOST_GAPS: Final = 500
# A statement of 256 desks is about 700 kB, and base64 of base64.
_LARGEST_HEAD: Final = 2 * 1024 * 1024
_CONTEXT: Final = b"safelight team mail v1\n"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}|")
_SIGNATURE: Final = re.compile(rb"[0-9a-f]{128}")
_FIELDS: Final = frozenset(
    {
        "format",
        "sender",
        "addressee",
        "number",
        "at",
        "statement",
        "seen",
        "gaps",
        "ends",
        "asks",
        "team",
        "batch",
    }
)


class MailError(SafelightError):
    """Bytes that are no mail between desks."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What one desk tells another.

    `number` counts the mails to this colleague from 1; 0 on a stick. `statement`: version of
    the sender's team statement; `team`: that statement itself, if the addressee may lack it.
    `seen`, `gaps`: the addressee's highest number that came, and lower ones that did not.
    `ends`: how far the sender holds each chain; `asks`: what it knows of, and lacks.
    """

    sender: str
    addressee: str
    number: int
    at: datetime
    statement: int
    seen: int = 0
    gaps: tuple[int, ...] = ()
    ends: Mapping[str, int] = field(default_factory=dict)
    asks: Mapping[str, int] = field(default_factory=dict)
    team: bytes = b""
    batch: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SignedMail:
    """A mail that was read, and not believed yet: see `is_signed_by`."""

    mail: Mail
    head: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 in hex of what was signed: the same mail in another envelope has the same."""
        return hashlib.sha256(self.head).hexdigest()

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(self.signature, _CONTEXT + self.head)
        except InvalidSignature:
            return False
        return True


def sign_mail(mail: Mail, key: Ed25519PrivateKey) -> bytes:
    """Return the bytes to be sealed to the addressee."""
    head = json.dumps(
        {
            "format": FORMAT,
            "sender": mail.sender,
            "addressee": mail.addressee,
            "number": mail.number,
            "at": mail.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "statement": mail.statement,
            "seen": mail.seen,
            "gaps": list(mail.gaps)[:MOST_GAPS],
            "ends": dict(mail.ends),
            "asks": dict(mail.asks),
            "team": base64.b64encode(mail.team).decode("ascii"),
            "batch": hashlib.sha256(mail.batch).hexdigest() if mail.batch else "",
        },
        sort_keys=True,
        separators=(",", ":"),
    ).encode("ascii")
    signature = key.sign(_CONTEXT + head).hex().encode("ascii")
    return b"\n".join((head, signature, mail.batch))


def parse_mail(untrusted: bytes) -> SignedMail:
    """Read a mail, or raise `MailError`. Who signed it is for the caller to check."""
    head, _, rest = untrusted.partition(b"\n")
    signature, _, batch = rest.partition(b"\n")
    wrong = MailError(f"not a {FORMAT}: its fields cannot be read; update Safelight")
    try:
        found = parse_object(head, largest=_LARGEST_HEAD)
        if set(found) != _FIELDS or found["format"] != FORMAT:
            raise wrong
        if not _SIGNATURE.fullmatch(signature) or not _DIGEST.fullmatch(found["batch"]):
            raise wrong
        if found["batch"] != (hashlib.sha256(batch).hexdigest() if batch else ""):
            raise MailError("a mail came with another batch than the one it was signed with")
        gaps = found["gaps"]
        if not isinstance(gaps, list) or len(gaps) > MOST_GAPS:
            raise wrong
        mail = Mail(
            sender=_name(found["sender"]),
            addressee=_name(found["addressee"]),
            number=_number(found["number"]),
            at=datetime.strptime(found["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            statement=_number(found["statement"]),
            seen=_number(found["seen"]),
            gaps=tuple(_number(one) for one in gaps),
            ends=_ends(found["ends"]),
            asks=_ends(found["asks"]),
            team=base64.b64decode(found["team"], validate=True),
            batch=batch,
        )
    except (ValueError, TypeError, KeyError):
        raise wrong from None
    return SignedMail(mail, head, bytes.fromhex(signature.decode("ascii")))


def _name(untrusted: Any) -> str:
    if not isinstance(untrusted, str) or not _NAME.fullmatch(untrusted):
        raise ValueError("expected a desk's name")
    return untrusted


def _number(untrusted: Any) -> int:
    if type(untrusted) is not int or not 0 <= untrusted <= LARGEST_NUMBER:
        raise ValueError("expected a whole number")
    return untrusted


def _ends(untrusted: Any) -> dict[str, int]:
    if not isinstance(untrusted, dict) or len(untrusted) > MOST_DESKS:
        raise ValueError("expected desks and numbers")
    return {_name(desk): _number(seq) for desk, seq in untrusted.items()}

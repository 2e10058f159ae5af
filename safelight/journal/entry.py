"""One journal entry: its clear part, its signature, its place in a desk's chain.

The clear part is canonical JSON (keys sorted, no spaces, ASCII only) and tells nothing
about anybody: a kind, ids, codes that may be known for ever, and the digest of a sealed
content (`content.py`). The content can be destroyed with its key; the clear part stays
and the chain still verifies.

A chain links what was signed *and* the signature: `previous` is the digest of the signed
entry before. Taking one out, changing one, swapping two or replacing a signature breaks
the chain at a place that can be named.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError

FORMAT: Final = "safelight-journal/1"
FIRST_PREVIOUS: Final = "0" * 64
# A counter beyond this was not counted up to by anybody; it would push every later entry
# of the team behind it.
LARGEST_CLOCK: Final = 2**53

# One key signs entries, heads, statements and requests; each begins with its own words,
# so that a signature over one can never pass for another.
_ENTRY_CONTEXT: Final = b"safelight journal entry v1\n"
_HEAD_CONTEXT: Final = b"safelight journal head v1\n"
_SIGNATURE_SIZE: Final = 64
# 16 levels of small codes; a longer one was not written by this program.
LARGEST_ENTRY: Final = 64 * 1024

# What a value may look like: ids, codes, dates, digests, dotted names. No space, so no sentence;
# ASCII only, so no Russian word. A narrative cannot get into the clear part by mistake.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=-]{0,159}|")
_KIND: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DEEPEST: Final = 3


class JournalError(SafelightError):
    """An entry that may not be written, or a journal that does not verify."""


def _checked_value(value: Any, where: str, depth: int) -> Any:
    """Return a plain JSON copy of `value`, or raise `JournalError` naming the place only."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise JournalError(
                f"{where} is not a code: the clear part of an entry holds ids and codes only "
                "(ASCII, no spaces, at most 160 characters); words belong into its content"
            )
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {
            _checked_value(str(key), f"a key of {where}", _DEEPEST): _checked_value(
                item, f"{where}.{key}" if _CODE.fullmatch(str(key)) else where, depth + 1
            )
            for key, item in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [_checked_value(item, f"{where}[]", depth + 1) for item in value]
    raise JournalError(f"{where} is a {type(value).__name__}; expected a code, a number or a list")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one desk wrote down once. `at` is UTC, to the second.

    `clock` counts on from the highest the desk had seen (Lamport 1978), so that
    (clock, desk) puts the entries of a team into one order in which every entry comes
    after those its writer knew. `content` is the digest of a sealed content, or "".
    """

    desk: str
    seq: int
    clock: int
    previous: str
    at: datetime
    kind: str
    subject: str
    body: Mapping[str, Any]
    content: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or not _KIND.fullmatch(self.kind):
            raise JournalError("an entry's kind is lower-case words joined by dots and dashes")
        for number in (self.seq, self.clock):
            if type(number) is not int or not 1 <= number <= LARGEST_CLOCK:
                raise JournalError("an entry's number and clock are whole numbers from 1")
        if not isinstance(self.content, str) or (
            self.content and not _DIGEST.fullmatch(self.content)
        ):
            raise JournalError("an entry's content is named by 64 hex digits, or not at all")
        _checked_value(self.desk, "desk", _DEEPEST)
        _checked_value(self.subject, "subject", _DEEPEST)
        object.__setattr__(self, "body", _checked_value(dict(self.body), "body", 0))

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: what is signed."""
        return json.dumps(
            {
                "format": FORMAT,
                "desk": self.desk,
                "seq": self.seq,
                "clock": self.clock,
                "previous": self.previous,
                "at": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "kind": self.kind,
                "subject": self.subject,
                "body": self.body,
                "content": self.content,
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=True,
        ).encode("ascii")

    @property
    def order(self) -> tuple[int, str]:
        """Its place among the entries of all desks."""
        return (self.clock, self.desk)

    @classmethod
    def parse(cls, untrusted: bytes) -> Entry:
        """Read canonical bytes back; anything that does not give the same bytes is refused."""
        if len(untrusted) > LARGEST_ENTRY:
            raise JournalError(f"an entry has at most {LARGEST_ENTRY} bytes; got more")
        try:
            document = json.loads(untrusted)
            if document.pop("format") != FORMAT:
                raise JournalError(f"not a {FORMAT} entry")
            at = datetime.strptime(document.pop("at"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            entry = cls(at=at, **document)
            same = entry.to_bytes() == untrusted
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise JournalError(f"not a {FORMAT} entry: its fields cannot be read") from None
        if not same:
            raise JournalError(f"not a {FORMAT} entry: its bytes are not in canonical form")
        return entry


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """The canonical bytes of an entry and the writer's Ed25519 signature over them."""

    signed: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes and the signature, in hex: what the next entry names."""
        return hashlib.sha256(self.signed + self.signature).hexdigest()


def sign_entry(entry: Entry, key: Ed25519PrivateKey) -> SignedEntry:
    """Sign with a desk's key."""
    content = entry.to_bytes()
    return SignedEntry(content, key.sign(_ENTRY_CONTEXT + content))


def is_signed_by(entry: SignedEntry, key: Ed25519PublicKey) -> bool:
    """Whether `key` signed these very bytes as an entry."""
    if len(entry.signature) != _SIGNATURE_SIZE:
        return False
    try:
        key.verify(entry.signature, _ENTRY_CONTEXT + entry.signed)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class SignedHead:
    """How far a desk says its chain has come, so that a missing end is noticed too."""

    desk: str
    seq: int
    digest: str
    signature: bytes


def sign_head(desk: str, seq: int, digest: str, key: Ed25519PrivateKey) -> SignedHead:
    """Sign the end of a desk's own chain."""
    return SignedHead(desk, seq, digest, key.sign(_head_bytes(desk, seq, digest)))


def is_head_signed_by(head: SignedHead, key: Ed25519PublicKey) -> bool:
    """Whether `key` signed this head."""
    try:
        key.verify(head.signature, _head_bytes(head.desk, head.seq, head.digest))
    except InvalidSignature:
        return False
    return True


def _head_bytes(desk: str, seq: int, digest: str) -> bytes:
    return _HEAD_CONTEXT + f"{desk}\n{seq}\n{digest}".encode()

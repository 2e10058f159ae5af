"""What an entry seals: content under the key of its subject, so that it can be destroyed.

    key id (16 bytes) ‖ nonce (12) ‖ ChaCha20-Poly1305 of JSON (RFC 8439)

The associated data names the subject and kind, so a content cannot be filed under another
case. A key is 32 random bytes, made for one subject (a case, an envelope) and derived
from nothing: once every copy is overwritten, what it sealed is noise.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from safelight.journal.entry import Entry, JournalError

KEY_SIZE: Final = 32
KEY_ID_SIZE: Final = 16
_NONCE_SIZE: Final = 12
# A report's bytes as JSON text inside JSON: twice what a report may have, and room.
LARGEST_CONTENT: Final = 128 * 1024
_CONTEXT: Final = b"safelight journal content v1\n"


class ContentError(JournalError):
    """A content that was changed, filed under another subject, or is too large."""


class UnreadableContentError(ContentError):
    """What was sealed is no JSON object of texts: this program never wrote it."""


@dataclass(frozen=True, slots=True)
class ContentKey:
    """One key of one subject. Never printed, logged or cached."""

    key_id: str
    subject: str
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, subject: str) -> ContentKey:
        return cls(secrets.token_hex(KEY_ID_SIZE), subject, secrets.token_bytes(KEY_SIZE))


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with its content; None when it has none, or when that was destroyed."""

    entry: Entry
    content: Mapping[str, Any] | None


def sealed_content(content: Mapping[str, Any], key: ContentKey, *, kind: str) -> bytes:
    """Seal a JSON object (words allowed) for an entry of `kind` about the key's subject."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(plain) > LARGEST_CONTENT:
        raise ContentError(f"a content has {len(plain)} bytes, at most {LARGEST_CONTENT} fit")
    nonce = secrets.token_bytes(_NONCE_SIZE)
    sealed = ChaCha20Poly1305(key.secret).encrypt(nonce, plain, _associated(kind, key.subject))
    return bytes.fromhex(key.key_id) + nonce + sealed


def opened_content(sealed: bytes, key: ContentKey, *, kind: str) -> dict[str, Any]:
    """Return what was sealed; raise `ContentError`, or `UnreadableContentError` for nonsense."""
    head = KEY_ID_SIZE + _NONCE_SIZE
    try:
        plain = ChaCha20Poly1305(key.secret).decrypt(
            sealed[KEY_ID_SIZE:head], sealed[head:], _associated(kind, key.subject)
        )
    except (InvalidTag, ValueError):
        raise ContentError(
            "a content is not what was sealed for this entry; it was changed or moved. "
            "Restore the desk from a backup"
        ) from None
    try:
        document = json.loads(plain, parse_constant=_no_number)
        # Half a surrogate pair can be sealed, but neither stored nor shown.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise UnreadableContentError("a content is a JSON object; got another value")
    return document


def _no_number(_name: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that opens a content."""
    return sealed[:KEY_ID_SIZE].hex()


def content_digest(sealed: bytes) -> str:
    """SHA-256 in hex: what an entry names its content by."""
    return hashlib.sha256(sealed).hexdigest()


def _associated(kind: str, subject: str) -> bytes:
    return _CONTEXT + f"{kind}\n{subject}".encode()

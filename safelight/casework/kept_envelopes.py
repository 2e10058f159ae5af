"""Sealed originals: stored as they come, each under a content key of its own.

An envelope stays openable by the desk's identity for as long as its bytes exist. So it is
sealed once more, in pieces of one MiB, from the moment it arrives: destroying its small key
is destroying it, wherever SQLite may have left a copy of a page.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from safelight.casework.models import EnvelopePiece, EnvelopeState, ReceivedEnvelope
from safelight.errors import SafelightError
from safelight.journal.content_keys import destroy as destroy_keys
from safelight.journal.content_keys import key_of, keys_of
from safelight.journal.held_open import held_keys

PIECE: Final = 1024 * 1024


class KeptEnvelopeError(SafelightError):
    """An original that is no longer here, or was changed in the database."""


def keep(
    digest: str,
    untrusted: bytes,
    *,
    received_on: date,
    origin: str,
    mailbox: str,
    work: int | None,
) -> bool:
    """Store an envelope under its digest; False when it is known, destroyed ones included."""
    if ReceivedEnvelope.objects.filter(digest=digest).exists():
        return False
    envelope = ReceivedEnvelope.objects.create(
        digest=digest,
        size=len(untrusted),
        received_on=received_on,
        origin=origin,
        state=EnvelopeState.STORED,
        mailbox=mailbox,
        work=work,
    )
    cipher = ChaCha20Poly1305(key_of(digest).secret)
    for number, at in enumerate(range(0, len(untrusted), PIECE)):
        sealed = cipher.encrypt(_nonce(number), untrusted[at : at + PIECE], digest.encode())
        EnvelopePiece.objects.create(envelope=envelope, number=number, sealed=sealed)
    return True


def _nonce(number: int) -> bytes:
    # The key is this envelope's alone, so the piece's number never comes twice under it.
    return number.to_bytes(12, "big")


class _Pieces(io.RawIOBase):
    """The pieces of an original as a stream; one of them in memory at a time."""

    def __init__(self, digest: str) -> None:
        self._pieces = _pieces(digest)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._left:
            self._left = next(self._pieces, b"")
        found = self._left[: len(buffer)]
        self._left = self._left[len(found) :]
        buffer[: len(found)] = found
        return len(found)


def kept_file(digest: str) -> io.BufferedReader:
    """Return an original as a file to read from, in constant memory."""
    return io.BufferedReader(_Pieces(digest), buffer_size=PIECE)


def _pieces(digest: str) -> Iterator[bytes]:
    keys = keys_of([digest]) or held_keys(digest)
    if not keys:
        raise KeptEnvelopeError(
            "this envelope was destroyed on a withdrawal; nothing of it is left"
        )
    cipher = ChaCha20Poly1305(keys[0].secret)
    rows = EnvelopePiece.objects.filter(envelope_id=digest).order_by("number")
    for expected, (number, sealed) in enumerate(rows.values_list("number", "sealed").iterator(2)):
        try:
            piece = cipher.decrypt(_nonce(expected), bytes(sealed), digest.encode())
        except InvalidTag:
            raise KeptEnvelopeError(
                f"piece {number} of envelope {digest[:12]} is not what arrived; the database was "
                "changed. Restore the desk from a backup"
            ) from None
        yield piece


def digest_of(untrusted: bytes) -> str:
    """SHA-256 in hex: the name of an envelope."""
    return hashlib.sha256(untrusted).hexdigest()


def destroy_originals(digests: Iterable[str]) -> None:
    """Destroy envelopes for ever; their digests stay, so that they are not taken in again."""
    gone = list(digests)
    destroy_keys(gone)
    EnvelopePiece.objects.filter(envelope_id__in=gone).delete()
    ReceivedEnvelope.objects.filter(digest__in=gone).update(
        state=EnvelopeState.DESTROYED, reason=""
    )

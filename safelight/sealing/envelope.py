"""The envelope: a padded age file that a server may hold without being able to read it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from safelight.errors import SafelightError
from safelight.sealing.header import HYBRID, HeaderError, parse_header
from safelight.sealing.padding import FILE_SIZES, PADDED_SIZES
from safelight.sealing.seal import MOST_RECIPIENTS

__all__ = ["FILE_SIZES", "PADDED_SIZES", "Envelope", "EnvelopeError", "check_envelope"]

_LARGEST_HEADER: Final = PADDED_SIZES[0]


class EnvelopeError(SafelightError):
    """Bytes that are not an envelope: wrong size, no age header, or the wrong recipients."""


@dataclass(frozen=True)
class Envelope:
    """Sealed bytes of the right shape. Whether they open, only a desk can tell."""

    sealed: bytes = field(repr=False)
    recipients: int
    digest: str

    @property
    def short_id(self) -> str:
        """The digest's first 12 characters, for logs and messages."""
        return self.digest[:12]

    @classmethod
    def parse(cls, untrusted: bytes) -> Envelope:
        """Check everything that can be checked without a key; raise `EnvelopeError` otherwise.

        Size class, age v1 header, 1 to 16 post-quantum recipients and no others. (These
        fix the payload's length, and it is always one that a sealed file can have.)
        """
        recipients = check_envelope(
            untrusted[:_LARGEST_HEADER], size=len(untrusted), sizes=PADDED_SIZES
        )
        digest = hashlib.sha256(untrusted).hexdigest()
        return cls(sealed=bytes(untrusted), recipients=recipients, digest=digest)


def check_envelope(untrusted_start: bytes, *, size: int, sizes: Collection[int]) -> int:
    """Check an envelope of `size` bytes by its first 32 KiB; return how many it is sealed to.

    For one that is too large to be held: `Envelope.parse` does this and keeps the bytes.
    Raises `EnvelopeError` if `size` is none of `sizes`, or for the header.
    """
    if size not in sizes:
        listed = ", ".join(str(one) for one in sizes)
        raise EnvelopeError(
            f"{size} bytes; an envelope is exactly one of {listed}. "
            "If the upload was cut, send it again"
        )
    try:
        header = parse_header(untrusted_start, largest=_LARGEST_HEADER)
    except HeaderError as reason:
        raise EnvelopeError(f"not an envelope: {reason}") from None
    if any(stanza.kind != HYBRID for stanza in header.stanzas):
        raise EnvelopeError(
            "every recipient of an envelope is post-quantum (mlkem768x25519); "
            "this one names another kind. Seal it again"
        )
    if len(header.stanzas) > MOST_RECIPIENTS:
        raise EnvelopeError(
            f"an envelope has at most {MOST_RECIPIENTS} recipients; got {len(header.stanzas)}"
        )
    return len(header.stanzas)

"""Pages that answer a form without script, asked for by GET, for a short time and few times.

The answer to the POST would do for showing them, but Chromium writes what was posted into
the file from which it restores a session (measured), and reloading would send it again. So
a form that was taken leads on, and what its page is about stands in that page's address,
encrypted with a key that only this server's memory has. A page shows for five minutes and
three times, as lines break; leaving it ends that at once. Every address is of one length,
so that the list of visited pages does not tell what the page said.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.intake.flood_memory import flood_memory, memory_of_pages

SECONDS: Final = 300
# Bytes that an address can carry; twelve Russian words have some 200.
ROOM: Final = 448
_TIMES: Final = 3
_NONCE: Final = 12
_EXPIRY: Final = 8
_TAG: Final = 16
_LENGTH: Final = 2
_BYTES: Final = _NONCE + _EXPIRY + _LENGTH + ROOM + _TAG
# The last step of such an address: 648 letters, and no filling.
LAST_STEP: Final = rf"[A-Za-z0-9_-]{{{-(-_BYTES * 4 // 3)}}}"


def token_for(about: bytes) -> str:
    """Return what stands in the address of a page about these at most `ROOM` bytes."""
    nonce = secrets.token_bytes(_NONCE)
    expiry = (int(flood_memory().now()) + SECONDS).to_bytes(_EXPIRY, "big")
    plain = len(about).to_bytes(_LENGTH, "big") + about.ljust(ROOM, b"\0")
    packed = nonce + expiry + _cipher().encrypt(nonce, plain, expiry)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def shown_now(untrusted_token: str) -> bytes | None:
    """Return what to show now; None if it was shown too often, or its time has passed."""
    opened = _opened(untrusted_token)
    if opened is None:
        return None
    about, tag, expiry = opened
    return about if any(_use(tag, use, expiry) for use in range(_TIMES)) else None


def forget(untrusted_token: str) -> None:
    """Show this to nobody any more."""
    opened = _opened(untrusted_token)
    if opened is not None:
        _about, tag, expiry = opened
        for use in range(_TIMES):
            _use(tag, use, expiry)


def _opened(untrusted_token: str) -> tuple[bytes, bytes, int] | None:
    try:
        packed = base64.urlsafe_b64decode(untrusted_token + "=" * (-len(untrusted_token) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(packed) != _BYTES:
        return None
    nonce, expiry = packed[:_NONCE], packed[_NONCE : _NONCE + _EXPIRY]
    sealed = packed[_NONCE + _EXPIRY :]
    until = int.from_bytes(expiry, "big")
    if not 0 <= until - flood_memory().now() <= SECONDS:
        return None
    try:
        plain = _cipher().decrypt(nonce, sealed, expiry)
    except InvalidTag:
        return None
    about = plain[_LENGTH : _LENGTH + int.from_bytes(plain[:_LENGTH], "big")]
    return about, sealed[-_TAG:], until


def _use(tag: bytes, use: int, expiry: int) -> bool:
    fingerprint = bytes([tag[0] ^ use]) + tag[1:8]
    try:
        # A short lifetime: a million in five minutes are more than this server answers.
        return memory_of_pages().spend(fingerprint, expiry=expiry, lifetime=SECONDS)
    except MemoryError:
        return False


def _cipher() -> ChaCha20Poly1305:
    kdf = HKDF(SHA256(), 32, None, b"safelight shown briefly v1")
    return ChaCha20Poly1305(kdf.derive(flood_memory().key))

"""The twelve words of a form without script, on a page of their own that is asked for by GET.

The answer to a POST would do for showing them, but Chromium writes what was posted into the
file from which it restores a session (measured), and reloading would send the form again.
So the answer to the form leads on, and what it leads to stands in its address: the
receipt's secret, encrypted with a key that only this server's memory has. The page shows
for five minutes and three times, as lines break; leaving it ends that at once.
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

from safelight.intake.flood_memory import flood_memory
from safelight.intake.work import LIFETIME
from safelight.sealing.receipt import Receipt

SECONDS: Final = 300
_TIMES: Final = 3
_NONCE: Final = 12
_EXPIRY: Final = 8
_SECRET: Final = 16
_TAG: Final = 16
# nonce, expiry, encrypted secret and its tag: 52 bytes.
LAST_STEP: Final = r"[A-Za-z0-9_-]{70}"


def token_for(receipt: Receipt) -> str:
    """Return what stands in the address of the page that shows this receipt."""
    nonce = secrets.token_bytes(_NONCE)
    expiry = (int(flood_memory().now()) + SECONDS).to_bytes(_EXPIRY, "big")
    packed = nonce + expiry + _cipher().encrypt(nonce, receipt.secret, expiry)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def receipt_of(untrusted_token: str) -> Receipt | None:
    """Return the receipt to show now; None if it was shown too often, or its time has passed."""
    opened = _opened(untrusted_token)
    if opened is None:
        return None
    secret, tag, expiry = opened
    return Receipt(secret) if any(_use(tag, use, expiry) for use in range(_TIMES)) else None


def forget(untrusted_token: str) -> None:
    """Show this receipt to nobody any more."""
    opened = _opened(untrusted_token)
    if opened is not None:
        _secret, tag, expiry = opened
        for use in range(_TIMES):
            _use(tag, use, expiry)


def _opened(untrusted_token: str) -> tuple[bytes, bytes, int] | None:
    try:
        packed = base64.urlsafe_b64decode(untrusted_token + "==")
    except (binascii.Error, ValueError):
        return None
    if len(packed) != _NONCE + _EXPIRY + _SECRET + _TAG:
        return None
    nonce, expiry = packed[:_NONCE], packed[_NONCE : _NONCE + _EXPIRY]
    sealed = packed[_NONCE + _EXPIRY :]
    until = int.from_bytes(expiry, "big")
    if not 0 <= until - flood_memory().now() <= SECONDS:
        return None
    try:
        return _cipher().decrypt(nonce, sealed, expiry), sealed[-_TAG:], until
    except InvalidTag:
        return None


def _use(tag: bytes, use: int, expiry: int) -> bool:
    fingerprint = bytes([tag[0] ^ use]) + tag[1:8]
    try:
        return flood_memory().spend(fingerprint, expiry=expiry, lifetime=LIFETIME)
    except MemoryError:
        return False


def _cipher() -> ChaCha20Poly1305:
    kdf = HKDF(SHA256(), 32, None, b"safelight words shown v1")
    return ChaCha20Poly1305(kdf.derive(flood_memory().key))

"""A public key as people pass it on: 64 hex digits, or a file with them. The only reader of one.

Whoever gives a private key by mistake is told so, and nothing is done with it. 64 hex digits
of a secret seed cannot be told from a public key: no program of ours writes a secret like that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.errors import SafelightError

_HEX: Final = re.compile(r"[0-9A-Fa-f]{64}")
_LARGEST_FILE: Final = 4096
_SECRETS: Final = ("PRIVATE KEY", "AGE-SECRET-KEY")


class PublicKeyError(SafelightError):
    """Expected a public key and got something else, or the private one."""


def parse_public_key(untrusted: str) -> Ed25519PublicKey:
    """Read 64 hex digits (spaces around them allowed). Raises `PublicKeyError`."""
    text = untrusted.strip()
    if any(secret in text.upper() for secret in _SECRETS):
        raise PublicKeyError(
            "this is a private key; keep it offline and secret, and give the public one, the "
            ".pub file"
        )
    if not _HEX.fullmatch(text):
        raise PublicKeyError("a public key is 64 hex digits; got something else")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def load_public_key(hex_or_file: str) -> Ed25519PublicKey:
    """Read a public key given as hex, or as the path of a file that holds the hex.

    Raises `PublicKeyError`; a file with a *private* key is refused, as it belongs offline.
    """
    # By its letters and not by its length: a path may be 64 characters long, too.
    if _HEX.fullmatch(hex_or_file.strip()):
        return parse_public_key(hex_or_file)
    try:
        with Path(hex_or_file).open("rb") as file:
            content = file.read(_LARGEST_FILE)
    except (OSError, ValueError):  # ValueError: no path at all
        raise PublicKeyError(
            "the public key is neither 64 hex digits nor a file that can be read"
        ) from None
    return parse_public_key(content.decode("ascii", errors="replace"))

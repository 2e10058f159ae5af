"""The root key's public half, as people pass it on: 64 hex digits, or a file with them."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.sealing.roster import RosterError


def parse_root(untrusted: str) -> Ed25519PublicKey:
    """Read 64 hex digits (spaces around them allowed). Raises `RosterError`."""
    text = untrusted.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise RosterError("a root public key is 64 hex digits")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def load_root(hex_or_file: str) -> Ed25519PublicKey:
    """Read a root public key given as hex, or as the path of a file that holds the hex.

    Raises `RosterError`; a file with a *private* key is refused, as it belongs offline.
    """
    if re.fullmatch(r"[0-9A-Fa-f]{64}", hex_or_file.strip()):
        return parse_root(hex_or_file)
    try:
        content = Path(hex_or_file).read_bytes()[:4096]
    except OSError:
        raise RosterError(
            "the root key is neither 64 hex digits nor a file that can be read"
        ) from None
    if b"PRIVATE KEY" in content:
        raise RosterError(
            "this file holds the root's private key; keep it offline and give the .pub file"
        )
    return parse_root(content.decode("ascii", errors="replace"))


def root_beside(roster_file: Path) -> Ed25519PublicKey:
    """Read `root.pub` in the roster's folder, for when nobody said which root key it is.

    Both may have come from the same hand, so the caller shows the fingerprint for a
    person to compare. Raises `RosterError` if there is none.
    """
    beside = roster_file.parent / "root.pub"
    if not beside.is_file():
        raise RosterError(
            "whose roster is it? Give the root public key with --root (64 hex digits or a file) "
            "or in SAFELIGHT_ROOT, or put root.pub beside the roster"
        )
    return load_root(str(beside))

"""What commands are given and leave behind: keys in files or as text, small files of facts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from safelight.publication.reading import PublicationError

_HEX_KEY: Final = 64
_HEX: Final = re.compile(r"[0-9A-Fa-f]{64}")


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key. Raises `PublicationError`."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise PublicationError(
            "the key file is not an Ed25519 private key in PEM; make one with "
            "`safelight publication new-key`"
        )
    return key


def public_key(untrusted: str) -> Ed25519PublicKey:
    """Read a public key: 64 hex digits, or a file of them. Raises `PublicationError`."""
    path = Path(untrusted)
    text = untrusted
    # By its letters and not by its length: a path may be 64 characters long, too.
    if not _HEX.fullmatch(untrusted) and path.is_file():
        text = path.read_text(encoding="ascii", errors="replace").strip()[: _HEX_KEY + 1]
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise PublicationError(
            "the public key is 64 hex digits, as `safelight publication new-key` prints it, "
            "or a file of them; got neither"
        ) from None


def replace_file(path: Path, content: bytes) -> None:
    """Write beside and rename: what was remembered is there whole, before or after."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)

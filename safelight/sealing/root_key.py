"""The root key's public half; read like every public key (`public_key`)."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.sealing.public_key import PublicKeyError, load_public_key, parse_public_key

parse_root = parse_public_key
load_root = load_public_key


def root_beside(roster_file: Path) -> Ed25519PublicKey:
    """Read `root.pub` in the roster's folder, for when nobody said which root key it is.

    Both may have come from the same hand, so the caller shows the fingerprint for a
    person to compare. Raises `PublicKeyError` if there is none.
    """
    beside = roster_file.parent / "root.pub"
    if not beside.is_file():
        raise PublicKeyError(
            "whose roster is it? Give the root public key with --root (64 hex digits or a file) "
            "or in SAFELIGHT_ROOT, or put root.pub beside the roster"
        )
    return load_root(str(beside))

"""What commands are given and leave behind: keys in files or as text, one command at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from safelight.publication.reading import PublicationError


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


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Read and replace a small file while no other command does; the other one waits.

    The folder is locked and not the file, which is another one after each replacement.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as trouble:
        raise PublicationError(
            f"the folder of that file cannot be opened ({trouble.strerror}); expected one that is "
            "there. Make it, or give another path"
        ) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)

"""Where a large body waits until it is whole: on the disk, but readable to nobody.

A form without JavaScript that brings files arrives in the clear and may be larger than
memory can hold for everybody at once. Each piece is encrypted as it comes (AES-256-GCM)
under a key that exists in this process only and is drawn for this one body; the file has
no name, so it is gone when the process ends, however it ends. What a disk may keep of it
is noise without that key.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safelight.intake.body import Allowance

PIECE: Final = 64 * 1024
_TAG: Final = 16


class Spool:
    """Bytes in the order in which they came. Written once, then read once."""

    def __init__(self, directory: Path, *, allowance: Allowance) -> None:
        # Without a name from the start where the file system can (O_TMPFILE).
        self._open = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115
        self._file = self._open.fileno()
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._allowance = allowance
        self._charged = 0
        self._written = 0
        self._read = 0
        # A cancelled request closes while a thread still writes: without the lock it would
        # write into whichever file is given the same number next.
        self._lock = threading.Lock()

    def add(self, piece: bytes) -> None:
        """Write one piece of at most `PIECE` bytes; all but the last are that long.

        Raises `RefusedError` (503) when all spools together are full, OSError for the disk.
        """
        sealed = self._cipher.encrypt(_nonce(self._written), piece, None)
        with self._lock:
            if self._open.closed:
                return
            self._allowance.take(len(piece))
            self._charged += len(piece)
            at = self._written * (PIECE + _TAG)
            while sealed:
                done = os.pwrite(self._file, sealed, at)
                sealed, at = sealed[done:], at + done
            self._written += 1

    def next_piece(self) -> bytes:
        """Return the next piece, or none at the end."""
        if self._read == self._written:
            return b""
        sealed = os.pread(self._file, PIECE + _TAG, self._read * (PIECE + _TAG))
        piece = self._cipher.decrypt(_nonce(self._read), sealed, None)
        self._read += 1
        return piece

    def close(self) -> None:
        """Forget everything. May be called again."""
        with self._lock:
            self._open.close()
            self._allowance.give_back(self._charged)
            self._charged = 0


def _nonce(number: int) -> bytes:
    # The key is used for this one file, so a counter never repeats a nonce.
    return number.to_bytes(12, "big")

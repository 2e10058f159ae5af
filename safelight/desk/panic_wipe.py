"""Panic wipe: destroy the wrapped key, so that the database opens for nobody, ever.

    1  lock                the key leaves this process's memory
    2  desk.key.json       overwritten, synced, cut to nothing, removed; unfinished ones too
    3  desk.db -wal -shm   the first MiB overwritten, then removed, as far as the disk allows

After step 2 nothing on this disk leads to the key: it is random, and stood wrapped in that
file alone. Step 3 takes away what is left to look at. It needs neither the passphrase nor an
unlocked desk, because there may be no time for them.

What it cannot reach: copies of the key file made before (backups, sticks), and what the disk
itself may keep: flash memory writes elsewhere and cleans up later. An encrypted disk helps there.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.desk.desk_files import DeskFiles
from safelight.errors import SafelightError

_OVERWRITTEN: Final = 1024 * 1024
_BESIDE_DATABASE: Final = ("", "-wal", "-shm", "-journal")


class WipeError(SafelightError):
    """The key file could not be destroyed."""


@dataclass(frozen=True, slots=True)
class Wiped:
    """`left`: names of files that could not be removed; without the key they are noise."""

    had_key: bool
    left: tuple[str, ...]


def wipe(data: Path) -> Wiped:
    """Lock, and destroy the desk in `data` for ever. Raises `WipeError` while the key is left."""
    from safelight.desk.unlocking import lock  # noqa: PLC0415  # needs Django; see the command

    lock()
    files = DeskFiles(data.resolve())
    keys = sorted({files.key_file, *files.data.glob(f"{files.key_file.name}*")})
    had_key = files.key_file.exists()
    try:
        for key in keys:
            if key.is_file():
                _destroy(key, size=key.stat().st_size)
        _sync_directory(files.data)
    except OSError as error:
        raise WipeError(
            f"the key file could not be destroyed ({type(error).__name__}); the desk can still be "
            "opened with its passphrase. Make the folder writable and do it again, or destroy the "
            "disk"
        ) from None
    left = []
    for ending in _BESIDE_DATABASE:
        file = files.database.with_name(files.database.name + ending)
        try:
            if file.is_file():
                _destroy(file, size=min(file.stat().st_size, _OVERWRITTEN))
        except OSError:
            left.append(file.name)
    return Wiped(had_key, tuple(left))


def _destroy(file: Path, *, size: int) -> None:
    """Overwrite in place, sync, remove. Not through a new file: that would lie elsewhere."""
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, secrets.token_bytes(size))
        os.fsync(descriptor)
        os.ftruncate(descriptor, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    file.unlink()


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

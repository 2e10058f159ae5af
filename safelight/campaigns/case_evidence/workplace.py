"""A folder for files that a program needs as files, in memory where the machine has such a place.

Bundles are made of files, renderers read files; the desk's disk must not get them in the clear.
A program that is killed removes nothing: whoever makes the next folder does, and each start.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# tmpfs on Linux (tmpfs(5)): never written to a disk, unless the machine swaps unencrypted.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # nosec B108  # a private folder is made in it
PREFIX: Final = "safelight-evidence-"


def in_memory() -> bool:
    """Whether this machine has a place in memory for files."""
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user reads, gone afterwards whatever happened."""
    remove_leftovers()
    place, held = _made()
    try:
        # Not the folder itself: whoever makes a bundle locks the one that it is made in.
        inside = place / "files"
        inside.mkdir(mode=0o700)
        yield inside
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def remove_leftovers() -> None:
    """Remove the folders that programs left which were killed; those at work hold a lock."""
    try:
        found = [one for one in _where().iterdir() if one.name.startswith(PREFIX)]
    except OSError:
        return
    for place in found:
        held = _locked(place)
        if held is not None:
            shutil.rmtree(place, ignore_errors=True)
            os.close(held)


def _where() -> Path:
    return _MEMORY if in_memory() else Path(tempfile.gettempdir())


def _made() -> tuple[Path, int]:
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_where()))
        held = _locked(place)
        if held is None:
            continue  # Somebody took it for a leftover before it had its lock, and removes it.
        if place.exists():
            return place, held
        os.close(held)


def _locked(place: Path) -> int | None:
    """A descriptor that holds the lock of our own folder, or None. It goes with the process."""
    try:
        held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(held).st_uid == os.geteuid():
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
    except OSError:  # another holds it
        pass
    os.close(held)
    return None

"""A folder for files that a program needs as files, in memory where the machine has such a place.

Bundles are made of files, renderers read files; the desk's disk must not get them in the clear.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# tmpfs on Linux (tmpfs(5)): never written to a disk, unless the machine swaps unencrypted.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # nosec B108  # a private folder is made in it


def in_memory() -> bool:
    """Whether this machine has a place in memory for files."""
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user reads, gone afterwards whatever happened."""
    place = Path(tempfile.mkdtemp(prefix="safelight-", dir=str(_MEMORY) if in_memory() else None))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
